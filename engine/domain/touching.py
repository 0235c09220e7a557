"""What a touch stage decides: wait for its time, make the touch, wait for its end, move on."""

from datetime import timedelta

from channels.address import AddressKind, Channel, kind_of
from channels.contact_check import PhoneType, phone_type
from engine.domain.appointments import moment_of, passes_by
from engine.domain.conditions import evaluate
from engine.domain.decision import Assign, Decision, Move, Reason, Send, Skip, Wait
from engine.domain.happened import NOT_ARRIVED
from engine.domain.history import MessageFact, TaskFact
from engine.domain.lead import Lead
from engine.domain.message import OPEN_STATES, MessageState
from engine.domain.sequence import NEXT, SendTouch, TaskTouch, Touch
from engine.domain.standing import Standing
from engine.domain.task import TaskKind, TaskState
from engine.domain.timing import ANY, Delay, Unit, due_at, next_open, plan_at

JITTER_MAX = timedelta(minutes=20)  # day-long delays spread a little, so that an import isn't answered in one second
_SPREAD_UNITS = frozenset({Unit.DAYS, Unit.BUSINESS_DAYS, Unit.WEEKS, Unit.MONTHS})
_SENT_STATES = frozenset({MessageState.ACCEPTED, MessageState.UNKNOWN})
NOBODY = "none"
"""The key under which outcomes name the stage for a task that nobody did, or a call whose end nobody told, in time."""


def decide_touch(here: Standing, touch: Touch, variant: str | None = None) -> Decision:
    """Return the one next step at a touch stage."""
    # What was made rules, whatever kind the stage now is: an enrollment may have been moved to another revision.
    if (message := here.message()) is not None:
        return _follow_message(here, message, touch)
    if (task := here.task()) is not None:
        return _follow_task(here, task, touch)
    return _pass_by(here) or _wait_for_its_time(here) or _pass_over(here) or _make(here, touch, variant)


def _follow_message(here: Standing, message: MessageFact, touch: Touch) -> Decision:
    if message.state in OPEN_STATES:
        return Wait(until=None, reason=Reason.TOUCH_OPEN, detail=message.reason)
    ended_at = message.ended_at or here.now
    if message.state not in _SENT_STATES:
        return here.move(here.stage.otherwise, Reason.SKIPPED, anchor_at=ended_at, detail=message.reason)
    if isinstance(touch, SendTouch) and touch.outcomes and (turn := _follow_call(here, message, touch)) is not None:
        return turn
    if has_come_back(message):
        return here.move(here.stage.otherwise, Reason.BOUNCED, anchor_at=ended_at, detail=message.delivery)
    return here.move(NEXT, Reason.TOUCHED, anchor_at=ended_at)


def _follow_call(here: Standing, message: MessageFact, touch: SendTouch) -> Decision | None:
    """Go where the end of the call sends, or wait for that end; None where no stage is named for it."""
    ended_at = message.ended_at or here.now
    if message.outcome is not None:
        to = touch.outcomes.get(message.outcome)
        return None if to is None else here.move(to, Reason.OUTCOME, anchor_at=ended_at, detail=message.outcome)
    if has_come_back(message):
        return None
    until = due_at(ended_at, touch.patience, here.place)
    if until > here.now:
        return Wait(until=until, reason=Reason.CALL_OPEN)
    return here.move(touch.outcomes.get(NOBODY, NEXT), Reason.TIMEOUT, anchor_at=here.now, detail=touch.channel)


def has_come_back(message: MessageFact) -> bool:
    """Return whether an accepted message did not reach the lead after all."""
    return message.state is MessageState.ACCEPTED and message.delivery in NOT_ARRIVED


def _follow_task(here: Standing, task: TaskFact, touch: Touch) -> Decision:
    if not isinstance(touch, TaskTouch) or not touch.waits:
        return here.move(NEXT, Reason.TOUCHED, anchor_at=task.created_at)
    ended_at = task.ended_at or here.now
    if task.state is TaskState.CANCELLED:
        return here.move(here.stage.otherwise, Reason.SKIPPED, anchor_at=ended_at)
    if task.state is TaskState.DONE:
        outcome = task.outcome or ""
        return here.move(touch.outcomes.get(outcome, NEXT), Reason.OUTCOME, anchor_at=ended_at, detail=outcome)
    until = due_at(task.created_at, touch.patience, here.place)
    if until > here.now:
        return Wait(until=until, reason=Reason.TASK_OPEN)
    return here.move(touch.outcomes.get(NOBODY, NEXT), Reason.TASK_OVERDUE, anchor_at=here.now)


def _pass_by(here: Standing) -> Move | None:
    if not passes_by(here):
        return None
    return here.move(NEXT, Reason.DATE_OVER, anchor_at=here.enrollment.anchor_at)


def _wait_for_its_time(here: Standing) -> Wait | None:
    stage, place, anchor_at = here.stage, here.place, here.enrollment.anchor_at
    window = stage.window or here.sequence.window
    moment = moment_of(stage, here.sequence, here.facts.lead)
    if moment is None:
        planned_at = plan_at(anchor_at, stage.after, window, place, here.enrollment.intent_key(), _spread(stage.after))
    else:
        planned_at = next_open(moment, window, place)  # not spread: appointments spread themselves
    if planned_at > here.now:
        is_delayed = (moment or due_at(anchor_at, stage.after, place)) > here.now
        return Wait(until=planned_at, reason=Reason.DELAY if is_delayed else Reason.WINDOW)
    # Its time came while it rested or the engine was down: the window still holds.
    opens_at = here.now if window == ANY else next_open(here.now, window, place)
    return Wait(until=opens_at, reason=Reason.WINDOW) if opens_at > here.now else None


def _spread(delay: Delay) -> timedelta:
    is_long = delay.unit in _SPREAD_UNITS and delay.amount > 0 and delay.at is None
    return JITTER_MAX if is_long else timedelta()


def _pass_over(here: Standing) -> Move | None:
    if here.stage.condition is None:
        return None
    verdict = evaluate(here.stage.condition, here.facts, here.now)
    if verdict.holds:
        return None
    reason = Reason.BAD_CONDITION if verdict.problem else Reason.CONDITION
    return here.move(NEXT, reason, anchor_at=here.enrollment.anchor_at, detail=verdict.problem)


def _make(here: Standing, touch: Touch, variant: str | None) -> Decision:
    if isinstance(touch, SendTouch):
        if not has_address(here.facts.lead, touch.channel):
            return Skip(channel=touch.channel, template=touch.template, reason=Reason.NO_ADDRESS, variant=variant)
        if touch.channel is Channel.SMS and is_landline(here.facts.lead):
            return Skip(channel=touch.channel, template=touch.template, reason=Reason.LANDLINE, variant=variant)
        return Send(channel=touch.channel, template=touch.template, variant=variant)
    if touch.kind is TaskKind.CALL and not has_address(here.facts.lead, Channel.CALL):
        return here.move(here.stage.otherwise, Reason.NO_ADDRESS, anchor_at=here.now, detail=Channel.CALL)
    return Assign(touch=touch, due_at=due_at(here.now, touch.due, here.place), variant=variant)


def has_address(lead: Lead, channel: Channel) -> bool:
    """Return whether *lead* can be reached by *channel* at all; consent is the gate's affair."""
    needed = kind_of(channel)
    if needed is None:
        return True
    return bool(lead.email if needed is AddressKind.EMAIL else lead.phone)


def is_landline(lead: Lead) -> bool:
    """Return whether no text can arrive at the lead's number, so that the stage goes on by its `otherwise` at once.

    Asked where a touch is made: the number alone decides, so there is nothing to keep and nothing to grow stale, and the
    log has a reason. Some carriers read texts to fixed lines aloud, at night too: another reason to try none. Numbers
    that may be either, as all in North America, are tried, and the provider tells.
    """
    return lead.phone is not None and phone_type(lead.phone) is PhoneType.LANDLINE
