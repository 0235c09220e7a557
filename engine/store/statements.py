"""The few statements that SQLite and PostgreSQL spell alike but SQLAlchemy does not."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, bindparam, insert, update
from sqlalchemy.dialects import postgresql, sqlite

Item = TypeVar("Item")

LIST_MAX = 5_000  # parameters of one IN list; SQLite allows 32,766


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
    columns = [name for name in rows[0] if name != key]
    statement = (
        update(table)
        .where(table.c[key] == bindparam("b_key"))
        .values({name: bindparam(f"b_{name}") for name in columns})
    )
    connection.execute(statement, [{"b_key": row[key], **{f"b_{name}": row[name] for name in columns}} for row in rows])


def slices(items: Sequence[Item], size: int = LIST_MAX) -> Iterator[Sequence[Item]]:
    """Yield *items* in runs of at most *size*."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
