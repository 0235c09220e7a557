"""Senders: whom we send as, how fast, and how much they have sent."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, bindparam, exists, or_, select, update

from channels.address import PHONE_CHANNELS, Channel
from channels.sandbox import NAME as SANDBOX
from engine.domain.breaker import WELL, Breaker
from engine.domain.pacing import Pace
from engine.store import tables as t
from engine.store.messages import IS_CLAIMABLE
from engine.store.statements import IDS, insert_new, update_rows

PACE_FIELDS = tuple(Pace.__dataclass_fields__)
BREAKER_FIELDS = tuple(Breaker.__dataclass_fields__)

NOT_LIVE_YET = "not_live_yet"
"""Why a new sender of a real provider rests: nobody has said yet that people may be written to."""

TRIAL_OVER = "trial_over"
"""Why a sender rests that has sent what a trial allowed: a person looks before it goes on."""

SENDING_STOPPED = "sending_stopped"
"""Why everything rests: the one switch that stops all sending."""

_IS_SENDING = and_(
    ~exists().where(t.installation.c.is_sending_stopped),
    ~exists().where(t.paused_channels.c.channel == t.senders.c.channel).correlate(t.senders),
)
IS_AWAKE = and_(
    t.senders.c.is_paused.is_(False), or_(t.senders.c.trial_left.is_(None), t.senders.c.trial_left > 0), _IS_SENDING
)
"""Whether a sender may send at all; its pace is another matter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A mailbox, a domain or a number we send from."""

    id: str
    channel: Channel
    provider: str
    address: str
    name: str
    is_paused: bool
    paused_reason: str
    created_at: datetime
    heard_at: datetime | None
    pace: Pace
    breaker: Breaker
    domain_daily_max: int | None = None  # sends a day to one recipient domain

    @property
    def is_live(self) -> bool:
        """Whether people hear from it: every provider but the sandbox reaches them."""
        return self.provider != SANDBOX

    @property
    def fails_by(self) -> str:
        """How its provider keeps failing, or nothing said when it does not; what waits for it is tried at `probe_at`."""
        return self.breaker.fault if self.breaker.probe_at is not None else ""

    @property
    def rests_for(self) -> str:
        """Why it sends nothing now, or nothing said when it does; pace and the one switch aside."""
        if self.is_paused:
            return self.paused_reason or "paused"
        return TRIAL_OVER if self.pace.trial_left == 0 else ""


def all_senders(connection: Connection) -> list[Sender]:
    """Return every sender, in the order of their ids."""
    return [_sender(row) for row in connection.execute(_ALL).mappings()]


_ALL = select(t.senders).order_by(t.senders.c.id)


def with_due_messages(connection: Connection, lane: str, now: datetime) -> list[str]:
    """Return the ids of the senders that are not paused and have something due in *lane*."""
    table = t.messages
    is_due = exists().where(
        table.c.sender_id == t.senders.c.id, table.c.lane == lane, IS_CLAIMABLE, table.c.due_at <= now
    )
    query = select(t.senders.c.id).where(IS_AWAKE, is_due).order_by(t.senders.c.id)
    return list(connection.execute(query).scalars())


def is_awake(connection: Connection, sender_id: str, *, claimed: bool = False) -> bool:
    """Return whether a sender may send at this moment: more than before, or only what is *claimed* already."""
    found = connection.execute(_MAY_GO if claimed else _MAY_CLAIM, {"id": sender_id})
    return found.first() is not None


_MAY_CLAIM = select(t.senders.c.id).where(t.senders.c.id == bindparam("id"), IS_AWAKE)
_MAY_GO = select(t.senders.c.id).where(t.senders.c.id == bindparam("id"), t.senders.c.is_paused.is_(False), _IS_SENDING)


def lock_awake(connection: Connection, sender_ids: Collection[str]) -> set[str]:
    """Return those of *sender_ids* that may send what is claimed, and keep them so until the transaction ends.

    Whoever pauses a sender or turns the one switch waits for it, so no attempt is committed after either. The weakest
    lock there is (KEY SHARE) keeps nobody from claiming or counting meanwhile. It comes last of all locks; whether a
    channel or a sequence rests is asked after it: `pauses.in_force`.
    """
    return set(connection.execute(_LOCK_AWAKE, {"ids": sorted(set(sender_ids))}).scalars())


_LOCK_AWAKE = (
    select(t.senders.c.id)
    .join(t.installation, t.installation.c.is_sending_stopped.is_(False))
    .where(t.senders.c.id.in_(IDS), t.senders.c.is_paused.is_(False))
    .order_by(t.senders.c.id)
    .with_for_update(read=True, key_share=True)
)


def pause(connection: Connection, sender_ids: Collection[str], *, reason: str) -> None:
    """Let senders rest until a person lets them go on: no attempt of theirs is committed after this is."""
    connection.execute(_LOCK_ALONE, {"ids": sorted(set(sender_ids))}).all()
    _set(connection, sender_ids, is_paused=True, paused_reason=reason)


_LOCK_ALONE = select(t.senders.c.id).where(t.senders.c.id.in_(IDS)).order_by(t.senders.c.id).with_for_update()


def resume(connection: Connection, sender_ids: Collection[str], *, trial: int | None = None) -> None:
    """Let senders go on: for *trial* messages, or without an end; what failed before is forgotten."""
    _set(connection, sender_ids, is_paused=False, paused_reason="", trial_left=trial, **asdict(WELL))


def _set(connection: Connection, sender_ids: Collection[str], **values: Any) -> None:
    if sender_ids:
        connection.execute(update(t.senders).where(t.senders.c.id.in_(sorted(sender_ids))).values(**values))


def lock(connection: Connection, sender_id: str, *, wait: bool = False) -> Sender | None:
    """Lock and return one sender; without *wait*, None when another worker is claiming for it right now."""
    row = connection.execute(
        select(t.senders).where(t.senders.c.id == sender_id).with_for_update(skip_locked=not wait, key_share=True)
    ).mappings()
    found = row.first()
    return _sender(found) if found else None


def add(connection: Connection, row: Mapping[str, Any]) -> None:
    """Add a sender; one with the same channel, provider and address stays as it is."""
    insert_new(connection, t.senders, [row])


def save_pace(connection: Connection, sender_id: str, pace: Pace) -> None:
    """Write back what a sender may send."""
    values = {name: getattr(pace, name) for name in PACE_FIELDS}
    connection.execute(update(t.senders).where(t.senders.c.id == sender_id).values(**values))


def limit_domains(connection: Connection, sender_id: str, daily_max: int | None) -> None:
    """Set how many a day may go to one recipient domain; None for no limit."""
    _set(connection, [sender_id], domain_daily_max=daily_max)


def read_breaker(connection: Connection, sender_id: str) -> Breaker:
    """Return how a sender's provider has met the latest messages, without a lock."""
    row = connection.execute(_BREAKER, {"id": sender_id}).mappings().one()
    return Breaker(**row)


_BREAKER = select(*(t.senders.c[name] for name in BREAKER_FIELDS)).where(t.senders.c.id == bindparam("id"))


def save_breaker(connection: Connection, sender_id: str, breaker: Breaker) -> None:
    """Write back how a sender's provider has met the latest messages."""
    _set(connection, [sender_id], **asdict(breaker))


def heard_before(connection: Connection, sender_ids: Collection[str], before: datetime) -> set[str]:
    """Return those of *sender_ids* that were never heard of, or only before *before*."""
    table = t.senders
    is_old = or_(table.c.heard_at.is_(None), table.c.heard_at < before)
    return set(connection.execute(select(table.c.id).where(table.c.id.in_(sorted(sender_ids)), is_old)).scalars())


def note_heard(connection: Connection, sender_ids: Collection[str], now: datetime) -> None:
    """Note that their provider called back about them; one sender after the other, in the order all take them."""
    update_rows(connection, t.senders, [{"id": one, "heard_at": now} for one in sorted(sender_ids)])


def new_row(  # noqa: PLR0913 - one argument for each column
    *,
    sender_id: str,
    channel: Channel,
    provider: str,
    address: str,
    name: str,
    rate_per_second: float,
    daily_max: int | None,
    now: datetime,
    paused_reason: str = "",
) -> dict[str, Any]:
    """Return the row of a new sender; with *paused_reason* it rests until a person lets it go on.

    It may save up one second's tokens while it is idle. Carriers count texts by the second, so live phones start with one.
    """
    is_even = channel in PHONE_CHANNELS and provider != SANDBOX
    burst = 1.0 if is_even else max(1.0, rate_per_second)
    return {
        "id": sender_id,
        "channel": channel,
        "provider": provider,
        "address": address,
        "name": name,
        "rate_per_second": rate_per_second,
        "burst": burst,
        "tokens": burst,
        "tokens_at": now,
        "daily_max": daily_max,
        "day_zone": "UTC",
        "day": now.date(),
        "sent_today": 0,
        "is_paused": paused_reason != "",
        "paused_reason": paused_reason,
        "trial_left": None,
        "created_at": now,
        "heard_at": None,
        **asdict(WELL),
    }


def _sender(row: RowMapping) -> Sender:
    return Sender(
        id=row["id"],
        channel=Channel(row["channel"]),
        provider=row["provider"],
        address=row["address"],
        name=row["name"],
        is_paused=row["is_paused"],
        paused_reason=row["paused_reason"],
        created_at=row["created_at"],
        heard_at=row["heard_at"],
        pace=Pace(**{name: row[name] for name in PACE_FIELDS}),
        breaker=Breaker(**{name: row[name] for name in BREAKER_FIELDS}),
        domain_daily_max=row["domain_daily_max"],
    )
