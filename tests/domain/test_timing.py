"""When things are due for a lead: delays, business days, and the days on which the clock is set."""

import json
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.timing import (
    Delay,
    Place,
    TimingError,
    Unit,
    add_business_days,
    default_zone,
    due_at,
    is_business_day,
    parse_delay,
    when,
)
from tests.shared import shared_file

NEW_YORK = Place(zone="America/New_York", country="US")
ZONES = ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu", "UTC"]

places = st.builds(
    Place, zone=st.sampled_from(ZONES), country=st.sampled_from(["US", "DE", "AU", "MA", "AE", "JP", "XX", None])
)
instants = st.integers(1_735_689_600, 1_861_920_000).map(lambda second: datetime.fromtimestamp(second, UTC))  # 2025-28
times = st.none() | st.times().map(lambda at: at.replace(second=0, microsecond=0))
day_delays = st.builds(
    Delay,
    amount=st.integers(0, 24),
    unit=st.sampled_from([Unit.DAYS, Unit.BUSINESS_DAYS, Unit.WEEKS, Unit.MONTHS]),
    at=times,
)
clock_delays = st.builds(Delay, amount=st.integers(0, 5000), unit=st.sampled_from([Unit.MINUTES, Unit.HOURS]))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("text", "amount", "unit", "at"),
    [
        ("0 minutes", 0, Unit.MINUTES, None),
        ("10 minutes", 10, Unit.MINUTES, None),
        ("1 hour", 1, Unit.HOURS, None),
        ("3 business days", 3, Unit.BUSINESS_DAYS, None),
        ("1 business_day", 1, Unit.BUSINESS_DAYS, None),
        ("1 business days", 1, Unit.BUSINESS_DAYS, None),
        (" 2  Weeks ", 2, Unit.WEEKS, None),
        ("4 months", 4, Unit.MONTHS, None),
        ("1 day at 10:00", 1, Unit.DAYS, time(10)),
        ("2 weeks at 9:30", 2, Unit.WEEKS, time(9, 30)),
    ],
)
def test_a_written_delay_is_understood(text: str, amount: int, unit: Unit, at: time | None) -> None:
    assert Delay(amount=amount, unit=unit, at=at) == parse_delay(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "3",
        "days",
        "-1 days",
        "1.5 hours",
        "1 day at noon",
        "1 day at 24:00",
        "1 day at 9:60",
        "11 years",
        "121 months",
        "99999999 minutes",
        "5 minutes at 10:00",
        "1 fortnight",
        "1 day 10:00",
        "٣ days",
    ],
)
def test_what_is_no_delay_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(TimingError, match=r"write|delay is from|count in days"):
        parse_delay(text)


@given(day_delays | clock_delays)
def test_a_delay_written_out_is_read_back(delay: Delay) -> None:
    assert parse_delay(str(delay)) == delay


def test_every_published_business_day_is_met() -> None:
    rows = json.loads(shared_file("vectors/business_day_vectors.json").read_text())

    for row in rows:
        country, _, region = row["calendar"].partition("-")
        found = when(country, region or None, row["start"], f"{row['add_business_days']} business days")
        assert row["ambiguous"] or row["expect"] == found.date.isoformat(), row


@pytest.mark.parametrize(
    ("country", "region", "day", "works"),
    [
        pytest.param("US", None, date(2026, 7, 3), False, id="4 July on a Saturday is observed on Friday"),
        pytest.param("US", "TX", date(2026, 7, 2), True, id="an ordinary Thursday"),
        pytest.param("GB", "SCT", date(2026, 4, 6), True, id="Scotland works on Easter Monday"),
        pytest.param("GB", "england", date(2026, 4, 6), False, id="England does not"),
        pytest.param("gb", None, date(2026, 4, 6), False, id="nor, most likely, do Britons of unknown region"),
        pytest.param("UK", "GB-ENG", date(2026, 4, 6), False, id="as people write it"),
        pytest.param("DE", "BY", date(2026, 1, 6), False, id="Epiphany in Bavaria"),
        pytest.param("DE", "BE", date(2026, 1, 6), True, id="and not in Berlin"),
        pytest.param("DE", "nowhere", date(2026, 12, 25), False, id="an unknown region has the country's holidays"),
        pytest.param("XX", "YY", date(2026, 12, 25), True, id="an unknown country has weekends only"),
        pytest.param(None, None, date(2026, 12, 26), False, id="no country has weekends too"),
        pytest.param("IL", None, date(2026, 6, 7), True, id="Israel works on Sunday"),
        pytest.param("IL", None, date(2026, 6, 5), False, id="and not on Friday"),
        pytest.param("CN", None, date(2026, 2, 14), True, id="a Saturday worked for the Spring Festival"),
    ],
)
def test_people_work(country: str | None, region: str | None, day: date, works: bool) -> None:  # noqa: FBT001 - a table
    assert is_business_day(day, Place(zone="UTC", country=country, region=region)) is works


@given(st.dates(date(2025, 1, 1), date(2028, 12, 31)), st.integers(0, 60), places)
def test_business_days_end_on_one_with_exactly_so_many_between(start: date, days: int, place: Place) -> None:
    end = add_business_days(start, days, place)

    passed = [start + timedelta(days=n) for n in range((end - start).days + 1)]
    assert is_business_day(end, place)
    assert days + 1 == sum(is_business_day(day, place) for day in passed)


@pytest.mark.parametrize(
    ("zone", "anchor", "delay", "expected"),
    [
        pytest.param("America/New_York", "2026-03-07T02:30-05:00", "1 day", "2026-03-08T03:30-04:00", id="NY skipped"),
        pytest.param("America/New_York", "2026-10-31T01:30-04:00", "1 day", "2026-11-01T01:30-04:00", id="NY repeated"),
        pytest.param("America/New_York", "2026-03-07T12:00-05:00", "1 day", "2026-03-08T12:00-04:00", id="NY 23 hours"),
        pytest.param("America/New_York", "2026-03-07T12:00-05:00", "24 hours", "2026-03-08T13:00-04:00", id="NY exact"),
        pytest.param(
            "Europe/Berlin", "2026-03-22T02:15+01:00", "1 week", "2026-03-29T03:15+02:00", id="Berlin skipped"
        ),
        pytest.param("Europe/Berlin", "2026-09-25T02:15+02:00", "1 month", "2026-10-25T02:15+02:00", id="Berlin twice"),
        pytest.param(
            "Australia/Lord_Howe", "2026-10-03T02:15+10:30", "1 day", "2026-10-04T02:45+11:00", id="half hour"
        ),
        pytest.param(
            "Australia/Lord_Howe", "2026-04-04T01:45+11:00", "1 day", "2026-04-05T01:45+11:00", id="half, back"
        ),
        pytest.param("Africa/Casablanca", "2026-02-14T02:30+01:00", "1 day", "2026-02-15T02:30+01:00", id="Ramadan"),
        pytest.param("Africa/Casablanca", "2026-03-21T02:30+00:00", "1 day", "2026-03-22T03:30+01:00", id="its end"),
        pytest.param("UTC", "2027-01-31T09:00Z", "1 month", "2027-02-28T09:00Z", id="a short month"),
        pytest.param("UTC", "2028-01-31T09:00Z", "1 month", "2028-02-29T09:00Z", id="a leap year"),
        pytest.param("UTC", "2026-08-31T09:00Z", "6 months", "2027-02-28T09:00Z", id="over the year"),
        pytest.param("UTC", "2026-06-01T09:00Z", "0 days at 10:00", "2026-06-01T10:00Z", id="later today"),
        pytest.param("UTC", "2026-06-01T11:00Z", "0 days at 10:00", "2026-06-02T10:00Z", id="too late today"),
        pytest.param(
            "UTC", "2026-06-05T11:00Z", "0 business days at 10:00", "2026-06-08T10:00Z", id="Friday to Monday"
        ),
        pytest.param("UTC", "2026-06-06T11:00Z", "0 business days", "2026-06-08T11:00Z", id="Saturday to Monday"),
        pytest.param("UTC", "2026-06-05T23:00Z", "1 day at 0:00", "2026-06-06T00:00Z", id="midnight"),
        pytest.param("Asia/Tokyo", "2026-06-05T16:00Z", "1 business day", "2026-06-08T16:00Z", id="Saturday there"),
    ],
)
def test_a_delay_ends(zone: str, anchor: str, delay: str, expected: str) -> None:
    assert utc(expected) == due_at(utc(anchor), parse_delay(delay), Place(zone=zone))


def test_no_delay_from_a_repeated_hour_is_that_very_instant() -> None:
    second = utc("2026-11-01T01:30-05:00")

    assert second == due_at(second, parse_delay("0 days"), NEW_YORK)


@given(instants, day_delays | clock_delays, places)
def test_nothing_is_due_before_its_cause(anchor: datetime, delay: Delay, place: Place) -> None:
    due = due_at(anchor, delay, place)

    assert due >= anchor
    assert due.tzinfo is UTC


@given(instants, st.timedeltas(timedelta(0), timedelta(days=40)), day_delays, places)
def test_a_later_cause_is_due_no_earlier(anchor: datetime, later: timedelta, delay: Delay, place: Place) -> None:
    """Within a day: every time of day on a weekend leads to Monday at that time, and month ends fall together."""
    first, second = due_at(anchor, delay, place), due_at(anchor + later, delay, place)

    assert first <= second + timedelta(hours=25)


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(TimingError, match="aware"):
        due_at(datetime(2026, 1, 1), parse_delay("1 day"), NEW_YORK)  # noqa: DTZ001 - the point


@pytest.mark.parametrize("zone", ["", "Europe", "Mars/Base", "../etc/passwd", "/etc/passwd", "a\0b"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(TimingError, match="IANA"):
        Place(zone=zone)


@pytest.mark.parametrize(
    ("country", "region", "zone"),
    [
        ("US", None, "America/New_York"),
        ("us", "ca", "America/Los_Angeles"),
        ("US", "California", "America/Los_Angeles"),
        ("CA", "CA-BC", "America/Vancouver"),
        ("CA", None, "America/Toronto"),
        ("AU", "NSW", "Australia/Sydney"),
        ("AU", None, "Australia/Sydney"),
        ("GB", "ENG", "Europe/London"),
        ("BR", None, "America/Sao_Paulo"),
        ("FR", None, "Europe/Paris"),
        ("UA", None, "Europe/Kyiv"),
        ("US", "nowhere", "America/New_York"),
        ("USA", "TX", "America/Chicago"),
        ("ZZZ", None, None),
        ("XX", None, None),
    ],
)
def test_a_region_lives_in_a_zone(country: str, region: str | None, zone: str | None) -> None:
    assert zone == default_zone(country, region)


@pytest.mark.parametrize(
    ("start", "after", "day", "at"),
    [
        pytest.param("2026-04-02", "3 business days", "2026-04-07", "2026-04-07T16:00Z", id="a day means its 09:00"),
        pytest.param("2026-04-02", "0 days at 8:00", "2026-04-02", "2026-04-02T15:00Z", id="or the time given"),
        pytest.param("2026-04-02", "90 minutes", "2026-04-02", "2026-04-02T17:30Z", id="minutes from 09:00"),
        pytest.param("2026-04-02T22:00", "1 day", "2026-04-03", "2026-04-04T05:00Z", id="local without an offset"),
        pytest.param(
            "2026-04-02T01:00:00Z", "1 day", "2026-04-02", "2026-04-03T01:00Z", id="an instant, its local day"
        ),
    ],
)
def test_when_says_the_local_day_and_the_instant(start: str, after: str, day: str, at: str) -> None:
    found = when("US", "CA", start, after)

    assert (date.fromisoformat(day), utc(at)) == (found.date, found.at)


@pytest.mark.parametrize("start", ["", "tomorrow", "2026-02-30", "2026-1-5", "9999-12-31", "2026-01-01T25:00"])
def test_when_refuses_what_is_no_start(start: str) -> None:
    with pytest.raises(TimingError, match="start"):
        when("US", None, start, "3 business days")
