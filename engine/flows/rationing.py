"""How many requests a key may make: one bucket of tokens a key, in the database, for all web processes together.

A process draws a handful of tokens at a time and spends them by itself, so that most requests cost no write. What it
drew counts as spent; a handful that is too old is thrown away, so that nobody saves up more than the bucket holds.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from threading import Lock

from engine.domain import pacing
from engine.domain.pacing import Pace
from engine.flows.kit import Kit
from engine.store import api_keys

HANDFUL_SHARE = 20  # of the bucket: at most so much too many requests for each further process
PURSES_MAX = 10_000  # an installation has far fewer keys that are in use


@dataclass(frozen=True, slots=True, kw_only=True)
class Ration:
    """So many requests a second in the long run, and *burst* at once."""

    per_second: float
    burst: int

    @property
    def window_seconds(self) -> int:
        """How long an empty bucket takes to be full, at least a second."""
        return max(1, ceil(self.burst / self.per_second))

    @property
    def handful(self) -> int:
        """How many tokens are drawn at a time."""
        return max(1, self.burst // HANDFUL_SHARE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Whether a request may be made, how many more may follow at once, and in how many seconds one, or all, may."""

    may_go: bool
    left: int
    seconds: int


@dataclass(slots=True, kw_only=True)
class _Purse:
    """What this process has drawn for one key; *left* is what the bucket held besides."""

    lock: Lock = field(default_factory=Lock)
    tokens: int = 0
    left: int = 0
    drawn_at: datetime | None = None


class Rationing:
    """Counts the requests of every key against its *ration*."""

    def __init__(self, kit: Kit, ration: Ration) -> None:
        self.ration = ration
        self._kit = kit
        self._purses: dict[str, _Purse] = {}

    def spend(self, key_id: str, now: datetime) -> Spent:
        """Count one request of the key at *now*."""
        if len(self._purses) > PURSES_MAX:
            self._purses.clear()
        purse = self._purses.setdefault(key_id, _Purse())
        with purse.lock:
            if purse.tokens == 0 or self._is_stale(purse, now):
                self._draw(key_id, purse)
            if purse.tokens == 0:
                return Spent(may_go=False, left=0, seconds=max(1, ceil(1 / self.ration.per_second)))
            purse.tokens -= 1
            left = purse.tokens + purse.left
            return Spent(may_go=True, left=left, seconds=ceil((self.ration.burst - left) / self.ration.per_second))

    def _is_stale(self, purse: _Purse, now: datetime) -> bool:
        age = now - purse.drawn_at if purse.drawn_at else timedelta(0)
        return not timedelta(0) <= age < timedelta(seconds=self.ration.window_seconds)

    def _draw(self, key_id: str, purse: _Purse) -> None:
        """Take a handful out of the key's bucket, or what is in it."""
        with self._kit.database.write() as connection:
            kept = api_keys.lock_bucket(connection, key_id)
            now = self._kit.database.now(connection)
            filled = self._refilled(kept, now)
            taken = min(self.ration.handful, int(filled))
            if taken:
                api_keys.save_bucket(connection, key_id, tokens=filled - taken, at=now)
        purse.tokens, purse.left, purse.drawn_at = taken, int(filled) - taken, now

    def _refilled(self, kept: tuple[float, datetime] | None, now: datetime) -> float:
        if kept is None:
            return float(self.ration.burst)
        tokens, at = kept
        pace = Pace(
            rate_per_second=self.ration.per_second,
            burst=float(self.ration.burst),
            tokens=tokens,
            tokens_at=at,
            daily_max=None,
            day=at.date(),
            sent_today=0,
        )
        return min(float(self.ration.burst), pacing.refill(pace, now).tokens)
