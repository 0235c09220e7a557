"""What each sender's provider took, and when anything was last heard of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Text, cast, func, or_, select

from channels.message import MessageId
from engine.domain.lead import LeadId
from engine.domain.message import MessageState
from engine.store import tables as t

LOOKED_BACK = timedelta(days=3)  # who sends ten messages in more time than that has time to look


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """A sender that is not paused and was not heard of lately; *heard_at* counts an alarm as heard: a person looked."""

    id: str
    address: str
    provider: str
    heard_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A message that a provider took."""

    id: MessageId
    lead_id: LeadId
    accepted_at: datetime


def quiet_senders(connection: Connection, providers: frozenset[str], before: datetime, *, alarm: str) -> list[Quiet]:
    """Return the senders of *providers* that were last heard of before *before*, or never."""
    table, audit = t.senders, t.audit_log
    alarms = select(audit.c.subject, func.max(audit.c.at).label("at")).where(audit.c.action == alarm)
    latest = alarms.group_by(audit.c.subject).subquery()
    query = (
        select(table.c.id, table.c.address, table.c.provider, table.c.heard_at, latest.c.at.label("alarmed_at"))
        .outerjoin(latest, latest.c.subject == cast(table.c.id, Text))
        .where(
            table.c.provider.in_(sorted(providers)),
            table.c.is_paused.is_(False),
            or_(table.c.heard_at.is_(None), table.c.heard_at < before),
        )
        .order_by(table.c.id)
    )
    return [
        Quiet(
            id=row.id,
            address=row.address,
            provider=row.provider,
            heard_at=max((at for at in (row.heard_at, row.alarmed_at) if at is not None), default=None),
        )
        for row in connection.execute(query)
    ]


def taken_unheard(connection: Connection, quiet: Quiet, *, now: datetime, before: datetime, limit: int) -> list[Taken]:
    """Return the latest *limit* messages of a sender that its provider took since it was heard of, and before *before*."""
    table = t.messages
    since = max(quiet.heard_at or now - LOOKED_BACK, now - LOOKED_BACK)
    query = (
        select(table.c.id, table.c.lead_id, table.c.accepted_at)
        .where(
            table.c.created_at > since - LOOKED_BACK,
            table.c.sender_id == quiet.id,
            table.c.provider == quiet.provider,
            table.c.state == MessageState.ACCEPTED,
            table.c.accepted_at > since,
            table.c.accepted_at <= before,
        )
        .order_by(table.c.created_at.desc())
        .limit(limit)
    )
    return [
        Taken(id=MessageId(row.id), lead_id=LeadId(row.lead_id), accepted_at=row.accepted_at)
        for row in connection.execute(query)
    ]
