"""What happened between a lead and us: the facts that planner and conditions read."""

from dataclasses import dataclass, field
from datetime import datetime

from channels.address import Channel
from channels.events import CallOutcome
from engine.domain.lead import Lead
from engine.domain.message import Delivery, MessageState
from engine.domain.sequence import StageId
from engine.domain.task import TaskKind, TaskOutcome, TaskState


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFact:
    """One message of an enrollment; *ended_at* is when it left our hands or was given up."""

    stage: StageId
    occurrence: int
    channel: Channel
    template: str
    state: MessageState
    reason: str
    ended_at: datetime | None
    delivery: Delivery = Delivery.NONE
    opened_at: datetime | None = None
    clicked_at: datetime | None = None
    replied_at: datetime | None = None
    outcome: CallOutcome | None = None  # how the call ended, of a voicemail


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFact:
    """One task of an enrollment."""

    stage: StageId
    occurrence: int
    kind: TaskKind
    state: TaskState
    outcome: TaskOutcome | None
    created_at: datetime
    due_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something the lead did or that became known, by name: `replied`, `booked`, `visited-pricing`."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that the planner may know about one enrollment's lead.

    *withdrawn* holds the channels the lead has stopped for this purpose; *messages* and *tasks* are this enrollment's own
    and, for conditions, those of the lead's other enrollments in *earlier*.
    """

    lead: Lead
    messages: tuple[MessageFact, ...] = ()
    tasks: tuple[TaskFact, ...] = ()
    earlier: tuple[MessageFact, ...] = ()
    happenings: tuple[Happening, ...] = ()
    opted_out: bool = False  # of everything this sequence could say
    withdrawn: frozenset[Channel] = field(default_factory=frozenset)
