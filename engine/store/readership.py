"""Whom the content is for: every lead still followed up, and who of them may be texted."""

from collections.abc import Iterator

from sqlalchemy import Connection, select

from channels.address import Channel
from consent.facts import FactKind
from engine.domain.lead import OPEN_STATUSES, Lead
from engine.store import tables as t
from engine.store.gate_facts import consents_of
from engine.store.leads import load

READERS_MAX = 50_000  # the newest; more would tell the same and take a minute
_AT_ONCE = 1_000


def open_leads(connection: Connection) -> Iterator[tuple[Lead, bool]]:
    """Yield the newest leads who are followed up, each with whether their last word on texts allowed them."""
    table = t.leads
    query = (
        select(table.c.id)
        .where(table.c.status.in_(sorted(OPEN_STATUSES)), table.c.erased_at.is_(None))
        .order_by(table.c.created_at.desc(), table.c.id.desc())
        .limit(READERS_MAX)
    )
    ids = list(connection.execute(query).scalars())
    for begin in range(0, len(ids), _AT_ONCE):
        some = ids[begin : begin + _AT_ONCE]
        stored, consents = load(connection, some), consents_of(connection, some)
        for lead_id in some:
            words = [
                one
                for one in consents.get(lead_id, [])
                if one.channel is Channel.SMS and one.kind in {FactKind.GRANTED, FactKind.WITHDRAWN}
            ]
            if lead_id in stored:
                yield stored[lead_id].lead, bool(words) and words[-1].kind is FactKind.GRANTED
