"""A person did a task: what they found decides what the engine does next."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from channels.address import AddressKind
from consent.facts import SuppressionReason
from engine.domain.enrollment import EnrollmentStatus
from engine.domain.lead import LeadStatus
from engine.domain.task import TaskKind, TaskOutcome, TaskState
from engine.flows.kit import Kit
from engine.flows.resting import rest, resume
from engine.flows.withdraw import Stop, carry_out, lock_leads, suppress_address
from engine.store import consents, enrollments, events, leads, tasks
from engine.store.database import Connection
from engine.store.leads import StoredLead

NOT_NOW_WITHOUT_DATE = timedelta(days=90)

SPOKE = frozenset({TaskOutcome.REACHED, TaskOutcome.NOT_NOW, TaskOutcome.NO, TaskOutcome.BOOKED, TaskOutcome.WON})
"""Outcomes that mean somebody talked with the lead: what they wrote has been read."""


class NoSuchTask(LookupError):
    """There is no open task with this id; it may have been done or cancelled meanwhile."""


def settle_task(
    kit: Kit, task_id: str, outcome: TaskOutcome, *, by: str, note: str = "", until: datetime | None = None
) -> None:
    """Close an open task with *outcome* and act on it; *until* is the date a lead named for *not now*.

    Raises `NoSuchTask`. A real no is answered only when no message can leave any more.
    """
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        task = tasks.find(connection, task_id)
        if task is None or task["state"] != TaskState.OPEN:
            raise NoSuchTask(task_id)
        stored = leads.load(connection, [task["lead_id"]])[task["lead_id"]]
        covered = leads.sharing(connection, stored.address_ids()) if stored.address_ids() else [stored]
        lock_leads(connection, covered)
        _note_contact(kit, connection, task, stored, outcome, by=by, note=note, now=now)
        enrollments.wake_open(connection, [stored.lead.id], now, even_resting=outcome in LEAVING)
        call_by = _act(kit, connection, stored, covered, outcome, until=until, now=now)
        if task["kind"] == TaskKind.ANSWER or outcome in SPOKE:
            _mark_read(connection, task, stored, outcome, now)
        tasks.finish(connection, task_id, outcome=outcome, note=note, now=now)
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
        row = {"id": kit.ids.new(), "lead_id": lead_id, "name": HAPPENING_OF[outcome], "at": now, "detail": {"by": by}}
        events.happened(connection, [row])
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
        TaskOutcome.NO: lambda: carry_out(kit, connection, [stored], _real_no(), now),
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
    rest(connection, [stored.lead.id], status=EnrollmentStatus.SNOOZED, until=until, reason="asked for later", now=now)


def _mark_read(connection: Connection, task: Any, stored: StoredLead, outcome: TaskOutcome, now: datetime) -> None:
    """Whoever answered or talked with the lead has read what they wrote; a pause for the owner is over."""
    consents.set_review(connection, [stored.lead.id], None)
    events.mark_reviewed(connection, stored.lead.id, now)
    if task["kind"] == TaskKind.ANSWER and outcome is not TaskOutcome.NOT_NOW:
        resume(connection, [stored.lead.id], now)
