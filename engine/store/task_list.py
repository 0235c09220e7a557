"""Open tasks as a person works through them: the most overdue first, each with what they need to know of the lead."""

from sqlalchemy import Connection, RowMapping, and_, select

from engine.domain.task import TaskState
from engine.store import tables as t
from engine.store.pages import Key, Page, after, fetch

TASK_ROWS = 25  # each shows a whole script


def list_tasks(
    connection: Connection,
    *,
    kind: str | None = None,
    owner: str | None = None,
    start: Key | None = None,
    rows: int = TASK_ROWS,
) -> Page:
    """Return a page of open tasks from *start* on; *owner* is whoever does it, or owns the lead where nobody is named."""
    query = (
        select(
            t.tasks,
            *(
                t.leads.c[name].label(f"lead_{name}")
                for name in ("first_name", "last_name", "company", "email", "phone", "interest", "source", "owner")
            ),
            t.enrollments.c.purpose,
        )
        .join(t.leads, t.leads.c.id == t.tasks.c.lead_id)
        .outerjoin(t.enrollments, t.enrollments.c.id == t.tasks.c.enrollment_id)
        .where(t.tasks.c.state == TaskState.OPEN)
        .order_by(t.tasks.c.due_at, t.tasks.c.id)
    )
    if kind is not None:
        query = query.where(t.tasks.c.kind == kind)
    if owner is not None:
        theirs = and_(t.tasks.c.owner == "", t.leads.c.owner == owner)
        query = query.where((t.tasks.c.owner == owner) | theirs)
    if start is not None:
        query = query.where(after(t.tasks.c.due_at, t.tasks.c.id, start))
    return fetch(connection, query, at="due_at", rows=rows)


def find_task(connection: Connection, task_id: str) -> RowMapping | None:
    """Return one task, open or ended, without locking it."""
    return connection.execute(select(t.tasks).where(t.tasks.c.id == task_id)).mappings().first()
