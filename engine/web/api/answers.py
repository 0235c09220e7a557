"""What integrators are answered: one model for each shape, so that the description can't say otherwise."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from channels.address import Channel
from channels.contact_check import PhoneType
from consent.facts import Basis, FactKind, Purpose
from engine.domain.enrollment import EnrollmentStatus
from engine.domain.entry import EntryReason
from engine.domain.lead import LeadStatus
from engine.domain.message import Delivery, MessageState
from engine.flows.enroll import Entry
from engine.store.timeline import EntryKind


class Answer(BaseModel):
    """Something we say; nothing more is in it than it names."""

    model_config = ConfigDict(extra="forbid")


class EmailChecks(Answer):
    """What was found out about the email address; it was taken as it is."""

    suggestion: str | None = Field(description="What was probably meant, if it looks mistyped.")
    is_disposable: bool = Field(description="Whether it is a throw-away mailbox.")
    takes_mail: bool | None = Field(description="Whether its domain takes mail; null while unknown or not asked.")


class PhoneChecks(Answer):
    """What was found out about the phone number."""

    type: PhoneType = Field(description="What sort of line it is; a landline is not texted.")


class Checks(Answer):
    """What was found out about the contact data on arrival."""

    email: EmailChecks | None = None
    phone: PhoneChecks | None = None


class EntryOut(Answer):
    """What became of the lead at one sequence's door."""

    sequence: str = Field(description="Its name.")
    enrollment_id: str | None = Field(description="The enrollment, if the lead entered.")
    reason: EntryReason = Field(description="Why it enters, or does not.")
    detail: str = Field(description="Which other sequence or rule, where that helps.")
    until: datetime | None = Field(description="When asking again may help.")


class ArrivalOut(Answer):
    """What became of a lead that was sent."""

    id: str = Field(description="The lead.")
    is_new: bool = Field(description="False when it was known by one of its addresses: what was missing was filled in.")
    entries: list[EntryOut] = Field(description="Each sequence that starts by a new lead, and what became of it.")
    checks: Checks = Field(description="What the addresses tell by themselves.")


class ConsentOut(Answer):
    """One thing that happened to permission."""

    channel: Channel
    kind: FactKind
    purpose: Purpose | None = Field(description="Null covers every purpose.")
    basis: Basis
    at: datetime
    source: str


class WalkOut(Answer):
    """Where the lead stands in one sequence."""

    id: str
    sequence: str
    status: EnrollmentStatus
    stage: str
    reason: str
    started_at: datetime
    due_at: datetime | None = Field(description="When the engine looks at it again.")
    ended_at: datetime | None


class LeadFactsOut(Answer):
    """What is known of one lead."""

    id: str
    created_at: datetime
    status: LeadStatus
    first_name: str
    last_name: str
    company: str
    email: str | None
    phone: str | None = Field(description="E.164.")
    country: str | None
    region: str | None
    zone: str | None
    language: str
    interest: str
    source: str
    owner: str = Field(description="Who looks after it; empty when nobody does.")
    cost_cents: int
    custom: dict[str, Any]
    checks: Checks | None
    first_touch_at: datetime | None = Field(description="When it was first answered.")
    erased_at: datetime | None = Field(description="When all that named the person was erased on request.")
    merged_into: str | None = Field(description="The lead that this double became part of.")
    version: int = Field(description="Grows with each change; the `ETag` is this number in quotes.")


class LeadOut(LeadFactsOut):
    """One lead: facts, permission, and where it stands."""

    next_at: datetime | None = Field(description="When something happens next.")
    consents: list[ConsentOut]
    enrollments: list[WalkOut]


class LeadsOut(Answer):
    """Leads, the newest first."""

    leads: list[LeadFactsOut]
    next: str | None = Field(description="Send it as `after` for the older ones; null at the end.")


class NoteOut(Answer):
    """Something that was written down about a lead."""

    id: str
    at: datetime
    author: str = Field(description="A user's id, or `api:` and the key's name.")
    body: str


class NotesOut(Answer):
    """Notes, the latest first."""

    notes: list[NoteOut]
    next: str | None = Field(description="Send it as `after` for the earlier ones; null at the end.")


class EventOut(Answer):
    """Something that happened to a lead."""

    id: str
    name: str
    at: datetime
    detail: dict[str, Any]


class EventsOut(Answer):
    """What happened to a lead, the latest first."""

    events: list[EventOut]
    next: str | None = Field(description="Send it as `after` for what came before; null at the end.")


class HappenedOut(Answer):
    """An event that was put on record."""

    id: str
    name: str
    at: datetime
    entries: list[EntryOut] = Field(description="Each sequence that starts by it, and what became of the lead there.")


class MessageOut(Answer):
    """One message of the lead's: made, to be made, or skipped with its reason."""

    id: str
    lead_id: str
    enrollment_id: str | None = Field(description="Null for answers and confirmations.")
    created_at: datetime
    channel: Channel
    template: str
    sequence: str
    stage: str
    state: MessageState
    reason: str
    rule: str = Field(description="The rule behind a hold or a block.")
    due_at: datetime | None
    accepted_at: datetime | None
    delivery: Delivery
    opened_at: datetime | None
    clicked_at: datetime | None
    replied_at: datetime | None


class MessagesOut(Answer):
    """Messages, newest first."""

    messages: list[MessageOut]
    next: str | None = Field(description="Send it as `after` for the older ones; null at the end.")


class TimelineEntryOut(Answer):
    """One thing that happened."""

    kind: EntryKind
    id: str
    at: datetime
    what: str = Field(description="The channel, the event's name, or the task's kind.")
    state: str = Field(description="The message's or task's state, a reply's reading, or what happened to permission.")
    text: str = Field(description="A reply's or note's words, or a template's or task's name.")


class TimelineOut(Answer):
    """The lead's story, newest first."""

    entries: list[TimelineEntryOut]
    next: str | None = Field(description="Send it as `after` for what came before; null at the beginning.")


class SequenceOut(Answer):
    """A published sequence."""

    name: str
    purpose: Purpose
    stages: int
    starts: str = Field(description="lead.created, manual, or the event that starts it.")
    is_paused: bool
    published_at: datetime
    revision: str


class SequencesOut(Answer):
    """Every published sequence, by name."""

    sequences: list[SequenceOut]


def entry_of(entry: Entry) -> EntryOut:
    """Return what became of a lead at one door."""
    answer = entry.answer
    return EntryOut(
        sequence=entry.sequence,
        enrollment_id=entry.enrollment_id,
        reason=answer.reason,
        detail=answer.detail,
        until=answer.until,
    )


def checks_of(checks: Mapping[str, Any] | None) -> Checks | None:
    """Return checks as they are told."""
    return Checks.model_validate(checks) if checks else None
