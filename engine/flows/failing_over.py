"""Let another sender have what a failing one cannot send; each move is on record with the message.

The failing sender's lock is held by whoever claims for it. The other one is only kept from being paused meanwhile, by
the weakest lock there is, so two that fail over to each other never wait for each other.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from channels.address import PHONE_CHANNELS, phone_region
from channels.message import MessageId
from consent.answer import Outcome
from engine.domain.breaker import Standing
from engine.domain.failover import LOOK_AGAIN, PATIENCE, StandBy, Stays, is_out_of_patience, next_sender, room_of
from engine.flows.kit import Kit
from engine.store import failovers, senders
from engine.store import tables as t
from engine.store.database import Connection
from engine.store.messages import StoredMessage
from engine.store.senders import Sender
from engine.store.statements import insert_rows

log = structlog.get_logger(__name__)

FAILED_OVER = "failed_over"
"""Why a message goes by another sender than it was planned for."""

RULE = "failover"
SOON = timedelta(seconds=1)  # two tries of one message never share an instant
COUNT_MAX = 5_000


def move_waiting(kit: Kit, connection: Connection, sender: Sender, lane: str, now: datetime) -> datetime | None:
    """Give what is due for *sender*, whose breaker is open, to the next one, as much as that can send soon.

    Returns when to look again at what is left; None where nobody takes over.
    """
    target = _next(kit, connection, sender, now)
    if isinstance(target, Stays):
        return None
    ids = failovers.lock_movable(connection, sender.id, lane, now, limit=target.room)
    _move(kit, connection, sender, target, ids, fault=sender.breaker.fault, now=now, due_at=now)
    return now + LOOK_AGAIN


def move_refused(
    kit: Kit, connection: Connection, sender: Sender, message: StoredMessage, fault: str, now: datetime
) -> bool:
    """Give *message*, which the caller has locked and whose provider failed it by *fault*, to the next sender.

    Only when that provider has had its tries; never to one that had its own. Returns whether it was moved.
    """
    if not is_out_of_patience(fault, tries=message.tries, planned_at=message.planned_at, now=now):
        return False
    before = failovers.attempts_of(connection, message.id)
    if sum(provider == sender.provider for provider, _ in before) < PATIENCE:
        return False
    outcomes, tried = [outcome for _, outcome in before], {provider for provider, _ in before}
    target = _next(kit, connection, sender, now, outcomes=outcomes, tried=tried)
    if isinstance(target, Stays):
        return False
    _move(kit, connection, sender, target, [message.id], fault=fault, now=now, due_at=now + SOON)
    return True


def _next(
    kit: Kit,
    connection: Connection,
    sender: Sender,
    now: datetime,
    *,
    outcomes: Sequence[str] = (),
    tried: frozenset[str] | set[str] = frozenset(),
) -> StandBy | Stays:
    everyone = [one for one in senders.all_senders(connection) if one.channel is sender.channel]
    choice = [_stand_by(kit, connection, one, now) for one in everyone]
    failing = next((one for one in choice if one.id == sender.id), None)
    if failing is None:
        return Stays.NO_OTHER
    target = next_sender(failing, choice, outcomes=outcomes, tried=tried)
    # Paused a moment ago: whoever paused it must not see it send.
    if isinstance(target, StandBy) and not senders.lock_awake(connection, [target.id]):
        return Stays.NO_OTHER
    return target


def _stand_by(kit: Kit, connection: Connection, sender: Sender, now: datetime) -> StandBy:
    waiting = failovers.count_waiting(connection, sender.id, now + LOOK_AGAIN, limit=COUNT_MAX)
    return StandBy(
        id=sender.id,
        channel=sender.channel,
        provider=sender.provider,
        address=sender.address,
        country=phone_region(sender.address) if sender.channel in PHONE_CHANNELS else None,
        created_at=sender.created_at,
        is_live=sender.is_live and (sender.provider, sender.channel) in kit.adapters,
        is_resting=sender.is_paused,
        is_on_trial=sender.pace.trial_left is not None,
        is_well=sender.breaker.standing(now) is Standing.CLOSED,
        room=room_of(sender.pace, waiting=waiting, now=now),
    )


def _move(  # noqa: PLR0913 - who, what, to whom and why
    kit: Kit,
    connection: Connection,
    sender: Sender,
    target: StandBy,
    ids: Sequence[MessageId],
    *,
    fault: str,
    now: datetime,
    due_at: datetime,
) -> None:
    if not ids:
        return
    failovers.move(connection, ids, target.id, due_at=due_at, reason=FAILED_OVER)
    before, after = f"{sender.provider} ({sender.address})", f"{target.provider} ({target.address})"
    because = f"moved from {before} to {after} because {fault.replace('_', ' ') or 'it keeps failing'}"
    looked_at = {"from": before, "to": after, "fault": fault}
    step = {"id": RULE, "answer": Outcome.HOLD, "reason": because, "until": None, "inputs": looked_at, "citation": ""}
    told = {"asked": "dispatch", "outcome": Outcome.HOLD, "reason": FAILED_OVER, "rule": RULE, "until": now}
    rows = [
        {
            **told,
            "id": kit.ids.new(),
            "created_at": now,
            "message_id": message_id,
            "task_id": None,
            "trace": [step],
            "rulebook": kit.rulebook.version,
        }
        for message_id in ids
    ]
    insert_rows(connection, t.decisions, rows)
    log.warning(
        "messages.failed_over", count=len(ids), before=sender.provider, after=target.provider, fault=fault,
        channel=sender.channel,
    )  # fmt: skip
