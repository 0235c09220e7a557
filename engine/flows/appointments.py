"""Set, move or remove a date of a lead's own, such as an appointment; what waits for it moves in the same transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.domain.appointments import APPOINTMENT
from engine.domain.enrollment import Enrollment
from engine.domain.lead_place import place_of
from engine.domain.timing import read_moment
from engine.flows.advance import walk_on
from engine.flows.kit import Kit
from engine.flows.shelf import Missing
from engine.store import contents, enrollments, leads
from engine.store.database import Connection

AT = "at"
"""The field of an event's detail that holds the appointment; any other date goes by its own name."""


def dates_told(kit: Kit, connection: Connection, lead_id: str, detail: Mapping[str, Any]) -> dict[str, str | None]:
    """Return the dates that an event's *detail* sets, by name; None for one that it removes.

    `at` is the appointment; a field that a sequence goes by is that date. An empty text or null removes it. Raises
    `TimingError` for one that cannot be read.
    """
    if not detail:
        return {}
    names = {AT: APPOINTMENT, **{name: name for name in dates_known(kit, connection, lead_id) if name in detail}}
    told = {name: detail[field] for field, name in names.items() if field in detail}
    if not told:
        return {}
    [stored] = leads.load(connection, [lead_id]).values()
    written = {name: None if value is None else str(value).strip() or None for name, value in told.items()}
    for value in written.values():
        if value is not None:
            read_moment(value, place_of(stored.lead))
    return written


def set_dates(kit: Kit, connection: Connection, lead_id: str, dates: Mapping[str, str | None], now: datetime) -> None:
    """Write *dates* beside the lead, whose lock the caller holds, and let all that goes by them move, even what rests."""
    if not dates:
        return
    [stored] = leads.load(connection, [lead_id]).values()
    custom = {**stored.lead.custom, **dates}
    kept = {name: value for name, value in custom.items() if name not in dates or value is not None}
    if kept == stored.lead.custom:
        return
    leads.change(connection, lead_id, {"custom": kept})
    walking = enrollments.open_of(connection, [lead_id])
    walk_on(kit, connection, [one for one in walking if _date_name(kit, connection, one) in dates], now)


def dates_known(kit: Kit, connection: Connection, lead_id: str) -> set[str]:
    """Return the names of the dates that published sequences go by, and those that the lead walks."""
    published = {row["revision"] for row in contents.sequences(connection)}
    plans = [kit.shelf.sequence(connection, revision) for revision in published]
    walked = [_date_name(kit, connection, one) for one in enrollments.open_of(connection, [lead_id])]
    return {name for name in (*(plan.date for plan in plans), *walked) if name}


def _date_name(kit: Kit, connection: Connection, walking: Enrollment) -> str | None:
    try:
        return kit.shelf.sequence(connection, walking.revision).date
    except Missing:
        return None
