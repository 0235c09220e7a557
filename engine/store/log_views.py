"""Views of the delivery log: filters under a name, one person's own or everybody's."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, or_, select, update

from engine.store import tables as t
from engine.store.statements import insert_new

VIEWS_MAX = 50  # of one person; beyond that nobody finds one again


def seen_by(connection: Connection, person_id: str) -> Sequence[RowMapping]:
    """Return the views that a person sees, their own and shared ones, by name."""
    table = t.log_views
    query = select(table).where(or_(table.c.owner == person_id, table.c.is_shared))
    return connection.execute(query.order_by(table.c.name, table.c.id).limit(4 * VIEWS_MAX)).mappings().all()


def lock(connection: Connection, view_id: str) -> RowMapping | None:
    """Lock and return one view, or None."""
    return (
        connection.execute(select(t.log_views).where(t.log_views.c.id == view_id).with_for_update()).mappings().first()
    )


def count_of(connection: Connection, person_id: str) -> int:
    """Return how many views a person keeps."""
    query = select(t.log_views.c.id).where(t.log_views.c.owner == person_id)
    return len(connection.execute(query).all())


def is_taken(connection: Connection, person_id: str, name: str) -> bool:
    """Return whether a person has a view called *name*."""
    table = t.log_views
    return (
        connection.execute(select(table.c.id).where(table.c.owner == person_id, table.c.name == name)).first()
        is not None
    )


def keep(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep a new view; *row* has every column."""
    insert_new(connection, t.log_views, [row])


def change(connection: Connection, view_id: str, **values: Any) -> None:
    """Rename or share a view."""
    connection.execute(update(t.log_views).where(t.log_views.c.id == view_id).values(**values))


def drop(connection: Connection, view_id: str) -> None:
    """Forget a view."""
    connection.execute(delete(t.log_views).where(t.log_views.c.id == view_id))
