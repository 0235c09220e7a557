"""Keys of programs: found by their hash alone, so that what is kept here opens nothing."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, or_, select, update

from engine.store import tables as t

NOTED_EVERY = timedelta(minutes=1)  # a busy program must not cost a write with each request


def add(connection: Connection, row: Mapping[str, Any]) -> None:
    """Add a key: id, name, hash, hint, created_at, scopes."""
    connection.execute(insert(t.api_keys).values(**row))


def all_keys(connection: Connection) -> list[RowMapping]:
    """Return every key, also those revoked, oldest first."""
    return list(connection.execute(select(t.api_keys).order_by(t.api_keys.c.created_at, t.api_keys.c.id)).mappings())


def find(connection: Connection, hashed: str) -> RowMapping | None:
    """Return the key with this hash that still opens the door, or None."""
    query = select(t.api_keys).where(t.api_keys.c.hash == hashed, t.api_keys.c.revoked_at.is_(None))
    return connection.execute(query).mappings().first()


def is_noted(row: RowMapping, now: datetime) -> bool:
    """Return whether the last use of *row* on record is fresh enough."""
    return row["last_used_at"] is not None and bool(now - row["last_used_at"] < NOTED_EVERY)


def note_use(connection: Connection, key_id: str, now: datetime) -> None:
    """Put on record that a key was used, unless somebody just did."""
    table = t.api_keys
    is_old = or_(table.c.last_used_at.is_(None), table.c.last_used_at <= now - NOTED_EVERY)
    connection.execute(update(table).where(table.c.id == key_id, is_old).values(last_used_at=now))


def revoke(connection: Connection, key_id: str, now: datetime) -> bool:
    """Let a key open nothing any more; return False when it did not anyway."""
    table = t.api_keys
    found = update(table).where(table.c.id == key_id, table.c.revoked_at.is_(None)).values(revoked_at=now)
    return connection.execute(found).rowcount > 0


def lock_bucket(connection: Connection, key_id: str) -> tuple[float, datetime] | None:
    """Lock a key; return the tokens it had left and when that was true, or None before its first request."""
    table = t.api_keys
    query = select(table.c.tokens, table.c.tokens_at).where(table.c.id == key_id).with_for_update(key_share=True)
    row = connection.execute(query).one_or_none()
    return (row.tokens, row.tokens_at) if row and row.tokens_at is not None else None


def save_bucket(connection: Connection, key_id: str, *, tokens: float, at: datetime) -> None:
    """Write back how many tokens a key has left at *at*."""
    connection.execute(update(t.api_keys).where(t.api_keys.c.id == key_id).values(tokens=tokens, tokens_at=at))
