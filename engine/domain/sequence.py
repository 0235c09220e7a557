"""A sequence: the plan by which leads are followed up, as values. Parsing YAML into it is `content.sequences`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

from channels.address import Channel
from consent.facts import Purpose
from engine.domain.task import TaskKind
from engine.domain.timing import ANY, Delay, SendWindow, Unit

StageId = NewType("StageId", str)

IMMEDIATELY = Delay(amount=0, unit=Unit.MINUTES, at=None)
NEXT = StageId("next")
"""As `otherwise:` or an outcome's target: the stage that follows in the file."""

END = StageId("end")
"""As a target: the enrollment is finished."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendTouch:
    """A message by machine: which channel says which template.

    A voicemail is a call, and a call ends in some way: *outcomes* maps a `CallOutcome` to the stage to go to, and the key
    `none` to the one for a call whose end was not told within *patience*. Without them nobody waits for the end.
    """

    channel: Channel
    template: str
    patience: Delay = Delay(amount=1, unit=Unit.HOURS, at=None)
    outcomes: Mapping[str, StageId] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskTouch:
    """Something for a person: a call, a letter, a social message, with its script and how soon it is due.

    With *waits* the enrollment stands still until the task is done or *patience* is over; *outcomes* maps a
    `TaskOutcome` to the stage to go to, and the key `none` to the one for a task nobody did in time.
    """

    kind: TaskKind
    script: str
    due: Delay = IMMEDIATELY
    waits: bool = True
    patience: Delay = Delay(amount=3, unit=Unit.DAYS, at=None)
    outcomes: Mapping[str, StageId] = field(default_factory=dict)


Touch = SendTouch | TaskTouch


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Variants by weight; a lead's variant is decided by hash, so it stays the same however often it is asked."""

    variants: Mapping[str, Touch]
    weights: Mapping[str, int]

    def __post_init__(self) -> None:
        assert self.variants
        assert self.variants.keys() == self.weights.keys()
        assert all(weight > 0 for weight in self.weights.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """Go to *then* where the condition holds, else to *otherwise*."""

    condition: str
    then: StageId
    otherwise: StageId


@dataclass(frozen=True, slots=True, kw_only=True)
class Await:
    """Stand still until *event* happens (go to *then*) or *timeout* has passed (go to *otherwise*)."""

    event: str
    timeout: Delay
    then: StageId
    otherwise: StageId


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """Finish here and enter the sequence named *sequence*."""

    sequence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """Go back to *to* until its part was walked *times* times in all, or for ever when None.

    The walk that first reaches the repeat counts as a round. A round must contain a wait.
    """

    to: StageId
    times: int | None = None


Step = SendTouch | TaskTouch | Split | Branch | Await | Handover | Repeat


class OverdueThen(StrEnum):
    """What becomes of a message that could not leave in time."""

    SEND = "send"  # it leaves however late
    SKIP = "skip"  # the walk goes on without it
    ASK = "ask"  # a person decides


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """When a message that is due is too late, and what becomes of it then."""

    after: Delay
    then: OverdueThen


@dataclass(frozen=True, slots=True, kw_only=True)
class ByDate:
    """So long before the lead's date that the sequence goes by, or past it."""

    delay: Delay
    is_before: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One point of a sequence: after a delay or by the lead's date, inside a window, one step."""

    id: StageId
    step: Step
    after: Delay = IMMEDIATELY
    by_date: ByDate | None = None  # instead of `after`, where the sequence goes by a date
    window: SendWindow | None = None  # None: the sequence's
    otherwise: StageId = NEXT  # where to go when the touch was skipped, failed or bounced
    condition: str | None = None  # a touch stage with `if:` is passed over where it does not hold
    overdue: Overdue | None = None  # of a message; None: it leaves however late, as far as the gate allows


class Trigger(StrEnum):
    """What starts a sequence."""

    LEAD_CREATED = "lead.created"  # any new lead
    MANUAL = "manual"  # a person, the API, or another sequence's hand-over
    EVENT = "event"  # a custom fact; its name stands in `event`


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRule:
    """Who enters, when, and how soon again (None: never again)."""

    when: Trigger = Trigger.MANUAL
    event: str | None = None
    condition: str | None = None
    again: Delay | None = None


DEFAULT_LEAVE = frozenset({"booked", "customer", "opted_out"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    """A published plan. *revision* is the hash of its source; an enrollment stays on its revision.

    *topic* is what it is about, where leads may stop one topic and keep the others. *date* names the custom field of
    the lead, such as `appointment`, that its stages count to and from.
    """

    name: str
    revision: str
    purpose: Purpose = Purpose.MARKETING
    enter: EntryRule = EntryRule()
    leave: frozenset[str] = DEFAULT_LEAVE
    exclusive: bool = True  # a lead is in one exclusive sequence at a time
    window: SendWindow = ANY
    topic: str | None = None
    date: str | None = None
    stages: tuple[Stage, ...]

    def __post_init__(self) -> None:
        assert self.stages
        assert len({stage.id for stage in self.stages}) == len(self.stages)
        assert not {stage.id for stage in self.stages} & {NEXT, END}

    def stage(self, stage_id: StageId) -> Stage | None:
        """Return the stage named *stage_id*, or None."""
        return next((stage for stage in self.stages if stage.id == stage_id), None)

    def channels(self) -> frozenset[Channel]:
        """Return the channels by which a machine sends in it."""
        touches: list[Touch | Step] = []
        for stage in self.stages:
            touches += stage.step.variants.values() if isinstance(stage.step, Split) else [stage.step]
        return frozenset(touch.channel for touch in touches if isinstance(touch, SendTouch))

    def after(self, stage_id: StageId) -> StageId:
        """Return the id of the stage that follows *stage_id* in the file, or END."""
        ids = [stage.id for stage in self.stages]
        position = ids.index(stage_id) + 1
        return ids[position] if position < len(ids) else END
