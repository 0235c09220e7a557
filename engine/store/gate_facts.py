"""What the gate is told about a batch of leads, in four queries however many leads, registers and attestations there are."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    true,
)
from sqlalchemy import union_all as both

from channels.address import AddressKind, Channel, kind_of
from consent.facts import (
    Attestation,
    Basis,
    ConsentFact,
    Emergency,
    FactKind,
    GateFacts,
    Purpose,
    RegistryFact,
    Suppression,
    SuppressionReason,
    TouchFact,
)
from engine.domain.message import MessageState
from engine.domain.task import TaskKind, TaskState
from engine.store import tables as t
from engine.store.leads import StoredLead
from engine.store.statements import IDS
from engine.store.tables.metadata import Id, Instant

TOUCHES_KEPT = timedelta(days=62)  # the longest frequency rule looks back 60 days
COUNTED_STATES = (MessageState.SENDING, MessageState.ACCEPTED, MessageState.UNKNOWN)

EVER = datetime.max.replace(tzinfo=UTC)
"""Whatever is on record, however late it came to be."""


def load_gate_facts(
    connection: Connection, leads: Collection[StoredLead], now: datetime, *, known_by: datetime = EVER
) -> dict[str, GateFacts]:
    """Return what the gate must know at *now* about each lead, by lead id. Suppressions are those of all its addresses.

    What was put on record after *known_by* is left out: so a decision of the past can be asked again.
    """
    lead_ids = sorted(stored.lead.id for stored in leads)
    if not lead_ids:
        return {}
    times = {"since": now - TOUCHES_KEPT, "known_by": known_by, "now": now}
    consents, attestations = _permission(connection, lead_ids, times)
    suppressions, listings = _addresses(connection, leads, times)
    touches = _touches(connection, lead_ids, times)
    copies, emergencies = _registers(connection, times)
    unlisted = _registries(copies, {})
    return {
        stored.lead.id: GateFacts(
            consents=tuple(consents[stored.lead.id]),
            suppressions=tuple(one for address in stored.address_ids() for one in suppressions[address]),
            touches=tuple(touches[stored.lead.id]),
            review_since=stored.review_since,
            registries=_registries(copies, listings[stored.phone_id]) if stored.phone_id in listings else unlisted,
            attestations=attestations,
            emergencies=emergencies,
        )
        for stored in leads
    }


def consents_of(connection: Connection, lead_ids: Sequence[str]) -> dict[str, list[ConsentFact]]:
    """Return what leads allowed and stopped, by lead id, oldest first."""
    return _permission(connection, lead_ids, {"known_by": EVER})[0]


def attestations_of(connection: Connection) -> tuple[Attestation, ...]:
    """Return the latest word on everything the business ever vouched for; whether it stands is another matter."""
    return _permission(connection, [], {"known_by": EVER})[1]


Times = Mapping[str, datetime]


def _permission(
    connection: Connection, lead_ids: Sequence[str], times: Times
) -> tuple[dict[str, list[ConsentFact]], tuple[Attestation, ...]]:
    found: dict[str, list[ConsentFact]] = defaultdict(list)
    words: dict[str, Attestation] = {}
    for row in connection.execute(_PERMISSION, {"ids": lead_ids, "known_by": times["known_by"]}):
        if row.attests is not None:
            words[row.attests] = Attestation(
                id=row.id, name=row.attests, at=row.at, by=row.recorded_by, expires_at=row.expires_at
            )
        else:
            found[row.lead_id].append(_consent(row))
    return found, tuple(words.values())


def _consent(row: Row[Any]) -> ConsentFact:
    return ConsentFact(
        id=row.id,
        kind=FactKind(row.kind),
        channel=Channel(row.channel),
        purpose=Purpose(row.purpose) if row.purpose else None,
        basis=Basis(row.basis),
        at=row.at,
        expires_at=row.expires_at,
        source=row.source,
        topic=row.topic,
    )


Listings = dict[str, dict[str, datetime]]
"""Since when an address is on a register, by address id and register."""


def _addresses(
    connection: Connection, leads: Collection[StoredLead], times: Times
) -> tuple[dict[str, list[Suppression]], Listings]:
    ids = sorted({one for stored in leads for one in stored.address_ids()})
    found: dict[str, list[Suppression]] = defaultdict(list)
    listings: Listings = defaultdict(dict)
    for row in connection.execute(_ADDRESSES, {"ids": ids, "known_by": times["known_by"]}):
        if row.registry is not None:
            listings[row.address_id][row.registry] = row.at
            continue
        found[row.address_id] += [
            Suppression(id=row.id, reason=SuppressionReason(row.reason), channel=channel, at=row.at)
            for channel in _channels_of(row.kind, row.channel)
        ]
    return found, listings


def _channels_of(kind: str, channel: str) -> list[Channel]:
    """Return what a suppression ends: its channel, else every one of its address and none of the lead's other address."""
    return [Channel(channel)] if channel else [one for one in Channel if kind_of(one) == kind]


def load_touches(connection: Connection, lead_ids: Collection[str], now: datetime) -> dict[str, list[TouchFact]]:
    """Return what reached each of *lead_ids* lately, as `load_gate_facts` tells it; a lead that heard nothing is not in it."""
    return _touches(connection, sorted(lead_ids), {"since": now - TOUCHES_KEPT, "known_by": EVER, "now": now})


def _touches(connection: Connection, lead_ids: Sequence[str], times: Times) -> dict[str, list[TouchFact]]:
    found: dict[str, list[TouchFact]] = defaultdict(list)
    asked = {"ids": lead_ids, "since": times["since"], "known_by": times["known_by"]}
    for row in connection.execute(_TOUCHES, asked):
        found[row.lead_id].append(TouchFact(channel=Channel(row.channel), at=row.at, purpose=Purpose(row.purpose)))
    return found


def _registers(connection: Connection, times: Times) -> tuple[dict[str, datetime], tuple[Emergency, ...]]:
    """Return the date of the newest copy of each register, and the emergencies that last or are to come."""
    copies: dict[str, datetime] = {}
    emergencies: list[Emergency] = []
    for row in connection.execute(_REGISTERS, {"now": times["now"], "known_by": times["known_by"]}):
        if row.id is None:
            copies[row.name] = row.at
        else:
            emergencies.append(Emergency(id=row.id, place=row.name, starts_at=row.at, ends_at=row.ends_at))
    return copies, tuple(emergencies)


def _registries(copies: Mapping[str, datetime], listed: Mapping[str, datetime]) -> tuple[RegistryFact, ...]:
    return tuple(
        RegistryFact(registry=name, scrubbed_at=as_of, listed_at=listed.get(name)) for name, as_of in copies.items()
    )


# --- the statements, built once: building one costs more than running it ----------------------------------------------

_KNOWN_BY = bindparam("known_by", type_=Instant)


def _permission_of() -> CompoundSelect[Any]:
    table = t.consent_facts
    names = (
        "id", "lead_id", "channel", "purpose", "topic", "kind", "basis", "at", "expires_at", "source", "attests", "recorded_by",
    )  # fmt: skip
    columns: list[Any] = [table.c[name] for name in names]
    of_leads = select(*columns).where(
        table.c.lead_id.in_(IDS), table.c.attests.is_(None), table.c.recorded_at <= _KNOWN_BY
    )
    # Greater than nothing said: both databases look that up in the index, where one of them would not for "is not null".
    of_business = select(*columns).where(table.c.attests > "", table.c.recorded_at <= _KNOWN_BY)
    return both(of_leads, of_business).order_by("at", "id")


def _addresses_of() -> CompoundSelect[Any]:
    addresses, stops, entries, copies = t.addresses, t.suppressions, t.registry_entries, t.registry_copies
    suppressed = (
        select(
            addresses.c.id.label("address_id"),
            stops.c.id.label("id"),
            stops.c.kind.label("kind"),
            stops.c.reason.label("reason"),
            stops.c.channel.label("channel"),
            stops.c.at.label("at"),
            cast(null(), t.registry_entries.c.registry.type).label("registry"),
        )
        .join(stops, and_(stops.c.kind == addresses.c.kind, stops.c.key == addresses.c.key))
        .where(addresses.c.id.in_(IDS), stops.c.at <= _KNOWN_BY)
    )
    # By way of the copies: entries are found by register and key, and those of a copy still being read belong to none.
    held = select(copies.c.registry).distinct().subquery()
    listed = (
        select(
            addresses.c.id,
            cast(null(), Id),
            addresses.c.kind,
            literal(""),
            literal(""),
            entries.c.listed_at,
            entries.c.registry,
        )
        .select_from(addresses)
        .join(held, true())
        .join(entries, and_(entries.c.registry == held.c.registry, entries.c.key == addresses.c.key))
        .where(addresses.c.id.in_(IDS), addresses.c.kind == AddressKind.PHONE, entries.c.listed_at <= _KNOWN_BY)
    )
    return both(suppressed, listed)


def _touches_of() -> CompoundSelect[Any]:
    return both(_sent_to(), _called())


def _sent_to() -> Select[Any]:
    messages, attempts = t.messages, t.attempts
    return (
        select(messages.c.lead_id, messages.c.channel, messages.c.purpose, attempts.c.started_at.label("at"))
        .join(attempts, attempts.c.message_id == messages.c.id)
        .where(
            messages.c.lead_id.in_(IDS),
            messages.c.state.in_(COUNTED_STATES),
            attempts.c.outcome.in_(("open", "accepted", "unknown")),
            attempts.c.started_at >= bindparam("since", type_=Instant),
            attempts.c.started_at < _KNOWN_BY,
        )
    )


def _called() -> Select[Any]:
    table = t.tasks
    return select(
        table.c.lead_id, literal(Channel.CALL.value), literal(Purpose.MARKETING.value), table.c.ended_at
    ).where(
        table.c.lead_id.in_(IDS),
        table.c.kind == TaskKind.CALL,
        table.c.state == TaskState.DONE,
        table.c.ended_at >= bindparam("since", type_=Instant),
        table.c.ended_at < _KNOWN_BY,
    )


def _registers_of() -> CompoundSelect[Any]:
    copies, emergencies = t.registry_copies, t.emergencies
    later = copies.alias()
    # The last one taken in is in force; by order it may be of an older day than the one before.
    is_replaced = exists().where(
        later.c.registry == copies.c.registry,
        later.c.imported_at > copies.c.imported_at,
        later.c.imported_at <= _KNOWN_BY,
    )
    newest = (
        select(
            cast(null(), Id).label("id"),
            copies.c.registry.label("name"),
            func.min(copies.c.as_of).label("at"),
            cast(null(), Instant).label("ends_at"),
        )
        .where(copies.c.imported_at <= _KNOWN_BY, ~is_replaced)
        .group_by(copies.c.registry)
    )
    lasting = select(emergencies.c.id, emergencies.c.place, emergencies.c.starts_at, emergencies.c.ends_at).where(
        or_(emergencies.c.ends_at.is_(None), emergencies.c.ends_at > bindparam("now", type_=Instant)),
        emergencies.c.recorded_at <= _KNOWN_BY,
    )
    return both(newest, lasting)


_PERMISSION, _ADDRESSES, _TOUCHES, _REGISTERS = _permission_of(), _addresses_of(), _touches_of(), _registers_of()
