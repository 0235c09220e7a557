"""Ask again what the gate was asked before, under another rulebook: what would change, and by which rule.

Each question is asked twice with what was known at that time, by the rulebook in force and by the other, so that what differs is
the rulebook's doing alone. What cannot be brought back: the lead's own fields, numbers that have left a list since, what
a message said (rules on content are not asked), and a reply that somebody has read since.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

from consent.answer import Answer, Outcome
from consent.facts import GateFacts
from consent.gate import decide
from consent.rulebook import Rulebook
from engine.flows.asking import request_for
from engine.flows.kit import Kit
from engine.store import decided, leads
from engine.store.database import Connection
from engine.store.decided import Decided
from engine.store.gate_facts import load_gate_facts
from engine.store.leads import StoredLead

BATCH_MAX = 200
EXAMPLES_MAX = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Answers that would be others: from what to what, by which rule; *examples* are messages or tasks."""

    before: Outcome
    after: Outcome
    rule: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What came of asking again; *drifted* counts answers that even today's rulebook gives otherwise now than then."""

    asked: int
    changed: int
    drifted: int
    changes: Sequence[Change]
    present: str  # version of the rulebook in force
    edited: str  # version of the other one


def replay(kit: Kit, edited: Rulebook, *, span: timedelta, limit: int) -> Replay:
    """Ask again what was decided in the last *span*, the newest *limit* of it, by *edited*; change nothing."""
    found: dict[tuple[Outcome, Outcome, str], list[str]] = {}
    asked = drifted = 0
    with kit.database.read() as connection:
        start = kit.database.now(connection) - span
        for one, present, other in _asked_again(connection, kit.rulebook, edited, start=start, limit=limit):
            asked += 1
            drifted += present.outcome is not one.outcome
            if present.outcome is not other.outcome:
                rule = other.rule or present.rule  # what is allowed now was refused by the rule that fell away
                found.setdefault((present.outcome, other.outcome, rule), []).append(one.subject)
    changes = [
        Change(before=before, after=after, rule=rule, count=len(ids), examples=tuple(dict.fromkeys(ids))[:EXAMPLES_MAX])
        for (before, after, rule), ids in sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    ]
    return Replay(
        asked=asked,
        changed=sum(one.count for one in changes),
        drifted=drifted,
        changes=changes,
        present=kit.rulebook.version,
        edited=edited.version,
    )


def _asked_again(
    connection: Connection, present: Rulebook, edited: Rulebook, *, start: datetime, limit: int
) -> Iterator[tuple[Decided, Answer, Answer]]:
    rows = decided.since(connection, start, limit)
    while batch := list(islice(rows, BATCH_MAX)):
        stored = leads.load(connection, {one.lead_id for one in batch})
        for one in batch:
            lead = stored[one.lead_id]
            facts = _as_of(connection, lead, one)
            yield one, _ask(one, lead, facts, present), _ask(one, lead, facts, edited)


def _as_of(connection: Connection, stored: StoredLead, one: Decided) -> GateFacts:
    facts = load_gate_facts(connection, [stored], one.at, known_by=one.at)[stored.lead.id]
    is_later = facts.review_since is not None and facts.review_since > one.at
    return replace(facts, review_since=None) if is_later else facts


def _ask(one: Decided, stored: StoredLead, facts: GateFacts, rulebook: Rulebook) -> Answer:
    request = request_for(
        stored,
        channel=one.channel,
        purpose=one.purpose,
        planned_at=one.planned_at,
        sequence=one.sequence,
        topic=one.topic,
        is_rehearsed=one.is_rehearsed,
    )
    return decide(request, facts, rulebook, one.at)
