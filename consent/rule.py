"""What a rule is: when it applies, of what kind it is, and the terms it sets. Values only; `gate` asks them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from channels.address import Channel
from consent.answer import Outcome, RuleAnswer
from consent.facts import Basis, Purpose, SuppressionReason
from consent.reasons import GateReason

EVERYWHERE = "*"  # the jurisdiction of rules that hold wherever the lead is


class Kind(StrEnum):
    """What a rule asks, in the order in which the gate asks."""

    ADDRESS = "address"  # is there an address to use
    SUPPRESSION = "suppression"  # have we ruled the address out
    WITHDRAWAL = "withdrawal"  # has the lead said stop
    REVIEW = "review"  # has the lead said something that nobody has read
    PROHIBITION = "prohibition"  # may nobody do this at all
    CONSENT = "consent"  # has the lead allowed it, in the way this law wants
    REGISTRY = "registry"  # is the number on a public list of people who want no such calls
    EMERGENCY = "emergency"  # has an emergency been declared where the lead may be
    ATTESTATION = "attestation"  # has the business done, and vouched for, what the law wants of it
    CONTENT = "content"  # does the message say what it must, and nothing that it must not
    HOURS = "hours"  # is it a time of day and a day on which it is allowed
    GUARD = "guard"  # is there still time to deliver before the hours close
    CAP = "cap"  # have there been too many touches
    CONFIRMATION = "confirmation"  # is this the one prompt answer to a stop, start or help word
    FAILSAFE = "failsafe"  # has it waited so long that it no longer makes sense
    DUTY = "duty"  # binds another part of the system, or a person; never asked, listed with who keeps it
    NOTE = "note"  # explains other rules; never asked


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressTerms:
    """The channel needs an address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionTerms:
    """An address suppressed for one of *reasons* is not used."""

    reasons: frozenset[SuppressionReason]


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalTerms:
    """A withdrawal counts at once; *honour_within* is the longest the law would have allowed, for readers."""

    honour_within: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewTerms:
    """Wait in steps of *every* until somebody has read what the lead wrote."""

    every: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class ProhibitionTerms:
    """Blocked whatever the lead agreed to."""

    reason: GateReason


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentTerms:
    """One of *accepts* is needed, each for so many months after it was given (None: until withdrawn).

    *from_business* replaces *accepts* for a lead that is a company; empty with *any_business* asks nothing of them.
    """

    accepts: Mapping[Basis, int | None]
    from_business: Mapping[Basis, int | None] | None = None
    any_business: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryTerms:
    """A number on *registry* is left alone from *counts_after* its listing, and so is every number by a stale copy.

    One of *excepts* lifts it, each for so many months after it was given (None: until withdrawn). A copy is stale after
    *fresh_for*; None where a missing copy proves nothing. *since_grant*: a listing counts only where it is younger than
    the newest grant, because it says that the number has changed hands.
    """

    registry: str
    fresh_for: timedelta | None
    counts_after: timedelta
    excepts: Mapping[Basis, int | None]
    spares_business: bool = False
    since_grant: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyTerms:
    """Nothing unsolicited while an emergency lasts; one of *excepts* makes it solicited."""

    excepts: Mapping[Basis, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestationTerms:
    """Somebody must have vouched, by this name, for what *asks* says."""

    attestation: str
    asks: str


class Check(StrEnum):
    """What a rule on content looks for in a rendered message."""

    SELLER_NAMED = "seller_named"  # says who writes
    SELLER_NAMED_FIRST = "seller_named_first"  # says who speaks, at the start
    POSTAL_ADDRESS = "postal_address"  # carries the seller's postal address
    CONTACT = "contact"  # tells a phone number, an email address or a page where the seller is reached
    OPT_OUT = "opt_out"  # says how to stop
    ONE_CLICK = "one_click"  # carries the two headers of RFC 8058, with exactly one https address
    HONEST_SUBJECT = "honest_subject"  # no "Re:" or "Fwd:" before a conversation, no last day that is none
    FIRST_TEXT = (
        "first_text"  # a first text says who, how to stop, how to get help, how often, and that rates may apply
    )
    NO_REPLY_TOLD = "no_reply_told"  # where answers reach nobody, says so and names another way to stop
    NO_SHORTENER = "no_shortener"  # no public link shortener
    OWN_LINKS = "own_links"  # links lead to the seller's own domains
    LAWFUL_SUBJECT = "lawful_subject"  # nothing that carriers forbid: sex, hate, drugs, loans, gambling and the like
    CALL_BACK_NUMBER = "call_back_number"  # a number to call back
    OPT_OUT_NUMBER = "opt_out_number"  # a toll-free number where a machine takes the opt-out
    KEYPRESS = "keypress"  # what a person who answers hears says which key stops the calls


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentTerms:
    """A rendered message must pass all of *checks*."""

    checks: frozenset[Check]


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyTerms:
    """Something to keep or to do: *kept_by* names the part of the system, or the person, that does it."""

    kept_by: str


Interval = tuple[int, int]
"""Minutes after local midnight, the end excluded."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HoursTerms:
    """When a touch may arrive: *week* from Monday on; *holiday* replaces a day found in *calendars* or *closed_on*.

    *zone* is set where the law names the clock that counts. Compared by identity: it is a key of caches.
    """

    week: tuple[tuple[Interval, ...], ...]
    holiday: tuple[Interval, ...] | None = None
    calendars: tuple[str, ...] = ()
    closed_on: frozenset[tuple[int, int]] = frozenset()
    zone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GuardTerms:
    """Stop *minutes* before the hours of the other rules close; *shortened* are theirs, filled in on selection."""

    minutes: int
    shortened: tuple[tuple["Rule", HoursTerms], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CapTerms:
    """At most *touches_max* of *counts* in any stretch of *within*; *full* says what happens then.

    *after_refusal* is how long a stop is respected even when the lead has come back since.
    """

    touches_max: int
    within: timedelta
    counts: frozenset[Channel]
    counts_purposes: frozenset[Purpose]
    full: Outcome = Outcome.HOLD
    after_refusal: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationTerms:
    """Answer *within* this time, and once per change of mind, or once in *apart* when nothing changed."""

    within: timedelta
    apart: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class FailsafeTerms:
    """A touch is given up when it would come later than this after it was planned."""

    patience: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteTerms:
    """Nothing to ask."""


Terms = (
    AddressTerms
    | SuppressionTerms
    | WithdrawalTerms
    | ReviewTerms
    | ProhibitionTerms
    | ConsentTerms
    | RegistryTerms
    | EmergencyTerms
    | AttestationTerms
    | ContentTerms
    | HoursTerms
    | GuardTerms
    | CapTerms
    | ConfirmationTerms
    | FailsafeTerms
    | DutyTerms
    | NoteTerms
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rule:
    """One rule of law or policy. Compared by identity: the same id may set other terms for another channel."""

    id: str
    jurisdictions: frozenset[str]
    channels: frozenset[Channel]
    purposes: frozenset[Purpose]
    kind: Kind
    terms: Terms
    citation: str
    verified: bool
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    note: str = ""
    waivers: tuple[str, ...] = field(default=())  # what could lift it in law; shown, not used
    waived_by: str = ""  # the attestation by which the business lifts it, if it does so
    waived_because: str = ""  # why it does so, in its own words
    watch: str = ""  # what may change about it; listed, not asked
    look_again: date | None = None  # the day by which somebody should have looked whether it has

    @property
    def is_house(self) -> bool:
        """Whether this is the seller's policy alone: no law and no provider asks for it."""
        return self.citation == "policy"

    @property
    def closeness(self) -> int:
        """How near to the lead the rule was made: a state's above a country's, above a union's, above everybody's."""
        return max(_closeness(place) for place in self.jurisdictions)

    def is_in_force(self, at: datetime) -> bool:
        """Return whether the rule counts at *at*."""
        return (self.starts_at is None or self.starts_at <= at) and (self.ends_at is None or at < self.ends_at)

    def allow(self, inputs: Mapping[str, Any] | None = None) -> RuleAnswer:
        """Answer that this rule has nothing against it."""
        if inputs is None:
            return _plain_allow(self)
        return RuleAnswer(id=self.id, outcome=Outcome.ALLOW, reason="", inputs=inputs, citation=self.citation)

    def hold(self, reason: GateReason, until: datetime, inputs: Mapping[str, Any]) -> RuleAnswer:
        """Answer that it must wait; *until* is the first instant at which this rule alone would allow it."""
        return RuleAnswer(
            id=self.id, outcome=Outcome.HOLD, reason=reason, inputs=inputs, citation=self.citation, until=until
        )

    def block(self, reason: GateReason, inputs: Mapping[str, Any]) -> RuleAnswer:
        """Answer that it must not happen."""
        return RuleAnswer(id=self.id, outcome=Outcome.BLOCK, reason=reason, inputs=inputs, citation=self.citation)


def _closeness(jurisdiction: str) -> int:
    if jurisdiction == EVERYWHERE:
        return 0
    if jurisdiction in {"EU", "unknown"}:
        return 1
    return 3 if "-" in jurisdiction else 2


@lru_cache(maxsize=4096)  # most answers are this one, so it is made once
def _plain_allow(rule: Rule) -> RuleAnswer:
    return rule.allow(MappingProxyType({}))
