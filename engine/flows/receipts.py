"""Note what the provider said at once: end the message, try it again, or leave it to evidence."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, assert_never

import structlog

from channels.address import kind_of
from channels.message import Fault, Outbound, Receipt, ReceiptKind
from consent.facts import SuppressionReason
from engine import metrics
from engine.domain import delivery
from engine.domain.message import CLAIMABLE_STATES, MessageState
from engine.domain.retry import TryAgain, after_never_started, after_refusal
from engine.flows.breaking import hear_receipts, release
from engine.flows.failing_over import move_refused
from engine.flows.kit import Kit
from engine.flows.looking_up import shows
from engine.flows.matching import hear_waiting
from engine.flows.suppressing import suppression_row
from engine.flows.unsettled import close_review, review_task, tell_of_doubt
from engine.store import attempts, consents, enrollments, events, leads, messages, tasks
from engine.store.database import Connection
from engine.store.messages import StoredMessage
from engine.store.senders import Sender

log = structlog.get_logger(__name__)

FIRST_LOOK = timedelta(seconds=30)
"""How long after a call without an answer its provider is first asked: what it took must have come to its lists."""

SUPPRESSING_FAULTS = {
    Fault.DEAD_ADDRESS: SuppressionReason.HARD_BOUNCE,
    Fault.OPTED_OUT: SuppressionReason.OPTED_OUT,
}
"""What a refusal can tell us about the address."""


def record(kit: Kit, sender: Sender, settled: Sequence[tuple[Outbound, Receipt]]) -> None:
    """Write the receipts of calls just made, all in one transaction."""
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        stored = messages.load(connection, [outbound.id for outbound, _ in settled])
        # Asked again after the locks, when no lead may be locked any more: what comes between costs a first touch.
        believed = _with_evidence(connection, sender, settled)
        accepted = {outbound.id for outbound, receipt in believed if receipt.kind is ReceiptKind.ACCEPTED}
        # Leads, enrollments, attempts, messages: the order in which everybody takes these locks.
        leads.note_first_touch(connection, {stored[one].lead_id for one in accepted}, now)
        waiting = {one.enrollment_id for one in stored.values() if one.enrollment_id}
        enrollments.wake(connection, sorted(waiting), now)
        still_open = attempts.lock_open(connection, [outbound.attempt_id for outbound, _ in settled])
        in_doubt = attempts.lock_unknown(connection, [outbound.attempt_id for outbound, _ in settled])
        in_time = [(outbound, receipt) for outbound, receipt in settled if outbound.attempt_id in still_open]
        locked = messages.lock(connection, [outbound.id for outbound, _ in settled])
        in_time = _with_evidence(connection, sender, in_time)
        known = [(outbound, receipt) for outbound, receipt in in_time if not _is_looked_up(kit, sender, receipt)]
        attempts.settle(connection, [_outcome(outbound, receipt, now) for outbound, receipt in known])
        for outbound, receipt in in_time:
            _settle(kit, connection, sender, locked[outbound.id], outbound, receipt, now)
        late = [(outbound, receipt) for outbound, receipt in settled if outbound.attempt_id not in still_open]
        for outbound, receipt in late:
            message, is_in_doubt = locked[outbound.id], outbound.attempt_id in in_doubt
            _settle_late(kit, connection, sender, message, outbound, receipt, now, is_in_doubt=is_in_doubt)
        doubted = sum(receipt.kind is ReceiptKind.UNKNOWN for _, receipt in known)
        is_well_again = hear_receipts(
            kit, connection, sender, [(outbound.id, receipt) for outbound, receipt in in_time], now
        )
        if doubted:
            tell_of_doubt(kit, connection, {sender.id: doubted})
    if is_well_again:
        release(kit, sender.id)
    hear_waiting(kit, sender.provider, {receipt.provider_id for _, receipt in settled if receipt.provider_id})


def _with_evidence(
    connection: Connection, sender: Sender, settled: Sequence[tuple[Outbound, Receipt]]
) -> list[tuple[Outbound, Receipt]]:
    """Return *settled* with what the provider has reported although its answer was lost."""
    doubtful = [outbound.id for outbound, receipt in settled if receipt.kind is ReceiptKind.UNKNOWN]
    heard = events.providers_of(connection, doubtful, delivery.EVIDENCE) if doubtful else {}
    proven = Receipt(kind=ReceiptKind.ACCEPTED, detail="a delivery event proves it")
    return [
        (outbound, proven if outbound.id in doubtful and heard.get(outbound.id) == sender.provider else receipt)
        for outbound, receipt in settled
    ]


def _settle(
    kit: Kit,
    connection: Connection,
    sender: Sender,
    message: StoredMessage,
    outbound: Outbound,
    receipt: Receipt,
    now: datetime,
) -> None:
    metrics.RECEIPTS.labels(message.channel, receipt.kind).inc()
    log.info(
        "message.receipt", message_id=message.id, provider=sender.provider, outcome=receipt.kind, fault=receipt.fault
    )
    match receipt.kind:
        case ReceiptKind.ACCEPTED:
            accept(connection, message, sender.provider, receipt.provider_id, now)
        case ReceiptKind.NEVER_STARTED if not receipt.is_ours and _is_moved(
            kit, connection, sender, message, receipt, now
        ):
            pass
        case ReceiptKind.NEVER_STARTED:
            again_at = after_never_started(tries=message.tries, key=message.id, now=now, is_ours=receipt.is_ours)
            messages.schedule(connection, message.id, due_at=again_at, reason="never_started")
        case ReceiptKind.UNKNOWN if _is_looked_up(kit, sender, receipt):
            attempts.note(connection, outbound.attempt_id, receipt.detail)
            messages.look_again(connection, message.id, at=now + FIRST_LOOK)
        case ReceiptKind.UNKNOWN:
            mark_unknown(kit, connection, message, now)
        case ReceiptKind.REFUSED if _is_moved(kit, connection, sender, message, receipt, now):
            pass
        case ReceiptKind.REFUSED:
            _refused(kit, connection, message, outbound, receipt, now)
        case _:
            assert_never(receipt.kind)


def _is_moved(
    kit: Kit, connection: Connection, sender: Sender, message: StoredMessage, receipt: Receipt, now: datetime
) -> bool:
    return move_refused(kit, connection, sender, message, str(receipt.fault or receipt.kind), now)


def _is_looked_up(kit: Kit, sender: Sender, receipt: Receipt) -> bool:
    """Return whether the provider may still show that it took this: the attempt stays open until `reconcile` has looked."""
    return receipt.kind is ReceiptKind.UNKNOWN and shows(kit, sender.provider, sender.channel)


def _settle_late(  # noqa: PLR0913 - what `_settle` takes, and whether the attempt is the one nobody knew of
    kit: Kit,
    connection: Connection,
    sender: Sender,
    message: StoredMessage,
    outbound: Outbound,
    receipt: Receipt,
    now: datetime,
    *,
    is_in_doubt: bool,
) -> None:
    """Take the receipt of an attempt that was reconciled meanwhile as evidence, and as no more than that.

    An acceptance settles what nobody knows of, and takes back what was to go again, for whatever reason. That it did
    not leave settles only what nobody knows of by this very attempt: an operator's word stands, and so does evidence
    of the provider's that waits to be absorbed.
    """
    log.warning("receipt.late", message_id=message.id, outcome=receipt.kind, state=message.state)
    if receipt.kind is ReceiptKind.ACCEPTED and message.state in {*CLAIMABLE_STATES, MessageState.UNKNOWN}:
        messages.settle_unknown(
            connection, message.id, provider=sender.provider, provider_id=receipt.provider_id, now=now
        )
        close_review(connection, [message.id], now)
    if receipt.kind not in {ReceiptKind.REFUSED, ReceiptKind.NEVER_STARTED}:
        return
    is_unknown = is_in_doubt and message.state is MessageState.UNKNOWN
    if is_unknown and not events.providers_of(connection, [message.id], delivery.EVIDENCE):
        attempts.settle(connection, [_outcome(outbound, receipt, now)])
        close_review(connection, [message.id], now)
        _settle(kit, connection, sender, message, outbound, receipt, now)


def accept(
    connection: Connection, message: StoredMessage, provider: str, provider_id: str | None, now: datetime
) -> None:
    """End *message* as accepted."""
    messages.end(
        connection, [_end(message, MessageState.ACCEPTED, "", now, provider=provider, provider_id=provider_id)]
    )


def mark_unknown(kit: Kit, connection: Connection, message: StoredMessage, now: datetime) -> None:
    """Say that nobody knows whether *message* arrived, and ask a person; its sequence goes on."""
    messages.end(connection, [_end(message, MessageState.UNKNOWN, "no_evidence", now)])
    tasks.insert(connection, [review_task(kit, message, now)])


def _refused(
    kit: Kit, connection: Connection, message: StoredMessage, outbound: Outbound, receipt: Receipt, now: datetime
) -> None:
    assert receipt.fault is not None
    verdict = after_refusal(
        receipt.fault,
        tries=message.tries,
        planned_at=message.planned_at,
        now=now,
        key=message.id,
        retry_after_seconds=receipt.retry_after_seconds,
    )
    if isinstance(verdict, TryAgain):
        messages.schedule(connection, message.id, due_at=verdict.at, reason=receipt.fault)
        return
    messages.end(connection, [_end(message, MessageState.FAILED, verdict.reason, now)])
    if receipt.fault in SUPPRESSING_FAULTS:
        is_for_one = receipt.fault is Fault.OPTED_OUT or receipt.only_this_channel
        channel = outbound.channel if is_for_one else None
        kind = kind_of(outbound.channel)
        assert kind is not None
        row = suppression_row(
            kit, kind, outbound.to, channel=channel, reason=SUPPRESSING_FAULTS[receipt.fault], source="receipt", now=now
        )
        consents.suppress(connection, [row])


def _outcome(outbound: Outbound, receipt: Receipt, now: datetime) -> dict[str, Any]:
    return {
        "id": outbound.attempt_id,
        "outcome": receipt.kind,
        "fault": receipt.fault,
        "detail": receipt.detail,
        "provider_id": receipt.provider_id,
        "ended_at": now,
    }


def _end(
    message: StoredMessage,
    state: MessageState,
    reason: str,
    now: datetime,
    *,
    provider: str | None = None,
    provider_id: str | None = None,
) -> dict[str, Any]:
    return {
        "id": message.id,
        "state": state,
        "reason": reason,
        "ended_at": now,
        "accepted_at": now if state is MessageState.ACCEPTED else None,
        "provider": provider,
        "provider_id": provider_id,
    }
