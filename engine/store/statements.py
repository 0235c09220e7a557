"""The few statements that SQLite and PostgreSQL spell alike but SQLAlchemy does not."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import BindParameter, Connection, Table, Update, bindparam, insert, update
from sqlalchemy.dialects import postgresql, sqlite

Item = TypeVar("Item")

IDS: BindParameter[Any] = bindparam("ids", expanding=True)
"""Stands in a statement that is built once for the list of ids it is run with: building costs more than running it."""

LIST_MAX = 5_000  # parameters of one IN list; SQLite allows 32,766


def has_row_locks(connection: Connection) -> bool:
    """Return whether rows can be locked; SQLite has one writer at a time instead, so there is nothing to ask for."""
    return connection.dialect.name != "sqlite"


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert *rows*, each a mapping of all its columns."""
    if rows:
        connection.execute(insert(table), [dict(row) for row in rows])


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert those *rows* that break no unique constraint; the others are there already."""
    if rows:
        make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        connection.execute(make(table).on_conflict_do_nothing(), [dict(row) for row in rows])


def update_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], *, key: str = "id") -> None:
    """Update each row of *rows* by its *key*; all rows carry the same columns."""
    if not rows:
        return
    columns = tuple(name for name in rows[0] if name != key)
    values = [{"b_key": row[key], **{f"b_{name}": row[name] for name in columns}} for row in rows]
    connection.execute(_update_by(table, key, columns), values)


@cache
def _update_by(table: Table, key: str, columns: tuple[str, ...]) -> Update:
    """Return the statement, built once: building one costs more than running it on a few rows."""
    changed: dict[str, BindParameter[Any]] = {name: bindparam(f"b_{name}") for name in columns}
    return update(table).where(table.c[key] == bindparam("b_key")).values(changed)


def first_id_at(instant: datetime) -> str:
    """Return the least UUIDv7 that can have been minted at *instant* (RFC 9562: 48 bits of milliseconds come first)."""
    milliseconds = f"{int(instant.timestamp() * 1000):012x}"
    return f"{milliseconds[:8]}-{milliseconds[8:]}-7000-8000-000000000000"


def slices(items: Sequence[Item], size: int = LIST_MAX) -> Iterator[Sequence[Item]]:
    """Yield *items* in runs of at most *size*."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
