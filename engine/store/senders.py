"""Senders: whom we send as, how fast, and how much they have sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, exists, select, update

from channels.address import Channel
from engine.domain.pacing import Pace
from engine.store import tables as t
from engine.store.messages import IS_CLAIMABLE
from engine.store.statements import insert_new

PACE_FIELDS = tuple(Pace.__dataclass_fields__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A mailbox, a domain or a number we send from."""

    id: str
    channel: Channel
    provider: str
    address: str
    name: str
    is_paused: bool
    pace: Pace


def all_senders(connection: Connection) -> list[Sender]:
    """Return every sender, in the order of their ids."""
    return [_sender(row) for row in connection.execute(_ALL).mappings()]


_ALL = select(t.senders).order_by(t.senders.c.id)


def with_due_messages(connection: Connection, lane: str, now: datetime) -> list[str]:
    """Return the ids of the senders that are not paused and have something due in *lane*."""
    table = t.messages
    is_due = exists().where(
        table.c.sender_id == t.senders.c.id, table.c.lane == lane, IS_CLAIMABLE, table.c.due_at <= now
    )
    query = select(t.senders.c.id).where(t.senders.c.is_paused.is_(False), is_due).order_by(t.senders.c.id)
    return list(connection.execute(query).scalars())


def lock(connection: Connection, sender_id: str, *, wait: bool = False) -> Sender | None:
    """Lock and return one sender; without *wait*, None when another worker is claiming for it right now."""
    row = connection.execute(
        select(t.senders).where(t.senders.c.id == sender_id).with_for_update(skip_locked=not wait, key_share=True)
    ).mappings()
    found = row.first()
    return _sender(found) if found else None


def add(connection: Connection, row: Mapping[str, Any]) -> None:
    """Add a sender; one with the same channel, provider and address stays as it is."""
    insert_new(connection, t.senders, [row])


def save_pace(connection: Connection, sender_id: str, pace: Pace) -> None:
    """Write back what a sender may send."""
    values = {name: getattr(pace, name) for name in PACE_FIELDS}
    connection.execute(update(t.senders).where(t.senders.c.id == sender_id).values(**values))


def new_row(  # noqa: PLR0913 - one argument for each column
    *,
    sender_id: str,
    channel: Channel,
    provider: str,
    address: str,
    name: str,
    rate_per_second: float,
    daily_max: int | None,
    now: datetime,
) -> dict[str, Any]:
    """Return the row of a new sender with a full bucket of one second's tokens, at least one."""
    burst = max(1.0, rate_per_second)
    return {
        "id": sender_id,
        "channel": channel,
        "provider": provider,
        "address": address,
        "name": name,
        "rate_per_second": rate_per_second,
        "burst": burst,
        "tokens": burst,
        "tokens_at": now,
        "daily_max": daily_max,
        "day": now.date(),
        "sent_today": 0,
        "is_paused": False,
        "paused_reason": "",
    }


def _sender(row: RowMapping) -> Sender:
    return Sender(
        id=row["id"],
        channel=Channel(row["channel"]),
        provider=row["provider"],
        address=row["address"],
        name=row["name"],
        is_paused=row["is_paused"],
        pace=Pace(**{name: row[name] for name in PACE_FIELDS}),
    )
