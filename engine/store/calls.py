"""What is on record about calls: who answered, how often a lead called, and whether they were texted back."""

from datetime import datetime

from sqlalchemy import Connection, RowMapping, func, select, update

from channels.events import EventKind
from engine.domain.message import WITHDRAWABLE_STATES, MessageState
from engine.store import tables as t


def has_heard(connection: Connection, provider: str, event_ids: list[str]) -> bool:
    """Return whether *provider* told one of *event_ids*."""
    table = t.provider_events
    query = select(table.c.id).where(table.c.provider == provider, table.c.event_id.in_(event_ids)).limit(1)
    return connection.execute(query).first() is not None


def count_calls(connection: Connection, lead_id: str, *, since: datetime) -> int:
    """Return how often *lead_id* has called in since *since*."""
    table = t.happenings
    wanted = (table.c.lead_id == lead_id, table.c.name == EventKind.CALLED, table.c.at >= since)
    return connection.execute(select(func.count()).select_from(table).where(*wanted)).scalar_one()


def has_texted_back(connection: Connection, lead_id: str, *, since: datetime, prefix: str) -> bool:
    """Return whether a text about a missed call was planned after *since*; one that was taken back is none."""
    table = t.messages
    query = select(table.c.id).where(
        table.c.lead_id == lead_id,
        table.c.intent_key.startswith(prefix, autoescape=True),
        table.c.created_at > since,
        table.c.state != MessageState.CANCELLED,
    )
    return connection.execute(query.limit(1)).first() is not None


def cancel_text_back(connection: Connection, intent_key: str, *, now: datetime, reason: str) -> None:
    """Cancel the message of *intent_key* if nothing has left of it."""
    table = t.messages
    connection.execute(
        update(table)
        .where(table.c.intent_key == intent_key, table.c.state.in_(sorted(WITHDRAWABLE_STATES)))
        .values(state=MessageState.CANCELLED, reason=reason, due_at=None, ended_at=now, claimed_by=None)
    )


def name_caller(connection: Connection, event_id: str, lead_id: str) -> None:
    """Note that the event with our id *event_id* was about *lead_id*, who was not known when it came."""
    table = t.provider_events
    connection.execute(update(table).where(table.c.id == event_id).values(lead_id=lead_id))


def last_decision(connection: Connection, message_id: str, asked: str) -> RowMapping | None:
    """Return the latest answer of the gate about *message_id* that was asked for at *asked*; None where there is none."""
    table = t.decisions
    query = select(table).where(table.c.message_id == message_id, table.c.asked == asked)
    return connection.execute(query.order_by(table.c.created_at.desc(), table.c.id.desc()).limit(1)).mappings().first()


def started_at(connection: Connection, message_id: str) -> list[datetime]:
    """Return when the attempts at *message_id* were put on record."""
    query = select(t.attempts.c.started_at).where(t.attempts.c.message_id == message_id)
    return list(connection.execute(query).scalars())
