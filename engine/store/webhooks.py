"""Endpoints that are told what happens, and the deliveries to each: claimed with a lease, ended, replayed, listed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, delete, exists, func, select, update

from engine.domain.notice import DeliveryState
from engine.store import tables as t
from engine.store.pages import PAGE_ROWS, Key, Page, before, fetch
from engine.store.statements import insert_rows, update_rows

_ENDPOINTS = t.webhook_endpoints
_TABLE = t.webhook_deliveries

IS_TOLD = and_(_ENDPOINTS.c.disabled_at.is_(None), _ENDPOINTS.c.paused_at.is_(None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A program elsewhere that is told what happens."""

    id: str
    url: str
    description: str
    types: frozenset[str]
    secret_round: int
    rotated_at: datetime | None
    created_at: datetime
    created_by: str
    paused_at: datetime | None
    disabled_at: datetime | None
    disabled_reason: str
    failing_since: datetime | None


def add(connection: Connection, row: Mapping[str, Any]) -> None:
    """Add an endpoint."""
    insert_rows(connection, _ENDPOINTS, [row])


def change(connection: Connection, endpoint_id: str, values: Mapping[str, Any]) -> None:
    """Set *values* on one endpoint."""
    connection.execute(update(_ENDPOINTS).where(_ENDPOINTS.c.id == endpoint_id).values(dict(values)))


def remove(connection: Connection, endpoint_id: str) -> int:
    """Take away an endpoint and the log of what it was told; return how many deliveries went with it."""
    gone = connection.execute(delete(_TABLE).where(_TABLE.c.endpoint_id == endpoint_id)).rowcount
    connection.execute(delete(_ENDPOINTS).where(_ENDPOINTS.c.id == endpoint_id))
    return gone


def lock(connection: Connection, endpoint_id: str) -> Endpoint | None:
    """Lock and return one endpoint, or None."""
    row = connection.execute(select(_ENDPOINTS).where(_ENDPOINTS.c.id == endpoint_id).with_for_update()).mappings()
    found = row.first()
    return None if found is None else _endpoint(found)


def find(connection: Connection, endpoint_id: str) -> Endpoint | None:
    """Return one endpoint, or None."""
    found = connection.execute(select(_ENDPOINTS).where(_ENDPOINTS.c.id == endpoint_id)).mappings().first()
    return None if found is None else _endpoint(found)


def all_of(connection: Connection) -> list[Endpoint]:
    """Return every endpoint, the oldest first."""
    rows = connection.execute(select(_ENDPOINTS).order_by(_ENDPOINTS.c.created_at, _ENDPOINTS.c.id)).mappings()
    return [_endpoint(row) for row in rows]


def is_disabled(connection: Connection, endpoint_id: str) -> bool:
    """Return whether an endpoint is told nothing any more; False where there is no such endpoint."""
    is_it = (_ENDPOINTS.c.id == endpoint_id, _ENDPOINTS.c.disabled_at.is_not(None))
    return connection.execute(select(_ENDPOINTS.c.id).where(*is_it)).first() is not None


def insert(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Make deliveries."""
    insert_rows(connection, _TABLE, rows)


def new_row(
    *, delivery_id: str, endpoint_id: str, kind: str, lead_id: str | None, body: Mapping[str, Any], at: datetime
) -> dict[str, Any]:
    """Return the row of a new delivery, due at once."""
    return {
        "id": delivery_id, "endpoint_id": endpoint_id, "type": kind, "lead_id": lead_id, "body": dict(body), "at": at,
        "state": DeliveryState.WAITING, "due_at": at, "tries": 0, "first_tried_at": None, "tried_at": None,
        "status": None, "duration_ms": None, "answer": "", "problem": "",
    }  # fmt: skip


def is_due(connection: Connection, now: datetime) -> bool:
    """Return whether anything is to be told now."""
    due = exists().where(_TABLE.c.endpoint_id == _ENDPOINTS.c.id, _TABLE.c.due_at.is_not(None), _TABLE.c.due_at <= now)
    return connection.execute(select(_ENDPOINTS.c.id).where(IS_TOLD, due).limit(1)).first() is not None


def claim(connection: Connection, now: datetime, *, lease_until: datetime, each: int) -> Sequence[RowMapping]:
    """Take up to *each* due deliveries of every endpoint until *lease_until*; whoever dies with them leaves them due.

    So that one endpoint's backlog doesn't keep the others waiting.
    """
    claimed: list[RowMapping] = []
    for endpoint_id in connection.execute(select(_ENDPOINTS.c.id).where(IS_TOLD).order_by(_ENDPOINTS.c.id)).scalars():
        is_mine = (_TABLE.c.endpoint_id == endpoint_id, _TABLE.c.due_at.is_not(None), _TABLE.c.due_at <= now)
        due = select(_TABLE.c.id).where(*is_mine).order_by(_TABLE.c.due_at).limit(each)
        ids = connection.execute(due.with_for_update(skip_locked=True)).scalars().all()
        if ids:
            taken = update(_TABLE).where(_TABLE.c.id.in_(ids)).values(due_at=lease_until).returning(_TABLE)
            claimed += connection.execute(taken).mappings().all()
    return claimed


def lock_claimed(connection: Connection, delivery_ids: Collection[str], lease_until: datetime) -> set[str]:
    """Lock and return those of *delivery_ids* that are still claimed until then, and were not erased meanwhile."""
    is_mine = (_TABLE.c.id.in_(sorted(delivery_ids)), _TABLE.c.due_at == lease_until)
    return set(
        connection.execute(select(_TABLE.c.id).where(*is_mine).order_by(_TABLE.c.id).with_for_update()).scalars()
    )


def settle(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write what came of tries; all rows carry the same columns."""
    update_rows(connection, _TABLE, sorted(rows, key=lambda row: str(row["id"])))


def find_delivery(connection: Connection, delivery_id: str) -> RowMapping | None:
    """Return one delivery, or None."""
    return connection.execute(select(_TABLE).where(_TABLE.c.id == delivery_id)).mappings().first()


_ANEW: Mapping[str, Any] = {"state": DeliveryState.WAITING, "tries": 0, "first_tried_at": None}


def replay_one(connection: Connection, delivery_id: str, now: datetime) -> bool:
    """Let one delivery that has ended be sent again, under the same id; return whether it had, and has its body."""
    is_it = (_TABLE.c.id == delivery_id, _TABLE.c.state != DeliveryState.WAITING, _TABLE.c.body.is_not(None))
    return connection.execute(update(_TABLE).where(*is_it).values(**_ANEW, due_at=now)).rowcount > 0


def replay_failed(connection: Connection, endpoint_id: str, since: datetime, now: datetime) -> int:
    """Let all of an endpoint's deliveries since then that were given up be sent again; return how many."""
    failed = (_TABLE.c.endpoint_id == endpoint_id, _TABLE.c.state == DeliveryState.FAILED, _TABLE.c.at >= since)
    again = update(_TABLE).where(*failed, _TABLE.c.body.is_not(None)).values(**_ANEW, due_at=now)
    return connection.execute(again).rowcount


def log_of(
    connection: Connection,
    endpoint_id: str,
    *,
    state: str | None = None,
    start: Key | None = None,
    rows: int = PAGE_ROWS,
) -> Page:
    """Return a page of what an endpoint was told, the newest first."""
    wanted: list[ColumnElement[bool]] = [_TABLE.c.endpoint_id == endpoint_id]
    if state is not None:
        wanted.append(_TABLE.c.state == state)
    if start is not None:
        wanted.append(before(_TABLE.c.at, _TABLE.c.id, start))
    query = select(_TABLE).where(*wanted).order_by(_TABLE.c.at.desc(), _TABLE.c.id.desc())
    return fetch(connection, query, at="at", rows=rows)


def waiting_of(connection: Connection) -> dict[str, int]:
    """Return how many deliveries wait for each endpoint."""
    query = select(_TABLE.c.endpoint_id, func.count()).where(_TABLE.c.due_at.is_not(None))
    return {row[0]: row[1] for row in connection.execute(query.group_by(_TABLE.c.endpoint_id))}


def forget_lead(connection: Connection, lead_id: str) -> int:
    """Empty what was and will be told about a lead; what waits is not sent any more. Return how many there were."""
    mine = _TABLE.c.lead_id == lead_id
    connection.execute(
        update(_TABLE)
        .where(mine, _TABLE.c.state == DeliveryState.WAITING)
        .values(state=DeliveryState.FAILED, due_at=None, problem="erased")
    )
    return connection.execute(update(_TABLE).where(mine).values(body=None, answer="")).rowcount


def drop_older(connection: Connection, before_at: datetime, limit: int) -> int:
    """Drop deliveries whose fact is older than *before_at*, whatever their state; return how many."""
    old = select(_TABLE.c.id).where(_TABLE.c.at < before_at).order_by(_TABLE.c.at).limit(limit)
    return connection.execute(delete(_TABLE).where(_TABLE.c.id.in_(old))).rowcount


def subjects(connection: Connection, table: str, ids: Collection[str]) -> dict[str, RowMapping]:
    """Return the rows of the table called *table* that notices are about, by id."""
    source = _SUBJECTS[table]
    rows = connection.execute(select(source).where(source.c.id.in_(sorted(set(ids))))).mappings()
    return {row["id"]: row for row in rows}


_SUBJECTS = {"leads": t.leads, "messages": t.messages, "enrollments": t.enrollments, "tasks": t.tasks}


def _endpoint(row: RowMapping) -> Endpoint:
    values: dict[str, Any] = {name: row[name] for name in Endpoint.__dataclass_fields__}
    return Endpoint(**{**values, "types": frozenset(row["types"])})
