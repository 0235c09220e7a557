"""The delivery log: every message that was planned, newest first, and all that is on record about one of them."""

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, RowMapping, Select, TextClause, select
from sqlalchemy import text as sql

from engine.store import lead_words, message_words
from engine.store import tables as t
from engine.store.database import Database
from engine.store.pages import PAGE_ROWS, Key, Page, before, fetch
from engine.store.tables.messages import LISTED_BY

LISTED = (
    "id", "created_at", "lead_id", "enrollment_id", "sequence", "stage", "variant", "channel", "purpose", "template",
    "state", "reason", "rule", "due_at", "accepted_at", "ended_at", "delivery", "opened_at", "clicked_at", "replied_at",
    "complained_at",
)  # fmt: skip

EQUAL = ("state", "delivery", "channel", "reason", "sequence", "stage", "sender_id", "lead_id")
"""What a filter wants as it stands in a column."""

UNLISTED = {"state": {"accepted"}, "delivery": {"none", "delivered"}, "sequence": {""}, "reason": {""}}
"""What most messages have, and no index of the log lists: reading it backwards soon finds enough of them."""

LEADS_MAX = 50  # leads of one name whose messages are looked through; who searches for more says more of the name
EXPORT_ROWS = 500

LOOKED_THROUGH = 2_000
"""Of the latest messages, before the index of words is asked: enough for a page of any word that one in 40 says."""

FEW = 5_000
"""Messages that are quicker looked up one by one than guessed about: PostgreSQL takes any beginning of a word for frequent."""

NOTHING = Page(rows=(), next=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFilter:
    """Which messages are wanted; None wants them all. The values are those of the columns.

    *said* are words that a message says, or that its lead is called by; it was made from *since* on and before *until*.
    """

    state: str | None = None
    delivery: str | None = None
    channel: str | None = None
    reason: str | None = None
    sequence: str | None = None
    stage: str | None = None
    sender_id: str | None = None
    lead_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    said: str | None = None


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
    """Return a page of the log, the newest message first, with the name and the addresses of each lead."""
    table = t.messages
    conditions = list(_conditions(wanted))
    if after is not None:
        conditions.append(before(table.c.created_at, table.c.id, after))
    query = _rows_of(table).order_by(table.c.created_at.desc(), table.c.id.desc()).where(*conditions)
    if not wanted.said:
        return fetch(connection, query, at="created_at", rows=rows)
    # Two searches and no OR: each of them has an index, both together have none.
    saying = _saying(connection, wanted.said, conditions, rows)
    leads = _leads_called(connection, wanted.said)
    theirs = (
        fetch(connection, query.where(table.c.lead_id.in_(leads)), at="created_at", rows=rows) if leads else NOTHING
    )
    return _merged(saying, theirs, rows)


def read_whole(database: Database, wanted: LogFilter, *, rows: int = EXPORT_ROWS) -> Iterator[RowMapping]:
    """Yield every message that is *wanted*, the newest first, a page at a time: what is held in memory stays the same."""
    after: Key | None = None
    while True:
        with database.read() as connection:
            page = read_log(connection, wanted, after=after, rows=rows)
        yield from page.rows
        if page.next is None:
            return
        after = page.next


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


def _conditions(wanted: LogFilter) -> Iterator[ColumnElement[bool] | TextClause]:
    table = t.messages
    for name in EQUAL:
        value = getattr(wanted, name)
        if value is None:
            continue
        yield table.c[name] == value
        # Said in the index's own words: SQLite uses one over some rows only where it can read that these are asked for.
        if name in LISTED_BY and value not in UNLISTED.get(name, ()):
            yield sql(f"messages.{LISTED_BY[name]}")
    if wanted.since is not None:
        yield table.c.created_at >= wanted.since
    if wanted.until is not None:
        yield table.c.created_at < wanted.until


def _saying(connection: Connection, said: str, conditions: Sequence[Any], rows: int) -> Page:
    """Return a page of the messages that meet *conditions* and say what is searched for.

    What many say is soon met among the latest; of what few say, the index of words knows all. A database does not know
    beforehand which it is: left to choose, it read a million messages for a word that none of them says.
    """
    table = t.messages
    place = select(table.c.id, table.c.created_at).where(*conditions)
    latest = place.order_by(table.c.created_at.desc(), table.c.id.desc()).limit(LOOKED_THROUGH).subquery()
    near = select(latest).where(message_words.says(connection, latest.c.id, said))
    page = _in_order(connection, near, rows)
    if page.next is not None:
        return page
    few = message_words.few_that_say(connection, said, most=FEW)
    found = message_words.is_found_by(connection, said) if few is None else table.c.id.in_(few)
    return _in_order(connection, place.where(found), rows)


def _in_order(connection: Connection, places: Select[Any], rows: int) -> Page:
    """Return the newest of *places*, which are all found before any is put in order: an offset, of nothing, sees to that."""
    found = places.offset(0).subquery()
    query = _rows_of(found.join(t.messages, t.messages.c.id == found.c.id))
    return fetch(connection, query.order_by(found.c.created_at.desc(), found.c.id.desc()), at="created_at", rows=rows)


def _rows_of(messages: FromClause) -> Select[Any]:
    columns = [*(t.messages.c[name] for name in LISTED), *_lead_columns()]
    return select(*columns).select_from(messages.join(t.leads, t.leads.c.id == t.messages.c.lead_id))


def _leads_called(connection: Connection, name: str) -> list[str]:
    """Return some of the leads that are found by *name*, the newest first."""
    table = t.leads
    found = (
        select(table.c.id).where(lead_words.is_found_by(name)).order_by(table.c.created_at.desc(), table.c.id.desc())
    )
    return list(connection.execute(found.limit(LEADS_MAX)).scalars())


def _merged(first: Page, second: Page, rows: int) -> Page:
    """Return one page of both, in their order, what is in both once."""
    found = {row["id"]: row for row in (*first.rows, *second.rows)}
    ordered = sorted(found.values(), key=lambda row: (row["created_at"], row["id"]), reverse=True)
    has_more = len(ordered) > rows or first.next is not None or second.next is not None
    kept = ordered[:rows]
    return Page(rows=kept, next=Key(at=kept[-1]["created_at"], id=kept[-1]["id"]) if kept and has_more else None)


def _lead_columns() -> list[Any]:
    return [t.leads.c[name] for name in ("first_name", "last_name", "company", "email", "phone", "zone")]


def _enrollment(connection: Connection, enrollment_id: str | None) -> RowMapping | None:
    if enrollment_id is None:
        return None
    return connection.execute(select(t.enrollments).where(t.enrollments.c.id == enrollment_id)).mappings().first()


def _about(connection: Connection, table: Any, message_id: str, order: str) -> Sequence[RowMapping]:
    query = select(table).where(table.c.message_id == message_id).order_by(table.c[order], table.c.id)
    return connection.execute(query).mappings().all()
