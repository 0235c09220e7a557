"""What a rehearsal left in its database: each touch and each hold with its rule, each text, and who got none."""

import json
import zlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, select

from channels.address import Channel
from consent.answer import Outcome
from engine.domain.message import MessageState
from engine.store import tables as t


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One touch that had to wait: since when and until when, and the rule that said so with its source in words."""

    at: datetime
    until: datetime | None
    lead_id: str
    channel: str
    sequence: str
    stage: str
    reason: str
    rule: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Untexted:
    """One lead who got no text, and why; *reason* is that of the last text that was planned, or of the walk's end."""

    lead_id: str
    reason: str
    rule: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One message that left: by which sender, when, and how many segments a text has; 0 for all else."""

    message_id: str
    sender_id: str
    channel: str
    at: datetime
    body: str


def list_held(connection: Connection) -> list[Held]:
    """Return every hold that the gate gave, the earliest first; a touch that was held again stands there again."""
    parts = [
        select(
            t.decisions.c.created_at.label("at"),
            t.decisions.c.until,
            touched.c.lead_id,
            channel.label("channel"),
            touched.c.sequence,
            touched.c.stage,
            t.decisions.c.reason,
            t.decisions.c.rule,
            t.decisions.c.trace,
        )
        .join(touched, touched.c.id == t.decisions.c[key])
        .where(t.decisions.c.outcome == Outcome.HOLD)
        for touched, key, channel in (
            (t.messages, "message_id", t.messages.c.channel),
            (t.tasks, "task_id", t.tasks.c.kind),
        )
    ]
    rows = [dict(row) for part in parts for row in connection.execute(part).mappings()]
    found = [
        Held(**{name: value for name, value in row.items() if name != "trace"}, why=_citation(row)) for row in rows
    ]
    return sorted(found, key=lambda one: (one.at, one.lead_id, one.stage, one.channel))


def list_sent(connection: Connection) -> list[Sent]:
    """Return what left, the earliest first; *body* is a text's words, empty for all else."""
    messages, bodies = t.messages, t.message_bodies
    query = (
        select(messages.c.id, messages.c.sender_id, messages.c.channel, messages.c.accepted_at, bodies.c.body)
        .outerjoin(bodies, and_(bodies.c.message_id == messages.c.id, messages.c.channel == Channel.SMS))
        .where(messages.c.state == MessageState.ACCEPTED)
        .order_by(messages.c.accepted_at, messages.c.id, bodies.c.created_at)
    )
    found: dict[str, Sent] = {}
    for row in connection.execute(query):
        body = json.loads(zlib.decompress(row.body)).get("body", "") if row.body is not None else ""
        found[row.id] = Sent(
            message_id=row.id, sender_id=row.sender_id or "", channel=row.channel, at=row.accepted_at, body=body
        )
    return list(found.values())


def list_untexted(connection: Connection, since: datetime) -> list[Untexted]:
    """Return the leads who walked since *since* and got no text, each with why."""
    texted = select(t.messages.c.lead_id).where(
        t.messages.c.channel == Channel.SMS, t.messages.c.state == MessageState.ACCEPTED
    )
    walked = select(t.enrollments.c.lead_id).where(t.enrollments.c.started_at >= since)
    lead_ids = set(connection.execute(walked).scalars()) - set(connection.execute(texted).scalars())
    why = _last_texts(connection)
    ends = _last_ends(connection)
    found = []
    for lead_id in sorted(lead_ids):
        reason, rule, citation = why.get(lead_id) or (ends.get(lead_id, "no_text_in_it"), "", "")
        found.append(Untexted(lead_id=lead_id, reason=reason, rule=rule, why=citation))
    return found


def count_who_answered(connection: Connection, since: datetime) -> int:
    """Return how many leads wrote back, stops among them."""
    table = t.replies
    return connection.execute(select(func.count(table.c.lead_id.distinct())).where(table.c.at >= since)).scalar_one()


def _last_texts(connection: Connection) -> dict[str, tuple[str, str, str]]:
    """Return why the last text planned for each lead has not left, with the rule and its source."""
    messages, decisions = t.messages, t.decisions
    query = (
        select(messages.c.lead_id, messages.c.state, messages.c.reason, messages.c.rule, decisions.c.trace)
        .outerjoin(decisions, and_(decisions.c.message_id == messages.c.id, decisions.c.rule == messages.c.rule))
        .where(messages.c.channel == Channel.SMS)
        .order_by(messages.c.created_at, messages.c.id)
    )
    found = {}
    for row in connection.execute(query).mappings():
        reason = row["reason"] or f"still_{row['state']}"
        found[row["lead_id"]] = (reason, row["rule"], _citation(row) if row["trace"] else "")
    return found


def _last_ends(connection: Connection) -> dict[str, str]:
    table = t.enrollments
    query = select(table.c.lead_id, table.c.reason).where(table.c.ended_at.is_not(None)).order_by(table.c.ended_at)
    return {row.lead_id: row.reason for row in connection.execute(query)}


def _citation(row: object) -> str:
    """Return the source of the deciding rule in a row's trace."""
    trace, rule = row["trace"], row["rule"]  # type: ignore[index]
    return next((str(one.get("citation", "")) for one in trace if one.get("id") == rule), "")
