"""The delivery log: every message that was planned, newest first, and all that is on record about one of them."""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from engine.store import tables as t
from engine.store.pages import PAGE_ROWS, Key, Page, before, fetch

LISTED = (
    "id", "created_at", "lead_id", "enrollment_id", "sequence", "stage", "variant", "channel", "purpose", "template",
    "state", "reason", "rule", "due_at", "accepted_at", "ended_at", "delivery", "opened_at", "clicked_at", "replied_at",
    "complained_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFilter:
    """Which messages are wanted; None wants them all. The values are those of the columns."""

    state: str | None = None
    delivery: str | None = None
    channel: str | None = None
    reason: str | None = None
    sequence: str | None = None
    lead_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRecord:
    """All that is on record about one message; *body* is None before it was rendered for sending."""

    message: RowMapping
    enrollment: RowMapping | None
    body: Mapping[str, Any] | None
    decisions: Sequence[RowMapping]
    attempts: Sequence[RowMapping]
    events: Sequence[RowMapping]
    replies: Sequence[RowMapping]


def read_log(connection: Connection, wanted: LogFilter, *, after: Key | None = None, rows: int = PAGE_ROWS) -> Page:
    """Return a page of the log, the newest message first, with the name of each lead."""
    table = t.messages
    query = (
        select(*(table.c[name] for name in LISTED), *_lead_columns())
        .join(t.leads, t.leads.c.id == table.c.lead_id)
        .order_by(table.c.created_at.desc(), table.c.id.desc())
    )
    for name in LogFilter.__dataclass_fields__:
        value = getattr(wanted, name)
        if value is not None:
            query = query.where(table.c[name] == value)
    if after is not None:
        query = query.where(before(table.c.created_at, table.c.id, after))
    return fetch(connection, query, at="created_at", rows=rows)


def read_message(connection: Connection, message_id: str) -> MessageRecord | None:
    """Return all that is on record about one message, each list oldest first; None when there is no such message."""
    query = (
        select(t.messages, *_lead_columns(), t.senders.c.address.label("sender"), t.senders.c.name.label("sender_name"))
        .join(t.leads, t.leads.c.id == t.messages.c.lead_id)
        .outerjoin(t.senders, t.senders.c.id == t.messages.c.sender_id)
        .where(t.messages.c.id == message_id)
    )
    message = connection.execute(query).mappings().first()
    if message is None:
        return None
    return MessageRecord(
        message=message,
        enrollment=_enrollment(connection, message["enrollment_id"]),
        body=read_body(connection, message_id),
        decisions=_about(connection, t.decisions, message_id, "created_at"),
        attempts=_about(connection, t.attempts, message_id, "number"),
        events=_about(connection, t.provider_events, message_id, "at"),
        replies=_about(connection, t.replies, message_id, "at"),
    )


def read_body(connection: Connection, message_id: str) -> Mapping[str, Any] | None:
    """Return the content of a message as it was last rendered for sending; None when it never was."""
    table = t.message_bodies
    query = select(table.c.body).where(table.c.message_id == message_id).order_by(table.c.created_at.desc()).limit(1)
    packed: bytes | None = connection.execute(query).scalar_one_or_none()
    if packed is None:
        return None
    return unpack(packed)


def unpack(packed: bytes) -> Mapping[str, Any]:
    """Return rendered content from how it is kept: JSON, compressed."""
    body: Mapping[str, Any] = json.loads(zlib.decompress(packed))
    return body


def _lead_columns() -> list[Any]:
    return [t.leads.c[name] for name in ("first_name", "last_name", "company", "email", "phone", "zone")]


def _enrollment(connection: Connection, enrollment_id: str | None) -> RowMapping | None:
    if enrollment_id is None:
        return None
    return connection.execute(select(t.enrollments).where(t.enrollments.c.id == enrollment_id)).mappings().first()


def _about(connection: Connection, table: Any, message_id: str, order: str) -> Sequence[RowMapping]:
    query = select(table).where(table.c.message_id == message_id).order_by(table.c[order], table.c.id)
    return connection.execute(query).mappings().all()
