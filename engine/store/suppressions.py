"""Which addresses are suppressed already."""

from collections.abc import Collection

from sqlalchemy import Connection, select

from consent.facts import SuppressionReason
from engine.store.statements import slices
from engine.store.tables import suppressions


def known(connection: Connection, kind: str, keys: Collection[str], reason: SuppressionReason) -> set[str]:
    """Return those of *keys* that are suppressed for *reason*, on one channel or on all."""
    table = suppressions
    found: set[str] = set()
    for part in slices(sorted(keys)):
        query = select(table.c.key).where(table.c.kind == kind, table.c.key.in_(part), table.c.reason == reason)
        found.update(connection.execute(query).scalars())
    return found


def is_suppressed(connection: Connection, kind: str, key: str, channel: str) -> bool:
    """Return whether the address under *key* must not be used on *channel*, for whatever reason."""
    table = suppressions
    query = select(table.c.id).where(table.c.kind == kind, table.c.key == key, table.c.channel.in_(["", channel]))
    return connection.execute(query.limit(1)).first() is not None
