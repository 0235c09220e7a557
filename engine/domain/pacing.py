"""What a sender may send now: a token bucket, a daily limit with its warm-up, limits by recipient domain, and a trial.

The numbers live on the sender's row and change under its lock, so they hold for all workers together. Tokens may fall
below zero when a text turns out longer than one segment: the debt is paid before the next claim.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from channels.message import Content, TextContent
from channels.segments import count_segments

RESERVED_SECONDS_MAX = (
    2.0  # a claim takes no more than the sender can send in this time: a stop must not wait behind it
)

CATCH_UP_SECONDS = 3.0
"""How long a busy sender keeps what it could not use: workers are woken once a second, and tokens come in between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast a sender may send, and how much it has sent. Tokens are messages, for text segments.

    *trial_left* counts messages; None is no trial. A new mailbox or number warms up: *ramp_first* on the day
    *ramp_since*, on each further day *ramp_factor* times as much, never more than *daily_max*. Days are those of *day_zone*.
    """

    rate_per_second: float
    burst: float
    tokens: float
    tokens_at: datetime
    daily_max: int | None
    day: date
    sent_today: int
    trial_left: int | None = None
    day_zone: str = "UTC"
    ramp_first: int | None = None
    ramp_factor: float | None = None
    ramp_since: date | None = None


def cost_of(content: Content) -> int:
    """Return how many tokens sending *content* costs its sender: a text one each segment, all else one."""
    return count_segments(content.body).segments if isinstance(content, TextContent) else 1


RAMP_DAYS_MAX = 90
"""After so many days no warm-up says anything any more, whatever its factor."""


def day_of(pace: Pace, now: datetime) -> date:
    """Return the day that a message sent at *now* counts for."""
    return now.astimezone(ZoneInfo(pace.day_zone)).date()


def daily_limit(pace: Pace) -> int | None:
    """Return how many tokens *pace* has for its day in all; None for no limit."""
    if pace.ramp_first is None or pace.ramp_factor is None or pace.ramp_since is None:
        return pace.daily_max
    days = max(0, (pace.day - pace.ramp_since).days)
    if days >= RAMP_DAYS_MAX:
        return pace.daily_max
    warm = int(pace.ramp_first * pace.ramp_factor**days)
    return warm if pace.daily_max is None else min(warm, pace.daily_max)


def refill(pace: Pace, now: datetime) -> Pace:
    """Return *pace* with the tokens that time has brought; a clock that went back brings none.

    A sender that was idle starts with one burst; one with a backlog catches up on what the last seconds brought.
    """
    seconds = max(0.0, (now - pace.tokens_at).total_seconds())
    idle_seconds = seconds - max(0.0, 1.0 - pace.tokens) / pace.rate_per_second
    ceiling = pace.burst if idle_seconds > CATCH_UP_SECONDS else max(_ceiling(pace), pace.tokens)
    tokens = min(ceiling, pace.tokens + seconds * pace.rate_per_second)
    fresh = replace(pace, tokens=tokens, tokens_at=max(now, pace.tokens_at))
    today = day_of(pace, now)
    return fresh if today <= pace.day else replace(fresh, day=today, sent_today=0)


def _ceiling(pace: Pace) -> float:
    return max(pace.burst, 1.0 + pace.rate_per_second * CATCH_UP_SECONDS)


def allowance(pace: Pace, now: datetime) -> int:
    """Return how many messages may be claimed at *now*: whole tokens, and what the day and the trial still allow."""
    fresh = refill(pace, now)
    ceiling = max(1.0, fresh.rate_per_second * RESERVED_SECONDS_MAX)
    count = int(min(fresh.tokens, ceiling))
    limit = daily_limit(fresh)
    if limit is not None:
        count = min(count, limit - fresh.sent_today)
    if fresh.trial_left is not None:
        count = min(count, fresh.trial_left)
    return max(0, count)


def take(pace: Pace, count: int, now: datetime) -> Pace:
    """Return *pace* after *count* messages were claimed, one token each; a negative count gives unused ones back."""
    fresh = charge(pace, count, now)
    return fresh if fresh.trial_left is None else replace(fresh, trial_left=max(0, fresh.trial_left - count))


def charge(pace: Pace, tokens: int, now: datetime) -> Pace:
    """Return *pace* after messages already claimed cost *tokens* more: what a long text has beyond one segment."""
    fresh = refill(pace, now)
    return replace(
        fresh, tokens=min(_ceiling(fresh), fresh.tokens - tokens), sent_today=max(0, fresh.sent_today + tokens)
    )


def fit_into_day(pace: Pace, extras: Sequence[int], now: datetime) -> list[bool]:
    """Return which of the messages just claimed, each with its *extras* beyond one token, the day has room for.

    Where it is short the last ones make room: each that does not go leaves the token it was claimed with.
    """
    fresh = refill(pace, now)
    limit = daily_limit(fresh)
    if limit is None:
        return [True] * len(extras)
    room = limit - fresh.sent_today
    goes = [True] * len(extras)
    last = len(extras) - 1
    for position, extra in enumerate(extras):
        if position > last:
            break
        if room + (last - position) < extra:
            goes[position], room = False, room + 1
            continue
        while room < extra:
            goes[last], room, last = False, room + 1, last - 1
        room -= extra
    return goes


def give_back(pace: Pace, count: int, *, extra: int = 0, claimed_at: datetime, now: datetime) -> Pace:
    """Return *pace* after *count* messages claimed at *claimed_at*, and the *extra* tokens they cost, were not used.

    What was claimed yesterday does not make room today.
    """
    fresh = refill(pace, now)
    returned = charge(take(fresh, -count, now), -extra, now)
    return returned if day_of(pace, claimed_at) == fresh.day else replace(returned, sent_today=fresh.sent_today)


def fit_into_domains(limit: int, sent_today: Mapping[str, int], domains: Sequence[str]) -> list[bool]:
    """Return which messages, each to the recipient domain named, today has room for when each domain takes *limit*."""
    counts = dict(sent_today)
    goes = []
    for domain in domains:
        fits = counts.get(domain, 0) < limit
        counts[domain] = counts.get(domain, 0) + fits
        goes.append(fits)
    return goes


def next_day(pace: Pace, now: datetime) -> datetime:
    """Return when the daily limits begin anew: the next midnight of the sender's zone, in UTC."""
    tomorrow = datetime.combine(day_of(pace, now) + timedelta(days=1), datetime.min.time(), ZoneInfo(pace.day_zone))
    return tomorrow.astimezone(UTC)


def allows_again_at(pace: Pace, now: datetime) -> datetime:
    """Return the earliest instant at which one more message may be claimed, a trial aside: that takes a person."""
    if allowance(pace, now) > 0:
        return now
    fresh = refill(pace, now)
    limit = daily_limit(fresh)
    if limit is not None and fresh.sent_today >= limit:
        return next_day(pace, now)
    return now + timedelta(seconds=max(0.0, 1.0 - fresh.tokens) / fresh.rate_per_second)
