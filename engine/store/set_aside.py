"""What was set aside: events that could not be absorbed, and raw callbacks of which something could not be read."""

import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, exists, literal, select, update

from engine.store import tables as t

_EVENTS, _PAYLOADS = t.provider_events, t.provider_payloads


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """One event (*what* is its kind), or one callback (*what* is the address it came to)."""

    id: str
    is_callback: bool
    provider: str
    what: str
    at: datetime
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A raw callback as it is kept; *headers* name its path as `:path`."""

    id: str
    created_at: datetime
    provider: str
    callback: str
    headers: Mapping[str, str]
    body: bytes


def read(
    connection: Connection, *, only: Collection[str] | None = None, since: datetime | None = None, limit: int
) -> list[SetAside]:
    """Return up to *limit* of each that were set aside, the oldest first: *only* these, or those since an instant."""
    found = [*_of_events(connection, only, since, limit), *_of_payloads(connection, only, since, limit)]
    return sorted(found, key=lambda one: (one.at, one.id))


def _of_events(
    connection: Connection, only: Collection[str] | None, since: datetime | None, limit: int
) -> list[SetAside]:
    table = _EVENTS
    columns = (table.c.id, literal(False), table.c.provider, table.c.kind, table.c.received_at, table.c.problem)  # noqa: FBT003 - a column
    query = select(*columns).where(*_IS_POISONED, *_chosen(table.c.id, table.c.received_at, only, since))
    return [_set_aside(row) for row in connection.execute(query.order_by(table.c.received_at, table.c.id).limit(limit))]


def _of_payloads(
    connection: Connection, only: Collection[str] | None, since: datetime | None, limit: int
) -> list[SetAside]:
    table = _PAYLOADS
    columns = (table.c.id, literal(True), table.c.provider, table.c.callback, table.c.created_at, table.c.problem)  # noqa: FBT003 - a column
    query = select(*columns).where(table.c.problem.is_not(None), *_chosen(table.c.id, table.c.created_at, only, since))
    return [_set_aside(row) for row in connection.execute(query.order_by(table.c.created_at, table.c.id).limit(limit))]


def _chosen(
    row_id: ColumnElement[Any], at: ColumnElement[Any], only: Collection[str] | None, since: datetime | None
) -> list[ColumnElement[bool]]:
    named: list[ColumnElement[bool]] = [] if only is None else [row_id.in_(sorted(set(only)))]
    return named if since is None else [*named, at >= since]


def _set_aside(row: Any) -> SetAside:
    return SetAside(id=row[0], is_callback=bool(row[1]), provider=row[2], what=row[3], at=row[4], problem=row[5])


_IS_POISONED = (_EVENTS.c.problem.is_not(None), _EVENTS.c.applied_at.is_(None))


def lock_event(connection: Connection, event_id: str) -> RowMapping | None:
    """Lock and return an event that was set aside; None where it is none, or not any more."""
    query = select(_EVENTS).where(_EVENTS.c.id == event_id, *_IS_POISONED).with_for_update()
    return connection.execute(query).mappings().first()


def release_event(connection: Connection, event_id: str) -> None:
    """Let an event be absorbed once more."""
    connection.execute(update(_EVENTS).where(_EVENTS.c.id == event_id).values(problem=None))


def was_left_to_a_person(connection: Connection, event_id: str) -> bool:
    """Return whether nobody acted on this event, so that a person was asked to."""
    table = t.tasks
    asked = exists().where(
        table.c.intent_key.between(f"{event_id}:", f"{event_id};"), table.c.intent_key.like("%:spoiled")
    )
    return bool(connection.execute(select(asked)).scalar())


def read_callback(connection: Connection, payload_id: str) -> Kept | None:
    """Return a raw callback of which something could not be read; None where there is none."""
    query = select(_PAYLOADS).where(_PAYLOADS.c.id == payload_id, _PAYLOADS.c.problem.is_not(None))
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    named = {name: row[name] for name in ("id", "created_at", "provider", "callback", "headers")}
    return Kept(**named, body=zlib.decompress(row["body"]))


def note_problem(connection: Connection, payload: Kept, problem: str | None) -> None:
    """Note what still cannot be read of a callback; None where nothing is left."""
    is_it = (_PAYLOADS.c.id == payload.id, _PAYLOADS.c.created_at == payload.created_at)
    connection.execute(update(_PAYLOADS).where(*is_it).values(problem=problem))
