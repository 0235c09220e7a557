"""Take in what providers and leads say: keep it, act on stops and replies before answering, absorb the rest later.

Every event may come twice, late and in any order. Uniqueness makes twice harmless; `domain.delivery` makes order harmless.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from channels.address import Channel
from channels.events import CallOutcome, EventKind, ProviderEvent
from channels.message import MessageId
from engine.domain import delivery
from engine.domain.message import MessageState
from engine.flows.kit import Kit
from engine.flows.raw import Raw, store_raw
from engine.flows.reacting import React, react
from engine.flows.unsettled import close_review
from engine.flows.withdraw import lock_leads
from engine.store import attempts, enrollments, events, leads, messages
from engine.store.database import Connection
from engine.store.leads import StoredLead

log = structlog.get_logger(__name__)

URGENT = frozenset(
    {
        EventKind.REPLIED,
        EventKind.UNSUBSCRIBED,
        EventKind.RESUBSCRIBED,
        EventKind.COMPLAINED,
        EventKind.BOUNCED,
        EventKind.CALLED,
    }
)
"""Whoever brings one of these is answered only after it was acted on; the others are stored, acknowledged, absorbed later."""

AWAITED = frozenset({EventKind.DELIVERED, EventKind.DEFERRED, EventKind.OPENED, EventKind.CLICKED})
"""What only an enrollment that waits for it must hear; the others may turn any that is open."""

BATCH_MAX = 500


def receive(kit: Kit, incoming: Sequence[ProviderEvent], *, raw: Raw | None = None) -> int:
    """Keep *incoming*, with the *raw* callback that brought it, and act on what is urgent; return how many were new.

    Returns only when no message that one of them stops can start any more.
    """
    call_bys: list[datetime | None] = []
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        if raw is not None:
            store_raw(kit, connection, raw, now)
        rows = _resolve(kit, connection, incoming, now)
        covered = _lock_urgent(connection, rows)
        fresh = events.store(connection, rows)
        for row, event in zip(rows, incoming, strict=True):
            if event.kind in URGENT:
                is_new = row["id"] in fresh
                call_bys.append(
                    _apply(kit, connection, row, event, covered, now)
                    if is_new
                    else _still_open(connection, covered.get(row["id"], []))
                )
        events.mark_applied(
            connection, [row["id"] for row in rows if row["id"] in fresh and row["kind"] in URGENT], now
        )
    kit.wait_out(max((one for one in call_bys if one is not None), default=None))
    return len(fresh)


def absorb(kit: Kit, limit: int = BATCH_MAX) -> int:
    """Absorb up to *limit* stored events; return how many. One that cannot be absorbed is set aside with its error."""
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        rows = events.unapplied(connection, limit)
        absorbed = []
        for row in rows:
            try:
                event = event_from_json(row["event"])
            except (KeyError, TypeError, ValueError) as error:
                log.exception("event.set_aside", event_id=row["id"])
                events.set_aside(connection, row["id"], f"{type(error).__name__}: {error}")
                continue
            absorbed.append((row, event))
        deliveries = [(row["message_id"], event) for row, event in absorbed if row["message_id"]]
        _wake_for(connection, deliveries, now)
        absorb_deliveries(connection, deliveries, now)
        events.mark_applied(connection, [row["id"] for row, _ in absorbed], now)
    return len(rows)


def _apply(
    kit: Kit,
    connection: Connection,
    row: dict[str, Any],
    event: ProviderEvent,
    covered: dict[str, list[StoredLead]],
    now: datetime,
) -> datetime | None:
    stored = covered.get(row["id"], [])
    counts = react(
        React(kit=kit, connection=connection, event=event, event_id=row["id"], lead_id=row["lead_id"], now=now), stored
    )
    if row["message_id"] and counts.is_delivery:
        deliveries = [(row["message_id"], event)]
        _wake_for(connection, deliveries, now)
        absorb_deliveries(connection, deliveries, now)
    return counts.call_by


def _still_open(connection: Connection, covered: Sequence[StoredLead]) -> datetime | None:
    """Return until when calls may start although this was heard before: who says it twice is not answered early."""
    address_ids = {address for stored in covered for address in stored.address_ids()}
    return attempts.latest_call_by(connection, [stored.lead.id for stored in covered], address_ids)


def absorb_deliveries(connection: Connection, heard: Sequence[tuple[str, ProviderEvent]], now: datetime) -> None:
    """Let messages absorb what was heard of them, in any order; what proves that one left settles it too."""
    stored = messages.lock(connection, [message_id for message_id, _ in heard])
    facts = {message_id: message.delivery for message_id, message in stored.items()}
    proven: list[str] = []
    for message_id, event in heard:
        known = MessageId(message_id)
        if known in facts:
            facts[known] = delivery.absorb(facts[known], event)
            if stored[known].state is MessageState.UNKNOWN and delivery.proves_acceptance(event):
                messages.settle_unknown(connection, known, provider=event.provider, now=now)
                proven.append(known)
    messages.save_delivery(connection, facts)
    close_review(connection, proven, now)


def _wake_for(connection: Connection, heard: Sequence[tuple[str, ProviderEvent]], now: datetime) -> None:
    """Wake what may wait for these events: whoever waits for a click, or must go another way after a bounce."""
    by_people = [(message_id, event.kind) for message_id, event in heard if not event.machine]
    stored = messages.load(connection, [message_id for message_id, _ in by_people])
    leads_of: dict[bool, set[str]] = {True: set(), False: set()}
    for message_id, kind in by_people:
        if MessageId(message_id) in stored:
            leads_of[kind in AWAITED].add(stored[MessageId(message_id)].lead_id)
    enrollments.open_of(connection, leads_of[True] | leads_of[False])  # locked together, in order
    enrollments.wake_open(connection, leads_of[False], now)
    enrollments.wake_open(connection, leads_of[True] - leads_of[False], now, only_waiting=True)


def _resolve(
    kit: Kit, connection: Connection, incoming: Sequence[ProviderEvent], now: datetime
) -> list[dict[str, Any]]:
    """Return the rows of *incoming* with the message and the lead they are about, as far as that is known."""
    message_ids = [_message_id(connection, event) for event in incoming]
    stored = messages.load(connection, [one for one in message_ids if one])
    rows = []
    for event, message_id in zip(incoming, message_ids, strict=True):
        message = stored.get(MessageId(message_id)) if message_id else None
        lead_id = message.lead_id if message else _lead_by_address(connection, event)
        rows.append(
            {
                "id": kit.ids.new(),
                "provider": event.provider,
                "event_id": event.event_id,
                "kind": event.kind,
                "message_id": message.id if message else None,
                "lead_id": lead_id,
                "at": event.at,
                "received_at": now,
                "applied_at": None,
                "problem": None,
                "event": event_to_json(event),
            }
        )
    return rows


def _message_id(connection: Connection, event: ProviderEvent) -> str | None:
    if event.message_id is not None and _is_id(event.message_id):
        return event.message_id
    if event.provider_message_id is None:
        return None
    return events.message_of(connection, event.provider, [event.provider_message_id]).get(event.provider_message_id)


def _is_id(text: str) -> bool:
    """Return whether *text* could be one of our ids: anybody may post an event with anything in its place."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _lead_by_address(connection: Connection, event: ProviderEvent) -> str | None:
    if event.address is None:
        return None
    is_email = event.channel is Channel.EMAIL
    found = leads.find(connection, email=event.address if is_email else None, phone=None if is_email else event.address)
    return found.lead.id if found else None


def _lock_urgent(connection: Connection, rows: Sequence[dict[str, Any]]) -> dict[str, list[StoredLead]]:
    """Lock whom the urgent events are about, and whoever shares an address with them; return them by event row."""
    urgent = {row["id"]: row["lead_id"] for row in rows if row["kind"] in URGENT and row["lead_id"]}
    asked = leads.load(connection, urgent.values())
    address_ids = {address for stored in asked.values() for address in stored.address_ids()}
    sharing = leads.sharing(connection, address_ids) if address_ids else []
    lock_leads(connection, sharing)
    return {
        row_id: [one for one in sharing if set(one.address_ids()) & set(asked[lead_id].address_ids())]
        for row_id, lead_id in urgent.items()
    }


def event_to_json(event: ProviderEvent) -> dict[str, Any]:
    """Return *event* as plain JSON."""
    return {**asdict(event), "at": event.at.isoformat()}


def event_from_json(value: dict[str, Any]) -> ProviderEvent:
    """Return the event that `event_to_json` wrote; raises KeyError, TypeError or ValueError on anything else."""
    return ProviderEvent(
        **{
            **value,
            "kind": EventKind(value["kind"]),
            "channel": Channel(value["channel"]),
            "at": datetime.fromisoformat(value["at"]),
            "outcome": CallOutcome(value["outcome"]) if value.get("outcome") else None,
        }
    )
