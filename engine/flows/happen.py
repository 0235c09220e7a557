"""Something happened to a lead, told from outside by name: what sequences wait for, branch on, leave by and enter by."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.domain.enrollment import Enrollment
from engine.domain.happened import MESSAGE_SIGNS, OPTED_OUT
from engine.domain.lead import LeadStatus
from engine.domain.sequence import Trigger
from engine.flows.appointments import dates_told, set_dates
from engine.flows.enroll import Entry, enroll_by_trigger
from engine.flows.intake import CAME_BACK, LEAD_CREATED
from engine.flows.kit import Kit
from engine.flows.shelf import Missing
from engine.store import enrollments, events, leads
from engine.store.database import Connection

STATUS_AFTER = {"booked": LeadStatus.QUALIFIED, "customer": LeadStatus.CUSTOMER}
"""Events that say how far a lead has come, as the outcomes of the same names do when a person tells them."""

OURS: Mapping[str, str] = {
    **dict.fromkeys((*MESSAGE_SIGNS, LEAD_CREATED, CAME_BACK), "The engine notes this itself, when it sees it."),
    **dict.fromkeys(
        {*LeadStatus} - {*STATUS_AFTER}, "This is a lead's status; name what happened, such as booked or quote-sent."
    ),
    OPTED_OUT: "A stop must be recorded as one, or messages go on: use `fifthtouch consent withdraw`.",
}
"""Names that nobody may tell from outside, each with why and what to do."""


def happen(
    kit: Kit, connection: Connection, lead_id: str, name: str, *, at: datetime, detail: Mapping[str, Any], now: datetime
) -> tuple[str, list[Entry]]:
    """Put on record that *name* happened *at* an instant, wake what may turn by it, and let the lead enter what it starts.

    Return the happening's id, and what became of the lead at each sequence's door. The lead must exist. A date in
    *detail* is set first: raises `TimingError` where it cannot be read.
    """
    assert name not in OURS
    leads.lock(connection, [lead_id], ())
    dates = dates_told(kit, connection, lead_id, detail)
    happening_id = kit.ids.new()
    row = {"id": happening_id, "lead_id": lead_id, "name": name, "at": at, "detail": dict(detail)}
    walked = enrollments.open_of(connection, [lead_id])
    events.happened(connection, [row])
    _note_status(connection, lead_id, name)
    leaving = [one.id for one in walked if at > one.started_at and name in _leave_rules(kit, connection, one)]
    enrollments.wake(connection, leaving, now, even_resting=True)
    enrollments.wake(connection, [one.id for one in walked], now)
    set_dates(kit, connection, lead_id, dates, now)
    return happening_id, enroll_by_trigger(kit, connection, [lead_id], now, trigger=Trigger.EVENT, event=name)


def _note_status(connection: Connection, lead_id: str, name: str) -> None:
    if name not in STATUS_AFTER:
        return
    [stored] = leads.load(connection, [lead_id]).values()
    if name == "booked" and stored.lead.status is LeadStatus.CUSTOMER:
        return  # a customer who books again stays one
    leads.set_status(connection, [lead_id], STATUS_AFTER[name])


def _leave_rules(kit: Kit, connection: Connection, walking: Enrollment) -> frozenset[str]:
    try:
        return kit.shelf.sequence(connection, walking.revision).leave
    except Missing:
        return frozenset()
