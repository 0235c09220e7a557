"""What incidents stand for, told from rows: whether each still lasts."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, func, select

from engine.domain.message import MessageState
from engine.domain.task import TaskKind
from engine.store import tables as t
from engine.store.messages import IS_CLAIMABLE
from engine.store.statements import IDS, slices
from engine.store.tasks import IS_OPEN


def failing_senders(connection: Connection) -> set[str]:
    """Return the senders whose breaker is not closed."""
    return set(connection.execute(select(t.senders.c.id).where(t.senders.c.opened_at.is_not(None))).scalars())


def resting_senders(connection: Connection, reasons: Collection[str]) -> set[str]:
    """Return the senders that rest for one of *reasons*."""
    query = select(t.senders.c.id).where(t.senders.c.is_paused, t.senders.c.paused_reason.in_(sorted(reasons)))
    return set(connection.execute(query).scalars())


def review_intents(connection: Connection) -> list[str]:
    """Return the intents of all open questions to a person."""
    query = select(t.tasks.c.intent_key).where(IS_OPEN, t.tasks.c.kind == TaskKind.REVIEW)
    return list(connection.execute(query).scalars())


def unknown_by_sender(connection: Connection, message_ids: Collection[str]) -> dict[str, int]:
    """Return how many of *message_ids* are of unknown outcome, by sender."""
    found: dict[str, int] = {}
    for some in slices(sorted(set(message_ids))):
        query = select(t.messages.c.sender_id, func.count()).where(
            t.messages.c.id.in_(IDS), t.messages.c.state == MessageState.UNKNOWN, t.messages.c.sender_id.is_not(None)
        )
        for sender_id, count in connection.execute(query.group_by(t.messages.c.sender_id), {"ids": some}):
            found[sender_id] = found.get(sender_id, 0) + count
    return found


def held_by_template(connection: Connection, reasons: Collection[str]) -> dict[str, int]:
    """Return how many messages are held for one of *reasons*, by channel and template."""
    table = t.messages
    query = (
        select(table.c.channel, table.c.template, func.count())
        .where(IS_CLAIMABLE, table.c.state == MessageState.HELD, table.c.reason.in_(sorted(reasons)))
        .group_by(table.c.channel, table.c.template)
        .order_by(table.c.channel, table.c.template)
    )
    return {f"{row[0]} {row[1]}": row[2] for row in connection.execute(query)}


def provider_of(connection: Connection, sender_id: str) -> str:
    """Return by whom a sender sends, and what, in words without its address."""
    row: Any = connection.execute(
        select(t.senders.c.provider, t.senders.c.channel).where(t.senders.c.id == sender_id)
    ).one()
    return f"{row.provider} for {row.channel}"
