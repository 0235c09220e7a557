"""Links that let somebody in once: found by their hash alone, so that what is kept here opens nothing."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from engine.domain.access import LinkPurpose
from engine.store import tables as t

__all__ = ["RowMapping", "add", "find", "use", "use_all"]


def add(connection: Connection, row: Mapping[str, Any]) -> None:
    """Add a link: id, user_id, purpose, hash, created_at, expires_at."""
    connection.execute(insert(t.one_time_links).values(**row))


def find(connection: Connection, hashed: str, now: datetime, *, lock: bool = False) -> RowMapping | None:
    """Return the link with this hash that still opens something, or None."""
    table = t.one_time_links
    query = select(table).where(table.c.hash == hashed, table.c.used_at.is_(None), table.c.expires_at > now)
    return connection.execute(query.with_for_update() if lock else query).mappings().first()


def use(connection: Connection, link_id: str, now: datetime) -> None:
    """Let a link open nothing any more."""
    connection.execute(update(t.one_time_links).where(t.one_time_links.c.id == link_id).values(used_at=now))


def use_all(connection: Connection, purpose: LinkPurpose, now: datetime, *, user_id: str | None = None) -> None:
    """Let every link of this *purpose* and person open nothing any more: a newer one takes its place."""
    table = t.one_time_links
    query = update(table).where(table.c.purpose == purpose, table.c.used_at.is_(None))
    connection.execute(query.where(table.c.user_id.is_not_distinct_from(user_id)).values(used_at=now))
