"""What the gate was asked and answered, with enough beside it to ask again."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select

from channels.address import Channel
from channels.sandbox import NAME as SANDBOX
from consent.answer import Outcome
from consent.facts import Purpose
from engine.domain.lead import LeadId
from engine.store import tables as t


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """One answer of the gate, and what it was asked about: a message, or a call that is a task."""

    id: str
    at: datetime
    subject: str  # the id of the message or the task
    asked: str
    outcome: Outcome
    rule: str
    lead_id: LeadId
    channel: Channel
    purpose: Purpose
    planned_at: datetime
    sequence: str
    topic: str | None
    is_rehearsed: bool


def since(connection: Connection, start: datetime, limit: int) -> Iterator[Decided]:
    """Yield at most *limit* answers given since *start*, newest first."""
    for row in connection.execute(_decided(start, limit)).mappings():
        is_message = row["message_id"] is not None
        prefix = "message" if is_message else "task"
        yield Decided(
            id=row["id"],
            at=row["created_at"],
            subject=row["message_id"] or row["task_id"],
            asked=row["asked"],
            outcome=Outcome(row["outcome"]),
            rule=row["rule"],
            lead_id=row[f"{prefix}_lead_id"],
            channel=Channel(row["channel"]) if is_message else Channel.CALL,
            purpose=Purpose(row["purpose"] or Purpose.MARKETING),
            # A message is asked about from when it was first due, a call from when it is asked about.
            planned_at=row["planned_at"] if is_message else row["created_at"],
            sequence=row[f"{prefix}_sequence"],
            topic=row["topic"],
            is_rehearsed=row["provider"] == SANDBOX,
        )


def _decided(start: datetime, limit: int) -> Select[Any]:
    decisions, messages, tasks, walks, senders = t.decisions, t.messages, t.tasks, t.enrollments, t.senders
    found = decisions.outerjoin(messages, messages.c.id == decisions.c.message_id)
    found = found.outerjoin(tasks, tasks.c.id == decisions.c.task_id)
    found = found.outerjoin(walks, walks.c.id == tasks.c.enrollment_id)
    found = found.outerjoin(senders, senders.c.id == messages.c.sender_id)
    columns: list[Any] = [
        decisions.c[name] for name in ("id", "created_at", "message_id", "task_id", "asked", "outcome", "rule")
    ]
    columns += [
        messages.c.lead_id.label("message_lead_id"),
        tasks.c.lead_id.label("task_lead_id"),
        messages.c.channel,
        func.coalesce(messages.c.purpose, walks.c.purpose).label("purpose"),
        messages.c.planned_at,
        messages.c.sequence.label("message_sequence"),
        tasks.c.sequence.label("task_sequence"),
        func.coalesce(messages.c.topic, walks.c.topic).label("topic"),
        senders.c.provider,
    ]
    query = select(*columns).select_from(found)
    is_whole = func.coalesce(messages.c.lead_id, tasks.c.lead_id).is_not(None)
    query = query.where(decisions.c.created_at >= start, is_whole)
    return query.order_by(decisions.c.created_at.desc(), decisions.c.id.desc()).limit(limit)
