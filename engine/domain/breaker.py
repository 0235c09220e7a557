"""A breaker for each sender: whoever keeps failing is left alone for a while, then asked with one message.

Michael Nygard, "Release It!", 2007. Its state lives on the sender's row, so it holds for all workers together. A provider
that refuses one message for the message's own sake is well; so nothing counts here but what would meet any other too.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from channels.message import Fault, Receipt, ReceiptKind

FAILURES_MAX = 5
"""So many in a row are no bad luck; each cost its lead a delay, or was an outcome that nobody knows."""

FIRST_WAIT = timedelta(seconds=30)
WAIT_MAX = timedelta(minutes=10)  # a first answer should not be much later than the provider's recovery
WISH_MAX = timedelta(hours=1)  # of the provider's own Retry-After; beyond, asking costs less than waiting

PROBE_TAKES_MAX = timedelta(seconds=90)
"""When a probe of which nothing was heard is taken for lost: as long as any call may take."""

PROVIDERS_OWN = frozenset({Fault.CONFIGURATION, Fault.THROTTLED, Fault.TRANSIENT})
"""Refusals that would meet any other message too. A fault that no table knows tells nothing either way."""


class Standing(StrEnum):
    """What a sender's breaker allows."""

    CLOSED = "closed"  # everything
    OPEN = "open"  # nothing before its time
    HALF_OPEN = "half_open"  # one message, to see


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """How a sender's provider has met the latest messages."""

    failures: int = 0  # in a row
    fault: str = ""  # the latest
    failed_message: str = ""  # which message met it: one that always fails is no failure of all
    opened_at: datetime | None = None  # None is closed
    probe_at: datetime | None = None  # when one message may be tried

    def standing(self, now: datetime) -> Standing:
        """Return what is allowed at *now*."""
        if self.probe_at is None:
            return Standing.CLOSED
        return Standing.OPEN if now < self.probe_at else Standing.HALF_OPEN


WELL = Breaker()


def hear(breaker: Breaker, receipts: Iterable[tuple[str, Receipt]], now: datetime) -> Breaker:
    """Return *breaker* after *receipts*, each with its message's id, in the order in which they came."""
    for message_id, receipt in receipts:
        is_failure = _is_failure(receipt)
        if is_failure is not None:
            breaker = _failed(breaker, message_id, receipt, now) if is_failure else WELL
    return breaker


def begin_probe(breaker: Breaker, now: datetime) -> Breaker:
    """Return *breaker* with one message on its way: nobody sends another until it is heard of, or taken for lost."""
    return replace(breaker, probe_at=now + PROBE_TAKES_MAX)


def give_up_probe(breaker: Breaker, begun: Breaker, now: datetime) -> Breaker:
    """Return *breaker* after the probe that *begun* let go was not sent after all: another one may be."""
    return replace(breaker, probe_at=now) if breaker == begun else breaker


def _is_failure(receipt: Receipt) -> bool | None:
    """Return whether the provider failed; None where the receipt does not tell."""
    match receipt.kind:
        case ReceiptKind.ACCEPTED:
            return False
        case ReceiptKind.UNKNOWN:
            return True
        case ReceiptKind.NEVER_STARTED:
            return None if receipt.is_ours else True
        case ReceiptKind.REFUSED:
            return None if receipt.fault is Fault.UNCLASSIFIED else receipt.fault in PROVIDERS_OWN


def _failed(breaker: Breaker, message_id: str, receipt: Receipt, now: datetime) -> Breaker:
    is_again = breaker.opened_at is None and message_id == breaker.failed_message
    failures = breaker.failures if is_again else breaker.failures + 1
    latest = replace(breaker, failures=failures, fault=str(receipt.fault or receipt.kind), failed_message=message_id)
    if failures < FAILURES_MAX:
        return latest
    # As long again as it has lasted: each wait doubles.
    wait = min(WAIT_MAX, max(FIRST_WAIT, now - (breaker.opened_at or now)))
    wished = min(WISH_MAX, timedelta(seconds=receipt.retry_after_seconds or 0.0))
    opened_at = breaker.opened_at or now
    return replace(latest, opened_at=opened_at, probe_at=now + max(wait, wished))
