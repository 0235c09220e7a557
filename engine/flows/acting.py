"""Act on what is urgent in a batch, one event at a time and each apart: one that fails neither blocks nor undoes the others."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from channels.address import kind_of
from engine.domain.task import TaskKind
from engine.flows.kit import Kit
from engine.flows.matching import Heard
from engine.flows.reacting import react
from engine.flows.reaction import React
from engine.store import attempts, consents, events, leads, matching, tasks
from engine.store.database import Connection, apart
from engine.store.errors import Spoiled
from engine.store.leads import StoredLead

log = structlog.get_logger(__name__)

Covered = Mapping[str, Sequence[StoredLead]]
"""Whom an event is about and who shares an address with them, by the event's row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reactions:
    """What came of a batch: until when calls may still start, which events tell of a delivery, which failed."""

    call_by: datetime | None
    deliveries: frozenset[str]
    spoiled: frozenset[str]


def lock_concerned(kit: Kit, connection: Connection, urgent: Sequence[Heard]) -> Covered:
    """Lock whom these events are about, whoever shares an address with them, and the addresses; return the leads.

    Raises `ChangedMeanwhile` where one of them became part of another lead while we waited: match the events anew.
    """
    if not urgent:
        return {}
    asked = leads.load(connection, {lead_id for one in urgent for lead_id in one.concerned})
    address_ids = {address for stored in asked.values() for address in stored.address_ids()}
    sharing = {one.lead.id: one for one in leads.sharing(connection, address_ids)} if address_ids else {}
    everybody = [*sharing.values(), *(stored for lead_id, stored in asked.items() if lead_id not in sharing)]
    known = matching.address_rows(connection, _strange_keys(kit, urgent))
    leads.lock_as_loaded(connection, everybody, known.values())
    by_id = {str(stored.lead.id): stored for stored in everybody}
    return {one.id: _sharing_with(one, by_id) for one in urgent}


def act(kit: Kit, connection: Connection, urgent: Sequence[Heard], covered: Covered, now: datetime) -> Reactions:
    """Act on each of the *urgent* events for the locked leads it covers.

    Where that fails, what was said is kept for a person, and nothing is sent to the lead until they have looked.
    """
    call_bys: list[datetime | None] = []
    deliveries, spoiled = set(), set()
    for one in urgent:
        try:
            with apart(connection):
                doing = React(kit=kit, connection=connection, heard=one, now=now)
                reaction = react(doing, covered[one.id])
        except Spoiled as error:
            log.exception("event.set_aside", event_id=one.id, kind=one.event.kind)
            _leave_to_person(kit, connection, one, covered[one.id], str(error), now)
            call_bys.append(still_open(connection, [one], covered))
            spoiled.add(one.id)
            continue
        call_bys.append(reaction.call_by)
        if reaction.is_delivery:
            deliveries.add(one.id)
    latest = max((one for one in call_bys if one is not None), default=None)
    return Reactions(call_by=latest, deliveries=frozenset(deliveries), spoiled=frozenset(spoiled))


def still_open(connection: Connection, urgent: Iterable[Heard], covered: Covered) -> datetime | None:
    """Return until when calls to whom these are about may start: who says it twice is not answered early."""
    stored = {one.lead.id: one for heard in urgent for one in covered[heard.id]}
    if not stored:
        return None
    address_ids = {address for one in stored.values() for address in one.address_ids()}
    return attempts.latest_call_by(connection, stored, address_ids)


def _leave_to_person(
    kit: Kit, connection: Connection, one: Heard, covered: Sequence[StoredLead], problem: str, now: datetime
) -> None:
    events.set_aside(connection, one.id, problem)
    concerned = [stored for stored in covered if stored.lead.id in one.concerned]
    consents.set_review(connection, [stored.lead.id for stored in concerned], now)
    rows = [
        tasks.new_row(
            task_id=kit.ids.new(),
            intent_key=f"{one.id}:{stored.lead.id}:spoiled",
            lead_id=stored.lead.id,
            kind=TaskKind.ANSWER,
            owner=stored.lead.owner,
            title=f"This could not be carried out ({one.event.kind}): sending is held until you have read it",
            body=one.event.text or "",
            now=now,
            due_at=now,
        )
        for stored in concerned
    ]
    tasks.insert(connection, rows)


def _sharing_with(heard: Heard, by_id: Mapping[str, StoredLead]) -> list[StoredLead]:
    concerned = [by_id[one] for one in heard.concerned if one in by_id]
    shared = {address for stored in concerned for address in stored.address_ids()}
    return [one for _, one in sorted(by_id.items()) if one in concerned or shared & set(one.address_ids())]


def _strange_keys(kit: Kit, urgent: Sequence[Heard]) -> set[tuple[str, str]]:
    """Return the keys of addresses that no lead has now, but may have had when something was sent."""
    found = set()
    for one in urgent:
        kind = kind_of(one.event.channel)
        if one.event.address and not one.holders and kind is not None:
            found.add((str(kind), kit.address_key.key_of(kind, one.event.address)))
    return found
