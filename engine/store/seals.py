"""The chain over the consent ledger: which facts stand in it, and its head."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select

from engine.store import tables as t
from engine.store.statements import insert_rows

CHAINED = (
    "id", "lead_id", "channel", "purpose", "kind", "basis", "at", "recorded_at", "expires_at", "source", "recorded_by",
    "commitment",
)  # fmt: skip
"""The columns that enter the chain; personal data does so only through its commitment."""


CHAINED_WHERE_SAID = ("topic", "attests")
"""Columns that came later: they enter the chain where they hold something, so that older seals keep their heads."""


def unsealed(connection: Connection, limit: int) -> list[Mapping[str, Any]]:
    """Return facts that no seal covers, in the order of their ids."""
    facts, sealed = t.consent_facts, t.sealed_facts
    query = (
        select(*(facts.c[name] for name in CHAINED + CHAINED_WHERE_SAID))
        .outerjoin(sealed, sealed.c.fact_id == facts.c.id)
        .where(sealed.c.fact_id.is_(None))
        .order_by(facts.c.id)
        .limit(limit)
    )
    return [_as_chained(row) for row in connection.execute(query).mappings()]


def _as_chained(row: RowMapping) -> Mapping[str, Any]:
    return {str(name): value for name, value in row.items() if name in CHAINED or value is not None}


def last(connection: Connection) -> tuple[int, str] | None:
    """Return the number and the head of the last seal, or None before the first."""
    table = t.consent_seals
    row = connection.execute(select(table.c.number, table.c.head).order_by(table.c.number.desc()).limit(1)).first()
    return (row.number, row.head) if row else None


def add(connection: Connection, row: Mapping[str, Any], fact_ids: Sequence[str]) -> None:
    """Add a seal over *fact_ids*, in that order; of two that follow one head, the database refuses the second."""
    connection.execute(insert(t.consent_seals).values(**row))
    rows = [{"fact_id": fact_id, "number": row["number"], "position": place} for place, fact_id in enumerate(fact_ids)]
    insert_rows(connection, t.sealed_facts, rows)
