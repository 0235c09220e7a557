"""What is done every so often, whoever does it: taken by one, and taken again where that one did not come to its end."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, select, update

from engine.store.statements import insert_new
from engine.store.tables import errands

PROVIDER_LISTS = "provider_lists"
"""Read the lists that providers keep of whom not to write to."""

MAILBOX = "mailbox"
"""Read the mailbox that answers and bounces come to."""

AUDIT = "audit"
"""Look whether any lead is forgotten."""

ALERTS = "alerts"
"""Tell staff of incidents."""

EVERY = timedelta(days=1)
LEASE = timedelta(hours=1)
"""After which an errand that did not end is due again: its doer failed, or died."""

EVERY_MINUTE = timedelta(minutes=1)

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def take(
    connection: Connection, name: str, now: datetime, *, every: timedelta = EVERY, lease: timedelta = LEASE
) -> dict[str, Any] | None:
    """Take the errand *name* if it is due; return what was noted with it, or None where it is not due or taken."""
    insert_new(connection, errands, [{"name": name, "done_at": _NEVER, "detail": {}}])
    # Until it ends, it counts as done so long ago that it is due again after the lease.
    taken = update(errands).where(errands.c.name == name, errands.c.done_at <= now - every)
    row = connection.execute(taken.values(done_at=now - every + lease).returning(errands.c.detail)).one_or_none()
    return None if row is None else dict(row.detail or {})


def end(connection: Connection, name: str, detail: Mapping[str, Any], *, done_at: datetime | None) -> None:
    """Note *detail* with the errand *name*; with *done_at* it was done then, else it is due after the lease."""
    values: dict[str, Any] = {"detail": dict(detail)} | ({} if done_at is None else {"done_at": done_at})
    connection.execute(update(errands).where(errands.c.name == name).values(values))


def noted(connection: Connection, name: str) -> dict[str, Any]:
    """Return what was noted with the errand *name*; empty where it was never taken."""
    found = connection.execute(select(errands.c.detail).where(errands.c.name == name)).scalar_one_or_none()
    return dict(found or {})


def is_done(name: str, since: ColumnElement[datetime]) -> ColumnElement[bool]:
    """Return the condition that the errand *name* was done, or taken, after *since*."""
    return exists().where(errands.c.name == name, errands.c.done_at > since)
