"""Pace: never faster than the rate and the burst allow, never more in a day than the limit, and debts are paid."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.pacing import (
    CATCH_UP_SECONDS,
    RAMP_DAYS_MAX,
    RESERVED_SECONDS_MAX,
    Pace,
    allowance,
    allows_again_at,
    charge,
    daily_limit,
    fit_into_day,
    fit_into_domains,
    give_back,
    next_day,
    refill,
    take,
)

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


def pace(**changes: object) -> Pace:
    usual = Pace(
        rate_per_second=2.0, burst=4.0, tokens=4.0, tokens_at=NOON, daily_max=None, day=NOON.date(), sent_today=0
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "after", "allowed"),
    [
        (pace(), timedelta(), 4),
        (pace(tokens=0.0), SECOND, 2),
        (pace(tokens=0.0), 100 * SECOND, 4),
        (pace(tokens=-3.0), SECOND, 0),
        (pace(tokens=-3.0), 2 * SECOND, 1),
        (pace(daily_max=3), timedelta(), 3),
        (pace(daily_max=3, sent_today=3), timedelta(), 0),
        (pace(daily_max=3, sent_today=3), DAY, 3),
        (pace(daily_max=0), timedelta(), 0),
        (pace(rate_per_second=0.01, burst=1.0, tokens=1.0), timedelta(), 1),
        (pace(rate_per_second=1.0, burst=100.0, tokens=100.0), timedelta(), 2),
        (pace(tokens=0.0), -SECOND, 0),
        (pace(trial_left=3), timedelta(), 3),
        (pace(trial_left=0), DAY, 0),
    ],
    ids=[
        "a full bucket", "time brings tokens", "never above the burst", "a debt waits", "a debt is paid first",
        "the day's limit", "the day is over", "a new day", "a limit of nothing", "a slow sender sends one",
        "no more than two seconds' worth", "a clock that went back", "the trial's rest", "a trial that is over",
    ],
)  # fmt: skip
def test_what_may_be_claimed(given: Pace, after: timedelta, allowed: int) -> None:
    assert allowance(given, NOON + after) == allowed


def test_a_debt_above_the_burst_is_kept_when_unused_tokens_come_back() -> None:
    assert take(pace(tokens=-5.0), -2, NOON).tokens == -3.0


def test_what_was_claimed_before_midnight_and_not_used_makes_no_room_on_the_next_day() -> None:
    evening = NOON + timedelta(hours=11, minutes=59, seconds=59)
    claimed = take(pace(daily_max=3), 3, evening)
    morning = evening + 2 * SECOND
    tomorrow = take(claimed, 2, morning)

    returned = give_back(tomorrow, 3, claimed_at=evening, now=morning)

    assert (returned.sent_today, allowance(returned, morning)) == (2, 1)


def test_what_was_overdrawn_above_the_burst_is_not_cut_by_time() -> None:
    assert refill(pace(tokens=9.0), NOON + SECOND).tokens == 9.0


def test_a_sender_that_was_idle_starts_with_one_burst() -> None:
    slow = pace(rate_per_second=3.75, burst=1.0, tokens=1.0)

    assert allowance(slow, NOON + 3600 * SECOND) == 1


def test_a_busy_sender_loses_nothing_to_the_time_between_two_bells() -> None:
    standing, now, sent = pace(rate_per_second=3.75, burst=1.0, tokens=1.0), NOON, 0
    for _ in range(100):
        count = allowance(standing, now)
        standing, sent, now = take(standing, count, now), sent + count, now + timedelta(seconds=1.02)

    assert sent == pytest.approx(3.75 * 1.02 * 99 + 1, abs=1)


def test_a_long_text_is_paid_for_before_the_next_one_goes() -> None:
    standing = charge(take(pace(rate_per_second=1.0, burst=1.0, tokens=1.0), 1, NOON), 2, NOON)

    assert (standing.tokens, standing.sent_today) == (-2.0, 3)
    assert allows_again_at(standing, NOON) == NOON + 3 * SECOND


@pytest.mark.parametrize(
    ("daily_max", "sent_today", "extras", "goes"),
    [
        (None, 5, [2, 2], [True, True]),
        (20, 5, [2, 2], [True, True]),
        (10, 10, [2, 2, 2], [True, False, False]),
        (10, 9, [2, 2], [True, False]),
        (10, 10, [2], [False]),
        (10, 9, [5, 1], [False, True]),
        (3, 3, [0, 0, 0], [True, True, True]),
        (6, 6, [2, 2, 2, 2, 2, 2], [True, True, False, False, False, False]),
    ],
    ids=[
        "no limit", "room enough", "the last make room", "one makes room", "too long alone",
        "too long for what is left", "short ones are paid for", "a whole claim",
    ],
)  # fmt: skip
def test_what_the_day_has_room_for(daily_max: int | None, sent_today: int, extras: list[int], goes: list[bool]) -> None:
    standing = pace(daily_max=daily_max, sent_today=sent_today)

    assert fit_into_day(standing, extras, NOON) == goes


@given(st.integers(0, 60), st.lists(st.integers(0, 9), max_size=30))
def test_what_goes_never_exceeds_the_day(room_before: int, extras: list[int]) -> None:
    """A claim took no more than one token each for what there was room for."""
    extras = extras[:room_before]
    claimed = take(pace(daily_max=room_before), len(extras), NOON)

    goes = fit_into_day(claimed, extras, NOON)

    assert sum(1 + extra for extra, fits in zip(extras, goes, strict=True) if fits) <= room_before


def test_a_trial_counts_messages_not_segments_and_gets_unused_ones_back() -> None:
    standing = charge(take(pace(trial_left=10), 4, NOON), 6, NOON)

    returned = give_back(standing, 1, extra=2, claimed_at=NOON, now=NOON)

    assert (returned.trial_left, returned.sent_today) == (7, 7)


paces = st.builds(
    pace,
    rate_per_second=st.floats(0.01, 200, allow_nan=False),
    burst=st.floats(1, 300, allow_nan=False),
    tokens=st.just(0.0),
    daily_max=st.none() | st.integers(0, 500),
)
claims = st.lists(
    st.tuples(st.floats(0, 40_000, allow_nan=False), st.integers(1, 300), st.floats(0, 1, allow_nan=False)),
    min_size=1,
    max_size=30,
)


def live(start: Pace, steps: list[tuple[float, int, float]]) -> list[tuple[datetime, int]]:
    """Return when how many were sent, by a worker that gives back a share of what it claims."""
    standing, now, sent = replace(start, tokens=start.burst), NOON, []
    for seconds, wanted, share_back in steps:
        now += timedelta(seconds=seconds)
        claimed = min(wanted, allowance(standing, now))
        standing = take(standing, claimed, now)
        back = int(claimed * share_back)
        standing = give_back(standing, back, claimed_at=now, now=now)
        sent.append((now, claimed - back))
    return sent


@given(paces, claims)
def test_no_stretch_of_time_sees_more_than_its_rate_and_what_it_may_save_up(
    start: Pace, steps: list[tuple[float, int, float]]
) -> None:
    sent = live(start, steps)

    for first in range(len(sent)):
        for last in range(first, len(sent)):
            seconds = (sent[last][0] - sent[first][0]).total_seconds()
            total = sum(count for _, count in sent[first : last + 1])
            saved_up = max(start.burst, 1 + start.rate_per_second * CATCH_UP_SECONDS)
            assert total <= seconds * start.rate_per_second + saved_up + 1e-6 * (1 + seconds)


@given(paces, claims)
def test_no_day_sees_more_than_its_limit(start: Pace, steps: list[tuple[float, int, float]]) -> None:
    days: dict[object, int] = {}
    for at, count in live(start, steps):
        days[at.date()] = days.get(at.date(), 0) + count

    assert start.daily_max is None or all(count <= start.daily_max for count in days.values())


@given(paces, st.integers(0, 100), st.floats(0, 1000, allow_nan=False))
def test_no_claim_reserves_more_than_two_seconds_and_none_is_negative(start: Pace, debt: int, seconds: float) -> None:
    count = allowance(replace(start, tokens=start.burst - debt), NOON + timedelta(seconds=seconds))

    assert 0 <= count <= max(1.0, start.rate_per_second * RESERVED_SECONDS_MAX)


@given(paces, st.integers(0, 1000))
def test_the_instant_named_is_the_first_at_which_one_more_may_go(start: Pace, debt: int) -> None:
    standing = replace(start, tokens=1.0 - debt)
    again_at = allows_again_at(standing, NOON)

    assert again_at >= NOON
    if start.daily_max != 0:
        assert allowance(standing, again_at + timedelta(milliseconds=1)) >= 1
    if again_at - NOON > SECOND:
        assert allowance(standing, again_at - SECOND / 2) == 0


# --- warm-up, days of another zone, recipient domains


@pytest.mark.parametrize(
    ("days", "daily_max", "limit"),
    [
        (0, None, 50),
        (1, None, 75),
        (2, None, 112),
        (2, 100, 100),
        (40, 5000, 5000),
        (RAMP_DAYS_MAX, None, None),
        (-1, None, 50),
    ],
)
def test_a_warm_up_grows_each_day_and_never_above_the_limit(
    days: int, daily_max: int | None, limit: int | None
) -> None:
    day = NOON.date() + timedelta(days=days)
    warming = pace(ramp_first=50, ramp_factor=1.5, ramp_since=NOON.date(), daily_max=daily_max, day=day)

    assert daily_limit(warming) == limit


def test_a_warming_sender_sends_no_more_than_its_day_allows() -> None:
    warming = pace(
        rate_per_second=100.0, burst=200.0, tokens=200.0, ramp_first=3, ramp_factor=2.0, ramp_since=NOON.date()
    )

    assert allowance(warming, NOON) == 3
    spent = take(warming, 3, NOON)
    assert allowance(spent, NOON + SECOND) == 0
    assert allowance(spent, NOON + DAY) == 6
    assert fit_into_day(take(warming, 2, NOON), [1, 1], NOON) == [True, False]


def test_a_day_begins_at_midnight_of_the_senders_zone() -> None:
    los_angeles = pace(day_zone="America/Los_Angeles", daily_max=1, sent_today=1)
    midnight = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)

    assert next_day(los_angeles, NOON) == midnight
    assert allows_again_at(los_angeles, NOON) == midnight
    assert allowance(los_angeles, midnight - SECOND) == 0
    assert allowance(los_angeles, midnight) == 1


def test_the_night_in_which_clocks_change_has_its_own_midnight() -> None:
    berlin = pace(day_zone="Europe/Berlin")

    assert next_day(berlin, datetime(2026, 3, 28, 22, 0, tzinfo=UTC)) == datetime(2026, 3, 28, 23, 0, tzinfo=UTC)
    assert next_day(berlin, datetime(2026, 3, 29, 22, 0, tzinfo=UTC)) == datetime(2026, 3, 30, 22, 0, tzinfo=UTC)
    assert next_day(berlin, datetime(2026, 3, 29, 12, 0, tzinfo=UTC)) == datetime(2026, 3, 29, 22, 0, tzinfo=UTC)


@given(
    st.integers(0, 5),
    st.dictionaries(st.sampled_from("abc"), st.integers(0, 6)),
    st.lists(st.sampled_from("abcd"), max_size=20),
)
def test_no_domain_gets_more_than_its_limit_and_none_waits_needlessly(
    limit: int, sent: dict[str, int], domains: list[str]
) -> None:
    goes = fit_into_domains(limit, sent, domains)

    for domain in set(domains):
        went = sum(fits for name, fits in zip(domains, goes, strict=True) if name == domain)
        assert went == min(domains.count(domain), max(0, limit - sent.get(domain, 0)))
