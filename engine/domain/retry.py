"""Is a refused message worth another try, and when. The only owner of retries.

The wait grows with full jitter (Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015), decided by hash
so that the same history gives the same answer.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

from channels.message import Fault

TRIES_MAX = 40  # the age decides; this only bounds a clock that stands still
AGE_MAX = timedelta(hours=24)  # an older message would surprise the lead more than it helps
FIRST_WAIT_SECONDS = 15.0
WAIT_SECONDS_MAX = 3_600.0
DOUBLINGS_MAX = 16  # beyond, the ceiling above counts anyway, and a float would end

RETRYABLE = frozenset({Fault.THROTTLED, Fault.TRANSIENT, Fault.CONFIGURATION})
"""Our configuration is retried too: an operator who mends the key finds nothing lost."""

KEEPS_ITS_TURN = timedelta(seconds=1)
"""How soon a message goes again that was ready, and whose process was too slow: it is due before what came after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TryAgain:
    """Another try at *at*."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUp:
    """No further try; *reason* is one word for the log."""

    reason: str


def after_refusal(
    fault: Fault, *, tries: int, planned_at: datetime, now: datetime, key: str, retry_after_seconds: float | None = None
) -> TryAgain | GiveUp:
    """Decide what follows the refusal of try number *tries* (from 1); *key* seeds the jitter."""
    if fault not in RETRYABLE:
        return GiveUp(reason=fault.value)
    if tries >= TRIES_MAX:
        return GiveUp(reason="tries_used_up")
    wait = max(_jittered(tries, key), min(retry_after_seconds or 0.0, WAIT_SECONDS_MAX))
    at = now + timedelta(seconds=wait)
    if at - planned_at > AGE_MAX and tries > 1:
        return GiveUp(reason="too_old")
    return TryAgain(at=at)


def after_never_started(*, tries: int, key: str, now: datetime, is_ours: bool) -> datetime:
    """Return when to try again a message of which no byte left, after *tries* tries.

    There is no giving up, because nothing was refused: the gate ends a touch that waited too long. But a provider that
    cannot be reached is not asked again at once; where *is_ours* is the reason, the message keeps its turn.
    """
    if is_ours:
        return now + KEEPS_ITS_TURN
    return now + timedelta(seconds=_jittered(tries, key))


def _jittered(tries: int, key: str) -> float:
    ceiling = min(WAIT_SECONDS_MAX, FIRST_WAIT_SECONDS * 2.0 ** min(tries - 1, DOUBLINGS_MAX))
    share = int.from_bytes(blake2b(f"{key}:{tries}".encode(), digest_size=8).digest(), "big") / 2**64
    return max(1.0, ceiling * share)
