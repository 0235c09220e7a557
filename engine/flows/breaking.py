"""Leave a provider alone that keeps failing: its sender's messages wait with a reason and a time, and one goes to see.

The decision is `domain.breaker`; its state changes under the sender's lock, the last lock a receipt's transaction takes.
"""

from collections.abc import Sequence
from datetime import datetime

import structlog

from channels.address import mask
from channels.message import Receipt
from engine.domain.breaker import WELL, Breaker, Standing, hear
from engine.domain.incident import IncidentKind
from engine.flows.failing_over import move_waiting
from engine.flows.incidents import close_incident, raise_incident
from engine.flows.kit import Kit
from engine.store import messages, senders
from engine.store.database import Connection
from engine.store.senders import Sender

log = structlog.get_logger(__name__)

FAILING = "provider_failing"
"""Why a message waits whose sender's provider keeps failing."""

HELD_MAX, RELEASED_MAX = 500, 5_000


def hear_receipts(
    kit: Kit, connection: Connection, sender: Sender, receipts: Sequence[tuple[str, Receipt]], now: datetime
) -> bool:
    """Let *receipts* count for the sender's breaker; return whether what waits for it may go now.

    While all is well this reads one row and locks none.
    """
    before = senders.read_breaker(connection, sender.id)
    if hear(before, receipts, now) == before:
        return False
    locked = senders.lock(connection, sender.id, wait=True)
    assert locked is not None
    before, after = locked.breaker, hear(locked.breaker, receipts, now)
    senders.save_breaker(connection, sender.id, after)
    _tell(kit, connection, sender, before.standing(now), after.standing(now), after)
    return before != WELL and after == WELL and before.opened_at is not None


def hold_waiting(kit: Kit, connection: Connection, sender: Sender, lane: str, now: datetime) -> int:
    """Let another sender have what is due for an open breaker; give what stays its reason, and the time it is looked at again."""
    assert sender.breaker.probe_at is not None
    again_at = move_waiting(kit, connection, sender, lane, now)
    until = min(sender.breaker.probe_at, again_at or sender.breaker.probe_at)
    return messages.hold_due(connection, sender.id, lane, now, until=until, reason=FAILING, limit=HELD_MAX)


def fails_until(kit: Kit, sender: Sender) -> datetime | None:
    """Return until when nothing more is sent for *sender*, whose provider began to fail; None while it does not."""
    with kit.database.read() as connection:
        breaker = senders.read_breaker(connection, sender.id)
        is_open = breaker.standing(kit.database.now(connection)) is Standing.OPEN
    return breaker.probe_at if is_open else None


def release(kit: Kit, sender_id: str) -> None:
    """Let everything go that waits for a breaker that has closed.

    Apart from the receipt that closed it, and lost with its worker: then it goes at the time it was given.
    """
    released = RELEASED_MAX
    while released == RELEASED_MAX:
        with kit.database.write() as connection:
            now = kit.database.now(connection)
            released = messages.release_held(connection, sender_id, now, reason=FAILING, limit=RELEASED_MAX)


def _tell(
    kit: Kit, connection: Connection, sender: Sender, before: Standing, after: Standing, breaker: Breaker
) -> None:
    told = {"sender": mask(sender.address), "provider": sender.provider}
    if after is Standing.CLOSED and before is not Standing.CLOSED:
        log.warning("sender.well_again", **told)
        close_incident(kit, connection, IncidentKind.SENDER_FAILING, sender.id)
    elif before is Standing.CLOSED and after is not Standing.CLOSED:
        probe_at = breaker.probe_at
        log.error(
            "sender.failing", **told, fault=breaker.fault, asked_again_at=probe_at.isoformat() if probe_at else None
        )
        detail = f"{sender.provider} for {sender.channel} keeps failing: {breaker.fault}"
        raise_incident(kit, connection, IncidentKind.SENDER_FAILING, sender.id, detail)
