"""What each sender has sent to each recipient domain today."""

from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy import Connection, delete, select

from engine.store import tables as t
from engine.store.statements import insert_rows


def read_counts(connection: Connection, sender_id: str, domains: Collection[str], day: date) -> dict[str, int]:
    """Return what *sender_id* has sent on *day* to each of *domains* it has written to; the sender's row is locked."""
    table = t.sender_domains
    query = select(table.c.domain, table.c.sent_today).where(
        table.c.sender_id == sender_id, table.c.day == day, table.c.domain.in_(sorted(set(domains)))
    )
    return {row.domain: row.sent_today for row in connection.execute(query)}


def save_counts(connection: Connection, sender_id: str, counts: Mapping[str, int], day: date) -> None:
    """Write that *sender_id* has sent so many on *day* to each domain; an earlier day's number is forgotten."""
    rows = [
        {"sender_id": sender_id, "domain": domain, "day": day, "sent_today": count}
        for domain, count in sorted(counts.items())
    ]
    table = t.sender_domains
    connection.execute(delete(table).where(table.c.sender_id == sender_id, table.c.domain.in_(sorted(counts))))
    insert_rows(connection, table, rows)


def busiest(connection: Connection, sender_id: str, day: date, *, limit: int) -> list[tuple[str, int]]:
    """Return the recipient domains that a sender sent most to on *day*, each with how much."""
    table = t.sender_domains
    query = select(table.c.domain, table.c.sent_today).where(table.c.sender_id == sender_id, table.c.day == day)
    rows = connection.execute(query.order_by(table.c.sent_today.desc(), table.c.domain).limit(limit))
    return [(row.domain, row.sent_today) for row in rows]
