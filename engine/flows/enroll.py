"""Let leads enter a sequence, where its entry rules and the lead's other enrollments allow it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from engine.domain.enrollment import EnrollmentStatus
from engine.domain.entry import EntryAnswer, enters
from engine.domain.sequence import Sequence, Trigger
from engine.flows.kit import Kit
from engine.flows.shelf import Missing
from engine.store import contents, enrollments, history, leads
from engine.store.database import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What became of one lead at a sequence's door."""

    lead_id: str
    sequence: str
    answer: EntryAnswer
    enrollment_id: str | None


def enroll(
    kit: Kit,
    connection: Connection,
    lead_ids: Collection[str],
    name: str,
    now: datetime,
    *,
    trigger: Trigger = Trigger.MANUAL,
    event: str | None = None,
) -> list[Entry]:
    """Enter each of *lead_ids* into the published sequence *name*; raises `Missing` when there is none.

    The first stage is due at once; what the lead gets and when is the planner's to say. For a double enters whom it
    became part of.
    """
    published = {row["name"]: row for row in contents.sequences(connection)}
    if name not in published:
        raise Missing(name)
    sequence = kit.shelf.sequence(connection, published[name]["revision"])
    lead_ids = leads.survivor_ids(connection, lead_ids)
    entries = _ask(kit, connection, sequence, lead_ids, now, trigger, event)
    rows = [
        {
            "id": entry.enrollment_id,
            "lead_id": entry.lead_id,
            "sequence": name,
            "revision": published[name]["revision"],
            "purpose": sequence.purpose,
            "topic": sequence.topic,
            "is_exclusive": sequence.exclusive,
            "status": EnrollmentStatus.ACTIVE,
            "stage": sequence.stages[0].id,
            "occurrence": 0,
            "anchor_at": now,
            "started_at": now,
            "due_at": now,
            "ended_at": None,
            "reason": trigger,
            "came_from_stage": None,
            "came_from_occurrence": None,
            "rounds": {},
            "reached_at": now,
            "date_at": None,
            "date_stage": None,
            "date_occurrence": None,
        }
        for entry in entries
        if entry.enrollment_id is not None
    ]
    enrollments.insert(connection, rows)
    return entries


def enroll_by_trigger(
    kit: Kit,
    connection: Connection,
    lead_ids: Collection[str],
    now: datetime,
    *,
    trigger: Trigger,
    event: str | None = None,
) -> list[Entry]:
    """Offer *lead_ids* to every published sequence that starts by *trigger*, by name; return what became of them.

    Of several exclusive sequences that would take a lead, the first by name does.
    """
    entries: list[Entry] = []
    for row in contents.sequences(connection):
        rule = kit.shelf.sequence(connection, row["revision"]).enter
        if rule.when is trigger and rule.event == event:
            entries += enroll(kit, connection, lead_ids, row["name"], now, trigger=trigger, event=event)
    return entries


def _ask(
    kit: Kit,
    connection: Connection,
    sequence: Sequence,
    lead_ids: Collection[str],
    now: datetime,
    trigger: Trigger,
    event: str | None,
) -> list[Entry]:
    histories = history.load(connection, lead_ids)
    earlier = enrollments.all_of(connection, lead_ids)
    shared = enrollments.shared_names(connection, lead_ids)
    entries = []
    for lead_id in sorted(histories):
        mine = [one for one in earlier if one.lead_id == lead_id]
        facts = histories[lead_id].facts_about_lead()
        answer = enters(sequence, facts, mine, trigger, now, event=event, shared=shared)
        enrollment_id = kit.ids.new() if answer.enters else None
        entries.append(Entry(lead_id=lead_id, sequence=sequence.name, answer=answer, enrollment_id=enrollment_id))
    return entries
