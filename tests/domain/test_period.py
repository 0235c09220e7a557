"""Periods by the business's own clock, their weeks, and what they are compared with."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.period import DAYS_MAX, Period, PeriodError, PeriodName, named

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)  # still the first of March in New York


def days(first: date, last: date, zone: ZoneInfo = NEW_YORK) -> Period:
    """Return the period between two days."""
    return Period(first=first, last=last, zone=zone)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        (PeriodName.THIS_MONTH, date(2026, 3, 1), date(2026, 3, 1)),
        (PeriodName.LAST_MONTH, date(2026, 2, 1), date(2026, 2, 28)),
        (PeriodName.NINETY_DAYS, date(2025, 12, 2), date(2026, 3, 1)),
    ],
)
def test_periods_by_name(name: PeriodName, first: date, last: date) -> None:
    assert named(name, NOW, NEW_YORK) == days(first, last)


@pytest.mark.parametrize(
    ("period", "before"),
    [
        pytest.param((date(2026, 3, 1), date(2026, 3, 31)), (date(2026, 2, 1), date(2026, 2, 28)), id="a whole month"),
        pytest.param((date(2026, 3, 1), date(2026, 3, 10)), (date(2026, 2, 1), date(2026, 2, 10)), id="until today"),
        pytest.param((date(2026, 3, 1), date(2026, 3, 30)), (date(2026, 2, 1), date(2026, 2, 28)), id="a longer one"),
        pytest.param((date(2026, 2, 1), date(2026, 2, 28)), (date(2026, 1, 1), date(2026, 1, 31)), id="a shorter one"),
        pytest.param((date(2026, 1, 1), date(2026, 1, 5)), (date(2025, 12, 1), date(2025, 12, 5)), id="over the year"),
        pytest.param((date(2026, 3, 2), date(2026, 3, 8)), (date(2026, 2, 23), date(2026, 3, 1)), id="own dates"),
        pytest.param((date(2026, 1, 1), date(2026, 3, 1)), (date(2025, 11, 2), date(2025, 12, 31)), id="two months"),
    ],
)
def test_what_a_period_is_compared_with(period: tuple[date, date], before: tuple[date, date]) -> None:
    assert days(*period).before() == days(*before)


def test_a_day_with_23_hours_begins_and_ends_at_midnight_there() -> None:
    spring = days(date(2026, 3, 8), date(2026, 3, 8))

    assert spring.start == datetime(2026, 3, 8, 5, tzinfo=UTC)
    assert spring.end == datetime(2026, 3, 9, 4, tzinfo=UTC)


def test_where_midnight_is_skipped_a_day_begins_just_after() -> None:
    beirut = days(date(2026, 3, 29), date(2026, 3, 29), ZoneInfo("Asia/Beirut"))

    assert beirut.start == datetime(2026, 3, 28, 22, tzinfo=UTC)
    assert beirut.start.astimezone(UTC).astimezone(beirut.zone).hour == 1


def test_weeks_begin_on_mondays_but_the_first() -> None:
    assert days(date(2026, 3, 1), date(2026, 3, 16)).weeks() == [
        date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 16),
    ]  # fmt: skip


@given(st.dates(date(2000, 1, 1), date(2099, 1, 1)), st.integers(1, DAYS_MAX))
def test_weeks_cover_a_period_without_gap_or_overlap(first: date, length: int) -> None:
    period = days(first, first + timedelta(days=length - 1))
    weeks = [*period.weeks(), period.last + timedelta(days=1)]

    assert weeks[0] == period.first
    assert all(1 <= (later - earlier).days <= 7 for earlier, later in pairwise(weeks))
    assert all(day.weekday() == 0 for day in weeks[1:-1])


@given(st.dates(date(2000, 1, 1), date(2099, 1, 1)), st.integers(1, DAYS_MAX))
def test_what_a_period_is_compared_with_comes_before_it(first: date, length: int) -> None:
    period = days(first, first + timedelta(days=length - 1))

    assert period.before().last < period.first


@pytest.mark.parametrize("day", [date.min, date.max])
def test_the_ends_of_the_calendar_are_no_period(day: date) -> None:
    with pytest.raises(PeriodError):
        days(day, day)


@pytest.mark.parametrize("last", [date(2026, 2, 28), date(2026, 3, 1) + timedelta(days=DAYS_MAX)])
def test_days_that_are_no_period_are_refused(last: date) -> None:
    with pytest.raises(PeriodError):
        days(date(2026, 3, 1), last)


def test_the_month_of_a_period_is_the_one_it_ends_in() -> None:
    assert days(date(2026, 1, 15), date(2026, 2, 3)).month() == days(date(2026, 2, 1), date(2026, 2, 28))
