"""What the gate is told: the request, and the facts about the lead and the address. Values only."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from channels.address import Channel


class Purpose(StrEnum):
    """Why we contact the lead."""

    MARKETING = "marketing"  # nurture and offers
    SERVICE = "service"  # what the lead asked for or bought
    CONFIRMATION = "confirmation"  # the one answer to a stop, a start or a help word


class FactKind(StrEnum):
    """What happened to permission."""

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
    """One entry of the ledger as the gate reads it; *purpose* None covers every purpose."""

    id: str
    kind: FactKind
    channel: Channel
    purpose: Purpose | None
    basis: Basis
    at: datetime
    expires_at: datetime | None = None
    source: str = ""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class GateFacts:
    """What the ledger and the log know about the lead and the address of one request."""

    consents: tuple[ConsentFact, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    touches: tuple[TouchFact, ...] = ()
    review_since: datetime | None = None  # an inbound message that nobody has read yet
