"""A lead, its messages and its story, read from the store into the shapes that integrators get."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from engine.store import lead_list
from engine.store.database import Connection
from engine.store.pages import Row
from engine.store.timeline import Entry, EntryKind
from engine.web.api import problems
from engine.web.api.answers import ConsentOut, LeadFactsOut, LeadOut, TimelineEntryOut, WalkOut, checks_of
from engine.web.api.problems import FieldError, Refused
from engine.web.api.texts import not_ahead

FACTS = tuple(LeadFactsOut.model_fields.keys() - {"checks"})

COLUMNS: Mapping[EntryKind, tuple[str, str, str]] = {
    EntryKind.MESSAGE: ("channel", "state", "template"),
    EntryKind.TASK: ("kind", "state", "title"),
    EntryKind.REPLY: ("channel", "label", "body"),
    EntryKind.NOTE: ("author", "", "body"),
    EntryKind.HAPPENING: ("name", "", ""),
    EntryKind.CONSENT: ("channel", "kind", "source"),
}
"""Which columns of an entry's row say what it is, how it stands, and in which words."""


def lead_out(connection: Connection, lead_id: str) -> LeadOut | None:
    """Return one lead as integrators get it, or None."""
    row = lead_list.find_lead(connection, lead_id)
    if row is None:
        return None
    walks = {walk["id"]: _pick(walk, WalkOut) for walk in lead_list.walks_of(connection, lead_id)}
    return LeadOut(
        **facts_of(row),
        next_at=lead_list.next_steps(connection, [lead_id]).get(lead_id),
        consents=[ConsentOut(**_pick(fact, ConsentOut)) for fact in lead_list.consents_of(connection, lead_id)],
        enrollments=[WalkOut(**walk) for walk in walks.values()],
    )


def facts_of(row: Row) -> dict[str, Any]:
    """Return what is known of the lead in *row*, by the names that integrators get it under."""
    return {**{name: row[name] for name in FACTS}, "checks": checks_of(row["checks"])}


def entry_out(entry: Entry) -> TimelineEntryOut:
    """Return one entry of a timeline as integrators get it."""
    row = entry.row
    what, state, text = (row[name] if name else "" for name in COLUMNS[entry.kind])
    if entry.kind is EntryKind.TASK:
        state = row["outcome"] or state
    return TimelineEntryOut(kind=entry.kind, id=row["id"], at=entry.at, what=what, state=state, text=text)


def _pick(row: Row, model: type[ConsentOut] | type[WalkOut]) -> dict[str, Any]:
    return {name: row[name] for name in model.model_fields}


NO_LEAD = "There is no such lead. Send it first, and use the id of the answer."


def instant_of(at: datetime | None, now: datetime, field: str) -> datetime:
    """Return *at*, or *now* where it was left out; refuses what lies ahead."""
    try:
        return not_ahead(at, now)
    except OverflowError as error:
        found = FieldError(field=field, message="This lies in the future.", remedy="Send when it happened, or nothing.")
        raise Refused(problems.INVALID, errors=[found]) from error


def must_exist(connection: Connection, lead_id: UUID) -> None:
    """Refuse the id of no lead."""
    if lead_list.find_lead(connection, str(lead_id)) is None:
        raise Refused(problems.NOT_FOUND, NO_LEAD)
