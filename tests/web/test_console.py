"""The console's pages: they show what rows say, escape what leads wrote, and cost the same however much there is."""

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event, insert

from channels.events import EventKind
from engine.clock import VirtualClock
from engine.domain.incident import IncidentKind
from engine.flows.incidents import raise_incident
from engine.flows.kit import Kit
from engine.settings import Settings
from engine.store import senders
from engine.store import tables as t
from engine.store.installation import mark_demonstration
from tests.databases import START
from tests.store import rows
from tests.web.scenes import arrive, message_of, rows_of, walk, work

ROOMS = ("/console", "/console/messages", "/console/leads", "/console/tasks", "/console/sandbox")
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}${7*7}"


@contextmanager
def counted(kit: Kit) -> Iterator[list[tuple[str, Any]]]:
    """Collect the statements that are run meanwhile, with their parameters."""
    statements: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        statements.append((statement, parameters))

    event.listen(kit.database.engine, "before_cursor_execute", note)
    yield statements
    event.remove(kit.database.engine, "before_cursor_execute", note)


def add_messages(kit: Kit, lead_id: str, count: int) -> list[str]:
    """Add skipped messages to *lead_id*, several of one instant; return their ids, the newest first."""
    made = [
        rows.message(
            lead_id, state="skipped", reason="no_consent", due_at=None, ended_at=START,
            created_at=START + timedelta(seconds=number // 3),
        )
        for number in range(count)
    ]  # fmt: skip
    with kit.database.write() as connection:
        connection.execute(insert(t.messages), made)
    return [row["id"] for row in sorted(made, key=lambda row: (row["created_at"], row["id"]), reverse=True)]


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_opens_on_an_empty_house(browser: TestClient, room: str) -> None:
    answer = browser.get(room)

    assert answer.status_code == 200
    assert '<main id="main"' in answer.text


@pytest.mark.parametrize("room", ROOMS)
def test_a_head_request_is_answered_everywhere(browser: TestClient, room: str) -> None:
    assert browser.head(room).status_code == 200


def test_today_counts_what_there_is(kit: Kit, browser: TestClient) -> None:
    for number in range(3):
        arrive(kit, number)
    work(kit)

    numbers = browser.get("/console?format=json").json()

    assert numbers["audit"]["open"] == 3
    assert numbers["audit"]["forgotten"] == 0
    assert numbers["touches"]["email"] == 3
    assert numbers["speed"]["answered"] == 3
    assert "Nobody forgotten: 0" in browser.get("/console").text


def test_today_says_what_needs_somebody_until_it_is_over(kit: Kit, browser: TestClient) -> None:
    assert "What needs you" not in browser.get("/console").text
    with kit.database.write() as connection:
        raise_incident(kit, connection, IncidentKind.SENDER_FAILING, "a-sender", "smtp for <email> keeps failing")

    page = browser.get("/console").text

    assert "What needs you: 1" in page
    assert "smtp for &lt;email&gt; keeps failing" in page
    [told] = browser.get("/console?format=json").json()["incidents"]
    assert (told["kind"], told["count"]) == ("sender_failing", 1)


def test_a_forgotten_lead_is_shown_and_can_be_found(kit: Kit, browser: TestClient) -> None:
    with kit.database.write() as connection:
        rows.add(connection, t.leads, rows.lead(first_name="Forlorn"))

    assert "Nobody forgotten: 1" in browser.get("/console").text
    assert "Forlorn" in browser.get("/console/leads?follow_up=forgotten").text


def test_a_demonstration_says_so_and_tells_about_itself(kit: Kit, browser: TestClient) -> None:
    with kit.database.write() as connection:
        mark_demonstration(connection, {"seed": 11, "touches": {"email": 41}})

    page = browser.get("/console").text

    assert "every lead here is invented" in page
    assert "email 41" in page


def test_words_of_leads_do_nothing_on_any_page(kit: Kit, browser: TestClient) -> None:
    lead_id = arrive(
        kit, first_name=HOSTILE, last_name=HOSTILE, company=HOSTILE, interest=HOSTILE, source="web-form", note=HOSTILE,
        custom={HOSTILE: HOSTILE},
    )  # fmt: skip
    work(kit)
    message_id = message_of(kit, lead_id)
    browser.post(f"/console/messages/{message_id}/act", data={"act": "replied", "text": HOSTILE})
    paths = [
        *ROOMS, f"/console/leads/{lead_id}", f"/console/messages/{message_id}", "/console/leads?beginning=" + HOSTILE,
        f"/console/messages/{message_id}/email", "/console/messages?reason=" + HOSTILE, "/console?said=" + HOSTILE,
        "/console/messages?state=" + HOSTILE,
    ]  # fmt: skip

    for path in paths:
        page = browser.get(path).text

        assert "<script>alert" not in page, path
        assert "<img src=x" not in page, path
        assert "49" not in re.findall(r"\}\}|\$\{7\*7\}|>49<", page), path
    assert html.escape("<script>alert(1)") in browser.get(f"/console/leads/{lead_id}").text


def test_an_email_is_framed_where_it_can_do_nothing(kit: Kit, browser: TestClient) -> None:
    lead_id = arrive(kit)
    work(kit)
    message_id = message_of(kit, lead_id)

    page = browser.get(f"/console/messages/{message_id}").text
    email = browser.get(f"/console/messages/{message_id}/email")

    assert re.search(r"<iframe[^>]* sandbox[ >]", page)
    assert email.headers["content-security-policy"].endswith("; sandbox")
    assert "default-src 'none'" in email.headers["content-security-policy"]
    assert "frame-ancestors 'self'" in email.headers["content-security-policy"]
    assert "Ada" in email.text


def test_a_skipped_message_says_which_rule_and_on_what_grounds(
    kit: Kit, browser: TestClient, clock: VirtualClock
) -> None:
    lead_id = arrive(kit, grants=())
    walk(kit, clock, days=5)
    skipped = rows_of(kit, t.messages, lead_id=lead_id, state="skipped")[0]

    page = browser.get(f"/console/messages/{skipped['id']}").text

    assert "When it was planned" in page
    assert skipped["rule"] in page
    for rule in rows_of(kit, t.decisions, message_id=skipped["id"])[0]["trace"]:
        assert rule["id"] in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("state=accepted", {"accepted"}), ("state=skipped", {"skipped"}), ("channel=email&state=accepted", {"accepted"}),
        ("reason=no_consent", {"skipped"}), ("sequence=nowhere", set()), ("delivery=bounced", set()),
    ],
)  # fmt: skip
def test_the_log_shows_only_what_is_asked_for(kit: Kit, browser: TestClient, query: str, expected: set[str]) -> None:
    lead_id = arrive(kit)
    work(kit)
    add_messages(kit, lead_id, 4)

    found = browser.get(f"/console/messages?format=json&{query}").json()["rows"]

    assert {row["state"] for row in found} == expected


@pytest.mark.parametrize(
    "query", ["state=gone", "channel=fax", "after=x", "after=2026-01-01~x", "after=~", "after=2026-03-02T15:00:00Z~1"]
)
def test_a_filter_that_does_not_exist_is_refused_clearly(browser: TestClient, query: str) -> None:
    answer = browser.get(f"/console/messages?{query}")

    assert answer.status_code == 400
    assert "<h1>This could not be done</h1>" in answer.text


def test_pages_hold_every_row_once_though_more_arrive_meanwhile(kit: Kit, browser: TestClient) -> None:
    lead_id = arrive(kit)
    expected = add_messages(kit, lead_id, 130)

    seen: list[str] = []
    after = ""
    while True:
        page = browser.get("/console/messages", params={"format": "json", "reason": "no_consent", "after": after})
        seen += [row["id"] for row in page.json()["rows"]]
        after = page.json()["next"]
        if after is None:
            break
        with kit.database.write() as connection:
            late = {"state": "skipped", "reason": "no_consent", "due_at": None, "ended_at": START}
            rows.add(connection, t.messages, rows.message(lead_id, **late, created_at=START + timedelta(days=1)))

    assert seen == expected


def test_the_links_between_pages_lead_through_all_rows(kit: Kit, browser: TestClient) -> None:
    add_messages(kit, arrive(kit), 60)

    first = browser.get("/console/messages?reason=no_consent").text
    following = html.unescape(re.findall(r'href="([^"]+)" rel="next"', first)[0])
    second = browser.get(following).text

    assert first.count("<tr data-row") == 50
    assert second.count("<tr data-row") == 10
    assert 'rel="first"' in second


def test_a_timeline_holds_everything_once_and_newest_first(kit: Kit, browser: TestClient, clock: VirtualClock) -> None:
    lead_id = arrive(kit, note="Called before")
    work(kit)
    clock.move_to(clock.now() + timedelta(minutes=5))
    browser.post(f"/console/messages/{message_of(kit, lead_id)}/act", data={"act": "replied", "text": "How much?"})
    add_messages(kit, lead_id, 70)

    entries: list[Any] = []
    after: str | None = ""
    while after is not None:
        page = browser.get(f"/console/leads/{lead_id}", params={"format": "json", "after": after}).json()
        entries += page["rows"]
        after = page["next"]

    moments = [entry["at"] for entry in entries]
    assert len({entry["id"] for entry in entries if entry["kind"] == "message"}) == len(
        rows_of(kit, t.messages, lead_id=lead_id)
    )
    assert sorted(moments, reverse=True) == moments
    assert {entry["kind"] for entry in entries} >= {"message", "note", "happening", "reply"}


@pytest.mark.parametrize(
    "beginning", ["ada", "Num", "Ada Numb", "LEAD1@", "+1503", "15035550101", "5035550101", "(503) 555-0101"]
)
def test_a_lead_is_found_by_how_a_name_or_address_begins(kit: Kit, browser: TestClient, beginning: str) -> None:
    lead_id = arrive(kit)
    arrive(kit, 2, first_name="Otto", last_name="Other", email="other@example.org", phone="+442079460000")

    found = browser.get("/console/leads", params={"format": "json", "beginning": beginning}).json()["rows"]

    assert [row["id"] for row in found] == [lead_id]


@pytest.mark.parametrize("beginning", ["%", "_da", "\\", "umber1"])
def test_a_search_takes_every_character_as_it_stands(kit: Kit, browser: TestClient, beginning: str) -> None:
    arrive(kit)

    assert browser.get("/console/leads", params={"format": "json", "beginning": beginning}).json()["rows"] == []


@pytest.mark.parametrize(
    "beginning", ["a\x00b", "\ud83d".encode("utf-8", "surrogatepass").decode("latin-1"), "x" * 5000]
)
def test_a_search_survives_anything_typed(browser: TestClient, beginning: str) -> None:
    assert browser.get("/console/leads", params={"beginning": beginning}).status_code == 200


@pytest.mark.parametrize("path", ["/console/leads/x", "/console/messages/1", "/console/leads/%00", "/console/nowhere"])
def test_what_is_not_there_is_not_found(browser: TestClient, path: str) -> None:
    assert browser.get(path).status_code in {404, 422}


def test_a_page_asks_as_many_questions_of_many_rows_as_of_few(kit: Kit, browser: TestClient) -> None:
    lead_id = arrive(kit)
    work(kit)
    message_id = message_of(kit, lead_id)
    paths = (*ROOMS, f"/console/leads/{lead_id}", f"/console/messages/{message_id}")
    before = {path: _questions(kit, browser, path) for path in paths}

    for number in range(2, 40):
        arrive(kit, number)
    work(kit)
    add_messages(kit, lead_id, 100)

    assert {path: _questions(kit, browser, path) for path in paths} == before
    assert max(before.values()) < 32  # a lead's page: a story of ten sources, the gate's four questions, and its panels


def test_no_page_skips_rows_to_find_its_own(kit: Kit, browser: TestClient) -> None:
    with counted(kit) as statements:
        for room in ROOMS:
            browser.get(room)

    # SQLite is always told an offset, of nothing.
    skipping = [statement for statement, parameters in statements if "OFFSET" in statement and parameters[-1] != 0]
    assert skipping == []
    assert len(statements) > len(ROOMS)


def test_events_by_machines_are_told_apart(kit: Kit, browser: TestClient) -> None:
    lead_id = arrive(kit)
    work(kit)
    message_id = message_of(kit, lead_id)
    with kit.database.write() as connection:
        rows.add(
            connection,
            t.provider_events,
            rows.event(kind=EventKind.OPENED, message_id=message_id, event={"machine": True}, applied_at=START),
        )

    assert "by a machine" in browser.get(f"/console/messages/{message_id}").text


def test_an_error_is_a_clear_page_or_json(browser: TestClient) -> None:
    assert "There is no such lead" in browser.get(f"/console/leads/{rows.ids.new()}").text
    assert browser.get(f"/console/leads/{rows.ids.new()}?format=json").json() == {"error": "There is no such lead."}


def test_the_console_says_where_it_is(kit: Kit, browser: TestClient, settings: Settings) -> None:
    for room in ROOMS:
        assert f'<a href="{room}" aria-current="page">' in browser.get(room).text


def _questions(kit: Kit, browser: TestClient, path: str) -> int:
    browser.get(path)  # the shelf keeps what it read once
    with counted(kit) as statements:
        assert browser.get(path).status_code == 200
    return len(statements)


def test_the_first_page_says_which_senders_rest_and_why(kit: Kit, browser: TestClient) -> None:
    with kit.database.write() as connection:
        (one, *_) = senders.all_senders(connection)
        senders.pause(connection, [one.id], reason="not_live_yet")

    page, told = browser.get("/console").text, browser.get("/console?format=json").json()

    assert "rests: not live yet" in page
    assert [each["rests_for"] for each in told["senders"]].count("not_live_yet") == 1


def test_what_was_done_is_said_once_and_no_link_puts_words_on_a_page(kit: Kit, browser: TestClient) -> None:
    path = f"/console/leads/{arrive(kit)}"

    done = browser.post(f"{path}/note", data={"body": "Likes tea."})

    assert 'role="status">Noted<' in done.text
    assert 'role="status">' not in browser.get(path).text
    assert "Your key ran out" not in browser.get(f"{path}?said=Your+key+ran+out").text
    led = browser.get("/console/sign-in", params={"next": "/console?said=Your+key+ran+out"})
    assert "Your key ran out" not in led.text
