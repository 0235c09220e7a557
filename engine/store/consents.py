"""The ledger and the suppressions: what is written to them, and the latest words. `gate_facts` loads what the gate is told."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from consent.facts import ConsentFact, FactKind, Purpose, SuppressionReason
from engine.domain.notice import NoticeType
from engine.store import notices
from engine.store import tables as t
from engine.store.gate_facts import consents_of, load_gate_facts
from engine.store.statements import insert_new, insert_rows

__all__ = [
    "already_stopped",
    "latest_words",
    "lift_opt_out",
    "load_gate_facts",
    "record",
    "set_review",
    "stopped_all",
    "stopped_in_part",
    "suppress",
]

_WORDS = frozenset({FactKind.GRANTED, FactKind.WITHDRAWN})  # what a lead's latest word may be; asking is none


def record(connection: Connection, facts: Sequence[Mapping[str, Any]]) -> None:
    """Append *facts* to the ledger."""
    insert_rows(connection, t.consent_facts, facts)
    stops: dict[tuple[str, str | None, str | None], list[str]] = {}
    for fact in facts:
        if fact["kind"] == FactKind.WITHDRAWN:
            stops.setdefault((fact["lead_id"], fact["purpose"], fact["topic"]), []).append(fact["channel"])
    if stops:
        told = [
            (lead, {"channels": sorted(ended), "purpose": purpose, "topic": topic})
            for (lead, purpose, topic), ended in stops.items()
        ]
        notices.tell(connection, NoticeType.LEAD_STOPPED, told)


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
    return _stopped(consents_of(connection, sorted(set(lead_ids))), purpose, topic)


def _stopped(
    found: Mapping[str, Sequence[ConsentFact]], purpose: Purpose | None, topic: str | None
) -> set[tuple[str, str]]:
    latest: dict[tuple[str, str], ConsentFact] = {}
    for lead_id, facts in found.items():
        latest |= {
            (lead_id, fact.channel): fact for fact in facts if fact.kind in _WORDS and fact.topic in {None, topic}
        }
    return {
        pair for pair, fact in latest.items() if fact.kind is FactKind.WITHDRAWN and fact.purpose in {None, purpose}
    }


def stopped_in_part(connection: Connection, lead_ids: Collection[str], purpose: Purpose | None) -> set[tuple[str, str]]:
    """Return the (lead id, channel) pairs that a stop for *purpose* stands against, of every topic or of any one."""
    found = consents_of(connection, sorted(set(lead_ids)))
    topics = {None} | {fact.topic for facts in found.values() for fact in facts}
    return {pair for topic in topics for pair in _stopped(found, purpose, topic)}


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
