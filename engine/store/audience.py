"""Who there is to read a message, and where in a sequence they stand."""

from collections.abc import Sequence

from sqlalchemy import Connection, func, select

from engine.domain.lead import Lead
from engine.store import tables as t
from engine.store.enrollments import IS_OPEN
from engine.store.leads import load


def newest_with_phone(connection: Connection, limit: int) -> Sequence[Lead]:
    """Return the newest *limit* leads that a text could reach by their number."""
    table = t.leads
    query = select(table.c.id).where(table.c.phone.is_not(None)).order_by(table.c.created_at.desc(), table.c.id.desc())
    ids = list(connection.execute(query.limit(limit)).scalars())
    stored = load(connection, ids)
    return [stored[one].lead for one in ids if one in stored]


def standing(connection: Connection, sequence: str) -> dict[str, dict[str, int]]:
    """Return how many leads stand at each stage of *sequence* now, by revision and stage."""
    table = t.enrollments
    query = (
        select(table.c.revision, table.c.stage, func.count())
        .where(table.c.sequence == sequence, IS_OPEN)
        .group_by(table.c.revision, table.c.stage)
    )
    counts: dict[str, dict[str, int]] = {}
    for revision, stage, count in connection.execute(query):
        counts.setdefault(revision, {})[stage] = count
    return counts


def walking(connection: Connection) -> dict[str, int]:
    """Return how many leads walk each sequence now, by its name."""
    table = t.enrollments
    query = select(table.c.sequence, func.count().label("leads")).where(IS_OPEN).group_by(table.c.sequence)
    return {row.sequence: row.leads for row in connection.execute(query)}
