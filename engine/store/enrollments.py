"""Enrollments: claimed when due, read with their facts, written back in batches."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Integer, RowMapping, bindparam, select, update

from engine.domain.enrollment import ENDED_STATUSES, RESTING_STATUSES, Dated, Enrollment, EnrollmentId, EnrollmentStatus
from engine.domain.lead import LeadId
from engine.domain.notice import NoticeType
from engine.domain.sequence import StageId
from engine.store import notices
from engine.store import tables as t
from engine.store.statements import IDS, has_row_locks, insert_rows, update_rows
from engine.store.tables.metadata import Instant

IS_OPEN = t.enrollments.c.status.not_in(sorted(ENDED_STATUSES))


def claim_due(connection: Connection, now: datetime, limit: int) -> list[Enrollment]:
    """Lock and return up to *limit* enrollments whose time has come; others' locked ones are passed over.

    Their leads are locked with them, so that one lead is walked by one worker at a time, however much it walks.
    """
    rows = connection.execute(_CLAIM, {"now": now, "limit": limit}).mappings()
    return [_enrollment(row) for row in rows]


_CLAIM = (
    select(t.enrollments)
    .join(t.leads, t.leads.c.id == t.enrollments.c.lead_id)
    .where(t.enrollments.c.due_at.is_not(None), t.enrollments.c.due_at <= bindparam("now", type_=Instant))
    .order_by(t.enrollments.c.due_at, t.enrollments.c.id)
    .limit(bindparam("limit", type_=Integer))
    .with_for_update(skip_locked=True, key_share=True, of=[t.leads, t.enrollments])
)


def who_walks(connection: Connection, lead_ids: Collection[str]) -> set[str]:
    """Return those of *lead_ids* that have an open enrollment."""
    query = select(t.enrollments.c.lead_id).where(t.enrollments.c.lead_id.in_(sorted(set(lead_ids))), IS_OPEN)
    return set(connection.execute(query.distinct()).scalars())


def open_of(connection: Connection, lead_ids: Collection[str], *, purpose: str | None = None) -> list[Enrollment]:
    """Lock and return the open enrollments of *lead_ids*, of one purpose or of every one."""
    query = _OPEN_OF if purpose is None else _OPEN_OF.where(t.enrollments.c.purpose == purpose)
    rows = connection.execute(query, {"ids": sorted(set(lead_ids))}).mappings()
    return [_enrollment(row) for row in rows]


_OPEN_OF = (
    select(t.enrollments)
    .where(t.enrollments.c.lead_id.in_(IDS), IS_OPEN)
    .order_by(t.enrollments.c.id)
    .with_for_update(key_share=True)
)
_LOCK_STATUS = (
    select(t.enrollments.c.id, t.enrollments.c.status)
    .where(t.enrollments.c.id.in_(IDS))
    .order_by(t.enrollments.c.id)
    .with_for_update(key_share=True)
)
_LOCK = (
    select(t.enrollments.c.id)
    .where(t.enrollments.c.id.in_(IDS))
    .order_by(t.enrollments.c.id)
    .with_for_update(key_share=True)
)


def all_of(connection: Connection, lead_ids: Collection[str]) -> list[Enrollment]:
    """Return every enrollment, open or ended, of *lead_ids*, oldest first."""
    rows = connection.execute(
        select(t.enrollments).where(t.enrollments.c.lead_id.in_(sorted(set(lead_ids)))).order_by(t.enrollments.c.id)
    ).mappings()
    return [_enrollment(row) for row in rows]


def shared_names(connection: Connection, lead_ids: Collection[str]) -> frozenset[str]:
    """Return the names of the sequences these leads walk that let others walk beside them."""
    table = t.enrollments
    rows = connection.execute(
        select(table.c.sequence)
        .where(table.c.lead_id.in_(sorted(set(lead_ids))), IS_OPEN, table.c.is_exclusive.is_(False))
        .distinct()
    )
    return frozenset(rows.scalars())


def insert(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert new enrollments."""
    insert_rows(connection, t.enrollments, rows)


def save(connection: Connection, enrollments: Sequence[Enrollment], now: datetime) -> None:
    """Write back where *enrollments* stand."""
    update_rows(connection, t.enrollments, [_row(one, now) for one in enrollments])
    if ended := [(one.id, None) for one in enrollments if one.has_ended]:
        notices.tell(connection, NoticeType.ENROLLMENT_FINISHED, ended)


def wake(connection: Connection, enrollment_ids: Collection[str], now: datetime, *, even_resting: bool = False) -> None:
    """Let the planner look at these again at once, unless they have ended, or rest.

    With *even_resting* a rest ends too: for when a leave rule is about to hold. Locks them in order: whoever changes
    enrollments and messages in one transaction takes enrollments first.
    """
    ids = sorted(set(enrollment_ids))
    if not ids:
        return
    if has_row_locks(connection):
        connection.execute(_LOCK, {"ids": ids}).all()
    table = t.enrollments
    asleep = ENDED_STATUSES if even_resting else ENDED_STATUSES | RESTING_STATUSES
    connection.execute(
        update(table).where(table.c.id.in_(ids), table.c.status.not_in(sorted(asleep))).values(due_at=now)
    )


def wake_open(
    connection: Connection,
    lead_ids: Collection[str],
    now: datetime,
    *,
    even_resting: bool = False,
    only_waiting: bool = False,
) -> None:
    """Let the planner look at once at everything these leads walk, or with *only_waiting* at what waits for an event."""
    if not lead_ids:
        return
    found = open_of(connection, lead_ids)
    if only_waiting:
        found = [one for one in found if one.status is EnrollmentStatus.WAITING]
    wake(connection, [one.id for one in found], now, even_resting=even_resting)


def rebase(connection: Connection, enrollments: Sequence[Enrollment], facts: Mapping[str, Any], now: datetime) -> None:
    """Write back *enrollments* that were moved to another revision, with that revision's *facts* of the sequence."""
    rows = [{**_row(one, now), "revision": one.revision, **facts} for one in enrollments]
    update_rows(connection, t.enrollments, rows)


def open_in(connection: Connection, sequence: str, revisions: Collection[str]) -> list[tuple[str, str]]:
    """Return the (lead, enrollment) ids of who walks one of *revisions* of *sequence* now, by lead."""
    table = t.enrollments
    query = select(table.c.lead_id, table.c.id).where(
        table.c.sequence == sequence, table.c.revision.in_(sorted(revisions)), IS_OPEN
    )
    return [(row.lead_id, row.id) for row in connection.execute(query.order_by(table.c.lead_id, table.c.id))]


def lock_resting(connection: Connection, enrollment_ids: Collection[str]) -> dict[str, str]:
    """Lock *enrollment_ids*; return those that rest or have ended, with their status: nothing may be sent for them."""
    if not enrollment_ids:
        return {}
    rows = connection.execute(_LOCK_STATUS, {"ids": sorted(set(enrollment_ids))})
    return {row.id: row.status for row in rows if EnrollmentStatus(row.status) in ENDED_STATUSES | RESTING_STATUSES}


def _row(enrollment: Enrollment, now: datetime) -> dict[str, Any]:
    came_from = enrollment.came_from or (None, None)
    dated = enrollment.dated
    return {
        "id": enrollment.id,
        "status": enrollment.status,
        "stage": enrollment.stage,
        "occurrence": enrollment.occurrence,
        "anchor_at": enrollment.anchor_at,
        "due_at": None if enrollment.has_ended else enrollment.due_at,
        "ended_at": now if enrollment.has_ended else None,
        "reason": enrollment.reason,
        "came_from_stage": came_from[0],
        "came_from_occurrence": came_from[1],
        "rounds": dict(enrollment.rounds),
        "reached_at": enrollment.reached_at,
        "date_at": dated.at if dated else None,
        "date_stage": dated.since if dated else None,
        "date_occurrence": dated.occurrence if dated else None,
    }


def _enrollment(row: RowMapping) -> Enrollment:
    came_from = None
    if row["came_from_stage"] is not None:
        came_from = (StageId(row["came_from_stage"]), row["came_from_occurrence"])
    return Enrollment(
        id=EnrollmentId(row["id"]),
        lead_id=LeadId(row["lead_id"]),
        sequence=row["sequence"],
        revision=row["revision"],
        status=EnrollmentStatus(row["status"]),
        stage=StageId(row["stage"]),
        occurrence=row["occurrence"],
        anchor_at=row["anchor_at"],
        started_at=row["started_at"],
        due_at=row["due_at"],
        reason=row["reason"],
        came_from=came_from,
        rounds=row["rounds"],
        reached_at=row["reached_at"],
        dated=_dated(row),
    )


def _dated(row: RowMapping) -> Dated | None:
    if row["date_at"] is None:
        return None
    since = StageId(row["date_stage"]) if row["date_stage"] else None
    return Dated(at=row["date_at"], since=since, occurrence=row["date_occurrence"])
