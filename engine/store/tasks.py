"""Tasks: made once per intent, done or cancelled by people and by what happens."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Update, select, update

from engine.domain.notice import NoticeType
from engine.domain.task import TaskKind, TaskOutcome, TaskState
from engine.store import notices
from engine.store import tables as t
from engine.store.statements import insert_new

IS_OPEN = t.tasks.c.state == TaskState.OPEN


def insert(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Make tasks; an intent that has one already keeps it."""
    insert_new(connection, t.tasks, rows)
    if rows and notices.is_wanted(connection, NoticeType.TASK_CREATED):
        made = select(t.tasks.c.id).where(t.tasks.c.id.in_([row["id"] for row in rows])).order_by(t.tasks.c.id)
        told = [(task_id, None) for task_id in connection.execute(made).scalars()]
        notices.tell(connection, NoticeType.TASK_CREATED, told)


def lead_of(connection: Connection, task_id: str) -> str | None:
    """Return whom a task is about, without locking it: leads are locked before tasks."""
    return connection.execute(select(t.tasks.c.lead_id).where(t.tasks.c.id == task_id)).scalar_one_or_none()


def who_has_open(connection: Connection, lead_ids: Collection[str]) -> set[str]:
    """Return those of *lead_ids* about whom a person has anything to do."""
    query = select(t.tasks.c.lead_id).where(t.tasks.c.lead_id.in_(sorted(set(lead_ids))), IS_OPEN)
    return set(connection.execute(query.distinct()).scalars())


def find(connection: Connection, task_id: str) -> RowMapping | None:
    """Lock and return one task, or None."""
    query = select(t.tasks).where(t.tasks.c.id == task_id).with_for_update()
    return connection.execute(query).mappings().first()


def list_open(connection: Connection, *, limit: int, due_before: datetime | None = None) -> Sequence[RowMapping]:
    """Return the open tasks, the most overdue first."""
    query = select(t.tasks).where(IS_OPEN)
    if due_before is not None:
        query = query.where(t.tasks.c.due_at <= due_before)
    return connection.execute(query.order_by(t.tasks.c.due_at, t.tasks.c.id).limit(limit)).mappings().all()


def finish(connection: Connection, task_id: str, *, outcome: TaskOutcome, note: str, now: datetime) -> None:
    """Close one task with its outcome."""
    one = update(t.tasks).where(t.tasks.c.id == task_id)
    _close(connection, one.values(state=TaskState.DONE, outcome=outcome, note=note, ended_at=now))


def assign(connection: Connection, task_id: str, owner: str) -> None:
    """Name who does a task; empty leaves it to whoever owns the lead."""
    connection.execute(update(t.tasks).where(t.tasks.c.id == task_id).values(owner=owner))


def cancel_open(
    connection: Connection,
    *,
    now: datetime,
    reason: str,
    lead_ids: Collection[str] = (),
    enrollment_ids: Collection[str] = (),
    kinds: Collection[TaskKind] | None = None,
) -> None:
    """Cancel the open tasks of these leads or enrollments, of every kind or of *kinds*."""
    statement = update(t.tasks).where(IS_OPEN)
    for column, ids in ((t.tasks.c.lead_id, lead_ids), (t.tasks.c.enrollment_id, enrollment_ids)):
        if ids:
            statement = statement.where(column.in_(sorted(set(ids))))
    if kinds is not None:
        statement = statement.where(t.tasks.c.kind.in_(sorted(kinds)))
    assert lead_ids or enrollment_ids
    _close(connection, statement.values(state=TaskState.CANCELLED, note=reason, ended_at=now))


def cancel_stages(
    connection: Connection, enrollment_id: str, stages: Collection[str], *, before: int, now: datetime, reason: str
) -> None:
    """Cancel the open tasks at *stages* of one enrollment, of the rounds before *before*."""
    table = t.tasks
    statement = update(table).where(
        IS_OPEN, table.c.enrollment_id == enrollment_id, table.c.stage.in_(sorted(stages)), table.c.occurrence < before
    )
    _close(connection, statement.values(state=TaskState.CANCELLED, note=reason, ended_at=now))


def cancel_intents(connection: Connection, intent_keys: Collection[str], *, now: datetime, reason: str) -> None:
    """Cancel the open ones of the tasks made for *intent_keys*."""
    statement = update(t.tasks).where(IS_OPEN, t.tasks.c.intent_key.in_(sorted(set(intent_keys))))
    _close(connection, statement.values(state=TaskState.CANCELLED, note=reason, ended_at=now))


def finish_intent(connection: Connection, intent_key: str, *, note: str, now: datetime, answered_as: str) -> None:
    """Close the task made for *intent_key*, which becomes *answered_as*: the same may be asked anew."""
    table = t.tasks
    asked = update(table).where(IS_OPEN, table.c.intent_key == intent_key)
    _close(connection, asked.values(state=TaskState.DONE, outcome=TaskOutcome.DONE, note=note, ended_at=now))
    connection.execute(update(table).where(table.c.intent_key == intent_key).values(intent_key=answered_as))


def _close(connection: Connection, statement: Update) -> None:
    """Close tasks by *statement*, and tell of those it closed."""
    if not notices.is_wanted(connection, NoticeType.TASK_CLOSED):
        connection.execute(statement)
        return
    closed = sorted(connection.execute(statement.returning(t.tasks.c.id)).scalars())
    notices.tell(connection, NoticeType.TASK_CLOSED, [(task_id, None) for task_id in closed])


def is_asked(connection: Connection, intent_key: str) -> bool:
    """Lock the open task made for *intent_key*; return whether there is one."""
    query = select(t.tasks.c.id).where(IS_OPEN, t.tasks.c.intent_key == intent_key).with_for_update()
    return connection.execute(query).first() is not None


def open_like(connection: Connection, prefix: str) -> RowMapping | None:
    """Lock and return the first open task whose intent begins with *prefix*, or None."""
    query = select(t.tasks).where(IS_OPEN, t.tasks.c.intent_key.startswith(prefix, autoescape=True))
    return connection.execute(query.order_by(t.tasks.c.id).limit(1).with_for_update()).mappings().first()


def refresh(connection: Connection, task_id: str, *, title: str, body: str, due_at: datetime) -> None:
    """Write what is new onto an open task."""
    values = {"title": title, "body": body, "due_at": due_at}
    connection.execute(update(t.tasks).where(t.tasks.c.id == task_id).values(**values))


def set_owner(connection: Connection, task_id: str, owner: str) -> None:
    """Give a task to *owner*, a user's id; empty for anyone."""
    connection.execute(update(t.tasks).where(t.tasks.c.id == task_id).values(owner=owner))


def warn_callers(connection: Connection, lead_ids: Collection[str], note: str) -> None:
    """Put *note* on the open calls to these leads."""
    table = t.tasks
    connection.execute(
        update(table)
        .where(IS_OPEN, table.c.kind == TaskKind.CALL, table.c.lead_id.in_(sorted(set(lead_ids))))
        .values(note=note)
    )


def new_row(  # noqa: PLR0913 - one argument for each column
    *,
    task_id: str,
    intent_key: str,
    lead_id: str,
    kind: str,
    owner: str,
    title: str,
    now: datetime,
    due_at: datetime,
    enrollment_id: str | None = None,
    sequence: str = "",
    stage: str = "",
    occurrence: int = 0,
    script: str = "",
    body: str = "",
) -> dict[str, Any]:
    """Return the row of a new, open task."""
    return {
        "id": task_id,
        "intent_key": intent_key,
        "lead_id": lead_id,
        "enrollment_id": enrollment_id,
        "sequence": sequence,
        "stage": stage,
        "occurrence": occurrence,
        "kind": kind,
        "state": TaskState.OPEN,
        "owner": owner,
        "title": title,
        "script": script,
        "body": body,
        "created_at": now,
        "due_at": due_at,
        "ended_at": None,
        "outcome": None,
        "note": "",
    }
