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
