"""Attempts: on record before the call, settled by receipts or by evidence."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, exists, func, or_, select, update

from channels.address import Channel
from channels.message import MessageId
from engine.domain.message import MessageState
from engine.store import tables as t
from engine.store.statements import IDS, insert_rows, update_rows

OPEN = "open"
OVERRULED = "overruled"
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAttempt:
    """An attempt without outcome, whose worker's lease is over."""

    id: str
    message_id: MessageId
    call_by: datetime
    journal: str
    provider: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftAttempt:
    """An attempt of which nobody knows whether it arrived."""

    id: str
    provider: str


def insert(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put attempts on record, open. The unique index refuses a second one beside an open, accepted or unknown one."""
    insert_rows(connection, t.attempts, rows)


def settle(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write outcomes; each row: id, outcome, fault, detail, provider_id, ended_at."""
    update_rows(connection, t.attempts, rows)


def latest_call_by(connection: Connection, lead_ids: Collection[str], address_ids: Collection[str]) -> datetime | None:
    """Return the last instant at which a call for these leads or addresses may still start, or None."""
    query = (
        select(func.max(t.attempts.c.call_by))
        .join(t.messages, t.messages.c.id == t.attempts.c.message_id)
        .where(
            t.attempts.c.outcome == OPEN,
            or_(
                t.messages.c.lead_id.in_(sorted(set(lead_ids))),
                t.messages.c.address_id.in_(sorted(set(address_ids))),
            ),
        )
    )
    latest: datetime | None = connection.execute(query).scalar_one()
    return latest


def last_open_call_by(
    connection: Connection,
    sender_ids: Collection[str] | None = None,
    *,
    channel: str | None = None,
    sequence: str | None = None,
) -> datetime | None:
    """Return the last instant at which any call on record may still start, or one of these; None where there is none."""
    query = select(func.max(t.attempts.c.call_by)).where(t.attempts.c.outcome == OPEN)
    wanted = {"channel": channel, "sequence": sequence}
    conditions = [t.messages.c[name] == value for name, value in wanted.items() if value is not None]
    if sender_ids is not None:
        conditions.append(t.messages.c.sender_id.in_(sorted(set(sender_ids))))
    if conditions:
        query = query.join(t.messages, t.messages.c.id == t.attempts.c.message_id).where(*conditions)
    latest: datetime | None = connection.execute(query).scalar_one()
    return latest


def count_open(connection: Connection) -> int:
    """Return how many calls are on record of which nobody knows yet how they ended."""
    query = select(func.count()).select_from(t.attempts).where(t.attempts.c.outcome == OPEN)
    return connection.execute(query).scalar_one()


def abandoned(connection: Connection, now: datetime, limit: int) -> list[OpenAttempt]:
    """Return attempts still open after their message's lease is over: their worker is gone, or very slow."""
    query = (
        select(*(t.attempts.c[name] for name in OpenAttempt.__dataclass_fields__))
        .join(t.messages, t.messages.c.id == t.attempts.c.message_id)
        .where(t.attempts.c.outcome == OPEN, t.messages.c.state == MessageState.SENDING, t.messages.c.due_at <= now)
        .order_by(t.attempts.c.message_id)
        .limit(limit)
    )
    return [OpenAttempt(**row) for row in connection.execute(query).mappings()]


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtfulAttempt:
    """What a provider can be asked about an attempt: who sent what, where to, when; *body* as it was packed."""

    id: str
    message_id: MessageId
    provider: str
    started_at: datetime
    call_by: datetime
    channel: Channel
    lead_id: str
    address_id: str | None
    sender: str
    body: bytes


def in_doubt(connection: Connection, attempt_ids: Collection[str]) -> list[DoubtfulAttempt]:
    """Return what a provider can be asked about these attempts."""
    table, whose, bodies = t.attempts, t.messages, t.message_bodies
    query = (
        select(
            table.c.id,
            table.c.message_id,
            table.c.provider,
            table.c.started_at,
            table.c.call_by,
            whose.c.channel,
            whose.c.lead_id,
            whose.c.address_id,
            t.senders.c.address.label("sender"),
            bodies.c.body,
        )
        .join(whose, whose.c.id == table.c.message_id)
        .join(t.senders, t.senders.c.id == whose.c.sender_id)
        .join(bodies, and_(bodies.c.message_id == table.c.message_id, bodies.c.created_at == table.c.started_at))
        .where(table.c.id.in_(IDS))
        .order_by(table.c.id)
    )
    rows = connection.execute(query, {"ids": sorted(set(attempt_ids))}).mappings()
    return [DoubtfulAttempt(**{**row, "channel": Channel(row["channel"])}) for row in rows]


def may_be_mistaken(connection: Connection, attempt: DoubtfulAttempt, apart: timedelta) -> bool:
    """Return whether another attempt at the same address, within *apart*, could be meant by what a provider shows.

    Those are the ones of which we have no id of the provider's, and which it may have taken.
    """
    table, whose = t.attempts, t.messages
    others = exists().where(
        table.c.message_id == whose.c.id,
        whose.c.address_id == attempt.address_id,
        whose.c.channel == attempt.channel,
        table.c.id != attempt.id,
        table.c.provider_id.is_(None),
        table.c.outcome.not_in(["refused", "never_started"]),
        table.c.started_at.between(attempt.started_at - apart, attempt.started_at + apart),
    )
    return bool(connection.execute(select(others)).scalar_one())


def note(connection: Connection, attempt_id: str, detail: str) -> None:
    """Write beside an open attempt what was said of it."""
    connection.execute(update(t.attempts).where(t.attempts.c.id == attempt_id).values(detail=detail))


def lock_open(connection: Connection, attempt_ids: Collection[str]) -> set[str]:
    """Lock *attempt_ids* and return those that are still open."""
    return set(connection.execute(_LOCK_OPEN, {"ids": sorted(set(attempt_ids))}).scalars())


def lock_unknown(connection: Connection, attempt_ids: Collection[str]) -> set[str]:
    """Lock those of *attempt_ids* whose outcome is unknown, and return them."""
    return set(connection.execute(_LOCK_UNKNOWN, {"ids": sorted(set(attempt_ids))}).scalars())


def lock_left(connection: Connection, message_id: str) -> LeftAttempt | None:
    """Lock and return the attempt of *message_id* whose outcome is unknown, or None."""
    query = select(t.attempts.c.id, t.attempts.c.provider).where(
        t.attempts.c.message_id == message_id, t.attempts.c.outcome == UNKNOWN
    )
    row = connection.execute(query.with_for_update()).mappings().one_or_none()
    return LeftAttempt(**row) if row else None


def answer(connection: Connection, attempt_id: str, *, outcome: str, detail: str, now: datetime) -> None:
    """Write a person's word over an unknown outcome."""
    values = {"outcome": outcome, "detail": detail, "ended_at": now}
    connection.execute(update(t.attempts).where(t.attempts.c.id == attempt_id).values(**values))


def who_was_overruled(connection: Connection, message_ids: Collection[str]) -> dict[str, str]:
    """Return, for those of *message_ids* that an operator let be sent again, whom they had been given to."""
    query = select(t.attempts.c.message_id, t.attempts.c.provider).where(
        t.attempts.c.message_id.in_(IDS), t.attempts.c.outcome == OVERRULED
    )
    rows = connection.execute(query.order_by(t.attempts.c.number), {"ids": sorted(set(message_ids))})
    return {row.message_id: row.provider for row in rows}


_NAMED = select(t.attempts.c.id).where(t.attempts.c.id.in_(IDS)).order_by(t.attempts.c.id).with_for_update()
_LOCK_OPEN = _NAMED.where(t.attempts.c.outcome == OPEN)
_LOCK_UNKNOWN = _NAMED.where(t.attempts.c.outcome == UNKNOWN)
