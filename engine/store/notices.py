"""Facts that programs elsewhere want to hear of: written by the very functions that write the fact, in its transaction.

Nobody who writes a fact needs to think of it, so none is forgotten. Where no endpoint wants a type, nothing is written; who
wants what is remembered for a few seconds, so that this costs next to nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, select

from engine.clock import Clock
from engine.domain.notice import NoticeType
from engine.store import tables as t
from engine.store.statements import insert_rows

KEY = "fifthtouch_subscriptions"
"""Where a connection carries what is remembered of who wants what; one without tells nobody anything."""

REMEMBERED = timedelta(seconds=5)

Told = tuple[str, Mapping[str, Any] | None]
"""Whom or what a notice is about, and what its row will not tell for good."""


class Subscriptions:
    """Which types any endpoint wants, as a process last saw it."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._seen: tuple[datetime, frozenset[str]] | None = None

    def wanted(self, connection: Connection) -> frozenset[str]:
        """Return the types that are wanted, at most some seconds old."""
        now, seen = self.clock.now(), self._seen
        if seen is None or abs(now - seen[0]) > REMEMBERED:
            seen = self._seen = (now, _wanted(connection))
        return seen[1]

    def forget(self) -> None:
        """Ask anew at the next occasion: an endpoint was added or changed."""
        self._seen = None


def _wanted(connection: Connection) -> frozenset[str]:
    table = t.webhook_endpoints
    rows = connection.execute(select(table.c.types).where(table.c.disabled_at.is_(None))).scalars()
    return frozenset(one for types in rows for one in types)


def is_wanted(connection: Connection, kind: NoticeType) -> bool:
    """Return whether anybody wants to hear of *kind*."""
    subscriptions = connection.get_execution_options().get(KEY)
    return subscriptions is not None and kind in subscriptions.wanted(connection)


def tell(connection: Connection, kind: NoticeType, told: Iterable[Told]) -> None:
    """Write down that *kind* happened to each of *told*, if anybody wants to hear of it."""
    if not is_wanted(connection, kind):
        return
    now = connection.get_execution_options()[KEY].clock.now()
    rows = [{"type": kind, "at": now, "subject": subject, "detail": detail} for subject, detail in told]
    insert_rows(connection, t.notices, rows)


def take(connection: Connection, limit: int) -> Sequence[RowMapping]:
    """Lock and return the first notices that nobody has made ready yet."""
    query = select(t.notices).order_by(t.notices.c.number).limit(limit).with_for_update(skip_locked=True)
    return connection.execute(query).mappings().all()


def drop(connection: Connection, numbers: Sequence[int]) -> None:
    """Forget notices that were made ready."""
    connection.execute(delete(t.notices).where(t.notices.c.number.in_(numbers)))


def is_any(connection: Connection) -> bool:
    """Return whether any notice is to be made ready."""
    return connection.execute(select(t.notices.c.number).limit(1)).first() is not None
