"""Leads by week and by source: how fast they were answered, and what became of them."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection

from engine.store import arrivals
from engine.store import tables as t
from engine.store.arrivals import OTHERS, SOURCES_MAX, Range, Sales, Source
from engine.store.database import Database
from tests.databases import START
from tests.store import rows
from tests.store.outcomes import happen

WEEK = timedelta(days=7)
WANTED = Range(start=START, end=START + 2 * WEEK)


def test_speed_counts_everybody_and_takes_its_percentiles_from_who_was_answered(database: Database) -> None:
    with database.write() as connection:
        for seconds in (*range(1, 9), 600, 4000):
            arrive(connection, after=seconds)
        arrive(connection)

        speed = arrivals.speed(connection, WANTED)

    assert (speed.arrived, speed.answered, speed.within_5_minutes, speed.within_an_hour) == (11, 10, 8, 9)
    assert speed.median_seconds == pytest.approx(5, abs=0.001)
    assert speed.p90_seconds == pytest.approx(600, abs=0.001)


def test_speed_is_told_by_week_and_by_source(database: Database) -> None:
    weeks = [START, START + WEEK]
    with database.write() as connection:
        arrive(connection, after=10, source="web-form")
        arrive(connection, after=20, source="missed-call", at=START + WEEK)
        arrive(connection, after=40, source="missed-call", at=START + WEEK)

        by_week = arrivals.speed_by_week(connection, WANTED, weeks)
        by_source = arrivals.speed_by_source(connection, WANTED, ["missed-call", "web-form"])
        leads = arrivals.leads_by_week(connection, WANTED, weeks, ["missed-call", "web-form"])

    assert [round(one.median_seconds or 0) for one in by_week] == [10, 20]
    assert {name: one.arrived for name, one in by_source.items()} == {"missed-call": 2, "web-form": 1}
    assert leads == {"missed-call": [0, 2], "web-form": [1, 0]}


def test_however_many_sources_there_are_the_smallest_are_counted_together(database: Database) -> None:
    with database.write() as connection:
        for number in range(SOURCES_MAX + 3):
            for _ in range(2 if number < SOURCES_MAX else 1):
                arrive(connection, source=f"source {number:02}")

        top = arrivals.top_sources(connection, WANTED)
        counts = arrivals.speed_by_source(connection, WANTED, top)

    assert len(top) == SOURCES_MAX
    assert counts[OTHERS].arrived == 3
    assert list(counts)[-1] == OTHERS


def test_a_source_is_told_by_what_became_of_its_leads_and_by_what_they_cost(database: Database) -> None:
    with database.write() as connection:
        arrive(connection, source="ads", cost_cents=500)
        booked = arrive(connection, source="ads", cost_cents=700, status="qualified")
        happen(connection, booked, "booked", START + WEEK)
        arrive(connection, source="ads", status="customer")

        became = arrivals.outcomes_by_source(connection, WANTED, ["ads"])

    assert became == {"ads": Source(arrived=3, qualified=2, booked=1, customers=1, cost_cents=1200)}


def test_a_lead_who_books_twice_has_booked_once(database: Database) -> None:
    with database.write() as connection:
        lead_id = arrive(connection)
        for name in ("booked", "booked", "customer"):
            happen(connection, lead_id, name, START)
        happen(connection, arrive(connection), "booked", WANTED.end)

        assert arrivals.sales(connection, WANTED) == Sales(booked=1, customers=1)


def test_an_empty_range_has_numbers_too(database: Database) -> None:
    with database.read() as connection:
        assert arrivals.speed(connection, WANTED) == arrivals.NOBODY
        assert arrivals.speed_by_week(connection, WANTED, [START]) == [arrivals.NOBODY]
        assert arrivals.outcomes_by_source(connection, WANTED, []) == {}


def arrive(connection: Connection, *, after: float | None = None, **changes: object) -> str:
    """Add a lead that arrives at START, or `at`, and is answered *after* some seconds."""
    at = changes.pop("at", START)
    answered = {} if after is None else {"first_touch_at": at + timedelta(seconds=after)}  # type: ignore[operator]
    return rows.add(connection, t.leads, rows.lead(created_at=at, **answered, **changes))
