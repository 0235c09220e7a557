"""What people wrote to leads from the inbox, the replies they answered, and how replies were read anew."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, select, update

from engine.domain.task import TaskKind
from engine.store import tables as t
from engine.store.statements import insert_rows
from engine.store.tasks import IS_OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The words of one answer; *thread* holds the Message-IDs of the conversation, oldest first."""

    message_id: str
    reply_id: str
    author: str
    subject: str
    body: str
    thread: tuple[str, ...]


def keep(connection: Connection, written: Written) -> None:
    """Keep the words of a message that a person wrote."""
    row = {
        "message_id": written.message_id,
        "reply_id": written.reply_id,
        "author": written.author,
        "subject": written.subject,
        "body": written.body,
        "thread": list(written.thread),
    }
    insert_rows(connection, t.answers, [row])


def load(connection: Connection, message_ids: Collection[str]) -> dict[str, Written]:
    """Return what a person wrote, by message; messages made from templates are left out."""
    if not message_ids:
        return {}
    rows = connection.execute(select(t.answers).where(t.answers.c.message_id.in_(sorted(set(message_ids)))))
    return {
        row.message_id: Written(
            message_id=row.message_id,
            reply_id=row.reply_id,
            author=row.author,
            subject=row.subject,
            body=row.body,
            thread=tuple(row.thread),
        )
        for row in rows
    }


def message_of_intent(connection: Connection, intent_key: str) -> RowMapping | None:
    """Return the message made for *intent_key*, if there is one."""
    return connection.execute(select(t.messages).where(t.messages.c.intent_key == intent_key)).mappings().first()


def find_reply(connection: Connection, reply_id: str) -> RowMapping | None:
    """Return one reply with the event it came as, None where there is none."""
    query = (
        select(t.replies, t.provider_events.c.event, t.provider_events.c.provider)
        .outerjoin(t.provider_events, t.provider_events.c.id == t.replies.c.id)
        .where(t.replies.c.id == reply_id)
    )
    return connection.execute(query).mappings().first()


def open_questions(connection: Connection, lead_id: str) -> list[str]:
    """Return the open tasks to answer *lead_id*, the oldest first."""
    table = t.tasks
    query = select(table.c.id).where(table.c.lead_id == lead_id, IS_OPEN, table.c.kind == TaskKind.ANSWER)
    return list(connection.execute(query.order_by(table.c.created_at, table.c.id)).scalars())


def read_otherwise(
    connection: Connection, reply_id: str, *, label: str, reading: Mapping[str, Any], now: datetime
) -> None:
    """Write down how a person reads a reply; they have read it."""
    table = t.replies
    values = {"label": label, "reading": dict(reading), "reviewed_at": now}
    connection.execute(update(table).where(table.c.id == reply_id).values(values))


def keep_correction(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep what was read wrongly, to learn from."""
    insert_rows(connection, t.reply_corrections, [row])


def has_unread(connection: Connection, lead_id: str) -> bool:
    """Return whether a reply of *lead_id* that the classifier was unsure of still waits for a person."""
    table = t.replies
    query = select(table.c.reading).where(table.c.lead_id == lead_id, table.c.reviewed_at.is_(None))
    return any(not (reading or {}).get("sure", True) for reading in connection.execute(query).scalars())


def assign(connection: Connection, lead_id: str, owner: str) -> str | None:
    """Let *owner*, empty for anyone, answer *lead_id*; return who did before, None where they never wrote."""
    table = t.threads
    before = connection.execute(select(table.c.owner).where(table.c.lead_id == lead_id)).scalar_one_or_none()
    if before is not None:
        connection.execute(update(table).where(table.c.lead_id == lead_id).values(owner=owner))
        asked = update(t.tasks).where(t.tasks.c.lead_id == lead_id, IS_OPEN, t.tasks.c.kind == TaskKind.ANSWER)
        connection.execute(asked.values(owner=owner))
    return before
