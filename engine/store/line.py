"""The line before each sender: which sequences have messages in it, how many, and claiming those whose turn it is."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal,
    select,
    union_all,
    update,
)

from channels.message import MessageId
from engine.domain.message import MessageState
from engine.store import tables as t
from engine.store.messages import IS_CLAIMABLE, IS_CLAIMED, IS_UNCLAIMED
from engine.store.tables.metadata import Id, Instant


def waiting_sequences(connection: Connection, sender_id: str, lane: str, now: datetime) -> list[str]:
    """Return the names of the sequences that have due messages for this sender and lane; empty is that of answers.

    Each is asked for one message, so that a hundred thousand waiting ones cost no more than one.
    """
    return sorted(connection.execute(_WAITING, {"sender": sender_id, "lane": lane, "now": now}).scalars())


def _waiting() -> Select[Any]:
    table = t.messages
    names = union_all(select(t.sequences.c.name), select(literal(""))).subquery()
    is_due = exists().where(
        table.c.sender_id == bindparam("sender", type_=Id),
        table.c.lane == bindparam("lane"),
        table.c.sequence == names.c.name,
        IS_CLAIMABLE,
        table.c.due_at <= bindparam("now", type_=Instant),
    )
    return select(names.c.name).where(is_due)


_WAITING = _waiting()


def count_due(
    connection: Connection, sender_id: str, lane: str, sequences: Collection[str], now: datetime, *, limit: int
) -> int:
    """Return how many messages of *sequences* are due for this sender and lane, counting to *limit* at most."""
    table = t.messages
    due = (
        select(table.c.id)
        .where(
            table.c.sender_id == sender_id,
            table.c.lane == lane,
            table.c.sequence.in_(sorted(sequences)),
            IS_CLAIMABLE,
            table.c.due_at <= now,
        )
        .limit(limit)
        .subquery()
    )
    return connection.execute(select(func.count()).select_from(due)).scalar_one()


def claim(  # noqa: PLR0913 - what is claimed, for whom, until when
    connection: Connection,
    *,
    sender_id: str,
    lane: str,
    sequence: str,
    limit: int,
    token: str,
    now: datetime,
    lease_until: datetime,
) -> list[MessageId]:
    """Take up to *limit* due messages for the holder of *token*, until *lease_until*; return their ids.

    First those whose holder let the lease run out, as only a killed one does: their turn came before, however long the
    line behind them has grown. Then the others, oldest first.
    """
    values = {"sender": sender_id, "lane": lane, "sequence": sequence, "now": now}
    lapsed = connection.execute(_LAPSED, {**values, "limit": limit}).scalars().all()
    waiting = connection.execute(_IN_LINE, {**values, "limit": limit - len(lapsed)}).scalars().all()
    ids = [MessageId(one) for one in (*lapsed, *waiting)]
    if ids:
        connection.execute(
            update(t.messages)
            .where(t.messages.c.id.in_(ids))
            .values(state=MessageState.CLAIMED, claimed_by=token, due_at=lease_until)
        )
    return ids


def _in_line(which: ColumnElement[bool]) -> Select[Any]:
    table = t.messages
    return (
        select(table.c.id)
        .where(
            table.c.sender_id == bindparam("sender", type_=Id),
            table.c.lane == bindparam("lane"),
            table.c.sequence == bindparam("sequence"),
            which,
            table.c.due_at <= bindparam("now", type_=Instant),
        )
        .order_by(table.c.due_at, table.c.id)
        .limit(bindparam("limit", type_=Integer))
        .with_for_update(skip_locked=True)
    )


_LAPSED = _in_line(IS_CLAIMED)
_IN_LINE = _in_line(and_(IS_CLAIMABLE, IS_UNCLAIMED))
