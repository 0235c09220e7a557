"""The ledger and the suppressions, and the facts the gate is told, loaded for a batch in four queries."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, delete, func, select, update

from channels.address import Channel, kind_of
from consent.facts import (
    Basis,
    ConsentFact,
    FactKind,
    GateFacts,
    Purpose,
    Suppression,
    SuppressionReason,
    TouchFact,
)
from engine.domain.message import MessageState
from engine.domain.task import TaskKind, TaskState
from engine.store import tables as t
from engine.store.leads import StoredLead
from engine.store.statements import IDS, insert_new, insert_rows
from engine.store.tables.metadata import Instant

TOUCHES_KEPT = timedelta(days=62)  # the longest frequency rule looks back 60 days
_WORDS = frozenset({FactKind.GRANTED, FactKind.WITHDRAWN})  # what a lead's latest word may be; asking is none
COUNTED_STATES = (MessageState.SENDING, MessageState.ACCEPTED, MessageState.UNKNOWN)


def record(connection: Connection, facts: Sequence[Mapping[str, Any]]) -> None:
    """Append *facts* to the ledger."""
    insert_rows(connection, t.consent_facts, facts)


def suppress(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Stop using addresses; one that is suppressed already for the same reason stays as it is."""
    insert_new(connection, t.suppressions, rows)


def lift_opt_out(connection: Connection, kind: str, key: str, channel: str) -> bool:
    """Use an address on *channel* again that was suppressed there for its own stop alone; return whether it was."""
    table = t.suppressions
    lifted = delete(table).where(
        table.c.kind == kind,
        table.c.key == key,
        table.c.channel == channel,
        table.c.reason == SuppressionReason.OPTED_OUT,
    )
    return connection.execute(lifted).rowcount > 0


def already_stopped(
    connection: Connection, lead_ids: Collection[str], purpose: Purpose | None, topic: str | None = None
) -> set[tuple[str, str]]:
    """Return the (lead id, channel) pairs whose latest word on *topic*, or on every topic, is a stop for *purpose*."""
    latest: dict[tuple[str, str], ConsentFact] = {}
    for lead_id, facts in _consents(connection, sorted(set(lead_ids))).items():
        latest |= {
            (lead_id, fact.channel): fact for fact in facts if fact.kind in _WORDS and fact.topic in {None, topic}
        }
    return {
        pair for pair, fact in latest.items() if fact.kind is FactKind.WITHDRAWN and fact.purpose in {None, purpose}
    }


def stopped_all(connection: Connection, lead_ids: Collection[str], channels: Collection[str]) -> set[str]:
    """Return those of *lead_ids* who have stopped marketing by every one of *channels*, in one word or in several."""
    stopped = already_stopped(connection, lead_ids, Purpose.MARKETING)
    return {one for one in lead_ids if all((one, channel) in stopped for channel in channels)}


def latest_words(connection: Connection, lead_ids: Collection[str]) -> dict[tuple[str, str], datetime]:
    """Return when the latest fact about each (lead id, channel) pair was."""
    table = t.consent_facts
    rows = connection.execute(
        select(table.c.lead_id, table.c.channel, func.max(table.c.at).label("at"))
        .where(table.c.lead_id.in_(sorted(set(lead_ids))))
        .group_by(table.c.lead_id, table.c.channel)
    )
    return {(row.lead_id, row.channel): row.at for row in rows}


def set_review(connection: Connection, lead_ids: Collection[str], since: datetime | None) -> None:
    """Hold, or with None release, all sending to *lead_ids* until a person has read what they wrote."""
    if lead_ids:
        connection.execute(update(t.leads).where(t.leads.c.id.in_(sorted(set(lead_ids)))).values(review_since=since))


def load_gate_facts(connection: Connection, leads: Collection[StoredLead], now: datetime) -> dict[str, GateFacts]:
    """Return what the gate must know about each lead, by lead id. Suppressions are those of all its addresses."""
    lead_ids = sorted(stored.lead.id for stored in leads)
    if not lead_ids:
        return {}
    consents = _consents(connection, lead_ids)
    suppressions = _suppressions(connection, leads)
    touches = _touches(connection, lead_ids, now - TOUCHES_KEPT)
    return {
        stored.lead.id: GateFacts(
            consents=tuple(consents[stored.lead.id]),
            suppressions=tuple(one for address in stored.address_ids() for one in suppressions[address]),
            touches=tuple(touches[stored.lead.id]),
            review_since=stored.review_since,
        )
        for stored in leads
    }


def _consents(connection: Connection, lead_ids: Sequence[str]) -> dict[str, list[ConsentFact]]:
    found: dict[str, list[ConsentFact]] = defaultdict(list)
    for row in connection.execute(_CONSENTS_OF, {"ids": lead_ids}):
        found[row.lead_id].append(
            ConsentFact(
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
        )
    return found


def _suppressions(connection: Connection, leads: Collection[StoredLead]) -> dict[str, list[Suppression]]:
    ids = sorted({one for stored in leads for one in stored.address_ids()})
    found: dict[str, list[Suppression]] = defaultdict(list)
    for row in connection.execute(_SUPPRESSIONS_OF, {"ids": ids}):
        found[row.address_id] += [
            Suppression(id=row.id, reason=SuppressionReason(row.reason), channel=channel, at=row.at)
            for channel in _channels_of(row.kind, row.channel)
        ]
    return found


def _channels_of(kind: str, channel: str) -> list[Channel]:
    """Return what a suppression ends: its channel, else every one of its address and none of the lead's other address."""
    return [Channel(channel)] if channel else [one for one in Channel if kind_of(one) == kind]


def _touches(connection: Connection, lead_ids: Sequence[str], since: datetime) -> dict[str, list[TouchFact]]:
    found: dict[str, list[TouchFact]] = defaultdict(list)
    for row in connection.execute(_SENT_TO, {"ids": lead_ids, "since": since}):
        found[row.lead_id].append(TouchFact(channel=Channel(row.channel), at=row.at, purpose=Purpose(row.purpose)))
    for lead_id, ended_at in connection.execute(_CALLED, {"ids": lead_ids, "since": since}):
        found[lead_id].append(TouchFact(channel=Channel.CALL, at=ended_at))
    return found


def _consents_of() -> Select[Any]:
    table = t.consent_facts
    names = ("id", "lead_id", "channel", "purpose", "topic", "kind", "basis", "at", "expires_at", "source")
    columns: list[Any] = [table.c[name] for name in names]
    return select(*columns).where(table.c.lead_id.in_(IDS)).order_by(table.c.at, table.c.id)


def _suppressions_of() -> Select[Any]:
    addresses, table = t.addresses, t.suppressions
    return (
        select(
            addresses.c.id.label("address_id"), table.c.id, table.c.kind, table.c.reason, table.c.channel, table.c.at
        )
        .join(table, and_(table.c.kind == addresses.c.kind, table.c.key == addresses.c.key))
        .where(addresses.c.id.in_(IDS))
    )


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
        )
    )


def _called() -> Select[Any]:
    table = t.tasks
    return select(table.c.lead_id, table.c.ended_at).where(
        table.c.lead_id.in_(IDS),
        table.c.kind == TaskKind.CALL,
        table.c.state == TaskState.DONE,
        table.c.ended_at >= bindparam("since", type_=Instant),
    )


_CONSENTS_OF, _SUPPRESSIONS_OF, _SENT_TO, _CALLED = _consents_of(), _suppressions_of(), _sent_to(), _called()
