"""Where people are signed in: found by the hash of a cookie, ended by taking the row away."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from engine.store import tables as t

_VISITS = (
    select(t.sessions, t.users.c.name, t.users.c.email, t.accounts.c.role)
    .join(t.users, t.users.c.id == t.sessions.c.user_id)
    .join(t.accounts, t.accounts.c.user_id == t.sessions.c.user_id)
    .where(t.accounts.c.disabled_at.is_(None))
)


def find(connection: Connection, hashed: str) -> RowMapping | None:
    """Return the session with this hash and whose it is, or None; never of somebody who may not sign in."""
    return connection.execute(_VISITS.where(t.sessions.c.hash == hashed)).mappings().first()


def add(connection: Connection, row: Mapping[str, Any]) -> None:
    """Add a session, and forget those whose time is over."""
    connection.execute(delete(t.sessions).where(t.sessions.c.expires_at <= row["created_at"]))
    connection.execute(insert(t.sessions).values(**row))


def note_seen(connection: Connection, session_id: str, now: datetime) -> None:
    """Put on record that a session is in use."""
    connection.execute(update(t.sessions).where(t.sessions.c.id == session_id).values(seen_at=now))


def of_user(connection: Connection, user_id: str) -> Sequence[RowMapping]:
    """Return somebody's sessions, the one last used first."""
    table = t.sessions
    query = select(table).where(table.c.user_id == user_id, table.c.awaits_code.is_(False))
    return connection.execute(query.order_by(table.c.seen_at.desc(), table.c.id.desc())).mappings().all()


def end(connection: Connection, hashed: str) -> bool:
    """End the session with this hash; return whether there was one."""
    return connection.execute(delete(t.sessions).where(t.sessions.c.hash == hashed)).rowcount > 0


def end_all(connection: Connection, user_id: str, *, but: str | None = None) -> int:
    """End all of somebody's sessions, *but* the one with that id; return how many there were."""
    table = t.sessions
    query = delete(table).where(table.c.user_id == user_id)
    return connection.execute(query if but is None else query.where(table.c.id != but)).rowcount
