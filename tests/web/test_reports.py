"""The page of reports: the same numbers as picture, table, file and JSON; inert whatever leads are called."""

import re
from base64 import b64decode
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from engine.flows.kit import Kit
from engine.store import tables as t
from tests.databases import START
from tests.store import rows
from tests.store.outcomes import happen, send
from tests.web.test_console import HOSTILE, counted

PERIOD = "first=2026-03-01&last=2026-03-31"


def fill(kit: Kit, *, leads: int = 3, source: str = "web-form") -> None:
    """Add leads that were answered after a minute, got an email and booked."""
    with kit.database.write() as connection:
        for number in range(leads):
            at = START + timedelta(days=number % 20)
            lead = rows.lead(created_at=at, first_touch_at=at + timedelta(minutes=1), source=source, cost_cents=1000)
            lead_id = rows.add(connection, t.leads, lead)
            send(connection, lead_id, at, stage=f"stage-{number % 3}", variant="ab"[number % 2], replied_at=at)
            happen(connection, lead_id, "booked", at + timedelta(days=1))


def test_json_and_files_tell_the_same_numbers(kit: Kit, browser: TestClient) -> None:
    fill(kit)

    told = browser.get(f"/console/reports?{PERIOD}&format=json").json()
    file = browser.get(f"/console/reports/stages.csv?{PERIOD}").text.splitlines()

    assert told["total"]["speed"]["leads"] == 3
    assert told["total"]["booked"] == 3
    assert [row["name"] for row in told["stages"]] == [f"five-days, stage-{n}" for n in range(3)]
    assert len(file) == 1 + len(told["stages"])
    assert file[0].split(",") == list(told["stages"][0])


def test_the_page_shows_pictures_with_a_table_of_the_same_numbers(kit: Kit, browser: TestClient) -> None:
    fill(kit)

    page = browser.get(f"/console/reports?{PERIOD}").text

    pictures = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', page)
    assert len(pictures) == 3
    assert all(b"<script" not in b64decode(one) for one in pictures)
    assert all(b"<style" in b64decode(one) for one in pictures)  # it brings its own, and needs no rule of the page
    assert '<th scope="row">five-days, stage-0</th><td data-label="Touches">1</td>' in page


@pytest.mark.parametrize(
    "query", ["period=yesterday", "first=2026-03-02", "first=2026-03-02&last=2026-03-01", "first=x&last=y"]
)
def test_days_that_are_no_period_are_refused_in_words(browser: TestClient, query: str) -> None:
    answer = browser.get(f"/console/reports?{query}")

    assert answer.status_code == 400


def test_hostile_sources_are_inert_on_the_page_and_in_its_files(kit: Kit, browser: TestClient) -> None:
    fill(kit, leads=1, source=HOSTILE)
    fill(kit, leads=1, source="=1+1")

    page = browser.get(f"/console/reports?{PERIOD}").text
    picture = b64decode(re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', page)[1])
    file = browser.get(f"/console/reports/sources.csv?{PERIOD}").text

    assert "<script>alert" not in page
    assert b"<script" not in picture
    assert "'=1+1" in file


def test_more_rows_cost_no_more_queries(kit: Kit, browser: TestClient) -> None:
    fill(kit, leads=3)
    browser.get(f"/console/reports?{PERIOD}")  # what is kept from page to page is read once
    with counted(kit) as few:
        browser.get(f"/console/reports?{PERIOD}")
    fill(kit, leads=40)
    with counted(kit) as many:
        browser.get(f"/console/reports?{PERIOD}")

    assert len(many) == len(few)


def test_a_goal_is_kept_noted_and_shown(kit: Kit, browser: TestClient) -> None:
    fill(kit)

    answer = browser.post("/console/reports/goals", data={"leads": "10", "booked": "2"}, follow_redirects=True)
    told = browser.get("/console/reports?format=json").json()["goals"]

    assert answer.status_code == 200
    assert [(one["goal"], one["target"]) for one in told] == [("leads", 10), ("booked", 2)]
    assert noted(kit) == [{"leads": 10, "booked": 2}]


def test_a_goal_that_is_no_number_is_refused(kit: Kit, browser: TestClient) -> None:
    assert browser.post("/console/reports/goals", data={"leads": "-1"}).status_code == 400
    assert noted(kit) == []


def noted(kit: Kit) -> list[Any]:
    """Return what the audit log says was wanted."""
    with kit.database.read() as connection:
        query = t.audit_log.select().where(t.audit_log.c.action == "goals.set")
        return [row["after"] for row in connection.execute(query).mappings()]
