"""The sandbox's own account of what it accepted, and what its invented leads will do."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, bindparam, func, select, update

from channels.message import EmailContent, Outbound
from engine.store import tables as t
from engine.store.database import Connection, Database
from engine.store.statements import insert_rows
from engine.store.tables.metadata import Instant

Planned = tuple[datetime, dict[str, Any]]
"""An event to come, as plain JSON, and when it is told."""

Answer = Callable[[Outbound, datetime], Sequence[Planned]]
"""What follows a message that was accepted at an instant."""


def stay_silent(_message: Outbound, _at: datetime) -> Sequence[Planned]:
    """Answer nothing, and deliver nothing."""
    return ()


class SandboxAccount:
    """Keeps what the sandbox accepted in a table that the engine itself never reads, and what will follow from it."""

    def __init__(self, database: Database, answer: Answer = stay_silent) -> None:
        self._database = database
        self._answer = answer

    def keep(self, accepted: Sequence[Outbound]) -> None:
        """Add a row for each of *accepted*, and the events that answer it; nobody answers a test."""
        if not accepted:
            return
        with self._database.write() as connection:
            now = self._database.now(connection)
            insert_rows(connection, t.sandbox_messages, [_row(message, now) for message in accepted])
            answered = [message for message in accepted if not message.is_test]
            plan_events(connection, [planned for message in answered for planned in self._answer(message, now)])


def plan_events(connection: Connection, planned: Sequence[Planned]) -> None:
    """Note what invented leads will do, and when; each event is plain JSON."""
    insert_rows(
        connection, t.sandbox_events, [{"due_at": at, "event": event, "told_at": None} for at, event in planned]
    )


def tell_due(connection: Connection, now: datetime, limit: int) -> list[dict[str, Any]]:
    """Take up to *limit* events whose time has come, in order; each is told once."""
    table = t.sandbox_events
    rows = connection.execute(_DUE, {"now": now, "limit": limit}).all()
    if rows:
        connection.execute(update(table).where(table.c.number.in_([row.number for row in rows])).values(told_at=now))
    return [row.event for row in rows]


_DUE = (
    select(t.sandbox_events.c.number, t.sandbox_events.c.event)
    .where(t.sandbox_events.c.told_at.is_(None), t.sandbox_events.c.due_at <= bindparam("now", type_=Instant))
    .order_by(t.sandbox_events.c.due_at, t.sandbox_events.c.number)
    .limit(bindparam("limit", type_=Integer))
    .with_for_update(skip_locked=True)
)


def count_duplicates(connection: Connection) -> int:
    """Return how many messages the sandbox accepted more than once, by its own account."""
    table = t.sandbox_messages
    doubled = select(table.c.message_id).group_by(table.c.message_id).having(func.count() > 1).subquery()
    return connection.execute(select(func.count()).select_from(doubled)).scalar_one()


def _row(message: Outbound, now: datetime) -> dict[str, Any]:
    subject = message.content.subject if isinstance(message.content, EmailContent) else ""
    return {
        "message_id": message.id,
        "channel": message.channel,
        "to": message.to,
        "sender": message.sender,
        "subject": subject,
        "content": asdict(message.content),
        "at": now,
    }
