"""Incidents: opened once for each kind and subject, counted while they last, closed, and noted as told."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from engine.domain.incident import Incident, IncidentKind
from engine.store import tables as t

_TABLE = t.incidents
_FIELDS = tuple(Incident.__dataclass_fields__)


def open_or_bump(
    connection: Connection,
    *,
    row_id: str,
    kind: IncidentKind,
    subject: str,
    detail: str,
    now: datetime,
    count: int = 1,
) -> str:
    """Open an incident, or count *count* more on the open one of this kind and subject; return its id.

    One statement, so that two who notice at once open one. Take it last of all locks, several in the order of kind and
    subject.
    """
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = make(_TABLE).values(
        id=row_id, kind=kind, subject=subject, detail=detail, opened_at=now, last_at=now, count=count,
        told_at=None, closed_at=None,
    )  # fmt: skip
    statement = row.on_conflict_do_update(
        index_elements=[_TABLE.c.kind, _TABLE.c.subject],
        index_where=_TABLE.c.closed_at.is_(None),
        set_={"last_at": now, "count": _TABLE.c.count + row.excluded.count, "detail": row.excluded.detail},
    ).returning(_TABLE.c.id)
    found: str = connection.execute(statement).scalar_one()
    return found


def keep_open(
    connection: Connection, *, row_id: str, kind: IncidentKind, subject: str, detail: str, now: datetime, count: int
) -> None:
    """Open an incident that is seen to last, or note on the open one that *count* things are in it now."""
    known = open_or_bump(connection, row_id=row_id, kind=kind, subject=subject, detail=detail, now=now, count=count)
    if known != row_id:
        connection.execute(update(_TABLE).where(_TABLE.c.id == known).values(count=count))


def close(connection: Connection, kind: IncidentKind, subject: str, now: datetime) -> bool:
    """Close the open incident of this kind and subject; return whether there was one."""
    is_it = (_TABLE.c.kind == kind, _TABLE.c.subject == subject, _TABLE.c.closed_at.is_(None))
    return (
        connection.execute(update(_TABLE).where(*is_it).values(closed_at=now).returning(_TABLE.c.id)).first()
        is not None
    )


def close_one(connection: Connection, incident_id: str, now: datetime) -> None:
    """Close one incident, which is open."""
    connection.execute(update(_TABLE).where(_TABLE.c.id == incident_id).values(closed_at=now))


def lock(connection: Connection, incident_id: str) -> Incident | None:
    """Lock and return one incident."""
    row = connection.execute(select(_TABLE).where(_TABLE.c.id == incident_id).with_for_update()).mappings().first()
    return None if row is None else _incident(row)


def open_ones(connection: Connection) -> list[Incident]:
    """Return the open incidents, the oldest first."""
    query = select(_TABLE).where(_TABLE.c.closed_at.is_(None)).order_by(_TABLE.c.opened_at, _TABLE.c.id)
    return [_incident(row) for row in connection.execute(query).mappings()]


def latest(connection: Connection, *, limit: int) -> list[Incident]:
    """Return the latest incidents, open or not, the newest first."""
    query = select(_TABLE).order_by(_TABLE.c.opened_at.desc(), _TABLE.c.id.desc()).limit(limit)
    return [_incident(row) for row in connection.execute(query).mappings()]


def lasting(connection: Connection, closed_since: datetime) -> list[Incident]:
    """Return the open incidents, and those closed after *closed_since*."""
    query = select(_TABLE).where(or_(_TABLE.c.closed_at.is_(None), _TABLE.c.closed_at > closed_since))
    return [_incident(row) for row in connection.execute(query).mappings()]


def note_told(connection: Connection, marks: Sequence[tuple[str, datetime]]) -> None:
    """Note for each row when staff were told of it."""
    for row_id, at in sorted(marks):
        connection.execute(update(_TABLE).where(_TABLE.c.id == row_id).values(told_at=at))


def count_open(connection: Connection) -> dict[IncidentKind, int]:
    """Return how many incidents are open, by kind; every kind is named."""
    query = select(_TABLE.c.kind, func.count()).where(_TABLE.c.closed_at.is_(None)).group_by(_TABLE.c.kind)
    found = {IncidentKind(row[0]): row[1] for row in connection.execute(query)}
    return {kind: found.get(kind, 0) for kind in IncidentKind}


def _incident(row: RowMapping) -> Incident:
    values: dict[str, Any] = {name: row[name] for name in _FIELDS}
    return Incident(**{**values, "kind": IncidentKind(row["kind"])})
