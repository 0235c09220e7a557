"""The audit log: every change a person made to how the installation behaves."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from engine.store import tables as t
from engine.store.pages import Key, Page, before, fetch
from engine.store.statements import insert_rows


def note(  # noqa: PLR0913 - one argument for each column
    connection: Connection,
    *,
    row_id: str,
    at: datetime,
    actor: str,
    action: str,
    subject: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Note that *actor* did *action*, a noun and a verb such as `sender.paused`, to *subject*."""
    row = {"id": row_id, "at": at, "actor": actor, "action": action, "subject": subject}
    insert_rows(connection, t.audit_log, [{**row, "before": before, "after": after}])


def latest(connection: Connection, *, limit: int) -> Sequence[RowMapping]:
    """Return the last *limit* changes, newest first."""
    query = select(t.audit_log).order_by(t.audit_log.c.at.desc(), t.audit_log.c.id.desc()).limit(limit)
    return connection.execute(query).mappings().all()


def subjects_of(connection: Connection, action: str) -> Sequence[str]:
    """Return what *action* was done to, in the order in which it was."""
    table = t.audit_log
    query = select(table.c.subject).where(table.c.action == action).order_by(table.c.at, table.c.id)
    return connection.execute(query).scalars().all()


def last_of(connection: Connection, subjects: Collection[str], actions: Collection[str]) -> dict[str, RowMapping]:
    """Return the last of *actions* that was done to each of *subjects*, by subject."""
    table = t.audit_log
    query = select(table).where(table.c.subject.in_(sorted(set(subjects))), table.c.action.in_(sorted(actions)))
    rows = connection.execute(query.order_by(table.c.at, table.c.id)).mappings()
    return {row["subject"]: row for row in rows}


def about(connection: Connection, subjects: Sequence[str]) -> Sequence[RowMapping]:
    """Return every change of one of *subjects*, oldest first."""
    table = t.audit_log
    query = select(table).where(table.c.subject.in_(subjects)).order_by(table.c.at, table.c.id)
    return connection.execute(query).mappings().all()


def read_page(
    connection: Connection,
    named: Mapping[str, str],
    *,
    since: datetime | None = None,
    before_day: datetime | None = None,
    following: Key | None = None,
) -> Page:
    """Return a page of changes, newest first; *named* holds the actor, the action or the subject that is wanted."""
    table = t.audit_log
    query = select(table).order_by(table.c.at.desc(), table.c.id.desc())
    for name, value in named.items():
        query = query.where(table.c[name] == value)
    if since is not None:
        query = query.where(table.c.at >= since)
    if before_day is not None:
        query = query.where(table.c.at < before_day)
    if following is not None:
        query = query.where(before(table.c.at, table.c.id, following))
    return fetch(connection, query, at="at")
