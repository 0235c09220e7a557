"""Due work is a query: which lanes have some now, and when there will be some next."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, exists, func, select, union_all

from engine.domain.lead import LeadId
from engine.domain.message import MessageState
from engine.domain.task import TaskKind, TaskState
from engine.store import errands
from engine.store import tables as t
from engine.store.messages import IS_CLAIMABLE
from engine.store.senders import IS_AWAKE
from engine.store.statements import first_id_at
from engine.store.tables.metadata import Id, Instant

SEALED_SOON = timedelta(hours=1)
"""How far back a look for unsealed facts goes; sealing itself goes back to the first, so a longer gap closes too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What there is to do at an instant."""

    enrollments: bool  # the planner has something to look at
    first: bool  # a message is due in lane `first`
    main: bool  # and in lane `main`
    events: bool  # stored events wait to be absorbed
    attempts: bool  # a worker left an attempt without outcome
    sandbox: bool  # invented leads would have done something by now
    facts: bool  # the ledger has facts that are not in the chain
    lists: bool  # a day has passed since the lists of providers were read
    mailbox: bool  # a minute has passed since the mailbox was read


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
    values = {
        "now": now,
        "recent": first_id_at(now - SEALED_SOON),
        "yesterday": now - errands.EVERY,
        "a_minute_ago": now - errands.EVERY_MINUTE,
    }
    return Work(**connection.execute(_LOOK, values).mappings().one())


def next_due_at(connection: Connection) -> datetime | None:
    """Return the earliest instant at which anything is due, or None when nothing ever will be by itself."""
    earliest: datetime | None = connection.execute(_NEXT).scalar_one()
    return earliest


def tasks_due(connection: Connection, now: datetime) -> list[DueTask]:
    """Return the open tasks that should be done by *now*, the most overdue first."""
    table = t.tasks
    columns = (table.c[name] for name in DueTask.__dataclass_fields__)
    query = select(*columns).where(table.c.state == TaskState.OPEN, table.c.due_at <= now)
    rows = connection.execute(query.order_by(table.c.due_at, table.c.id)).mappings()
    return [DueTask(**{**row, "kind": TaskKind(row["kind"])}) for row in rows]


def _is_by_somebody_awake() -> ColumnElement[bool]:
    return t.messages.c.sender_id.in_(select(t.senders.c.id).where(IS_AWAKE))


def _everything() -> Select[Any]:
    now = bindparam("now", type_=Instant)
    messages = t.messages
    sealed = exists().where(t.sealed_facts.c.fact_id == t.consent_facts.c.id)
    awake = _is_by_somebody_awake()
    asked: list[Any] = [
        exists().where(t.enrollments.c.due_at.is_not(None), t.enrollments.c.due_at <= now).label("enrollments"),
        *(
            exists().where(messages.c.lane == lane, IS_CLAIMABLE, messages.c.due_at <= now, awake).label(lane)
            for lane in ("first", "main")
        ),
        exists().where(t.provider_events.c.applied_at.is_(None), t.provider_events.c.problem.is_(None)).label("events"),
        exists().where(messages.c.state == MessageState.SENDING, messages.c.due_at <= now).label("attempts"),
        exists().where(t.sandbox_events.c.told_at.is_(None), t.sandbox_events.c.due_at <= now).label("sandbox"),
        exists()
        .where(t.consent_facts.c.id >= bindparam("recent", type_=Id), ~sealed.correlate(t.consent_facts))
        .label("facts"),
        (~errands.is_done(errands.PROVIDER_LISTS, bindparam("yesterday", type_=Instant))).label("lists"),
        (~errands.is_done(errands.MAILBOX, bindparam("a_minute_ago", type_=Instant))).label("mailbox"),
    ]
    return select(*asked)


_LOOK = _everything()


def _earliest() -> Select[Any]:
    moments = union_all(
        select(func.min(t.enrollments.c.due_at).label("at")).where(t.enrollments.c.due_at.is_not(None)),
        select(func.min(t.messages.c.due_at)).where(IS_CLAIMABLE, _is_by_somebody_awake()),
        select(func.min(t.sandbox_events.c.due_at)).where(t.sandbox_events.c.told_at.is_(None)),
    ).subquery()
    return select(func.min(moments.c.at))


_NEXT = _earliest()
