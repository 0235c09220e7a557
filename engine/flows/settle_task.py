"""A person did a task: what they found decides what the engine does next."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from channels.address import AddressKind
from consent.facts import SuppressionReason
from engine.domain.enrollment import EnrollmentStatus
from engine.domain.lead import LeadId, LeadStatus
from engine.domain.sequence import Trigger
from engine.domain.task import TaskKind, TaskOutcome, TaskState
from engine.flows.again import again_if_changed
from engine.flows.call_backs import is_call_back
from engine.flows.enroll import enroll_by_trigger
from engine.flows.kit import Kit
from engine.flows.resting import rest, resume
from engine.flows.withdraw import Stop, carry_out, lock_leads, suppress_address
from engine.store import consents, enrollments, events, forgotten, leads, tasks
from engine.store.database import Connection
from engine.store.leads import StoredLead

NOT_NOW_WITHOUT_DATE = timedelta(days=90)

WHAT_NEXT_AFTER = timedelta(days=1)
"""When to come back to a lead for whom nothing is planned."""

SPOKE = frozenset({TaskOutcome.REACHED, TaskOutcome.NOT_NOW, TaskOutcome.NO, TaskOutcome.BOOKED, TaskOutcome.WON})
"""Outcomes that mean somebody talked with the lead: what they wrote has been read."""


class NoSuchTask(LookupError):
    """There is no open task with this id; it may have been done or cancelled meanwhile."""


@again_if_changed
def settle_task(
    kit: Kit, task_id: str, outcome: TaskOutcome, *, by: str, note: str = "", until: datetime | None = None
) -> None:
    """Close an open task with *outcome* and act on it; *until* is the date a lead named for *not now*.

    Raises `NoSuchTask`. A real no is answered only when no message can leave any more.
    """
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        lead_id = tasks.lead_of(connection, task_id)
        if lead_id is None:
            raise NoSuchTask(task_id)
        stored = leads.load(connection, [lead_id])[LeadId(lead_id)]
        covered = leads.sharing(connection, stored.address_ids()) if stored.address_ids() else [stored]
        # Leads, enrollments, tasks: the order in which everybody takes these locks.
        lock_leads(connection, covered)
        enrollments.open_of(connection, [one.lead.id for one in covered])
        task = tasks.find(connection, task_id)
        if task is None or task["state"] != TaskState.OPEN:
            raise NoSuchTask(task_id)
        _note_contact(kit, connection, task, stored, outcome, by=by, note=note, now=now)
        enrollments.wake_open(connection, [stored.lead.id], now, even_resting=outcome in LEAVING)
        call_by = _act(kit, connection, stored, covered, outcome, until=until, now=now)
        if task["kind"] == TaskKind.ANSWER or outcome in SPOKE:
            _mark_read(connection, task, stored, outcome, now)
        elif is_call_back(task):
            _resume_paused(connection, stored, now)
        tasks.finish(connection, task_id, outcome=outcome, note=note, now=now)
        _leave_nobody(kit, connection, task, outcome, until=until, now=now)
    kit.wait_out(call_by)


LEAVING = frozenset({TaskOutcome.BOOKED, TaskOutcome.WON, TaskOutcome.NO})

STATUS_AFTER = {
    TaskOutcome.REACHED: LeadStatus.WORKING,
    TaskOutcome.BOOKED: LeadStatus.QUALIFIED,
    TaskOutcome.WON: LeadStatus.CUSTOMER,
    TaskOutcome.NO: LeadStatus.LOST,
}

HAPPENING_OF = {TaskOutcome.BOOKED: "booked", TaskOutcome.WON: "customer", TaskOutcome.REACHED: "reached"}


def _note_contact(  # noqa: PLR0913 - all that was said about one contact
    kit: Kit,
    connection: Connection,
    task: Any,
    stored: StoredLead,
    outcome: TaskOutcome,
    *,
    by: str,
    note: str,
    now: datetime,
) -> None:
    lead_id = stored.lead.id
    if task["kind"] == TaskKind.CALL:
        leads.note_first_touch(connection, [lead_id], now)
    if outcome in STATUS_AFTER and not (outcome is TaskOutcome.REACHED and stored.lead.status is not LeadStatus.NEW):
        leads.set_status(connection, [lead_id], STATUS_AFTER[outcome])
    if outcome in HAPPENING_OF:
        at = forgotten.after_all_that_turned(connection, [lead_id], now)[lead_id]
        row = {"id": kit.ids.new(), "lead_id": lead_id, "name": HAPPENING_OF[outcome], "at": at, "detail": {"by": by}}
        events.happened(connection, [row])
        # What a person found out starts the same plans as what a program tells. One that needs a date waits for the date.
        enroll_by_trigger(kit, connection, [lead_id], now, trigger=Trigger.EVENT, event=HAPPENING_OF[outcome])
    if note:
        events.note(connection, [{"id": kit.ids.new(), "lead_id": lead_id, "at": now, "author": by, "body": note}])


def _act(
    kit: Kit,
    connection: Connection,
    stored: StoredLead,
    covered: list[StoredLead],
    outcome: TaskOutcome,
    *,
    until: datetime | None,
    now: datetime,
) -> datetime | None:
    acts: dict[TaskOutcome, Callable[[], datetime | None]] = {
        TaskOutcome.NO: lambda: carry_out(kit, connection, covered, _real_no(), now, speaker_id=stored.lead.id),
        TaskOutcome.WRONG_NUMBER: lambda: suppress_address(
            kit,
            connection,
            [one for one in covered if one.lead.phone == stored.lead.phone],
            AddressKind.PHONE,
            reason=SuppressionReason.WRONG_NUMBER,
            source="call",
            now=now,
        ),
        TaskOutcome.NOT_NOW: lambda: _snooze(connection, stored, until or now + NOT_NOW_WITHOUT_DATE, now),
    }
    return acts[outcome]() if outcome in acts else None


def _real_no() -> Stop:
    return Stop(channels=frozenset(), source="call", wording="a real no, in conversation", recorded_by="person")


def _snooze(connection: Connection, stored: StoredLead, until: datetime, now: datetime) -> None:
    # Whoever spoke with the lead knows better than the pause that waited for a person.
    _resume_paused(connection, stored, now)
    rest(connection, [stored.lead.id], status=EnrollmentStatus.SNOOZED, until=until, reason="asked for later", now=now)


def _resume_paused(connection: Connection, stored: StoredLead, now: datetime) -> None:
    """End what waited for a person; who is away or asked for later is still left alone until then."""
    resume(connection, [stored.lead.id], now, only=frozenset({EnrollmentStatus.PAUSED}))


def _mark_read(connection: Connection, task: Any, stored: StoredLead, outcome: TaskOutcome, now: datetime) -> None:
    """Whoever answered or talked with the lead has read what they wrote; a pause for the owner is over."""
    consents.set_review(connection, [stored.lead.id], None)
    events.mark_reviewed(connection, stored.lead.id, now)
    if (task["kind"] == TaskKind.ANSWER or is_call_back(task)) and outcome is not TaskOutcome.NOT_NOW:
        _resume_paused(connection, stored, now)


def _leave_nobody(
    kit: Kit, connection: Connection, task: Any, outcome: TaskOutcome, *, until: datetime | None, now: datetime
) -> None:
    """Ask what is next where nothing else follows: a lead is not forgotten because a task was done."""
    lead_id = task["lead_id"]
    lead = leads.load(connection, [lead_id])[lead_id].lead
    ends = outcome in LEAVING or not lead.is_open
    if ends or enrollments.who_walks(connection, [lead_id]) or tasks.who_has_open(connection, [lead_id]):
        return
    row = tasks.new_row(
        task_id=kit.ids.new(),
        intent_key=f"{task['id']}:what-next",
        lead_id=lead_id,
        kind=TaskKind.REVIEW,
        owner=task["owner"] or lead.owner,
        title=f"Nothing follows ({outcome.replace('_', ' ')}): decide what is next",
        now=now,
        due_at=until or now + WHAT_NEXT_AFTER,
    )
    tasks.insert(connection, [row])
