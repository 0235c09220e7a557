"""Rows as programs ask for them: by the exact values of columns, a page at a time, in the order in which an index has them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, RowMapping, Table, select

from engine.store import tables as t
from engine.store.pages import PAGE_ROWS, Key, Page, after, before, fetch


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which rows: whose columns hold the values in *equal*, and whose instant is in [*since*, *until*); None is no limit."""

    equal: Mapping[str, str | None] = field(default_factory=dict)
    since: datetime | None = None
    until: datetime | None = None


def list_leads(connection: Connection, wanted: Wanted, *, start: Key | None = None, rows: int = PAGE_ROWS) -> Page:
    """Return a page of leads, the newest first."""
    return _page(connection, t.leads, "created_at", wanted, start, rows)


def list_enrollments(
    connection: Connection, wanted: Wanted, *, start: Key | None = None, rows: int = PAGE_ROWS
) -> Page:
    """Return a page of enrollments, the latest first."""
    return _page(connection, t.enrollments, "started_at", wanted, start, rows)


def list_messages(connection: Connection, wanted: Wanted, *, start: Key | None = None, rows: int = PAGE_ROWS) -> Page:
    """Return a page of messages, the newest first."""
    return _page(connection, t.messages, "created_at", wanted, start, rows)


def list_tasks(connection: Connection, wanted: Wanted, *, start: Key | None = None, rows: int = PAGE_ROWS) -> Page:
    """Return a page of tasks, open and closed, the one due first at the top."""
    return _page(connection, t.tasks, "due_at", wanted, start, rows, is_newest_first=False)


def list_suppressions(
    connection: Connection, wanted: Wanted, *, start: Key | None = None, rows: int = PAGE_ROWS
) -> Page:
    """Return a page of suppressions, the latest first."""
    return _page(connection, t.suppressions, "at", wanted, start, rows)


def list_notes(connection: Connection, wanted: Wanted, *, start: Key | None = None, rows: int = PAGE_ROWS) -> Page:
    """Return a page of notes, the latest first; *wanted* names the lead."""
    return _page(connection, t.notes, "at", wanted, start, rows)


def list_happenings(connection: Connection, wanted: Wanted, *, start: Key | None = None, rows: int = PAGE_ROWS) -> Page:
    """Return a page of what happened, the latest first; *wanted* names the lead."""
    return _page(connection, t.happenings, "at", wanted, start, rows)


def find_enrollment(connection: Connection, enrollment_id: str) -> RowMapping | None:
    """Return one enrollment without locking it, or None."""
    return connection.execute(select(t.enrollments).where(t.enrollments.c.id == enrollment_id)).mappings().first()


def _page(
    connection: Connection,
    table: Table,
    at: str,
    wanted: Wanted,
    start: Key | None,
    rows: int,
    *,
    is_newest_first: bool = True,
) -> Page:
    moment, row_id = table.c[at], table.c.id
    order = (moment.desc(), row_id.desc()) if is_newest_first else (moment, row_id)
    query = select(table).order_by(*order)
    for name, value in wanted.equal.items():
        if value is not None:
            query = query.where(table.c[name] == value)
    if wanted.since is not None:
        query = query.where(moment >= wanted.since)
    if wanted.until is not None:
        query = query.where(moment < wanted.until)
    if start is not None:
        query = query.where((before if is_newest_first else after)(moment, row_id, start))
    return fetch(connection, query, at=at, rows=rows)
