"""What a rule is: when it applies, of what kind it is, and the terms it sets. Values only; `gate` asks them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
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
    HOURS = "hours"  # is it a time of day and a day on which it is allowed
    GUARD = "guard"  # is there still time to deliver before the hours close
    CAP = "cap"  # have there been too many touches
    CONFIRMATION = "confirmation"  # is this the one prompt answer to a stop, start or help word
    FAILSAFE = "failsafe"  # has it waited so long that it no longer makes sense
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
    | HoursTerms
    | GuardTerms
    | CapTerms
    | ConfirmationTerms
    | FailsafeTerms
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
