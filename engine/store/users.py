"""The people of the business, and whose turn it is to take the next lead."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, or_, select, update

from engine.store import tables as t
from engine.store.statements import insert_new


def add(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add users; one that is there already stays as it is."""
    insert_new(connection, t.users, rows)


def all_users(connection: Connection) -> list[RowMapping]:
    """Return everybody, by id."""
    return list(connection.execute(select(t.users).order_by(t.users.c.id)).mappings())


def find(connection: Connection, user_id: str) -> RowMapping | None:
    """Return one user, or None."""
    return connection.execute(select(t.users).where(t.users.c.id == user_id)).mappings().first()


def find_by_email(connection: Connection, email: str) -> RowMapping | None:
    """Return who has this canonical email, or None."""
    return connection.execute(select(t.users).where(t.users.c.email == email)).mappings().first()


def find_taken(connection: Connection, user_id: str, email: str) -> RowMapping | None:
    """Return who has this id or this canonical email, or None."""
    query = select(t.users).where(or_(t.users.c.id == user_id, t.users.c.email == email)).order_by(t.users.c.id)
    return connection.execute(query).mappings().first()


def waiting_longest(connection: Connection) -> RowMapping | None:
    """Return who is next to take a lead, without giving them one; None when nobody takes leads."""
    return connection.execute(_TURNS.limit(1)).mappings().first()


_TURNS = (
    select(t.users)
    .where(t.users.c.owns_leads)
    .order_by(t.users.c.last_assigned_at.is_not(None), t.users.c.last_assigned_at, t.users.c.id)
)


def next_owner(connection: Connection, now: datetime) -> str:
    """Return the id of whoever waited longest for a lead, and note their turn; empty when nobody takes leads."""
    table = t.users
    waited_longest = (
        select(table.c.id)
        .where(table.c.owns_leads)
        .order_by(table.c.last_assigned_at.is_not(None), table.c.last_assigned_at, table.c.id)
        .limit(1)
        .with_for_update(key_share=True)
    )
    owner: str | None = connection.execute(waited_longest).scalar_one_or_none()
    if owner is None:
        return ""
    connection.execute(update(table).where(table.c.id == owner).values(last_assigned_at=now))
    return owner
