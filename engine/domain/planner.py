"""The planner: one enrollment, its sequence and the facts go in, the one thing to do next comes out, with its reason.

Total on purpose: every state and every history gives a decision. Nothing is remembered here, so the same facts at the
same instant always give the same answer, live, in a dry run and in a rehearsal.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from engine.domain.appointments import answer_date, moment_of
from engine.domain.conditions import evaluate
from engine.domain.decision import Decision, Finish, Move, Reason, Wait
from engine.domain.enrollment import RESTING_STATUSES, Enrollment
from engine.domain.happened import when_happened
from engine.domain.history import Facts
from engine.domain.message import MessageState
from engine.domain.sequence import (
    END,
    NEXT,
    Await,
    Branch,
    Handover,
    Repeat,
    SendTouch,
    Sequence,
    Split,
    StageId,
    TaskTouch,
)
from engine.domain.splits import choose_variant
from engine.domain.standing import Standing, find_message
from engine.domain.timing import due_at
from engine.domain.touching import decide_touch, has_come_back

STEPS_MAX = 1000  # a sequence's stages and what it awaits fit many times over; a loop without a wait does not


def walk(
    enrollment: Enrollment, sequence: Sequence, facts: Facts, now: datetime, limit: int = STEPS_MAX
) -> tuple[Enrollment, Decision]:
    """Return the enrollment after every move that is possible now, and the first decision that is not a move."""
    for _ in range(limit):
        decision = decide(enrollment, sequence, facts, now)
        if not isinstance(decision, Move):
            return enrollment, decision
        enrollment = follow(enrollment, decision, facts, now)
    return enrollment, Finish(reason=Reason.TOO_MANY_STEPS, stopped=True, detail=enrollment.stage)


def follow(enrollment: Enrollment, move: Move, facts: Facts, now: datetime) -> Enrollment:
    """Return *enrollment* after *move* at *now*.

    It remembers the last message that was sent, for a bounce that arrives late, and forgets it once one has counted.
    """
    if move.reason is Reason.DATE_SET:
        return replace(enrollment, dated=move.dated)
    came_from = enrollment.came_from
    message = find_message(facts, enrollment.stage, enrollment.occurrence)
    if move.reason in {Reason.BOUNCED, Reason.DATE_MOVED} or (move.reason is Reason.OUTCOME and message is not None):
        came_from = None  # what became of it has been heard
    elif message is not None:
        is_sent = message.state is MessageState.ACCEPTED
        came_from = (enrollment.stage, enrollment.occurrence) if is_sent else None
    return replace(
        enrollment,
        stage=move.to,
        occurrence=move.occurrence,
        anchor_at=move.anchor_at,
        rounds=move.rounds,
        came_from=came_from,
        reached_at=now,
        dated=move.dated,
    )


def decide(enrollment: Enrollment, sequence: Sequence, facts: Facts, now: datetime) -> Decision:
    """Return the one next step of *enrollment* at *now*; never raises."""
    if enrollment.has_ended:
        return Finish(reason=Reason.ENDED, detail=enrollment.status)
    if (left := _leave(enrollment, sequence, facts, now)) is not None:
        return left
    if (turn := answer_date(enrollment, sequence, facts, now)) is not None:
        return turn
    if enrollment.status in RESTING_STATUSES and (enrollment.due_at is None or enrollment.due_at > now):
        return Wait(until=enrollment.due_at, reason=Reason.RESTING, detail=enrollment.status)
    if enrollment.stage == END:
        return Finish(reason=Reason.COMPLETED)
    stage = sequence.stage(enrollment.stage)
    if stage is None:
        return Finish(reason=Reason.LOST_STAGE, stopped=True, detail=enrollment.stage)
    here = Standing(enrollment=enrollment, sequence=sequence, stage=stage, facts=facts, now=now)
    return _answer_late_bounce(here) or _step(here)


def _leave(enrollment: Enrollment, sequence: Sequence, facts: Facts, now: datetime) -> Finish | None:
    for name in sorted(sequence.leave):
        if when_happened(name, facts, since=enrollment.started_at, now=now) is not None:
            return Finish(reason=Reason.LEFT, stopped=True, detail=name)
    return None


def _answer_late_bounce(here: Standing) -> Move | None:
    """Go where the touch before this stage sends those whom it did not reach, unless this stage's touch is made."""
    if here.enrollment.came_from is None or here.message() is not None or here.task() is not None:
        return None
    stage_id, occurrence = here.enrollment.came_from
    message, stage = find_message(here.facts, stage_id, occurrence), here.sequence.stage(stage_id)
    if message is None or stage is None or stage.otherwise == NEXT or not has_come_back(message):
        return None
    if stage.otherwise == here.stage.id:
        return None  # it is there already
    return here.move(stage.otherwise, Reason.BOUNCED, anchor_at=here.now, detail=message.delivery)


def _step(here: Standing) -> Decision:
    step = here.stage.step
    match step:
        case SendTouch() | TaskTouch():
            return decide_touch(here, step)
        case Split():
            variant = choose_variant(
                step, lead_id=here.enrollment.lead_id, sequence=here.sequence.name, stage=here.stage.id
            )
            return decide_touch(here, step.variants[variant], variant)
        case Await():
            return _await(here, step)
        case Branch() | Handover() | Repeat():
            return _wait_for_delay(here) or _turn(here, step)
        case _:
            assert_never(step)


def _wait_for_delay(here: Standing) -> Wait | None:
    by_date = moment_of(here.stage, here.sequence, here.facts.lead)
    until = by_date or due_at(here.enrollment.anchor_at, here.stage.after, here.place)
    return Wait(until=until, reason=Reason.DELAY) if until > here.now else None


def _await(here: Standing, step: Await) -> Decision:
    since = here.enrollment.anchor_at
    happened_at = when_happened(step.event, here.facts, since=since, now=here.now)
    if happened_at is not None:
        return here.move(step.then, Reason.HAPPENED, anchor_at=happened_at, detail=step.event)
    until = due_at(since, step.timeout, here.place)
    if until > here.now:
        return Wait(until=until, reason=Reason.AWAITING, detail=step.event)
    return here.move(step.otherwise, Reason.TIMEOUT, anchor_at=here.now, detail=step.event)


def _turn(here: Standing, step: Branch | Handover | Repeat) -> Decision:
    match step:
        case Branch():
            return _branch(here, step)
        case Handover():
            return Finish(reason=Reason.HANDOVER, enter=step.sequence)
        case Repeat():
            return _repeat(here, step)
        case _:
            assert_never(step)


def _branch(here: Standing, step: Branch) -> Move:
    verdict = evaluate(step.condition, here.facts, here.now)
    to = step.then if verdict.holds else step.otherwise
    reason = Reason.BAD_CONDITION if verdict.problem else Reason.CONDITION
    return _turn_to(here, to, reason, verdict.problem or ("yes" if verdict.holds else "no"))


def _repeat(here: Standing, step: Repeat) -> Move:
    rounds = dict(here.enrollment.rounds)
    done = rounds.pop(here.stage.id, 0) + 1
    if step.times is not None and done >= step.times:
        return _turn_to(here, NEXT, Reason.ROUNDS_OVER, str(done), rounds)
    rounds[here.stage.id] = done
    return _turn_to(here, step.to, Reason.REPEATED, str(done), rounds)


def _turn_to(
    here: Standing, to: StageId, reason: Reason, detail: str, rounds: Mapping[StageId, int] | None = None
) -> Move:
    """Move from a stage that only turns; the time it waited itself is not counted again by the next delay."""
    has_waited = here.stage.after.amount > 0 or here.stage.by_date is not None
    anchor_at = here.now if has_waited else here.anchor_without_touch(to)
    return here.move(to, reason, anchor_at=anchor_at, detail=detail, rounds=rounds)
