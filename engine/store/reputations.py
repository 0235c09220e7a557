"""How many of a sender's latest messages came back or were called spam."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select
from sqlalchemy import text as sql

from channels.message import Fault
from channels.sandbox import NAME as SANDBOX
from engine.domain.lead import LeadId
from engine.domain.reputation import Account
from engine.store import tables as t
from engine.store.statements import first_id_at

# Written out, not bound: SQLite uses a partial index only where it can read that the query asks for its rows.
IS_DEAD = sql(f"attempts.fault = '{Fault.DEAD_ADDRESS}'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Troubled:
    """A live sender that does not rest, with what became of its messages since *since*."""

    id: str
    address: str
    provider: str
    account: Account
    since: datetime


def troubled(
    connection: Connection, since: datetime, *, bounces_min: int, complaints_min: int, alarm: str
) -> list[Troubled]:
    """Return senders with so many bounces or complaints among the messages sent since *since*, or since their last *alarm*.

    Only for those the messages sent are counted: bounces and complaints are few, and have indexes of their own.
    """
    table = t.senders
    query = select(table).where(table.c.provider != SANDBOX, table.c.is_paused.is_(False)).order_by(table.c.id)
    found = []
    for row in connection.execute(query).mappings().all():
        from_then_on = max(since, _alarmed_at(connection, row["id"], alarm) or since)
        bounced, complained, dead = (
            connection.execute(select(func.count()).select_from(one.subquery())).scalar_one()
            for one in _gone_wrong(row["id"], from_then_on)
        )
        if bounced + dead < bounces_min and complained < complaints_min:
            continue
        sent = _sent(connection, row["id"], from_then_on)
        account = Account(sent=sent, bounced=bounced + dead, complained=complained)
        told = {name: row[name] for name in ("id", "address", "provider")}
        found.append(Troubled(**told, account=account, since=from_then_on))
    return found


def leads_lost(connection: Connection, one: Troubled) -> list[LeadId]:
    """Return leads whose message came back or was called spam, one of each kind, complaints first."""
    bounced, complained, dead = _gone_wrong(one.id, one.since)
    firsts = (connection.execute(query.limit(1)).scalars().first() for query in (complained, bounced, dead))
    return [LeadId(first) for first in firsts if first is not None]


def _alarmed_at(connection: Connection, sender_id: str, alarm: str) -> datetime | None:
    """Return when this sender last rested for it; what was sent before was judged then."""
    audit = t.audit_log
    query = select(func.max(audit.c.at)).where(audit.c.action == alarm, audit.c.subject == sender_id)
    latest: datetime | None = connection.execute(query).scalar_one()
    return latest


def _gone_wrong(sender_id: str, since: datetime) -> tuple[Select[Any], Select[Any], Select[Any]]:
    """Return what finds the leads whose message bounced, was called spam, was refused because nobody lives there."""
    table, attempts = t.messages, t.attempts
    taken = (table.c.sender_id == sender_id, table.c.accepted_at > since)
    refused = select(table.c.lead_id).select_from(attempts.join(table, table.c.id == attempts.c.message_id))
    return (
        select(table.c.lead_id).where(table.c.bounced_at.is_not(None), table.c.bounced_at > since, *taken),
        select(table.c.lead_id).where(table.c.complained_at.is_not(None), table.c.complained_at > since, *taken),
        refused.where(IS_DEAD, attempts.c.ended_at > since, table.c.sender_id == sender_id),
    )


def _sent(connection: Connection, sender_id: str, since: datetime) -> int:
    """Return how many messages were taken since *since*, or refused because nobody lives there."""
    attempts, messages = t.attempts, t.messages
    is_sent: ColumnElement[bool] = or_(
        and_(attempts.c.outcome.in_(("accepted", "unknown")), messages.c.accepted_at > since), IS_DEAD
    )
    query = (
        select(func.count(messages.c.id.distinct()))
        .select_from(attempts.join(messages, messages.c.id == attempts.c.message_id))
        .where(attempts.c.id >= first_id_at(since), attempts.c.ended_at > since, is_sent)
        .where(messages.c.sender_id == sender_id)
    )
    return connection.execute(query).scalar_one()
