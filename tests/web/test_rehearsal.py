"""The rehearsal page: a bounded form, what would come of a sequence, and nothing that is changed by it."""

import html
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from channels.address import Channel
from engine.flows.kit import Kit
from engine.settings import Settings
from engine.simulation.volume import Day
from engine.store.tables import metadata
from engine.web.app import create_app
from engine.web.console import rehearsal
from engine.web.console.bar_chart import count_days, draw_days, every_day, label
from tests.content.builders import library
from tests.flows.content import FILES
from tests.web.embedded import settings
from tests.web.scenes import arrive

__all__ = ["settings"]

PAGE = "/console/content/sequences/plan/rehearsal"
PLAN = """\
name: plan
stages:
  - {id: hello, email: hello}
  - {id: text, sms: hi, after: 1 day}
"""
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"


@pytest.fixture
def app(kit: Kit, settings: Settings, tmp_path: Path) -> FastAPI:
    """Return the app on a folder of few messages, which are published in no time."""
    library(tmp_path, {**FILES, "sequences/plan.yaml": PLAN})
    return create_app(kit, settings, templates=tmp_path)


def form(**changes: str) -> dict[str, str]:
    """Return a form that asks for little."""
    return {"leads": "3", "days": "4", "start": "2026-03-02", "behaviour": "typical", "whose": "invented", **changes}


@pytest.fixture
def counts(kit: Kit, browser: TestClient) -> Iterator[dict[str, int]]:
    """Count every table's rows before a test, and see that none has changed after it."""
    before = rows(kit)
    yield before
    assert rows(kit) == before


def rows(kit: Kit) -> dict[str, int]:
    with kit.database.read() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
        }


def test_the_form_runs_nothing_by_itself(browser: TestClient) -> None:
    answer = browser.get(PAGE)

    assert answer.status_code == 200
    assert 'name="leads"' in answer.text
    assert "Calendar" not in answer.text


def test_it_shows_the_calendar_the_volume_and_who_never_gets_a_text(
    browser: TestClient, counts: dict[str, int]
) -> None:
    answer = browser.post(PAGE, data=form())

    assert answer.status_code == 200
    assert "plan, hello" in answer.text
    assert 'src="data:image/svg+xml;base64,' in answer.text
    assert "Who never gets a text" in answer.text
    assert "style=" not in answer.text
    assert "<script>" not in answer.text
    assert counts["leads"] == 0


def test_the_installations_own_leads_are_copied_and_left_as_they_are(kit: Kit, browser: TestClient) -> None:
    arrive(kit, 1, first_name=HOSTILE[:80])
    before = rows(kit)

    answer = browser.post(PAGE, data=form(whose="installed", start="2026-12-01"))

    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert html.escape("<script>alert(1)") in answer.text
    assert rows(kit) == before


@pytest.mark.parametrize(
    "changes",
    [
        {"leads": "201"},
        {"leads": "0"},
        {"leads": "-1"},
        {"leads": "²"},
        {"days": "181"},
        {"days": ""},
        {"start": "yesterday"},
        {"start": "9999-12-31"},
        {"behaviour": "rude"},
        {"whose": "theirs"},
    ],
    ids=str,
)
def test_what_is_out_of_bounds_is_refused(browser: TestClient, changes: dict[str, str]) -> None:
    assert browser.post(PAGE, data=form(**changes)).status_code == 400


@pytest.mark.parametrize("ask", ["get", "post"])
def test_an_unknown_sequence_is_not_found(browser: TestClient, ask: str) -> None:
    there: dict[str, Any] = {"data": form()} if ask == "post" else {}

    answer = getattr(browser, ask)("/console/content/sequences/nothing/rehearsal", **there)

    assert answer.status_code == 404


def test_another_sites_form_starts_nothing(browser: TestClient) -> None:
    answer = browser.post(PAGE, data=form(), headers={"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403


def test_only_one_runs_at_a_time(browser: TestClient) -> None:
    with rehearsal._one_at_a_time:
        answer = browser.post(PAGE, data=form())

    assert "Another rehearsal is running" in answer.text
    assert browser.post(PAGE, data=form(leads="1", days="1")).text.count("Another rehearsal") == 0


def test_a_chart_has_every_day_and_adds_up() -> None:
    first = date(2026, 3, 2)
    volume = [
        Day(day=first, channel=Channel.EMAIL, sender="a", sent=3, tokens=3, limit=None),
        Day(day=first, channel=Channel.SMS, sender="b", sent=1, tokens=2, limit=5),
        Day(day=first + timedelta(days=9), channel=Channel.EMAIL, sender="a", sent=2, tokens=2, limit=None),
    ]

    counts = count_days(volume)
    days = every_day(counts)
    chart = draw_days(volume)

    assert [sum(counts.get(day, {}).values()) for day in days] == [4, 0, 0, 0, 0, 0, 0, 0, 0, 2]
    assert [day for day in days if label(day, first)] == [first, first + timedelta(days=7)]
    assert chart is not None
    assert "at most 4 on a day" in chart.words


def test_nothing_sent_is_no_chart() -> None:
    assert draw_days([]) is None
