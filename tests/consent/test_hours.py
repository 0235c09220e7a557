"""Intervals of the day in several time zones, through every trick a clock plays."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.address import Channel
from consent.facts import GateFacts
from consent.hours import HORIZON, clauses, local_times, next_open, shorten
from consent.rule import HoursTerms, Interval
from tests.consent import asking

# Days on which these clocks jump: half an hour, at midnight, twice a year for Ramadan, and one that never was.
JUMPS = [
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Africa/Cairo", date(2026, 4, 24)),
    ("Africa/Cairo", date(2026, 10, 29)),
    ("America/Asuncion", date(2023, 3, 25)),
    ("America/Asuncion", date(2023, 10, 1)),
    ("America/Havana", date(2026, 3, 8)),
    ("America/St_Johns", date(2006, 10, 29)),
    ("Africa/Casablanca", date(2026, 2, 15)),
    ("Africa/Casablanca", date(2026, 3, 22)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("America/Santiago", date(2026, 9, 6)),
]


def every_day(*intervals: Interval, zone: str | None = None) -> HoursTerms:
    return HoursTerms(week=(intervals,) * 7, zone=zone)


def is_open(terms: HoursTerms, zone: ZoneInfo, at: datetime) -> bool:
    """Say by the clock on the wall whether *at* is allowed: the definition `next_open` must agree with."""
    local = at.astimezone(zone)
    minute = local.hour * 60 + local.minute
    return any(start <= minute < end for start, end in terms.week[local.weekday()])


@st.composite
def intervals(draw: st.DrawFn) -> tuple[Interval, ...]:
    marks = sorted(draw(st.sets(st.integers(0, 96), min_size=2, max_size=6)))
    return tuple((start * 15, end * 15) for start, end in pairwise(marks))[::2]


@pytest.mark.parametrize(("name", "day"), JUMPS, ids=[f"{name}-{day}" for name, day in JUMPS])
@given(allowed=intervals(), minutes=st.integers(-24 * 60, 30 * 60))
def test_the_next_opening_is_the_first_minute_the_clock_allows(
    name: str, day: date, allowed: tuple[Interval, ...], minutes: int
) -> None:
    zone, terms = ZoneInfo(name), every_day(*allowed)
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minutes)

    found = next_open(clauses(terms, [zone]), at)

    by_the_clock = (at + timedelta(minutes=step) for step in range(4 * 24 * 60))
    assert found == next(moment for moment in by_the_clock if is_open(terms, zone, moment))


def test_the_end_of_an_interval_is_closed_and_its_start_is_open() -> None:
    hours = clauses(every_day((8 * 60, 21 * 60)), [ZoneInfo("America/New_York")])
    closing = datetime(2026, 11, 24, 2, tzinfo=UTC)

    assert next_open(hours, closing - timedelta(microseconds=1)) == closing - timedelta(microseconds=1)
    assert next_open(hours, closing) == datetime(2026, 11, 24, 13, tzinfo=UTC)
    assert next_open(hours, datetime(2026, 11, 24, 13, tzinfo=UTC)) == datetime(2026, 11, 24, 13, tzinfo=UTC)


def test_an_interval_may_last_till_midnight() -> None:
    hours = clauses(every_day((23 * 60, 24 * 60)), [ZoneInfo("UTC")])
    midnight = datetime(2026, 11, 24, tzinfo=UTC)

    assert next_open(hours, midnight - timedelta(seconds=1)) == midnight - timedelta(seconds=1)
    assert next_open(hours, midnight) == midnight + timedelta(hours=23)


def test_all_clocks_must_allow_it_at_once() -> None:
    both = [ZoneInfo("America/New_York"), ZoneInfo("America/Los_Angeles")]

    opening = next_open(clauses(every_day((8 * 60, 20 * 60)), both), datetime(2026, 11, 24, 2, tzinfo=UTC))

    assert opening == datetime(2026, 11, 24, 16, tzinfo=UTC)


def test_clocks_that_never_agree_never_open() -> None:
    both = [ZoneInfo("America/New_York"), ZoneInfo("Asia/Tokyo")]

    assert next_open(clauses(every_day((12 * 60, 14 * 60)), both), asking.MONDAY) is None


def test_hours_without_any_day_never_open() -> None:
    assert next_open(clauses(every_day(), [ZoneInfo("UTC")]), asking.MONDAY) is None


def test_a_law_may_name_its_own_clock() -> None:
    central = every_day((8 * 60, 20 * 60), zone="America/Chicago")

    opening = next_open(clauses(central, [ZoneInfo("America/New_York")]), datetime(2026, 11, 24, 13, tzinfo=UTC))

    assert opening == datetime(2026, 11, 24, 14, tzinfo=UTC)


def test_a_holiday_has_hours_of_its_own() -> None:
    terms = HoursTerms(week=(((8 * 60, 21 * 60),),) * 7, holiday=((13 * 60, 21 * 60),), calendars=("US-NE",))
    thanksgiving = datetime(2026, 11, 26, 15, tzinfo=UTC)

    assert next_open(clauses(terms, [ZoneInfo("America/Chicago")]), thanksgiving) == thanksgiving.replace(hour=19)


def test_days_beside_the_calendar_are_closed_too() -> None:
    terms = HoursTerms(week=(((480, 1200),),) * 7, holiday=(), calendars=("US-PA",), closed_on=frozenset({(12, 15)}))

    opening = next_open(clauses(terms, [ZoneInfo("UTC")]), datetime(2026, 12, 15, 9, tzinfo=UTC))

    assert opening == datetime(2026, 12, 16, 8, tzinfo=UTC)


def test_hours_shortened_close_earlier_and_drop_what_is_left_empty() -> None:
    terms = HoursTerms(week=(((600, 780), (840, 850)),) * 7, holiday=((600, 700),), calendars=("FR",))

    shorter = shorten(terms, 15)

    assert (shorter.week[0], shorter.holiday, shorter.calendars) == (((600, 765),), ((600, 685),), ("FR",))
    assert shorten(every_day((600, 780)), 15).holiday is None


def test_the_clocks_are_shown_as_people_read_them() -> None:
    shown = local_times([ZoneInfo("America/New_York")], datetime(2026, 11, 24, 1, 30, tzinfo=UTC))

    assert shown == {"America/New_York": "2026-11-23T20:30-05:00"}


def test_texts_stop_a_quarter_of_an_hour_before_the_hours_close() -> None:
    at = datetime(2026, 11, 24, 1, 50, tzinfo=UTC)  # 20:50 in New York
    facts = GateFacts(consents=(asking.granted(Channel.SMS), asking.granted(Channel.CALL)))

    text = asking.ask(asking.request(Channel.SMS, "US-OH", zones=("America/New_York",)), facts, at)
    call = asking.ask(asking.request(Channel.CALL, "US-OH", zones=("America/New_York",)), facts, at)

    assert (text.outcome, text.rule) == ("hold", "CAR-GUARD-BAND")
    assert call.outcome == "allow"


def test_the_horizon_is_beyond_the_patience_of_the_gate() -> None:
    assert timedelta(days=14) < HORIZON
