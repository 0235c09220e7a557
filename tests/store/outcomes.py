"""Touches that left, and what came of them, as rows: for tests of reports."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from engine.store import tables as t
from tests.store import rows


def send(connection: Connection, lead_id: str, at: datetime, **changes: Any) -> None:
    """Add a message that a provider took *at*."""
    plain: dict[str, Any] = {
        "state": "accepted",
        "due_at": None,
        "ended_at": at,
        "accepted_at": at,
        "provider": "sandbox",
    }
    words = {"sequence": "five-days", "stage": "instant"}
    rows.add(connection, t.messages, rows.message(lead_id, **plain | words | changes))


def call(connection: Connection, lead_id: str, at: datetime, **changes: Any) -> None:
    """Add a call that somebody made *at*."""
    task_id = rows.ids.new()
    texts = dict.fromkeys(("owner", "title", "body", "note"), "")
    plain = {"id": task_id, "intent_key": task_id, "lead_id": lead_id, "kind": "call", "state": "done", "occurrence": 0}
    words = {"sequence": "five-days", "stage": "call-now", "script": "first-call", "outcome": "booked"}
    when = {"created_at": at, "due_at": at, "ended_at": at}
    rows.add(connection, t.tasks, texts | plain | words | when | changes)


def happen(connection: Connection, lead_id: str, name: str, at: datetime) -> None:
    """Add a happening."""
    rows.add(connection, t.happenings, {"id": rows.ids.new(), "lead_id": lead_id, "name": name, "at": at, "detail": {}})
