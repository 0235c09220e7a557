"""How much was sent to a lead, for the lead to see: counts and dates, no contents."""

from collections.abc import Sequence

from sqlalchemy import Connection, RowMapping, func, select

from engine.store import tables as t


def sent_to(connection: Connection, lead_id: str) -> Sequence[RowMapping]:
    """Return, for each channel that was used, how many messages a provider took, and when the first and the last."""
    table = t.messages
    query = (
        select(
            table.c.channel,
            func.count().label("count"),
            func.min(table.c.accepted_at).label("first_at"),
            func.max(table.c.accepted_at).label("last_at"),
        )
        .where(table.c.lead_id == lead_id, table.c.accepted_at.is_not(None))
        .group_by(table.c.channel)
        .order_by(table.c.channel)
    )
    return connection.execute(query).mappings().all()
