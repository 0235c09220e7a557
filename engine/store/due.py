"""Due work is a query: which lanes have some now, and when there will be some next."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, exists, func, select, union_all

from engine.domain.lead import LeadId
from engine.domain.message import MessageState
from engine.domain.task import TaskKind, TaskState
from engine.store import tables as t
from engine.store.messages import IS_CLAIMABLE
from engine.store.tables.metadata import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What there is to do at an instant."""

    enrollments: bool  # the planner has something to look at
    first: bool  # a message is due in lane `first`
    main: bool  # and in lane `main`
    events: bool  # stored events wait to be absorbed
    attempts: bool  # a worker left an attempt without outcome
    sandbox: bool  # invented leads would have done something by now


@dataclass(frozen=True, slots=True, kw_only=True)
class DueTask:
    """An open task, without what a person would read."""

    id: str
    kind: TaskKind
    lead_id: LeadId
    sequence: str
    created_at: datetime
    due_at: datetime


def look(connection: Connection, now: datetime) -> Work:
    """Return all that is due at *now*, asked in one statement."""
    return Work(**connection.execute(_LOOK, {"now": now}).mappings().one())


def lanes_due(connection: Connection, now: datetime) -> list[str]:
    """Return the lanes in which a message of an unpaused sender is due."""
    table = t.messages
    due = exists().where(
        table.c.sender_id == t.senders.c.id, table.c.lane == "first", IS_CLAIMABLE, table.c.due_at <= now
    )
    due_main = exists().where(
        table.c.sender_id == t.senders.c.id, table.c.lane == "main", IS_CLAIMABLE, table.c.due_at <= now
    )
    awake = t.senders.c.is_paused.is_(False)
    lanes = []
    for lane, condition in (("first", due), ("main", due_main)):
        if connection.execute(select(t.senders.c.id).where(awake, condition).limit(1)).first():
            lanes.append(lane)
    return lanes


def has_due_enrollments(connection: Connection, now: datetime) -> bool:
    """Return whether the planner has anything to look at."""
    table = t.enrollments
    query = select(table.c.id).where(table.c.due_at.is_not(None), table.c.due_at <= now).limit(1)
    return connection.execute(query).first() is not None


def has_unapplied_events(connection: Connection) -> bool:
    """Return whether stored events wait to be absorbed."""
    table = t.provider_events
    query = select(table.c.id).where(table.c.applied_at.is_(None), table.c.problem.is_(None)).limit(1)
    return connection.execute(query).first() is not None


def has_abandoned_attempts(connection: Connection, now: datetime) -> bool:
    """Return whether a worker left an attempt without outcome."""
    table = t.messages
    query = select(table.c.id).where(table.c.state == MessageState.SENDING, table.c.due_at <= now).limit(1)
    return connection.execute(query).first() is not None


def has_sandbox_events(connection: Connection, now: datetime) -> bool:
    """Return whether invented leads would have done something by now."""
    table = t.sandbox_events
    query = select(table.c.number).where(table.c.told_at.is_(None), table.c.due_at <= now).limit(1)
    return connection.execute(query).first() is not None


def has_unsealed_facts(connection: Connection) -> bool:
    """Return whether the ledger has facts that are not in the chain."""
    facts, sealed = t.consent_facts, t.sealed_facts
    query = select(facts.c.id).outerjoin(sealed, sealed.c.fact_id == facts.c.id).where(sealed.c.fact_id.is_(None))
    return connection.execute(query.limit(1)).first() is not None


def next_due_at(connection: Connection) -> datetime | None:
    """Return the earliest instant at which anything is due, or None when nothing ever will be."""
    earliest: datetime | None = connection.execute(_NEXT).scalar_one()
    return earliest


def tasks_due(connection: Connection, now: datetime) -> list[DueTask]:
    """Return the open tasks that should be done by *now*, the most overdue first."""
    table = t.tasks
    columns = (table.c[name] for name in DueTask.__dataclass_fields__)
    query = select(*columns).where(table.c.state == TaskState.OPEN, table.c.due_at <= now)
    rows = connection.execute(query.order_by(table.c.due_at, table.c.id)).mappings()
    return [DueTask(**{**row, "kind": TaskKind(row["kind"])}) for row in rows]


def _everything() -> Select[Any]:
    now = bindparam("now", type_=Instant)
    messages = t.messages
    awake = messages.c.sender_id.in_(select(t.senders.c.id).where(t.senders.c.is_paused.is_(False)))
    asked: list[Any] = [
        exists().where(t.enrollments.c.due_at.is_not(None), t.enrollments.c.due_at <= now).label("enrollments"),
        *(
            exists().where(messages.c.lane == lane, IS_CLAIMABLE, messages.c.due_at <= now, awake).label(lane)
            for lane in ("first", "main")
        ),
        exists().where(t.provider_events.c.applied_at.is_(None), t.provider_events.c.problem.is_(None)).label("events"),
        exists().where(messages.c.state == MessageState.SENDING, messages.c.due_at <= now).label("attempts"),
        exists().where(t.sandbox_events.c.told_at.is_(None), t.sandbox_events.c.due_at <= now).label("sandbox"),
    ]
    return select(*asked)


_LOOK = _everything()


def _earliest() -> Select[Any]:
    moments = union_all(
        select(func.min(t.enrollments.c.due_at).label("at")).where(t.enrollments.c.due_at.is_not(None)),
        select(func.min(t.messages.c.due_at)).where(IS_CLAIMABLE),
        select(func.min(t.sandbox_events.c.due_at)).where(t.sandbox_events.c.told_at.is_(None)),
    ).subquery()
    return select(func.min(moments.c.at))


_NEXT = _earliest()
