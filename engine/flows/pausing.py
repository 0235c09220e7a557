"""Let one enrollment rest and go on, or end it, by the word of a person or a program: the lead's others go on."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from engine.domain.enrollment import RESTING_STATUSES, Enrollment, EnrollmentStatus
from engine.domain.lead import LeadId
from engine.flows.again import again_if_changed
from engine.flows.kit import Kit
from engine.flows.looking_after import PAUSED_BY_HAND, ask_what_next, take_out
from engine.flows.withdraw import lock_leads
from engine.store import attempts, audit, enrollments, leads, listings, messages
from engine.store.database import Connection


class NotOpen(LookupError):
    """The enrollment stands so that this can't be done; *status* is None where there is no such enrollment."""

    def __init__(self, enrollment_id: str, status: str | None) -> None:
        super().__init__(f"enrollment {enrollment_id} is {status or 'unknown'}")
        self.status = status


@again_if_changed
def pause_enrollment(kit: Kit, enrollment_id: str, *, until: datetime | None, by: str, reason: str = "") -> None:
    """Let one enrollment rest until *until*, or until it is resumed; when this returns, nothing of it leaves.

    Raises `NotOpen` where it has ended.
    """
    with kit.database.write() as connection:
        found = _lock(connection, enrollment_id)
        stored = leads.load(connection, [found.lead_id])[found.lead_id]
        now = kit.database.now(connection)
        words = f"paused: {reason}" if reason else "paused"
        paused = replace(found, status=EnrollmentStatus.PAUSED, due_at=until, reason=words)
        enrollments.save(connection, [paused], now)
        messages.rest_open(connection, [found.id], reason=EnrollmentStatus.PAUSED)
        told = {"until": until.isoformat() if until else None, "reason": reason}
        _note(kit, connection, found, "enrollment.paused", now, by=by, after=told)
        ask_what_next(kit, connection, stored, now, why=PAUSED_BY_HAND)
        call_by = attempts.latest_call_by(connection, [found.lead_id], ())
    kit.wait_out(call_by)


@again_if_changed
def resume_enrollment(kit: Kit, enrollment_id: str, *, by: str) -> None:
    """Let one enrollment that rests go on at once; what it says next still passes the gate. Raises `NotOpen`."""
    with kit.database.write() as connection:
        found = _lock(connection, enrollment_id)
        now = kit.database.now(connection)
        if found.status not in RESTING_STATUSES:
            raise NotOpen(enrollment_id, found.status)
        woken = replace(found, status=EnrollmentStatus.ACTIVE, due_at=now, reason="resumed")
        enrollments.save(connection, [woken], now)
        messages.release_resting(connection, [found.id], now)
        _note(kit, connection, found, "enrollment.resumed", now, by=by, before={"status": found.status})


def stop_enrollment(kit: Kit, enrollment_id: str, *, by: str) -> None:
    """End one enrollment and cancel what it had planned; raises `NotOpen`, and `NothingToDo` where it just ended."""
    with kit.database.read() as connection:
        row = listings.find_enrollment(connection, enrollment_id)
    if row is None:
        raise NotOpen(enrollment_id, None)
    take_out(kit, row["lead_id"], enrollment_id, by=by)


def _lock(connection: Connection, enrollment_id: str) -> Enrollment:
    """Lock the lead, then its enrollments: the order in which everybody takes these locks."""
    row = listings.find_enrollment(connection, enrollment_id)
    if row is None:
        raise NotOpen(enrollment_id, None)
    lock_leads(connection, [leads.load(connection, [row["lead_id"]])[LeadId(row["lead_id"])]])
    for one in enrollments.open_of(connection, [row["lead_id"]]):
        if one.id == enrollment_id:
            return one
    raise NotOpen(enrollment_id, row["status"])


def _note(  # noqa: PLR0913 - one argument for each column
    kit: Kit,
    connection: Connection,
    found: Enrollment,
    action: str,
    now: datetime,
    *,
    by: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    audit.note(
        connection, row_id=kit.ids.new(), at=now, actor=by, action=action, subject=found.id, before=before, after=after
    )
