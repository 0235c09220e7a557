"""Every touch that was made or was to be made, in the order of time: what a rehearsal shows and a repeat is held to."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, func, literal, select, union_all

from consent.answer import Outcome
from engine.domain.message import MessageState
from engine.domain.task import TaskKind, TaskState
from engine.store import tables as t


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """One message or one task; *at* is when it ended, else when it is due, and None while it waits for a person.

    *rule* is the gate's, where it decided; *lead_id* says whose touch it is, and is no part of what it is.
    """

    at: datetime | None
    channel: str
    to: str
    name: str
    variant: str
    rule: str
    lead_id: str = field(compare=False)
    sequence: str
    stage: str
    template: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Holds:
    """How often touches were held for one reason, by which rule."""

    reason: str
    rule: str
    touches: int


def list_touches(connection: Connection) -> list[Touch]:
    """Return every message, and every call, letter and social task, the earliest first."""
    messages, tasks, leads = t.messages, t.tasks, t.leads
    to_message = func.coalesce(leads.c.email, leads.c.phone)
    name = func.trim(leads.c.first_name + " " + leads.c.last_name)
    to_task = func.coalesce(leads.c.phone, leads.c.email)
    sent = select(
        func.coalesce(messages.c.accepted_at, messages.c.ended_at, messages.c.due_at).label("at"),
        messages.c.channel,
        to_message.label("to"),
        name.label("name"),
        func.coalesce(messages.c.variant, "").label("variant"),
        messages.c.rule,
        messages.c.lead_id,
        messages.c.sequence,
        messages.c.stage,
        messages.c.template,
        messages.c.state,
        messages.c.reason,
    ).join(leads, leads.c.id == messages.c.lead_id)
    made = (
        select(
            func.coalesce(tasks.c.ended_at, tasks.c.due_at),
            tasks.c.kind,
            to_task,
            name,
            literal(""),
            literal(""),
            tasks.c.lead_id,
            tasks.c.sequence,
            tasks.c.stage,
            tasks.c.script,
            tasks.c.state,
            func.coalesce(tasks.c.outcome, tasks.c.note),
        )
        .join(leads, leads.c.id == tasks.c.lead_id)
        .where(tasks.c.kind.in_((TaskKind.CALL, TaskKind.LETTER, TaskKind.SOCIAL)))
    )
    touches = union_all(sent, made).subquery()
    order = (touches.c.at, touches.c.to, touches.c.channel, touches.c.sequence, touches.c.stage)
    return [Touch(**row) for row in connection.execute(select(touches).order_by(*order)).mappings()]


def list_holds(connection: Connection) -> list[Holds]:
    """Return why touches were held, the commonest reason first."""
    table = t.decisions
    touch = func.coalesce(table.c.message_id, table.c.task_id)
    query = select(table.c.reason, table.c.rule, func.count(touch.distinct()).label("touches"))
    rows = connection.execute(
        query.where(table.c.outcome == Outcome.HOLD).group_by(table.c.reason, table.c.rule)
    ).mappings()
    return sorted((Holds(**row) for row in rows), key=lambda one: (-one.touches, one.reason, one.rule))


MADE = frozenset({MessageState.ACCEPTED.value, TaskState.DONE.value})
"""The states of a touch that reached the lead, or tried to."""
