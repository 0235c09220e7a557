"""Set further fields of a lead, by names of a program's own: what conditions and templates may ask for."""

from collections.abc import Mapping
from datetime import datetime

from engine.domain.lead import LeadId
from engine.flows.kit import Kit
from engine.store import audit, enrollments, leads
from engine.store.database import Connection

Value = str | int | float | bool | None


def set_custom(
    kit: Kit, connection: Connection, lead_id: str, fields: Mapping[str, Value], now: datetime, *, by: str
) -> None:
    """Set *fields* of the locked lead, None takes one away; the others stay. What it walks is looked at again."""
    known = leads.load(connection, [lead_id])[LeadId(lead_id)].lead.custom
    changed = {name: value for name, value in fields.items() if known.get(name) != value}
    if not changed:
        return
    custom = {name: value for name, value in {**known, **changed}.items() if value is not None}
    leads.change(connection, lead_id, {"custom": custom})
    enrollments.wake_open(connection, [lead_id], now)
    audit.note(
        connection,
        row_id=kit.ids.new(),
        at=now,
        actor=by,
        action="lead.changed",
        subject=lead_id,
        before={"custom": {name: known.get(name) for name in changed}},
        after={"custom": changed},
    )
