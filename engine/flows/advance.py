"""Walk enrollments whose time has come: ask the planner, then the gate, and write what they decided."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from engine.domain import planner
from engine.domain.decision import Assign, Finish, Reason, Send, Skip, Wait
from engine.domain.enrollment import Enrollment, EnrollmentStatus
from engine.domain.history import Facts
from engine.domain.sequence import Sequence as Plan
from engine.flows.enroll import enroll
from engine.flows.kit import Kit
from engine.flows.shelf import Missing
from engine.flows.touches import TouchBook
from engine.store import enrollments, history, leads, messages, tasks
from engine.store.database import Connection

log = structlog.get_logger(__name__)

BATCH_MAX = 200  # one transaction's worth: its locks are short
TOUCHES_PER_LOOK_MAX = 50  # more in one look is a loop that the checks missed

DATE_MOVED = "date_moved"
"""Why a message or a task for the old date is cancelled."""

OUR_MISTAKES = frozenset({Reason.LOST_STAGE, Reason.TOO_MANY_STEPS})
"""Why we stopped a walk that the lead would have gone on with: a person takes over."""

WAITING_REASONS = frozenset({Reason.TOUCH_OPEN, Reason.TASK_OPEN, Reason.CALL_OPEN, Reason.AWAITING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Where an enrollment came to stand, and the end it met, if any."""

    before: Enrollment
    after: Enrollment
    finish: Finish | None


def advance(kit: Kit, limit: int = BATCH_MAX) -> int:
    """Walk up to *limit* due enrollments; return how many were looked at."""
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        due = enrollments.claim_due(connection, now, limit)
        walk_on(kit, connection, due, now)
    return len(due)


def walk_on(kit: Kit, connection: Connection, chosen: Sequence[Enrollment], now: datetime) -> None:
    """Let *chosen* go as far as they can; they and their leads are locked by the caller."""
    if not chosen:
        return
    histories = history.load(connection, {one.lead_id for one in chosen})
    book = TouchBook(kit, connection, now, [one.stored for one in histories.values()])
    steps = []
    for enrollment in chosen:
        sequence = kit.shelf.sequence(connection, enrollment.revision)
        facts = histories[enrollment.lead_id].facts_for(enrollment)
        steps.append(_walk(book, enrollment, sequence, facts, now))
    _write(kit, connection, steps, book, now)


def _walk(book: TouchBook, enrollment: Enrollment, sequence: Plan, facts: Facts, now: datetime) -> Step:
    standing = enrollment
    for _ in range(TOUCHES_PER_LOOK_MAX):
        standing, decision = planner.walk(standing, sequence, facts, now)
        match decision:
            case Wait():
                return Step(before=enrollment, after=_waiting(standing, decision), finish=None)
            case Finish():
                return Step(before=enrollment, after=_finished(standing, decision), finish=decision)
            case Send() | Skip():
                fact = book.message(standing, sequence, decision)
                facts = replace(facts, messages=(*facts.messages, fact))
            case Assign():
                task = book.task(standing, sequence, decision)
                facts = replace(facts, tasks=(*facts.tasks, task))
    stop = Finish(reason=Reason.TOO_MANY_STEPS, stopped=True)
    return Step(before=enrollment, after=_finished(standing, stop), finish=stop)


def _waiting(standing: Enrollment, decision: Wait) -> Enrollment:
    if decision.reason is Reason.RESTING:
        return standing
    status = EnrollmentStatus.WAITING if decision.reason in WAITING_REASONS else EnrollmentStatus.ACTIVE
    return replace(standing, status=status, due_at=decision.until, reason=decision.reason)


def _finished(standing: Enrollment, decision: Finish) -> Enrollment:
    status = EnrollmentStatus.STOPPED if decision.stopped else EnrollmentStatus.FINISHED
    reason = f"{decision.reason}: {decision.detail}" if decision.detail else str(decision.reason)
    return replace(standing, status=status, due_at=None, reason=reason)


def _write(kit: Kit, connection: Connection, steps: list[Step], book: TouchBook, now: datetime) -> None:
    enrollments.save(connection, [step.after for step in steps], now)
    _release_woken(connection, steps, now)
    _forget_old_dates(kit, connection, steps, now)
    _clear_up(connection, [step for step in steps if step.finish is not None], now)
    book.write()
    for step in steps:
        if step.finish is not None and step.finish.enter is not None:
            _hand_over(kit, connection, step.after.lead_id, step.finish.enter, now)
    _leave_nobody(kit, connection, [step for step in steps if step.finish is not None], now)


def _hand_over(kit: Kit, connection: Connection, lead_id: str, name: str, now: datetime) -> None:
    try:
        enroll(kit, connection, [lead_id], name, now)
    except Missing:
        # One plan's mistake must not stop the batch; the lead goes to its owner, as after any end without successor.
        log.warning("handover.missing", lead_id=lead_id, sequence=name)


def _release_woken(connection: Connection, steps: list[Step], now: datetime) -> None:
    resting = frozenset({EnrollmentStatus.PAUSED, EnrollmentStatus.SNOOZED, EnrollmentStatus.OUT_OF_OFFICE})
    woken = [step.after.id for step in steps if step.before.status in resting and step.after.status not in resting]
    messages.release_resting(connection, woken, now)


def _forget_old_dates(kit: Kit, connection: Connection, steps: list[Step], now: datetime) -> None:
    """What was planned for a date that was moved since may not leave any more."""
    moved = [step.after for step in steps if _knows_another_date(step)]
    for cancel in (messages.cancel_stages, tasks.cancel_stages):  # the order in which everybody takes these locks
        for one in moved:
            plan = kit.shelf.sequence(connection, one.revision)
            counting = [stage.id for stage in plan.stages if stage.by_date is not None]
            cancel(connection, one.id, counting, before=one.occurrence, now=now, reason=DATE_MOVED)


def _knows_another_date(step: Step) -> bool:
    before, after = step.before.dated, step.after.dated
    return before is not None and after is not None and before.at != after.at


def _clear_up(connection: Connection, ended: list[Step], now: datetime) -> None:
    """Nothing that an ended enrollment planned may still leave."""
    stopped = [step for step in ended if step.finish is not None and step.finish.stopped]
    for step in stopped:
        messages.cancel_open(connection, now=now, reason=step.after.reason, enrollment_ids=[step.after.id])
        tasks.cancel_open(connection, now=now, reason=step.after.reason, enrollment_ids=[step.after.id])


def _leave_nobody(kit: Kit, connection: Connection, ended: list[Step], now: datetime) -> None:
    """Give a lead whose last sequence ran out to its owner: nobody is forgotten because a plan was short."""
    finished = [step.after for step in ended if _leaves_open(step.finish)]
    if not finished:
        return
    lead_ids = {one.lead_id for one in finished}
    still_open = enrollments.who_walks(connection, lead_ids)
    stored = leads.load(connection, lead_ids)
    rows = [
        what_next_task(kit, one, stored[one.lead_id].lead.owner, now)
        for one in finished
        if one.lead_id not in still_open and stored[one.lead_id].lead.is_open
    ]
    tasks.insert(connection, rows)


def _leaves_open(finish: Finish | None) -> bool:
    asks = OUR_MISTAKES | {Reason.NO_DATE}  # an appointment that was called off is somebody's to follow up
    return finish is not None and (not finish.stopped or finish.reason in asks)


def what_next_task(kit: Kit, enrollment: Enrollment, owner: str, now: datetime) -> dict[str, object]:
    """Return the task that asks a person what follows a sequence without a successor."""
    return tasks.new_row(
        task_id=kit.ids.new(),
        intent_key=f"{enrollment.id}:what-next",
        lead_id=enrollment.lead_id,
        kind="review",
        owner=owner,
        title=f"{enrollment.sequence} is over: decide what is next",
        now=now,
        due_at=now,
        sequence=enrollment.sequence,
        enrollment_id=enrollment.id,
    )
