"""Take due messages exclusively, as fast as their senders may send: lane `first` ahead, sequences in turn."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from channels.message import MessageId
from engine.domain import pacing
from engine.domain.breaker import Breaker, Standing, begin_probe, give_up_probe
from engine.flows.breaking import hold_waiting
from engine.flows.kit import Kit
from engine.store import contents, line, senders
from engine.store.database import Connection

LEASE = timedelta(seconds=60)
"""How long a worker may keep what it claimed before others take it again; nothing of it has left by then."""

FIRST, MAIN = "first", "main"
LANES = (FIRST, MAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Messages of one sender that nobody else will touch until the lease is over."""

    token: str
    sender: senders.Sender
    message_ids: tuple[MessageId, ...]
    at: datetime
    probe: Breaker | None = None  # the breaker as it was left, where these are sent to see whether the provider is well


def claim(kit: Kit, lane: str, limit: int) -> Iterator[Claim]:
    """Yield one claim for each sender that has due messages in *lane* and may send now."""
    with kit.database.read() as connection:
        choice = senders.with_due_messages(connection, lane, kit.database.now(connection))
    for sender_id in choice:
        taken = _claim_for(kit, sender_id, lane, limit)
        if taken is not None:
            yield taken


def charge(kit: Kit, taken: Claim, extra: Mapping[MessageId, int]) -> set[MessageId]:
    """Take the tokens that long texts of a claim cost beyond their first; return those the day has no room for.

    Asked before anything is sent, so that no worker can exceed a daily limit by what its texts turn out to cost.
    """
    costly = {message_id: cost for message_id, cost in extra.items() if cost > 0}
    if not costly:
        return set()
    with kit.database.write() as connection:
        sender = senders.lock(connection, taken.sender.id, wait=True)
        assert sender is not None
        now = kit.database.now(connection)
        goes = pacing.fit_into_day(sender.pace, list(costly.values()), now)
        going = [message_id for message_id, fits in zip(costly, goes, strict=True) if fits]
        pace = pacing.charge(sender.pace, sum(costly[message_id] for message_id in going), now)
        senders.save_pace(connection, sender.id, pace)
    return set(costly) - set(going)


def give_back(kit: Kit, taken: Claim, *, unused: int, extra: int = 0) -> None:
    """Return what was taken in vain: a token for each *unused* message, and *extra* ones that long texts did not need."""
    if unused == 0 and extra == 0:
        return
    with kit.database.write() as connection:
        sender = senders.lock(connection, taken.sender.id, wait=True)
        assert sender is not None
        now = kit.database.now(connection)
        pace = pacing.give_back(sender.pace, unused, extra=extra, claimed_at=taken.at, now=now)
        senders.save_pace(connection, sender.id, pace)
        if taken.probe is not None and unused:
            senders.save_breaker(connection, sender.id, give_up_probe(sender.breaker, taken.probe, now))


def _claim_for(kit: Kit, sender_id: str, lane: str, limit: int) -> Claim | None:
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        # A backlog may leave it to the other worker that is claiming; who waits for an answer waits for the lock.
        sender = senders.lock(connection, sender_id, wait=lane == FIRST)
        if sender is None or not senders.is_awake(connection, sender_id):
            return None
        if (sender.provider, sender.channel) not in kit.adapters:
            return None  # its keys are gone: what it has to say waits until they are back
        standing = sender.breaker.standing(now)
        if standing is Standing.OPEN:
            hold_waiting(kit, connection, sender, lane, now)
            return None
        limit = 1 if standing is Standing.HALF_OPEN else limit
        allowed = min(limit, pacing.allowance(sender.pace, now))
        waiting = _sequences_in_turn(connection, sender_id, lane, now) if allowed > 0 else []
        if not waiting:
            return None
        if lane != FIRST and allowed:
            ahead = _sequences_in_turn(connection, sender_id, FIRST, now)
            allowed -= line.count_due(connection, sender_id, FIRST, ahead, now, limit=allowed)
        token = kit.ids.new()
        taken: list[MessageId] = []
        for position, sequence in enumerate(waiting):
            share = -(-(allowed - len(taken)) // (len(waiting) - position))
            if share > 0:
                taken += line.claim(
                    connection,
                    sender_id=sender_id,
                    lane=lane,
                    sequence=sequence,
                    limit=share,
                    token=token,
                    now=now,
                    lease_until=now + LEASE,
                )
        if not taken:
            return None
        senders.save_pace(connection, sender_id, pacing.take(sender.pace, len(taken), now))
        probe = begin_probe(sender.breaker, now) if standing is Standing.HALF_OPEN else None
        if probe is not None:
            senders.save_breaker(connection, sender_id, probe)
    return Claim(token=token, sender=sender, message_ids=tuple(taken), at=now, probe=probe)


def _sequences_in_turn(connection: Connection, sender_id: str, lane: str, now: datetime) -> list[str]:
    """Return the sequences with due messages, paused ones aside, beginning with another one each second."""
    paused = {row["name"] for row in contents.sequences(connection) if row["is_paused"]}
    names = [name for name in line.waiting_sequences(connection, sender_id, lane, now) if name not in paused]
    start = int(now.timestamp()) % len(names) if names else 0
    return names[start:] + names[:start]
