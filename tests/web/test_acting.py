"""Acting as a lead in the sandbox, and closing tasks: what a button says is what the engine hears."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from engine.clock import VirtualClock
from engine.domain.access import Role
from engine.flows.kit import Kit
from engine.store import tables as t
from engine.web.console.acting import ACTS
from tests.store import rows
from tests.web.scenes import arrive, everything, message_of, rows_of, walk, work


@pytest.fixture
def lead_id(kit: Kit, clock: VirtualClock) -> str:
    """Return a lead that was answered on every channel the first hour brings."""
    lead_id = arrive(kit)
    for _ in range(4):
        work(kit)
        clock.move_to(clock.now() + timedelta(minutes=15))
    return lead_id


def act(browser: TestClient, message_id: str, name: str, text: str = "") -> int:
    """Press a button of the message's page; return the status of the answer."""
    answer = browser.post(
        f"/console/messages/{message_id}/act", data={"act": name, "text": text}, follow_redirects=False
    )
    return answer.status_code


@pytest.mark.parametrize("name", sorted(ACTS["email"]))
def test_every_button_of_an_email_is_heard(kit: Kit, browser: TestClient, lead_id: str, name: str) -> None:
    message_id = message_of(kit, lead_id)

    assert act(browser, message_id, name, text="How much is it?") == 303

    [heard] = rows_of(kit, t.provider_events, message_id=message_id)
    assert heard["kind"] == ACTS["email"][name].kind
    assert heard["applied_at"] is not None
    assert f"Done: {name}" in browser.get(f"/console/messages/{message_id}").text


def test_a_bounce_ends_the_address(kit: Kit, browser: TestClient, lead_id: str) -> None:
    act(browser, message_of(kit, lead_id), "bounced")

    assert [row["reason"] for row in rows_of(kit, t.suppressions)] == ["hard_bounce"]
    assert "suppressed" in browser.get(f"/console/leads/{lead_id}").text


def test_a_reply_is_shown_with_its_reading_and_waits_for_the_owner(kit: Kit, browser: TestClient, lead_id: str) -> None:
    message_id = message_of(kit, lead_id)

    act(browser, message_id, "replied", text="How much is it?")

    assert "Read as" in browser.get(f"/console/messages/{message_id}").text
    assert "How much is it?" in browser.get("/console/tasks?kind=answer").text


def test_a_stop_by_text_ends_texts_and_voicemail(
    kit: Kit, browser: TestClient, lead_id: str, clock: VirtualClock
) -> None:
    walk(kit, clock, days=5)

    act(browser, message_of(kit, lead_id, channel="sms"), "stopped")

    withdrawn = rows_of(kit, t.consent_facts, lead_id=lead_id, kind="withdrawn")
    assert {row["channel"] for row in withdrawn} == {"sms", "voicemail"}


@pytest.mark.parametrize(("name", "text"), [("replied", ""), ("dance", "x"), ("", ""), ("called", "")])
def test_a_button_that_is_not_there_does_nothing(
    kit: Kit, browser: TestClient, lead_id: str, name: str, text: str
) -> None:
    message_id = message_of(kit, lead_id)
    before = everything(kit)

    assert act(browser, message_id, name, text) == 400
    assert everything(kit) == before


def test_only_what_the_sandbox_took_can_be_answered(kit: Kit, browser: TestClient, lead_id: str) -> None:
    with kit.database.write() as connection:
        waiting = rows.add(connection, t.messages, rows.message(lead_id))

    assert act(browser, waiting, "opened") == 409
    assert "Act as" not in browser.get(f"/console/messages/{waiting}").text


def test_a_call_is_closed_with_an_outcome_and_a_note(kit: Kit, browser: TestClient, lead_id: str) -> None:
    task = rows_of(kit, t.tasks, lead_id=lead_id, kind="call", state="open")[0]

    answer = browser.post(f"/console/tasks/{task['id']}/close", data={"outcome": "booked", "note": "Tuesday at ten"})

    assert answer.status_code == 200
    [closed] = rows_of(kit, t.tasks, id=task["id"])
    assert (closed["state"], closed["outcome"], closed["note"]) == ("done", "booked", "Tuesday at ten")
    assert rows_of(kit, t.leads, id=lead_id)[0]["status"] == "qualified"
    assert "Tuesday at ten" in browser.get(f"/console/leads/{lead_id}").text


def test_a_task_is_closed_once(kit: Kit, browser: TestClient, lead_id: str) -> None:
    task = rows_of(kit, t.tasks, lead_id=lead_id, kind="call", state="open")[0]
    address = f"/console/tasks/{task['id']}/close"
    browser.post(address, data={"outcome": "no_answer"})

    again = browser.post(address, data={"outcome": "won"})

    assert again.status_code == 409
    assert rows_of(kit, t.tasks, id=task["id"])[0]["outcome"] == "no_answer"


@pytest.mark.parametrize(
    "form", [{}, {"outcome": "done"}, {"outcome": "gone"}, {"outcome": "not_now", "until": "soon"}]
)
def test_an_outcome_a_call_cannot_have_is_refused(
    kit: Kit, browser: TestClient, lead_id: str, form: dict[str, str]
) -> None:
    task = rows_of(kit, t.tasks, lead_id=lead_id, kind="call", state="open")[0]

    assert browser.post(f"/console/tasks/{task['id']}/close", data=form).status_code == 400
    assert rows_of(kit, t.tasks, id=task["id"])[0]["state"] == "open"


def test_not_now_waits_for_the_day_the_lead_named_where_the_lead_is(
    kit: Kit, browser: TestClient, lead_id: str
) -> None:
    task = rows_of(kit, t.tasks, lead_id=lead_id, kind="call", state="open")[0]

    browser.post(f"/console/tasks/{task['id']}/close", data={"outcome": "not_now", "until": "2026-05-04"})

    [resting] = rows_of(kit, t.enrollments, lead_id=lead_id, status="snoozed")
    assert resting["due_at"].isoformat() == "2026-05-04T16:00:00+00:00"  # nine in the morning in Oregon


def test_a_number_is_shown_only_where_the_gate_allows_the_call(
    kit: Kit, browser: TestClient, lead_id: str, clock: VirtualClock
) -> None:
    dial = 'href="tel:+15035550101"'
    assert dial in browser.get("/console/tasks?kind=call").text

    clock.move_to(clock.now().replace(hour=7) + timedelta(days=1))  # eleven at night in Oregon

    page = browser.get("/console/tasks?kind=call").text
    assert dial not in page
    assert "don&#39;t dial" in page or "don't dial" in page


def test_the_most_overdue_task_stands_first(kit: Kit, browser: TestClient) -> None:
    for number in range(30):
        arrive(kit, number)
    work(kit)

    seen: list[tuple[str, str]] = []
    after: str | None = ""
    while after is not None:
        page = browser.get("/console/tasks", params={"format": "json", "after": after}).json()
        seen += [(row["due_at"], row["id"]) for row in page["rows"]]
        after = page["next"]

    assert seen == sorted(seen)
    assert len(seen) == len(rows_of(kit, t.tasks, state="open"))


def test_the_inbox_shows_what_came_and_leads_to_it(kit: Kit, browser: TestClient, lead_id: str) -> None:
    page = browser.get("/console/sandbox?channel=email").text

    assert f'href="/console/sandbox/{lead_id}"' in page
    assert message_of(kit, lead_id) in browser.get(f"/console/sandbox/{lead_id}").text
    assert browser.get("/console/sandbox?after=1&format=json").json() == {"rows": [], "next": None}
    assert browser.get("/console/sandbox?after=-1").status_code == 400


def test_who_only_looks_gets_no_link_that_stops_or_chooses_for_the_lead(
    kit: Kit, signed_in: Callable[[Role | str], TestClient], lead_id: str
) -> None:
    message = f"/console/messages/{message_of(kit, lead_id)}"
    pages = [message, f"{message}/email", f"/console/inbox/{lead_id}", f"/console/sandbox/{lead_id}?format=json"]
    live = {
        role: [bool(re.search(r"/[up]/[A-Za-z0-9_-]{20,}", answer.text)) for answer in map(browser.get, pages)]
        for role in (Role.OPERATOR, Role.VIEWER)
        for browser in [signed_in(role)]
    }

    assert any(live[Role.OPERATOR])
    assert live[Role.OPERATOR][:2] == [True, True]
    assert live[Role.VIEWER] == [False] * len(pages)
