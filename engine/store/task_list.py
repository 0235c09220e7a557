"""Open tasks as a person works through them, each with what they need to know of the lead."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, func, not_, or_, select

from engine.domain.task import TaskKind, TaskState
from engine.store import tables as t
from engine.store.pages import Key, Page, after, fetch
from engine.store.statements import IDS

TASK_ROWS = 25

AHEAD = timedelta(days=1)
"""How long before its time a task may be done that is no call: a reply is better answered today than when it is late."""

OF_LEAD = (
    "first_name", "last_name", "company", "email", "phone", "interest", "source", "owner", "status", "zone", "country",
    "created_at", "first_touch_at", "cost_cents", "custom",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """When a lead last answered, and when they last clicked."""

    replied_at: datetime | None = None
    clicked_at: datetime | None = None


def list_tasks(
    connection: Connection,
    *,
    kind: str | None = None,
    owner: str | None = None,
    later_than: datetime | None = None,
    start: Key | None = None,
    rows: int = TASK_ROWS,
) -> Page:
    """Return a page of open tasks from *start* on, the most overdue first.

    *owner* is whoever does it, or owns the lead where nobody is named; with *later_than* what is no work yet at that instant.
    """
    query = _open(kind, owner).order_by(t.tasks.c.due_at, t.tasks.c.id)
    if later_than is not None:
        query = query.where(t.tasks.c.due_at > later_than, not_(_is_work(later_than)))  # the first is for the index
    if start is not None:
        query = query.where(after(t.tasks.c.due_at, t.tasks.c.id, start))
    return fetch(connection, query, at="due_at", rows=rows)


def due_tasks(
    connection: Connection, now: datetime, *, kind: str | None, owner: str | None, rows: int
) -> list[RowMapping]:
    """Return open tasks that are work at *now*: up to *rows* of the latest and up to *rows* of the most overdue.

    What came just now and what waits longest; of a longer list, its middle comes up as these are done.
    """
    query = _open(kind, owner).where(_is_work(now)).limit(rows)
    latest = connection.execute(query.order_by(t.tasks.c.due_at.desc(), t.tasks.c.id.desc())).mappings().all()
    oldest = connection.execute(query.order_by(t.tasks.c.due_at, t.tasks.c.id)).mappings().all()
    return list({row["id"]: row for row in (*oldest, *latest)}.values())


def count_due(connection: Connection, now: datetime, *, most: int) -> int:
    """Return how many open tasks are work at *now*, counting to *most*."""
    due = select(t.tasks.c.id).where(t.tasks.c.state == TaskState.OPEN, _is_work(now)).limit(most)
    return connection.execute(select(func.count()).select_from(due.subquery())).scalar_one()


def find_open(connection: Connection, task_id: str) -> RowMapping | None:
    """Return one open task as the list has it, or None."""
    return connection.execute(_open(None, None).where(t.tasks.c.id == task_id)).mappings().first()


def signals(connection: Connection, lead_ids: Collection[str]) -> dict[str, Signals]:
    """Return what leads did lately, by lead: two queries, however many they are."""
    ids = {"ids": sorted(set(lead_ids))}
    replied = {row[0]: row[1] for row in connection.execute(_REPLIED, ids)}
    clicked = {row[0]: row[1] for row in connection.execute(_CLICKED, ids)}
    return {one: Signals(replied_at=replied.get(one), clicked_at=clicked.get(one)) for one in ids["ids"]}


_REPLIED = (
    select(t.replies.c.lead_id, func.max(t.replies.c.at))
    .where(t.replies.c.lead_id.in_(IDS))
    .group_by(t.replies.c.lead_id)
)
_CLICKED = (
    select(t.messages.c.lead_id, func.max(t.messages.c.clicked_at))
    .where(t.messages.c.lead_id.in_(IDS))
    .group_by(t.messages.c.lead_id)
)


def find_task(connection: Connection, task_id: str) -> RowMapping | None:
    """Return one task, open or ended, without locking it."""
    return connection.execute(select(t.tasks).where(t.tasks.c.id == task_id)).mappings().first()


def _is_work(now: datetime) -> ColumnElement[bool]:
    """Return whether a task is work at *now*: a call once it is due, all else up to a day ahead."""
    table = t.tasks
    return and_(table.c.due_at <= now + AHEAD, or_(table.c.kind != TaskKind.CALL, table.c.due_at <= now))


def _open(kind: str | None, owner: str | None) -> Select[Any]:
    query = (
        select(t.tasks, *(t.leads.c[name].label(f"lead_{name}") for name in OF_LEAD), t.enrollments.c.purpose)
        .join(t.leads, t.leads.c.id == t.tasks.c.lead_id)
        .outerjoin(t.enrollments, t.enrollments.c.id == t.tasks.c.enrollment_id)
        .where(t.tasks.c.state == TaskState.OPEN)
    )
    if kind is not None:
        query = query.where(t.tasks.c.kind == kind)
    if owner is not None:
        theirs = and_(t.tasks.c.owner == "", t.leads.c.owner == owner)
        query = query.where((t.tasks.c.owner == owner) | theirs)
    return query
