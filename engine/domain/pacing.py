"""What a sender may send now: a token bucket and a daily limit, as arithmetic.

The numbers live on the sender's row and change under its lock, so they hold for all workers together. Tokens may fall
below zero when a text turns out longer than one segment: the debt is paid before the next claim.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

RESERVED_SECONDS_MAX = (
    2.0  # a claim takes no more than the sender can send in this time: a stop must not wait behind it
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast a sender may send, and how much it has sent. Tokens are messages, for text segments."""

    rate_per_second: float
    burst: float
    tokens: float
    tokens_at: datetime
    daily_max: int | None
    day: date
    sent_today: int


def refill(pace: Pace, now: datetime) -> Pace:
    """Return *pace* with the tokens that time has brought; a clock that went back brings none."""
    seconds = max(0.0, (now - pace.tokens_at).total_seconds())
    tokens = min(max(pace.burst, pace.tokens), pace.tokens + seconds * pace.rate_per_second)
    fresh = replace(pace, tokens=tokens, tokens_at=max(now, pace.tokens_at))
    return fresh if now.date() <= pace.day else replace(fresh, day=now.date(), sent_today=0)


def allowance(pace: Pace, now: datetime) -> int:
    """Return how many messages may be claimed at *now*: whole tokens, and what the day still allows."""
    fresh = refill(pace, now)
    ceiling = max(1.0, fresh.rate_per_second * RESERVED_SECONDS_MAX)
    count = int(min(fresh.tokens, ceiling))
    if fresh.daily_max is not None:
        count = min(count, fresh.daily_max - fresh.sent_today)
    return max(0, count)


def take(pace: Pace, count: float, now: datetime) -> Pace:
    """Return *pace* after *count* tokens were taken; a negative count gives unused ones back."""
    fresh = refill(pace, now)
    return replace(
        fresh, tokens=min(fresh.burst, fresh.tokens - count), sent_today=max(0, fresh.sent_today + round(count))
    )


def give_back(pace: Pace, count: float, *, claimed_at: datetime, now: datetime) -> Pace:
    """Return *pace* after *count* tokens claimed at *claimed_at* were not used; a negative count takes more.

    What was claimed yesterday does not make room today.
    """
    fresh = refill(pace, now)
    returned = take(fresh, -count, now)
    return returned if claimed_at.date() == fresh.day else replace(returned, sent_today=fresh.sent_today)


def allows_again_at(pace: Pace, now: datetime) -> datetime:
    """Return the earliest instant at which one more message may be claimed."""
    if allowance(pace, now) > 0:
        return now
    fresh = refill(pace, now)
    if fresh.daily_max is not None and fresh.sent_today >= fresh.daily_max:
        return datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), tzinfo=now.tzinfo)
    return now + timedelta(seconds=max(0.0, 1.0 - fresh.tokens) / fresh.rate_per_second)
