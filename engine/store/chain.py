"""The ledger read from end to end, in the order of its chain, a page at a time: for checking and for proof."""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, and_, func, select, tuple_

from consent.chain import Link, Placed
from engine.store import tables as t
from engine.store.seals import CHAINED, CHAINED_WHERE_SAID

PAGE_ROWS = 2_000
_FACT = (*CHAINED, *CHAINED_WHERE_SAID, "personal")


def links(connection: Connection, *, page: int = PAGE_ROWS) -> Iterator[Link]:
    """Yield every seal, the first to the last."""
    table, number = t.consent_seals, None
    query = select(table.c.number, table.c.previous_head, table.c.head).order_by(table.c.number).limit(page)
    while True:
        rows = connection.execute(query if number is None else query.where(table.c.number > number)).all()
        for row in rows:
            yield Link(number=row.number, previous_head=row.previous_head, head=row.head)
        if len(rows) < page:
            return
        number = rows[-1].number


def sealed(connection: Connection, *, page: int = PAGE_ROWS) -> Iterator[Placed]:
    """Yield every sealed fact at its place, in the order of the chain; also those whose fact is gone."""
    places, facts = t.sealed_facts, t.consent_facts
    place = tuple_(places.c.number, places.c.position)
    query = (
        select(places.c.fact_id, places.c.number, places.c.position).order_by(places.c.number, places.c.position)
    ).limit(page)
    after: tuple[int, int] | None = None
    while True:
        rows = connection.execute(query if after is None else query.where(place > tuple_(*after))).all()
        found = _facts(connection, select(*(facts.c[name] for name in _FACT)), [row.fact_id for row in rows])
        for row in rows:
            yield found(row.fact_id, row.number, row.position)
        if len(rows) < page:
            return
        after = (rows[-1].number, rows[-1].position)


def unsealed(connection: Connection, *, page: int = PAGE_ROWS) -> Iterator[Placed]:
    """Yield every fact that no seal covers, in the order of their ids."""
    places, facts = t.sealed_facts, t.consent_facts
    query = (
        select(facts.c.id)
        .outerjoin(places, places.c.fact_id == facts.c.id)
        .where(places.c.fact_id.is_(None))
        .order_by(facts.c.id)
        .limit(page)
    )
    after: str | None = None
    while True:
        ids = list(connection.execute(query if after is None else query.where(facts.c.id > after)).scalars())
        found = _facts(connection, select(*(facts.c[name] for name in _FACT)), ids)
        for fact_id in ids:
            yield found(fact_id, None, None)
        if len(ids) < page:
            return
        after = ids[-1]


def unsealed_count(connection: Connection) -> int:
    """Return how many facts no seal covers."""
    facts = connection.execute(select(func.count()).select_from(t.consent_facts)).scalar_one()
    return int(facts - connection.execute(select(func.count()).select_from(t.sealed_facts)).scalar_one())


def _facts(
    connection: Connection, query: Select[Any], fact_ids: list[str]
) -> Callable[[str, int | None, int | None], Placed]:
    """Return a function that tells the fact of an id; what can't be read is found out one by one."""
    column = t.consent_facts.c.id
    unreadable: set[str] = set()
    rows: dict[str, RowMapping] = {}
    try:
        rows = {row["id"]: row for row in connection.execute(query.where(column.in_(fact_ids))).mappings()}
    except (ValueError, TypeError):  # somebody wrote into the file what is no instant, or no JSON
        for fact_id in fact_ids:
            try:
                rows |= {row["id"]: row for row in connection.execute(query.where(column == fact_id)).mappings()}
            except (ValueError, TypeError):
                unreadable.add(fact_id)

    def placed(fact_id: str, number: int | None, position: int | None) -> Placed:
        row = rows.get(fact_id)
        return Placed(
            fact_id=fact_id,
            number=number,
            position=position,
            fact=None if row is None else chained(row),
            personal=None if row is None else row["personal"],
            is_readable=fact_id not in unreadable,
        )

    return placed


def chained(row: RowMapping) -> dict[str, Any]:
    """Return what of a fact's row enters the chain."""
    return {name: row[name] for name in (*CHAINED, *CHAINED_WHERE_SAID) if name in CHAINED or row[name] is not None}


def head_at(connection: Connection, number: int) -> Link | None:
    """Return seal *number*."""
    table = t.consent_seals
    row = connection.execute(
        select(table.c.number, table.c.previous_head, table.c.head).where(table.c.number == number)
    ).first()
    return None if row is None else Link(number=row.number, previous_head=row.previous_head, head=row.head)


def batch(connection: Connection, number: int) -> list[tuple[int, str, dict[str, Any]]]:
    """Return position, id and chained columns of every fact of seal *number*, in order."""
    places, facts = t.sealed_facts, t.consent_facts
    query = (
        select(places.c.position, *(facts.c[name] for name in _FACT))
        .join(facts, and_(facts.c.id == places.c.fact_id))
        .where(places.c.number == number)
        .order_by(places.c.position)
    )
    return [(row["position"], row["id"], chained(row)) for row in connection.execute(query).mappings()]
