"""All that is on record about one person's permission, or several's: for imports and for disputes."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, func, or_, select

from engine.store import tables as t
from engine.store.statements import slices


def facts_of(connection: Connection, lead_ids: Collection[str]) -> list[RowMapping]:
    """Return every fact about *lead_ids*, in the order in which they were recorded."""
    table = t.consent_facts
    found: list[RowMapping] = []
    for some in slices(sorted(set(lead_ids))):
        found += connection.execute(select(table).where(table.c.lead_id.in_(some)).order_by(table.c.id)).mappings()
    return found


def places_of(connection: Connection, fact_ids: Collection[str]) -> dict[str, tuple[int, int]]:
    """Return where each of *fact_ids* stands in the chain: its seal and its place there."""
    table = t.sealed_facts
    found: dict[str, tuple[int, int]] = {}
    for some in slices(sorted(set(fact_ids))):
        rows = connection.execute(select(table).where(table.c.fact_id.in_(some)))
        found |= {row.fact_id: (row.number, row.position) for row in rows}
    return found


def leads_by_key(connection: Connection, kind: str, key: str) -> list[str]:
    """Return who has, or had before erasure, the address that hashes to *key*."""
    leads, addresses = t.leads, t.addresses
    query = (
        select(leads.c.id)
        .join(addresses, or_(leads.c.email_id == addresses.c.id, leads.c.phone_id == addresses.c.id))
        .where(addresses.c.kind == kind, addresses.c.key == key)
        .order_by(leads.c.id)
    )
    return list(connection.execute(query).scalars())


def suppressions_of_key(connection: Connection, kind: str, key: str) -> Sequence[RowMapping]:
    """Return what stands against the address that hashes to *key*, oldest first."""
    table = t.suppressions
    query = select(table).where(table.c.kind == kind, table.c.key == key).order_by(table.c.at, table.c.id)
    return connection.execute(query).mappings().all()


def latest_suppressions(connection: Connection, *, limit: int) -> Sequence[RowMapping]:
    """Return the last *limit* suppressions, newest first."""
    table = t.suppressions
    return (
        connection.execute(select(table).order_by(table.c.at.desc(), table.c.id.desc()).limit(limit)).mappings().all()
    )


def messages_of(connection: Connection, lead_ids: Collection[str]) -> Sequence[RowMapping]:
    """Return every message to *lead_ids*, oldest first, with what was rendered where it is still kept."""
    messages, bodies = t.messages, t.message_bodies
    query = (
        select(messages, bodies.c.body.label("rendered"))
        .outerjoin(bodies, bodies.c.message_id == messages.c.id)
        .where(messages.c.lead_id.in_(sorted(lead_ids)))
        .order_by(messages.c.created_at, messages.c.id)
    )
    return connection.execute(query).mappings().all()


def decisions_of(connection: Connection, message_ids: Collection[str]) -> Sequence[RowMapping]:
    """Return what the gate answered about *message_ids*, oldest first."""
    table = t.decisions
    found: list[RowMapping] = []
    for some in slices(sorted(message_ids)):
        query = select(table).where(table.c.message_id.in_(some)).order_by(table.c.created_at, table.c.id)
        found += connection.execute(query).mappings()
    return found


def replies_of(connection: Connection, lead_ids: Collection[str]) -> Sequence[RowMapping]:
    """Return what *lead_ids* wrote to us, oldest first."""
    table = t.replies
    query = select(table).where(table.c.lead_id.in_(sorted(lead_ids))).order_by(table.c.at, table.c.id)
    return connection.execute(query).mappings().all()


def fact_count(connection: Connection) -> int:
    """Return how many facts there are."""
    return int(connection.execute(select(func.count()).select_from(t.consent_facts)).scalar_one())


def asked_since(connection: Connection, address_id: str, template: str, now: datetime) -> int:
    """Return how many messages from *template* were made for an address within the day before *now*."""
    table = t.messages
    query = select(func.count()).where(
        table.c.address_id == address_id, table.c.template == template, table.c.created_at > now - timedelta(days=1)
    )
    return int(connection.execute(query).scalar_one())
