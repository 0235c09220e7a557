"""What an event may be about, for a whole batch at once: messages by any of their ids, leads by address, texts by number."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, exists, func, select

from channels.address import Channel
from channels.message import MessageId
from engine.domain.lead import LeadId
from engine.domain.message import MessageState
from engine.store import messages
from engine.store import tables as t
from engine.store.messages import StoredMessage
from engine.store.statements import IDS, slices, update_rows

TEXTS_MAX = 200  # the latest texts to a few leads; more than one lead a callback is rare


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text that was taken, and the number it was sent from."""

    message_id: MessageId
    lead_id: LeadId
    sender: str


def load_messages(connection: Connection, message_ids: Collection[str]) -> dict[MessageId, StoredMessage]:
    """Return the messages named, however many."""
    found: dict[MessageId, StoredMessage] = {}
    for some in slices(sorted(set(message_ids))):
        found |= messages.load(connection, some)
    return found


def by_provider_ids(connection: Connection, provider: str, provider_ids: Collection[str]) -> dict[str, list[MessageId]]:
    """Return our message ids for each of the provider's own ids; it may give one to all that came in one request."""
    table = t.messages
    found: dict[str, list[MessageId]] = {}
    for some in slices(sorted(set(provider_ids))):
        wanted = (table.c.provider == provider, table.c.provider_id.in_(some))
        for row in connection.execute(select(table.c.provider_id, table.c.id).where(*wanted)):
            found.setdefault(row.provider_id, []).append(MessageId(row.id))
    return found


def holders(connection: Connection, emails: Collection[str], phones: Collection[str]) -> dict[str, list[LeadId]]:
    """Return who has each of these canonical addresses, or had as a double, the oldest lead first."""
    found: dict[str, list[LeadId]] = {}
    for column, values in ((t.leads.c.email, emails), (t.leads.c.phone, phones)):
        for some in slices(sorted(set(values))):
            who = func.coalesce(t.leads.c.merged_into, t.leads.c.id).label("id")
            query = select(who, column.label("address")).where(column.in_(some))
            for row in connection.execute(query.order_by(t.leads.c.created_at, t.leads.c.id)):
                if LeadId(row.id) not in found.setdefault(row.address, []):
                    found[row.address].append(LeadId(row.id))
    return found


def latest_texts(connection: Connection, lead_ids: Collection[str]) -> list[Text]:
    """Return the texts these leads have had, the latest first."""
    if not lead_ids:
        return []
    table = t.messages
    query = (
        select(table.c.id, table.c.lead_id, t.senders.c.address)
        .join(t.senders, t.senders.c.id == table.c.sender_id)
        .where(
            table.c.lead_id.in_(sorted(set(lead_ids))),
            table.c.channel == Channel.SMS,
            table.c.state == MessageState.ACCEPTED,
        )
        .order_by(table.c.accepted_at.desc(), table.c.id.desc())
        .limit(TEXTS_MAX)
    )
    return [
        Text(message_id=MessageId(row.id), lead_id=LeadId(row.lead_id), sender=row.address)
        for row in connection.execute(query)
    ]


def address_rows(connection: Connection, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Return the row's id of each (kind, key) that was ever a lead's."""
    table = t.addresses
    found: dict[tuple[str, str], str] = {}
    for some in slices(sorted({key for _, key in keys})):
        query = select(table.c.kind, table.c.key, table.c.id).where(table.c.key.in_(some))
        found |= {(row.kind, row.key): row.id for row in connection.execute(query)}
    return {pair: found[pair] for pair in keys if pair in found}


def key_of(connection: Connection, address_id: str) -> tuple[str, str] | None:
    """Return the kind and the key of an address by its row's id."""
    row = connection.execute(
        select(t.addresses.c.kind, t.addresses.c.key).where(t.addresses.c.id == address_id)
    ).one_or_none()
    return (row.kind, row.key) if row else None


def waiting_for(connection: Connection, provider: str, provider_ids: Collection[str]) -> list[str]:
    """Return the events that named only these ids of the provider's, and found no message."""
    table = t.provider_events
    query = select(table.c.id).where(
        table.c.message_id.is_(None),
        table.c.provider_message_id.in_(sorted(provider_ids)),
        table.c.provider == provider,
        table.c.problem.is_(None),
        table.c.applied_at.is_not(None),
    )
    return list(connection.execute(query).scalars())


def matched_meanwhile(connection: Connection, since: datetime, limit: int) -> list[str]:
    """Return events received from *since* on that found no message, and whose id of the provider's one has by now."""
    table = t.provider_events
    known = exists().where(
        t.messages.c.provider == table.c.provider, t.messages.c.provider_id == table.c.provider_message_id
    )
    query = (
        select(table.c.id)
        .where(
            table.c.message_id.is_(None),
            table.c.provider_message_id.is_not(None),
            table.c.problem.is_(None),
            table.c.applied_at.is_not(None),
            table.c.received_at >= since,
            known.correlate(table),
        )
        .order_by(table.c.received_at, table.c.id)
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


def absorb_again(connection: Connection, event_ids: Collection[str]) -> None:
    """Let events be matched and absorbed once more."""
    update_rows(connection, t.provider_events, [{"id": one, "applied_at": None} for one in sorted(event_ids)])


def assign(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Note what stored events turned out to be about; each row: id, message_id, lead_id."""
    update_rows(connection, t.provider_events, rows)


def note_provider_ids(connection: Connection, known: Mapping[str, str]) -> None:
    """Note the provider's own id of messages whose receipt never said it."""
    rows = [{"id": message_id, "provider_id": provider_id} for message_id, provider_id in sorted(known.items())]
    update_rows(connection, t.messages, rows)


def providers_tried(connection: Connection, message_ids: Collection[str]) -> dict[str, str]:
    """Return whom each message was last given to."""
    table = t.attempts
    query = select(table.c.message_id, table.c.provider).where(table.c.message_id.in_(IDS)).order_by(table.c.number)
    rows = connection.execute(query, {"ids": sorted(set(message_ids))})
    return {row.message_id: row.provider for row in rows}
