"""What the gate is told: the request, and the facts about the lead and the address. Values only."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from channels.address import Channel
from channels.message import Content


class Purpose(StrEnum):
    """Why we contact the lead."""

    MARKETING = "marketing"  # nurture and offers
    SERVICE = "service"  # what the lead asked for or bought
    CONFIRMATION = "confirmation"  # the one answer to a stop, a start or a help word


class FactKind(StrEnum):
    """What happened to permission."""

    REQUESTED = "requested"  # asked for on a form, and still to be confirmed from the address itself; allows nothing
    GRANTED = "granted"  # the lead allowed it; `basis` says how
    WITHDRAWN = "withdrawn"  # the lead said stop
    ATTESTED = "attested"  # the business vouches for something by name


class Basis(StrEnum):
    """How permission was given; rules ask for one or stronger."""

    EXPRESS_WRITTEN = "express_written"  # signed, in writing, for automated marketing
    EXPRESS = "express"  # said or ticked
    IMPLIED_PURCHASE = "implied_purchase"  # bought something
    IMPLIED_INQUIRY = "implied_inquiry"  # asked something
    SOFT_OPT_IN = "soft_opt_in"  # bought, was told, could refuse each time
    EXISTING_RELATIONSHIP = "existing_relationship"  # deals with the seller
    NONE = "none"  # nothing known


class SuppressionReason(StrEnum):
    """Why an address must not be used."""

    HARD_BOUNCE = "hard_bounce"  # nobody lives there
    COMPLAINT = "complaint"  # "this is spam"
    WRONG_NUMBER = "wrong_number"  # somebody else's
    OPTED_OUT = "opted_out"  # stopped before it reached us: imports, the provider's list
    LEGAL = "legal"  # a legal threat
    DECEASED = "deceased"  # the person died


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentFact:
    """One entry of the ledger as the gate reads it; *purpose* None covers every purpose, *topic* None every topic."""

    id: str
    kind: FactKind
    channel: Channel
    purpose: Purpose | None
    basis: Basis
    at: datetime
    expires_at: datetime | None = None
    source: str = ""
    topic: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """One address that must not be used; *channel* None means on every channel of that address."""

    id: str
    reason: SuppressionReason
    channel: Channel | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchFact:
    """One contact that was made or is under way, in any sequence, for frequency caps."""

    channel: Channel
    at: datetime
    purpose: Purpose = Purpose.MARKETING


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryFact:
    """What one public list says of the address asked about, by the newest copy we hold.

    *scrubbed_at* is the date of that copy, None where we hold none; *listed_at* is since when the address is on it, None
    where it is not.
    """

    registry: str
    scrubbed_at: datetime | None = None
    listed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """The business vouches by *name* for something that no machine can see; *id* is the ledger's fact."""

    id: str
    name: str
    at: datetime
    by: str
    expires_at: datetime | None = None

    def stands(self, at: datetime) -> bool:
        """Return whether somebody vouches at *at*."""
        return self.at <= at and (self.expires_at is None or at < self.expires_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Emergency:
    """A declared emergency in *place*, a jurisdiction as `US-NY`; *ends_at* None while nobody has lifted it."""

    id: str
    place: str
    starts_at: datetime
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A message as it would leave, and what the seller is known by: what the rules on content look at."""

    content: Content
    seller: str  # the name the seller is known by
    postal_address: str
    phone: str  # where a person is reached by phone, E.164 or as written
    domains: frozenset[str]  # the seller's own web domains, lower case
    opt_out_phone: str = ""  # a number where a machine takes opt-outs day and night, E.164
    is_first: bool = True  # nothing has reached this address on this channel lately
    is_answer: bool = False  # answers something the lead wrote, so that "Re:" is true
    takes_replies: bool = True  # an answer to it reaches us


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One sign of where a lead is; *source*: stated, address, phone, email, given."""

    value: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One question to the gate.

    *jurisdictions* are candidates as `US` or `US-FL`; *zones* are candidates by IANA name; where a set is empty the
    strictest profile counts. *planned_at* is when the touch was first due: a hold for too long ends in a block.
    """

    channel: Channel
    purpose: Purpose
    address: str | None
    jurisdictions: tuple[Evidence, ...] = ()
    zones: tuple[Evidence, ...] = ()
    planned_at: datetime | None = None
    sequence: str | None = None
    business: bool = False  # the lead is a company, where a rule tells companies from people
    topic: str | None = None  # what the sequence is about, where leads may stop one topic and keep another
    rendered: Rendered | None = None  # None while the touch is only planned
    is_rehearsed: bool = False  # nothing would leave: the sandbox, or a simulation


@dataclass(frozen=True, slots=True, kw_only=True)
class GateFacts:
    """What the ledger and the log know about the lead and the address of one request."""

    consents: tuple[ConsentFact, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    touches: tuple[TouchFact, ...] = ()
    review_since: datetime | None = None  # an inbound message that nobody has read yet
    registries: tuple[RegistryFact, ...] = ()
    attestations: tuple[Attestation, ...] = ()
    emergencies: tuple[Emergency, ...] = ()
