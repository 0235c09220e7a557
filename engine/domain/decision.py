"""What the planner can decide: one value for each thing that may happen next."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from channels.address import Channel
from engine.domain.enrollment import Dated
from engine.domain.sequence import StageId, TaskTouch


class Reason(StrEnum):
    """Why the planner decided as it did: one closed list, shown to people as it stands in `REASON_WORDS`."""

    DELAY = "delay"  # the stage's delay is not over
    WINDOW = "window"  # outside the stage's send window
    TOUCH_OPEN = "touch_open"  # the stage's message has not ended
    TASK_OPEN = "task_open"  # the stage's task has not ended
    CALL_OPEN = "call_open"  # how the stage's call ended is not known yet
    AWAITING = "awaiting"  # the awaited event has not come
    RESTING = "resting"  # paused, snoozed or out of office
    DUE = "due"  # its time has come
    NO_ADDRESS = "no_address"  # the lead has no address for the channel
    LANDLINE = "landline"  # the number is surely a fixed line, where no text arrives
    CONDITION = "condition"  # the stage's condition does not hold, or decided the branch
    BAD_CONDITION = "bad_condition"  # the condition could not be evaluated; treated as not holding
    TOUCHED = "touched"  # the stage's touch ended well
    SKIPPED = "skipped"  # the stage's touch was skipped, failed or cancelled
    BOUNCED = "bounced"  # the address died after the message was accepted
    OUTCOME = "outcome"  # the task's outcome decided, or how the call ended
    TASK_OVERDUE = "task_overdue"  # nobody did the task in time
    HAPPENED = "happened"  # the awaited event came
    TIMEOUT = "timeout"  # the awaited event did not come in time
    REPEATED = "repeated"  # another round
    ROUNDS_OVER = "rounds_over"  # the last round is done
    DATE_SET = "date_set"  # the lead's date is known from now on
    DATE_MOVED = "date_moved"  # the lead's date was moved: what counts by it begins anew
    DATE_OVER = "date_over"  # the moment before the lead's date was over
    NO_DATE = "no_date"  # the lead has no such date any more, or one that cannot be read
    HANDOVER = "handover"  # goes on in another sequence
    COMPLETED = "completed"  # the last stage is done
    LEFT = "left"  # a leave rule holds; the decision names it
    ENDED = "ended"  # it had ended already
    LOST_STAGE = "lost_stage"  # the stage is not in the revision
    TOO_MANY_STEPS = "too_many_steps"  # a loop without a wait; stopped before it could harm


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Nothing to do before *until*; None means until something happens."""

    until: datetime | None
    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Make the stage's message."""

    channel: Channel
    template: str
    variant: str | None = None
    reason: Reason = Reason.DUE


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """Put on record that the stage's message cannot be made."""

    channel: Channel
    template: str
    reason: Reason
    variant: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign:
    """Make the stage's task, due at *due_at*."""

    touch: TaskTouch
    due_at: datetime
    variant: str | None = None
    reason: Reason = Reason.DUE


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Go to stage *to*; its delay counts from *anchor_at*.

    *occurrence*, *rounds* and *dated* are the enrollment's there.
    """

    to: StageId
    anchor_at: datetime
    occurrence: int
    reason: Reason
    detail: str = ""
    rounds: Mapping[StageId, int] = field(default_factory=dict)
    dated: Dated | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """The enrollment ends: *stopped* early, or finished; *enter* names the sequence to go on in."""

    reason: Reason
    stopped: bool = False
    detail: str = ""
    enter: str | None = None


Decision = Wait | Send | Skip | Assign | Move | Finish
