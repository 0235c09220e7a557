"""Declared emergencies, in which nobody may be solicited."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, or_, select, update

from engine.store import tables as t
from engine.store.statements import insert_rows


def add(connection: Connection, row: Mapping[str, Any]) -> None:
    """Put a declared emergency on record."""
    insert_rows(connection, t.emergencies, [row])


def everything(connection: Connection) -> Sequence[RowMapping]:
    """Return every emergency on record, the latest first."""
    table = t.emergencies
    return connection.execute(select(table).order_by(table.c.starts_at.desc(), table.c.id.desc())).mappings().all()


def end(connection: Connection, emergency_id: str, at: datetime) -> bool:
    """End an emergency at *at*, unless it ends before; return whether that changed it."""
    table = t.emergencies
    lasts = or_(table.c.ends_at.is_(None), table.c.ends_at > at)
    ended = update(table).where(table.c.id == emergency_id, lasts).values(ends_at=at)
    return connection.execute(ended).rowcount > 0
