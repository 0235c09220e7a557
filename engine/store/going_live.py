"""What was begun and written for the sandbox: found in batches, so that going live locks little at a time."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, Select, func, select, update

from engine.domain.message import MessageState
from engine.store import tables as t
from engine.store.enrollments import IS_OPEN
from engine.store.messages import IS_WITHDRAWABLE


def leads_begun(connection: Connection, before: datetime, limit: int) -> list[str]:
    """Return up to *limit* leads with an open enrollment that began before *before*."""
    query = select(t.enrollments.c.lead_id).where(IS_OPEN, t.enrollments.c.started_at < before)
    return list(connection.execute(query.distinct().limit(limit)).scalars())


def count_begun(connection: Connection, before: datetime) -> int:
    """Return how many open enrollments began before *before*."""
    query = select(func.count()).select_from(t.enrollments).where(IS_OPEN, t.enrollments.c.started_at < before)
    return connection.execute(query).scalar_one()


def enrollments_waiting(connection: Connection, sender_ids: Collection[str], limit: int) -> dict[str, str | None]:
    """Return up to *limit* messages of these senders of which nothing has left, each with its enrollment."""
    query = _waiting(sender_ids).with_only_columns(t.messages.c.id, t.messages.c.enrollment_id).limit(limit)
    return {row.id: row.enrollment_id for row in connection.execute(query)}


def count_waiting(connection: Connection, sender_ids: Collection[str]) -> int:
    """Return how many messages of these senders wait."""
    return connection.execute(_waiting(sender_ids).with_only_columns(func.count())).scalar_one()


def skip(connection: Connection, message_ids: Collection[str], *, reason: str, now: datetime) -> int:
    """End those of *message_ids* of which still nothing has left; return how many."""
    values = {"state": MessageState.SKIPPED, "reason": reason, "due_at": None, "ended_at": now, "claimed_by": None}
    rows = select(t.messages.c.id).where(t.messages.c.id.in_(sorted(message_ids)), IS_WITHDRAWABLE)
    ids = list(connection.execute(rows.order_by(t.messages.c.id).with_for_update()).scalars())
    if ids:
        connection.execute(update(t.messages).where(t.messages.c.id.in_(ids)).values(**values))
    return len(ids)


def messages_of(connection: Connection, enrollment_ids: Collection[str]) -> list[str]:
    """Return what waits for these enrollments, by any sender."""
    query = select(t.messages.c.id).where(t.messages.c.enrollment_id.in_(sorted(enrollment_ids)), IS_WITHDRAWABLE)
    return list(connection.execute(query).scalars())


def _waiting(sender_ids: Collection[str]) -> Select[tuple[str]]:
    return select(t.messages.c.id).where(t.messages.c.sender_id.in_(sorted(sender_ids)), IS_WITHDRAWABLE)
