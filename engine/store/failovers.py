"""Give messages of one sender to another: only those of which no attempt can have been accepted."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, exists, func, select, update

from channels.message import MessageId
from engine.domain.failover import UNSENT
from engine.domain.message import MessageState
from engine.store import tables as t
from engine.store.messages import IS_CLAIMABLE

_MAY_HAVE_LEFT = exists().where(t.attempts.c.message_id == t.messages.c.id, t.attempts.c.outcome.not_in(sorted(UNSENT)))


def lock_movable(connection: Connection, sender_id: str, lane: str, now: datetime, *, limit: int) -> list[MessageId]:
    """Lock and return up to *limit* due messages of a sender that nobody holds and nobody can have accepted."""
    table = t.messages
    query = (
        select(table.c.id)
        .where(table.c.sender_id == sender_id, table.c.lane == lane, IS_CLAIMABLE, table.c.due_at <= now)
        .where(~_MAY_HAVE_LEFT)
        .order_by(table.c.due_at, table.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [MessageId(one) for one in connection.execute(query).scalars()]


def move(
    connection: Connection, message_ids: Collection[str], sender_id: str, *, due_at: datetime, reason: str
) -> None:
    """Let another sender have messages that the caller has locked."""
    changed = {"sender_id": sender_id, "state": MessageState.SCHEDULED, "due_at": due_at, "reason": reason}
    values = {**changed, "rule": "", "claimed_by": None, "ended_at": None}
    connection.execute(update(t.messages).where(t.messages.c.id.in_(sorted(message_ids))).values(**values))


def attempts_of(connection: Connection, message_id: str) -> list[tuple[str, str]]:
    """Return provider and outcome of every attempt of a message."""
    table = t.attempts
    query = select(table.c.provider, table.c.outcome).where(table.c.message_id == message_id).order_by(table.c.number)
    return [(row.provider, row.outcome) for row in connection.execute(query)]


def count_waiting(connection: Connection, sender_id: str, before: datetime, *, limit: int) -> int:
    """Return how many messages a sender has to send before *before*, counting to *limit* at most."""
    table = t.messages
    due = select(table.c.id).where(table.c.sender_id == sender_id, IS_CLAIMABLE, table.c.due_at <= before).limit(limit)
    return connection.execute(select(func.count()).select_from(due.subquery())).scalar_one()
