"""Whole rows with plain values, for tests that care about one column only."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, insert

from engine.ids import SystemIds
from engine.store import tables as t
from tests.databases import START

ids = SystemIds()


def add(connection: Connection, table: Table, row: dict[str, Any]) -> str:
    """Insert *row* and return its id."""
    connection.execute(insert(table).values(row))
    return str(row.get("id", ""))


def lead(**changes: Any) -> dict[str, Any]:
    """Return the row of a lead without addresses."""
    texts = dict.fromkeys(("first_name", "last_name", "company", "interest", "source", "owner"), "")
    plain = {"id": ids.new(), "created_at": START, "status": "new", "language": "en", "cost_cents": 0, "custom": {}}
    return texts | plain | changes


def revision(**changes: Any) -> dict[str, Any]:
    """Return the row of a published sequence."""
    plain = {"revision": "r1", "kind": "sequence", "name": "five-days", "locale": "en", "source": ""}
    return plain | {"compiled": None, "published_at": START} | changes


def enrollment(lead_id: str, **changes: Any) -> dict[str, Any]:
    """Return the row of an active, exclusive enrollment."""
    plain = {"id": ids.new(), "lead_id": lead_id, "sequence": "five-days", "revision": "r1", "purpose": "marketing"}
    state = {"is_exclusive": True, "status": "active", "stage": "instant", "occurrence": 0, "reason": "", "rounds": {}}
    return plain | state | {"anchor_at": START, "started_at": START, "due_at": START} | changes


def message(lead_id: str, **changes: Any) -> dict[str, Any]:
    """Return the row of a scheduled message."""
    message_id = ids.new()
    plain = {"id": message_id, "intent_key": message_id, "lead_id": lead_id, "sequence": "", "stage": ""}
    words = {"channel": "email", "purpose": "marketing", "template": "hello", "lane": "main", "reason": "", "rule": ""}
    state = {"state": "scheduled", "delivery": "none", "occurrence": 0, "tries": 0}
    return plain | words | state | {"created_at": START, "planned_at": START, "due_at": START} | changes


def attempt(message_id: str, **changes: Any) -> dict[str, Any]:
    """Return the row of an open first attempt."""
    plain = {"id": ids.new(), "message_id": message_id, "number": 1, "provider": "sandbox", "outcome": "open"}
    return plain | {"started_at": START, "call_by": START, "detail": "", "journal": ""} | changes


def fact(lead_id: str, **changes: Any) -> dict[str, Any]:
    """Return the row of a grant of permission to email."""
    plain = {"id": ids.new(), "lead_id": lead_id, "channel": "email", "purpose": "marketing", "kind": "granted"}
    origin = {"basis": "express", "source": "form", "recorded_by": "form:contact", "commitment": "c0ffee"}
    return plain | origin | {"at": START, "recorded_at": START, "personal": {"wording": "Yes, write to me."}} | changes


def event(**changes: Any) -> dict[str, Any]:
    """Return the row of a delivery event nobody has absorbed."""
    plain = {"id": ids.new(), "provider": "sandbox", "event_id": "e1", "kind": "delivered", "event": {}}
    return plain | {"at": START, "received_at": START} | changes


def body(created_at: datetime) -> dict[str, Any]:
    """Return the row of a rendered body."""
    return {"message_id": ids.new(), "created_at": created_at, "body": b""}


def add_lead(connection: Connection) -> str:
    """Insert a lead and return its id."""
    return add(connection, t.leads, lead())


def add_message(connection: Connection, **changes: Any) -> str:
    """Insert a message to a new lead and return its id."""
    return add(connection, t.messages, message(add_lead(connection), **changes))
