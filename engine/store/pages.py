"""Long lists by the page: after a key, never after a count, so that page 1,000 costs what page 1 does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, or_

__all__ = ["PAGE_ROWS", "Key", "Page", "Row", "after", "before", "fetch"]

Row = RowMapping
"""A row by column name, for those who may not know SQLAlchemy."""

PAGE_ROWS = 50  # what a person reads before refining the search


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A place in a list that is ordered by an instant and then by id; rows that arrive later don't move it."""

    at: datetime
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some rows of a list, and the key that the next page begins after: None at the end of the list."""

    rows: Sequence[RowMapping]
    next: Key | None


def before(at: ColumnElement[Any], row_id: ColumnElement[Any], key: Key) -> ColumnElement[bool]:
    """Return the condition for rows that follow *key* where the newest stand first."""
    return and_(at <= key.at, or_(at < key.at, row_id < key.id))  # an index begins at the first half


def after(at: ColumnElement[Any], row_id: ColumnElement[Any], key: Key) -> ColumnElement[bool]:
    """Return the condition for rows that follow *key* where the oldest stand first."""
    return and_(at >= key.at, or_(at > key.at, row_id > key.id))


def fetch(connection: Connection, query: Any, *, at: str, row_id: str = "id", rows: int = PAGE_ROWS) -> Page:
    """Return the first *rows* of *query*, whose columns *at* and *row_id* make the key."""
    found = connection.execute(query.limit(rows + 1)).mappings().all()  # one more tells whether there is a next page
    last = found[rows - 1] if len(found) > rows else None
    return Page(rows=found[:rows], next=Key(at=last[at], id=last[row_id]) if last else None)
