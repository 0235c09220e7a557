"""Messages: made, held, ended. Attempts are `store.attempts`; the line before each sender is `store.line`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    and_,
    bindparam,
    func,
    or_,
    select,
    update,
)
from sqlalchemy import text as sql

from channels.address import Channel
from channels.events import CallOutcome
from channels.message import MessageId
from consent.facts import Purpose
from engine.domain.delivery import DeliveryFacts
from engine.domain.lead import LeadId
from engine.domain.message import CLAIMABLE_STATES, WITHDRAWABLE_STATES, Delivery, MessageState
from engine.domain.notice import NoticeType
from engine.store import notices
from engine.store import tables as t
from engine.store.statements import IDS, insert_new, update_rows
from engine.store.tables.metadata import Instant, listed

# Written out, not bound: SQLite uses a partial index only where it can read that the query asks for its rows.
IS_CLAIMABLE = and_(sql(f"messages.state IN {listed(CLAIMABLE_STATES)}"), t.messages.c.due_at.is_not(None))
IS_CLAIMED, IS_UNCLAIMED = and_(sql("messages.state = 'claimed'")), and_(sql("messages.state <> 'claimed'"))
IS_WITHDRAWABLE = t.messages.c.state.in_(sorted(WITHDRAWABLE_STATES))
DELIVERY_FIELDS = tuple(name for name in DeliveryFacts.__dataclass_fields__ if name != "status")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMessage:
    """A message as dispatch and absorption need it."""

    id: MessageId
    lead_id: LeadId
    address_id: str | None
    enrollment_id: str | None
    sender_id: str | None
    sequence: str
    stage: str
    occurrence: int
    channel: Channel
    purpose: Purpose
    topic: str | None
    template: str
    lane: str
    state: MessageState
    claimed_by: str | None
    planned_at: datetime
    revision: str | None
    content_revision: str | None
    tries: int
    provider: str | None
    provider_id: str | None
    accepted_at: datetime | None
    delivery: DeliveryFacts


def insert(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Make messages; an intent that has one already keeps it."""
    insert_new(connection, t.messages, rows)


def load(connection: Connection, message_ids: Collection[str]) -> dict[MessageId, StoredMessage]:
    """Return the messages named, by id; unknown ids are left out."""
    rows = connection.execute(_BY_ID, {"ids": sorted(set(message_ids))}).mappings()
    return {MessageId(row["id"]): _stored(row) for row in rows}


def lock(connection: Connection, message_ids: Collection[str]) -> dict[MessageId, StoredMessage]:
    """Lock and return the messages named, by id."""
    rows = connection.execute(_LOCK, {"ids": sorted(set(message_ids))}).mappings()
    return {MessageId(row["id"]): _stored(row) for row in rows}


_LOCK_CLAIMED = (
    select(t.messages)
    .where(
        t.messages.c.id.in_(IDS),
        t.messages.c.state == MessageState.CLAIMED,
        t.messages.c.claimed_by == bindparam("token"),
    )
    .order_by(t.messages.c.id)
    .with_for_update()
)
_BY_ID = select(t.messages).where(t.messages.c.id.in_(IDS))
_LOCK = _BY_ID.order_by(t.messages.c.id).with_for_update()


def lock_claimed(connection: Connection, message_ids: Collection[str], token: str) -> dict[MessageId, StoredMessage]:
    """Lock and return those of *message_ids* that are still claimed by the holder of *token*."""
    rows = connection.execute(_LOCK_CLAIMED, {"ids": sorted(message_ids), "token": token}).mappings()
    return {MessageId(row["id"]): _stored(row) for row in rows}


def schedule(connection: Connection, message_id: str, *, due_at: datetime, reason: str = "") -> None:
    """Put a message back: it is tried at *due_at*."""
    values = {"due_at": due_at, "reason": reason, "claimed_by": None, "ended_at": None}
    _set(connection, [message_id], state=MessageState.SCHEDULED, **values)


def hold(connection: Connection, message_id: str, *, until: datetime | None, reason: str, rule: str = "") -> None:
    """Hold a message until *until*; None waits for a person, a pause's end or new content."""
    _set(connection, [message_id], state=MessageState.HELD, due_at=until, reason=reason, rule=rule, claimed_by=None)


def look_again(connection: Connection, message_id: str, *, at: datetime) -> None:
    """Leave a sending message as it is until *at*: evidence may still come."""
    _set(connection, [message_id], due_at=at)


def skip(connection: Connection, message_id: str, *, now: datetime, reason: str, rule: str = "") -> None:
    """End a message that was never tried."""
    _set(connection, [message_id], **_ended(MessageState.SKIPPED, now, reason), rule=rule)


def cancel_open(  # noqa: PLR0913 - one argument for each way to choose
    connection: Connection,
    *,
    now: datetime,
    reason: str,
    lead_ids: Collection[str] = (),
    address_ids: Collection[str] = (),
    enrollment_ids: Collection[str] = (),
    channels: Collection[str] | None = None,
    purpose: str | None = None,
    topic: str | None = None,
) -> list[str]:
    """Cancel every message that nothing has left of, for these leads, addresses or enrollments.

    Returns the ids of the enrollments that waited on one of them.
    """
    table = t.messages
    query = select(table.c.id, table.c.enrollment_id).where(table.c.state.in_(sorted(WITHDRAWABLE_STATES)))
    for column, ids in (
        (table.c.lead_id, lead_ids),
        (table.c.address_id, address_ids),
        (table.c.enrollment_id, enrollment_ids),
    ):
        if ids:
            query = query.where(column.in_(sorted(set(ids))))
    if channels is not None:
        query = query.where(table.c.channel.in_(sorted(channels)))
    if purpose is not None:
        query = query.where(table.c.purpose == purpose)
    if topic is not None:
        query = query.where(table.c.topic == topic)
    assert lead_ids or address_ids or enrollment_ids
    found = connection.execute(query.order_by(table.c.id).with_for_update()).all()
    _set(connection, [row.id for row in found], **_ended(MessageState.CANCELLED, now, reason))
    return sorted({row.enrollment_id for row in found if row.enrollment_id})


def cancel_stages(
    connection: Connection, enrollment_id: str, stages: Collection[str], *, before: int, now: datetime, reason: str
) -> None:
    """Cancel what nothing has left of, at *stages* of one enrollment, of the rounds before *before*."""
    table = t.messages
    found = connection.execute(
        select(table.c.id)
        .where(
            table.c.enrollment_id == enrollment_id,
            table.c.stage.in_(sorted(stages)),
            table.c.occurrence < before,
            table.c.state.in_(sorted(WITHDRAWABLE_STATES)),
        )
        .order_by(table.c.id)
        .with_for_update()
    )
    _set(connection, list(found.scalars()), **_ended(MessageState.CANCELLED, now, reason))


def rest_open(connection: Connection, enrollment_ids: Collection[str], *, reason: str) -> None:
    """Hold without a time whatever these enrollments have scheduled: they rest."""
    table = t.messages
    if enrollment_ids:
        states = sorted({MessageState.SCHEDULED, MessageState.HELD})
        connection.execute(
            update(table)
            .where(table.c.enrollment_id.in_(sorted(set(enrollment_ids))), table.c.state.in_(states))
            .values(state=MessageState.HELD, due_at=None, reason=reason, rule="")
        )


def hold_due(
    connection: Connection, sender_id: str, lane: str, now: datetime, *, until: datetime, reason: str, limit: int
) -> int:
    """Hold up to *limit* due messages of a sender, and return how many; those that somebody holds stay as they are.

    First what a killed worker had claimed, as in `line.claim`.
    """
    is_due = (t.messages.c.lane == lane, t.messages.c.due_at <= now)
    ids = _free(connection, sender_id, IS_CLAIMED, *is_due, limit=limit)
    ids += _free(connection, sender_id, IS_UNCLAIMED, *is_due, limit=limit - len(ids))
    held = {"state": MessageState.HELD, "due_at": until, "reason": reason, "rule": "", "claimed_by": None}
    _set(connection, ids, **held)
    return len(ids)


def release_held(connection: Connection, sender_id: str, now: datetime, *, reason: str, limit: int) -> int:
    """Let up to *limit* messages go that wait for *reason* alone, and return how many."""
    is_held = (t.messages.c.state != MessageState.CLAIMED, t.messages.c.reason == reason, t.messages.c.due_at > now)
    ids = _free(connection, sender_id, *is_held, limit=limit)
    _set(connection, ids, state=MessageState.SCHEDULED, due_at=now, reason="")
    return len(ids)


def _free(connection: Connection, sender_id: str, *wanted: ColumnElement[bool], limit: int) -> list[str]:
    """Lock and return claimable messages of a sender that nobody else holds: no waiting, so no order to keep."""
    table = t.messages
    query = select(table.c.id).where(table.c.sender_id == sender_id, IS_CLAIMABLE, *wanted)
    ordered = query.order_by(table.c.due_at, table.c.id).limit(limit)
    return list(connection.execute(ordered.with_for_update(skip_locked=True)).scalars())


def release_resting(connection: Connection, enrollment_ids: Collection[str], now: datetime) -> None:
    """Let go what `rest_open` held; the gate is asked again before anything leaves."""
    table = t.messages
    if enrollment_ids:
        connection.execute(
            update(table)
            .where(
                table.c.enrollment_id.in_(sorted(set(enrollment_ids))),
                table.c.state == MessageState.HELD,
                table.c.due_at.is_(None),
                table.c.sender_id.is_not(None),  # what nobody can send waits on
            )
            .values(state=MessageState.SCHEDULED, due_at=now, reason="resumed")
        )


def texts_sent(connection: Connection, address_ids: Collection[str], since: datetime) -> set[tuple[str | None, str]]:
    """Return address and text hash of what left since *since* for these addresses, or is about to."""
    if not address_ids:
        return set()
    rows = connection.execute(_TEXTS_SENT, {"ids": sorted(set(address_ids)), "since": since})
    return {(row.address_id, row.text_hash) for row in rows}


_LEFT_AT = func.coalesce(t.messages.c.accepted_at, t.messages.c.ended_at)
_TEXTS_SENT = select(t.messages.c.address_id, t.messages.c.text_hash).where(
    t.messages.c.address_id.in_(IDS),
    t.messages.c.text_hash.is_not(None),
    or_(
        t.messages.c.state == MessageState.SENDING,
        and_(
            t.messages.c.state.in_((MessageState.ACCEPTED, MessageState.UNKNOWN)),
            bindparam("since", type_=Instant) < _LEFT_AT,
        ),
    ),
)


def start_sending(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Mark messages whose attempts are on record; each row: id, due_at (end of the lease), tries, content_revision, text_hash."""
    update_rows(
        connection,
        t.messages,
        [{**row, "state": MessageState.SENDING, "reason": "", "rule": "", "claimed_by": None} for row in rows],
    )


def end(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Bring messages to a final state; each row: id, state, reason, ended_at, accepted_at, provider, provider_id."""
    update_rows(connection, t.messages, [{**row, "due_at": None, "claimed_by": None} for row in rows])
    for row in rows:
        if (kind := _ENDS.get(row["state"])) is not None:
            detail = {"provider": row["provider"]} if row["provider"] else {"reason": row["reason"]}
            notices.tell(connection, kind, [(row["id"], detail)])


_ENDS = {
    MessageState.ACCEPTED: NoticeType.MESSAGE_ACCEPTED,
    MessageState.FAILED: NoticeType.MESSAGE_FAILED,
    MessageState.UNKNOWN: NoticeType.MESSAGE_UNKNOWN,
}


def settle_unknown(
    connection: Connection, message_id: str, *, provider: str, now: datetime, provider_id: str | None = None
) -> None:
    """Note that evidence came: the provider had taken a message whose outcome was unknown, or that was to go again."""
    values: dict[str, Any] = {"provider": provider, "accepted_at": now, "rule": ""}
    if provider_id is not None:
        values["provider_id"] = provider_id
    ended_at = func.coalesce(t.messages.c.ended_at, now)
    _set(connection, [message_id], **_ended(MessageState.ACCEPTED, now, "") | values | {"ended_at": ended_at})
    notices.tell(connection, NoticeType.MESSAGE_ACCEPTED, [(message_id, {"provider": provider})])


def plan_anew(connection: Connection, message_id: str, *, now: datetime, reason: str) -> None:
    """Schedule a message that had ended, as if it were planned now: a hold for too long counts from here."""
    values = {"due_at": now, "planned_at": now, "ended_at": None, "reason": reason, "rule": "", "claimed_by": None}
    _set(connection, [message_id], state=MessageState.SCHEDULED, **values)


def save_delivery(connection: Connection, deliveries: Mapping[MessageId, DeliveryFacts]) -> None:
    """Write back what became of accepted messages."""
    rows = [
        {"id": message_id, "delivery": facts.status, **{name: getattr(facts, name) for name in DELIVERY_FIELDS}}
        for message_id, facts in sorted(deliveries.items())
    ]
    _tell_delivery(connection, rows)
    update_rows(connection, t.messages, rows)


_BECAME = {
    "delivered_at": NoticeType.MESSAGE_DELIVERED,
    "bounced_at": NoticeType.MESSAGE_BOUNCED,
    "replied_at": NoticeType.MESSAGE_REPLIED,
}


def _tell_delivery(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Tell what *rows* say for the first time: only what happened before they are written is known to be new."""
    wanted = {name: kind for name, kind in _BECAME.items() if notices.is_wanted(connection, kind)}
    if not wanted or not rows:
        return
    found = connection.execute(_BY_ID, {"ids": [row["id"] for row in rows]}).mappings()
    before = {row["id"]: row for row in found}
    for name, kind in wanted.items():
        fresh = [row["id"] for row in rows if row[name] is not None and before[row["id"]][name] is None]
        notices.tell(connection, kind, [(message_id, None) for message_id in fresh])


def _set(connection: Connection, message_ids: Sequence[str], **values: Any) -> None:
    if message_ids:
        connection.execute(update(t.messages).where(t.messages.c.id.in_(list(message_ids))).values(**values))


def _ended(state: MessageState, now: datetime, reason: str) -> dict[str, Any]:
    return {"state": state, "reason": reason, "due_at": None, "ended_at": now, "claimed_by": None}


def _stored(row: RowMapping) -> StoredMessage:
    told = {name: row[name] for name in DELIVERY_FIELDS}
    told["outcome"] = CallOutcome(row["outcome"]) if row["outcome"] else None
    delivery = DeliveryFacts(status=Delivery(row["delivery"]), **told)
    plain = {
        name: row[name]
        for name in StoredMessage.__dataclass_fields__
        if name not in {"id", "channel", "purpose", "state", "delivery"}
    }
    return StoredMessage(
        id=MessageId(row["id"]),
        channel=Channel(row["channel"]),
        purpose=Purpose(row["purpose"]),
        state=MessageState(row["state"]),
        delivery=delivery,
        **plain,
    )
