"""Let a lead's enrollments rest, and go on again."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from consent.facts import Purpose
from engine.domain.enrollment import RESTING_STATUSES, EnrollmentStatus
from engine.store import consents, enrollments, messages
from engine.store.database import Connection
from engine.store.history import MACHINE_CHANNELS

STRENGTH = {
    EnrollmentStatus.OUT_OF_OFFICE: 1,
    EnrollmentStatus.SNOOZED: 2,
    EnrollmentStatus.PAUSED: 3,
}
"""A stronger rest is never shortened by a weaker one: an auto-reply does not end a person's look."""


def rest(
    connection: Connection,
    lead_ids: Collection[str],
    *,
    status: EnrollmentStatus,
    until: datetime | None,
    reason: str,
    now: datetime,
) -> int:
    """Let every marketing enrollment of *lead_ids* rest until *until*, or until it is resumed; return how many do.

    Not those of who has stopped every channel: the planner ends them, whether the stop was heard before or after.
    """
    assert status in RESTING_STATUSES
    lead_ids = set(lead_ids) - consents.stopped_all(connection, lead_ids, MACHINE_CHANNELS)
    changing = [
        replace(one, status=status, due_at=until, reason=reason)
        for one in enrollments.open_of(connection, lead_ids, purpose=Purpose.MARKETING)
        if STRENGTH.get(one.status, 0) <= STRENGTH[status]
    ]
    enrollments.save(connection, changing, now)
    messages.rest_open(connection, [one.id for one in changing], reason=status)
    return len(changing)


def resume(
    connection: Connection,
    lead_ids: Collection[str],
    now: datetime,
    *,
    only: Collection[EnrollmentStatus] = RESTING_STATUSES,
) -> int:
    """Let every enrollment of *lead_ids* that rests in one of *only* go on; return how many do.

    What it says next still passes the gate.
    """
    resting = [one for one in enrollments.open_of(connection, lead_ids) if one.status in only]
    woken = [replace(one, status=EnrollmentStatus.ACTIVE, due_at=now, reason="resumed") for one in resting]
    enrollments.save(connection, woken, now)
    messages.release_resting(connection, [one.id for one in woken], now)
    return len(woken)
