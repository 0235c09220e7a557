"""When we wish to send: windows in the lead's own time, and the spreading of load inside them."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.timing import (
    ANY,
    Place,
    SendWindow,
    TimingError,
    due_at,
    is_open,
    jitter,
    next_open,
    parse_delay,
    parse_window,
    plan_at,
)
from tests.domain.test_timing import ZONES, day_delays, instants, places, utc

OFFICE = parse_window({"days": "weekdays", "hours": "09:00-18:00"})
NIGHT = parse_window({"hours": "22:00-02:00"})

times = st.times().map(lambda at: at.replace(second=0, microsecond=0))
windows = st.builds(
    lambda days, opens, closes, business_days: SendWindow(
        days=days, opens=opens, closes=closes if closes != opens else time(0), business_days=business_days
    ),
    days=st.frozensets(st.integers(1, 7), min_size=1) | st.just(frozenset(range(1, 8))),
    opens=times.filter(lambda at: at != time(0)),
    closes=times,
    business_days=st.booleans(),
).filter(lambda window: not window.business_days or len(window.days) == 7)
# Around the days on which the clock is set in the zones under test, where mistakes would hide.
clock_days = st.builds(
    lambda day, offset: utc(day) + offset,
    st.sampled_from(["2026-03-08", "2026-11-01", "2026-03-29", "2026-10-25", "2026-04-05", "2026-10-04"])
    | st.sampled_from(["2026-02-15", "2026-03-22", "2026-12-25"]),
    st.timedeltas(timedelta(days=-1), timedelta(days=2)),
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("any", ANY),
        ({"days": "every day"}, ANY),
        (
            {"days": "weekdays", "hours": "09:00-18:00"},
            SendWindow(days=frozenset({1, 2, 3, 4, 5}), opens=time(9), closes=time(18)),
        ),
        (
            {"days": ["mon", "Wednesday"], "hours": "9:00 to 24:00"},
            SendWindow(days=frozenset({1, 3}), opens=time(9), closes=time(0)),
        ),
        (
            {"days": "business days", "hours": "22:00-02:00"},
            SendWindow(days=frozenset(range(1, 8)), opens=time(22), closes=time(2), business_days=True),
        ),
    ],
)
def test_a_written_window_is_understood(value: Any, expected: SendWindow) -> None:
    assert expected == parse_window(value)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "always",
        {},
        [],
        {"day": "mon"},
        {"days": []},
        {"days": "someday"},
        {"days": ["m"]},
        {"days": [1]},
        {"hours": "9-18"},
        {"hours": "09:00-09:00"},
        {"hours": 900},
        {"hours": "25:00-26:00"},
        {"days": None},
    ],
)
def test_what_is_no_window_is_refused_with_a_remedy(value: Any) -> None:
    with pytest.raises(TimingError, match="write"):
        parse_window(value)


@pytest.mark.parametrize(
    ("window", "zone", "instant", "expected"),
    [
        pytest.param(OFFICE, "UTC", "2026-06-05T17:59Z", "2026-06-05T17:59Z", id="open"),
        pytest.param(OFFICE, "UTC", "2026-06-05T18:00Z", "2026-06-08T09:00Z", id="closing is closed"),
        pytest.param(OFFICE, "America/New_York", "2026-03-06T23:30Z", "2026-03-09T13:00Z", id="over a clock change"),
        pytest.param(NIGHT, "UTC", "2026-06-05T01:59Z", "2026-06-05T01:59Z", id="after midnight"),
        pytest.param(NIGHT, "UTC", "2026-06-05T02:00Z", "2026-06-05T22:00Z", id="overnight, closed by day"),
        pytest.param(
            parse_window({"days": ["fri"], "hours": "22:00-02:00"}),
            "UTC",
            "2026-06-05T01:00Z",
            "2026-06-05T22:00Z",
            id="Friday before dawn belongs to Thursday",
        ),
        pytest.param(
            parse_window({"days": ["fri"], "hours": "22:00-02:00"}),
            "UTC",
            "2026-06-06T01:00Z",
            "2026-06-06T01:00Z",
            id="Saturday before dawn belongs to Friday",
        ),
        pytest.param(
            parse_window({"hours": "02:30-05:00"}),
            "America/New_York",
            "2026-03-08T06:00Z",
            "2026-03-08T07:00Z",
            id="a skipped opening is the moment of the change",
        ),
        pytest.param(
            parse_window({"hours": "02:10-02:40"}),
            "America/New_York",
            "2026-03-08T06:00Z",
            "2026-03-09T06:10Z",
            id="a window skipped whole waits a day",
        ),
        pytest.param(
            parse_window({"hours": "00:00-01:30"}),
            "America/New_York",
            "2026-11-01T05:45Z",
            "2026-11-01T06:00Z",
            id="a repeated hour opens again",
        ),
    ],
)
def test_the_next_opening_is(window: SendWindow, zone: str, instant: str, expected: str) -> None:
    assert utc(expected) == next_open(utc(instant), window, Place(zone=zone))


def test_business_days_leave_out_the_leads_own_holidays() -> None:
    window = parse_window({"days": "business days", "hours": "09:00-17:00"})
    christmas_eve = utc("2026-12-24T18:00Z")

    assert utc("2026-12-29T09:00Z") == next_open(christmas_eve, window, Place(zone="Europe/London", country="GB"))
    assert utc("2026-12-28T08:00Z") == next_open(christmas_eve, window, Place(zone="Europe/Berlin", country="DE"))


@given(clock_days | instants, windows, places)
def test_the_next_opening_is_open_and_nothing_before_it_was(
    instant: datetime, window: SendWindow, place: Place
) -> None:
    opening = next_open(instant, window, place)

    assert opening >= instant
    assert is_open(opening, window, place)
    for part in range(40):
        assert opening == instant or not is_open(instant + (opening - instant) * part / 40, window, place)
    assert opening == instant or not is_open(opening - timedelta(microseconds=1), window, place)


@given(instants, places)
def test_any_is_always_open(instant: datetime, place: Place) -> None:
    assert is_open(instant, ANY, place)
    assert instant == next_open(instant, ANY, place)


@given(st.text(), st.timedeltas(timedelta(0), timedelta(days=3)))
def test_jitter_is_the_same_again_and_below_its_spread(key: str, spread: timedelta) -> None:
    found = jitter(key, spread)

    assert found == jitter(key, spread)
    assert timedelta(0) <= found < max(spread, timedelta(microseconds=1))


def test_jitter_is_even_over_many_keys() -> None:
    minutes = [jitter(f"lead-{n}", timedelta(minutes=10)) // timedelta(minutes=1) for n in range(5000)]

    assert set(range(10)) == set(minutes)
    assert all(400 < minutes.count(minute) < 600 for minute in range(10))


@given(clock_days | instants, day_delays, windows, places, st.text(max_size=8))
def test_a_plan_is_in_the_window_and_never_before_it_is_due(
    anchor: datetime, delay: Any, window: SendWindow, place: Place, key: str
) -> None:
    planned = plan_at(anchor, delay, window, place, key, timedelta(minutes=20))

    due = due_at(anchor, delay, place)
    assert is_open(planned, window, place)
    assert next_open(due, window, place) <= planned < next_open(due, window, place) + timedelta(minutes=20)


@pytest.mark.parametrize("zone", ZONES)
def test_jitter_runs_on_over_midnight_where_the_window_does(zone: str) -> None:
    place, anchor, spread = Place(zone=zone), utc("2026-06-05T12:00Z"), timedelta(days=1)

    planned = plan_at(anchor, parse_delay("0 minutes"), ANY, place, "key", spread)

    assert anchor + jitter("key", spread) == planned


def test_jitter_never_reaches_over_a_closed_night() -> None:
    evening = utc("2026-06-04T17:59Z")
    spread = timedelta(hours=20)
    key = next(f"{n}" for n in range(1000) if jitter(f"{n}", spread) > timedelta(hours=16))

    planned = plan_at(evening, parse_delay("0 minutes"), OFFICE, Place(zone="UTC"), key, spread)

    assert evening == planned
    assert is_open(evening + jitter(key, spread), OFFICE, Place(zone="UTC"))


def test_a_window_of_no_day_cannot_be_made() -> None:
    with pytest.raises(TimingError, match="weekdays"):
        SendWindow(days=frozenset({0}), opens=time(9), closes=time(18))


def test_a_plan_is_in_utc() -> None:
    planned = plan_at(
        utc("2026-06-05T19:00Z"), parse_delay("1 hour"), OFFICE, Place(zone="Asia/Tokyo"), "key", timedelta(0)
    )

    assert (utc("2026-06-08T00:00Z"), UTC) == (planned, planned.tzinfo)


def test_jitter_past_closing_is_left_out() -> None:
    closing = utc("2026-06-04T17:59:59Z")
    key = next(f"{n}" for n in range(1000) if jitter(f"{n}", timedelta(minutes=1)) > timedelta(seconds=2))

    assert closing == plan_at(closing, parse_delay("0 minutes"), OFFICE, Place(zone="UTC"), key, timedelta(minutes=1))


def test_a_window_that_never_opens_somewhere_is_said_so() -> None:
    sundays_at_work = SendWindow(days=frozenset({7}), opens=time(9), closes=time(18), business_days=True)

    with pytest.raises(TimingError, match="never opens"):
        next_open(utc("2026-06-04T12:00Z"), sundays_at_work, Place(zone="Europe/Berlin", country="DE"))
