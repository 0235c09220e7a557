"""Leads that went some way through the real flows, for pages to show."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from channels.address import Channel
from consent.facts import Basis
from engine.clock import VirtualClock
from engine.flows.absorb import absorb
from engine.flows.advance import advance
from engine.flows.deliver import deliver
from engine.flows.intake import Draft, Grant, receive_leads
from engine.flows.kit import Kit
from engine.store import tables as t

WORDING = "Yes, write, text and call me, also by machine."


def arrive(kit: Kit, number: int = 1, **changes: Any) -> str:
    """Let a lead with every permission arrive; return the lead's id."""
    grants = tuple(
        Grant(channel=channel, basis=Basis.EXPRESS_WRITTEN, wording=WORDING, purpose=None)
        for channel in (Channel.EMAIL, Channel.SMS, Channel.VOICEMAIL, Channel.CALL)
    )
    plain: dict[str, Any] = {
        "email": f"lead{number}@example.com", "phone": f"+1503555{100 + number:04d}", "first_name": "Ada",
        "last_name": f"Number{number}", "country": "US", "region": "OR", "source": "web-form",
        "interest": "furnace", "grants": grants,
    }  # fmt: skip
    [arrival] = receive_leads(kit, [Draft(**plain | changes)], recorded_by="form:quote")
    return arrival.lead_id


def work(kit: Kit) -> None:
    """Let the engine do what is due now."""
    for _ in range(3):
        advance(kit)
        for lane in ("first", "main"):
            deliver(kit, lane)
        absorb(kit)


def walk(kit: Kit, clock: VirtualClock, *, days: int) -> None:
    """Let the engine work for some days, twice a day."""
    for _ in range(2 * days):
        clock.move_to(clock.now() + timedelta(hours=12))
        work(kit)


def message_of(kit: Kit, lead_id: str, channel: str = "email", state: str = "accepted") -> str:
    """Return the id of the lead's first message on *channel* in *state*."""
    table = t.messages
    query = select(table.c.id).where(table.c.lead_id == lead_id, table.c.channel == channel, table.c.state == state)
    with kit.database.read() as connection:
        found: str = connection.execute(query.order_by(table.c.created_at, table.c.id).limit(1)).scalar_one()
    return found


def rows_of(kit: Kit, table: Any, **values: Any) -> list[Any]:
    """Return the rows of *table* that hold *values*."""
    query = select(table).where(*(table.c[name] == value for name, value in values.items()))
    with kit.database.read() as connection:
        return list(connection.execute(query.order_by(table.c.id)).mappings())


def everything(kit: Kit) -> dict[str, list[Any]]:
    """Return every row of every table, to see that nothing changed."""
    with kit.database.read() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table))] for table in t.metadata.sorted_tables
        }
