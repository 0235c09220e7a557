"""The inbox: who waits stands first, how a reply was read and why, corrected and answered from there."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from engine.flows.kit import Kit
from engine.store import tables as t
from tests.web.scenes import arrive, message_of, rows_of, work

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"


def reply(kit: Kit, browser: TestClient, lead_id: str, text: str) -> str:
    """Let a lead answer their first mail; return the reply's id."""
    message_id = message_of(kit, lead_id)
    browser.post(f"/console/messages/{message_id}/act", data={"act": "replied", "text": text})
    return str(rows_of(kit, t.replies, lead_id=lead_id)[-1]["id"])


def nonce_in(page: str) -> str:
    """Return what makes the form's answer be sent once."""
    return page.partition('name="nonce" value="')[2].partition('"')[0]


@pytest.fixture
def lead_id(kit: Kit) -> str:
    """Return a lead who got a mail."""
    lead_id = arrive(kit)
    work(kit)
    return lead_id


def test_an_inbox_without_letters_says_what_comes_in(browser: TestClient) -> None:
    page = browser.get("/console/inbox").text

    assert "Nobody waits for an answer" in page
    assert "No lead has written yet" in page


def test_who_waits_stands_before_who_was_answered_whoever_wrote_last(kit: Kit, browser: TestClient) -> None:
    first, second = arrive(kit, 1), arrive(kit, 2)
    work(kit)
    reply(kit, browser, first, "How much is it?")
    reply(kit, browser, second, "Thanks, no more questions.")
    browser.post(f"/console/inbox/{second}/read")

    rows = browser.get("/console/inbox?format=json").json()["rows"]
    page = browser.get("/console/inbox").text

    assert [row["lead_id"] for row in rows] == [first, second]
    assert page.index("Waiting for an answer") < page.index("Answered, or in need of none")
    assert browser.get("/console/inbox?show=mine").status_code == 200
    assert browser.get("/console/inbox?show=theirs").status_code == 400


def test_a_conversation_says_how_a_reply_was_read_and_why(kit: Kit, browser: TestClient, lead_id: str) -> None:
    reply(kit, browser, lead_id, "How much is it?")

    page = browser.get(f"/console/inbox/{lead_id}").text

    assert "How much is it?" in page
    assert "Read as" in page
    assert "because of" in page


def test_an_answer_is_sent_once_and_stands_in_the_conversation(kit: Kit, browser: TestClient, lead_id: str) -> None:
    reply_id = reply(kit, browser, lead_id, "How much is it?")
    nonce = nonce_in(browser.get(f"/console/inbox/{lead_id}").text)
    form = {"reply": reply_id, "nonce": nonce, "body": "About 9,000."}

    for _ in range(2):
        browser.post(f"/console/inbox/{lead_id}/answer", data=form)
    [waiting] = rows_of(kit, t.messages, template="written-answer")
    assert "About 9,000." in browser.get(f"/console/messages/{waiting['id']}").text
    work(kit)

    page = browser.get(f"/console/inbox/{lead_id}").text
    assert page.count('<p class="bubble">About 9,000.</p>') == 1
    assert "accepted" in page
    assert [row["state"] for row in rows_of(kit, t.tasks, lead_id=lead_id, kind="answer")] == ["done"]


def test_what_cannot_be_sent_keeps_what_was_written(kit: Kit, browser: TestClient, lead_id: str) -> None:
    reply_id = reply(kit, browser, lead_id, "Stop everything")

    answer = browser.post(
        f"/console/inbox/{lead_id}/answer", data={"reply": reply_id, "nonce": "1", "body": "But why?"}
    )

    assert answer.status_code == 422
    assert "But why?" in answer.text
    assert "they said stop here" in answer.text


def test_an_answer_to_what_is_no_longer_the_last_word_is_not_sent(kit: Kit, browser: TestClient, lead_id: str) -> None:
    old = reply(kit, browser, lead_id, "How much is it?")
    reply(kit, browser, lead_id, "Never mind, found it on your site.")

    answer = browser.post(f"/console/inbox/{lead_id}/answer", data={"reply": old, "nonce": "1", "body": "About 9,000."})

    assert answer.status_code == 409
    assert "They wrote again meanwhile" in answer.text
    assert not rows_of(kit, t.messages, template="written-answer")


def test_a_correction_says_what_it_did_not_undo(kit: Kit, browser: TestClient, lead_id: str) -> None:
    reply_id = reply(kit, browser, lead_id, "Please stop writing to me")

    page = browser.post(f"/console/inbox/replies/{reply_id}/label", data={"label": "interested"}).text

    assert "only the lead can take it back" in page
    assert browser.post(f"/console/inbox/replies/{reply_id}/label", data={"label": "gone"}).status_code == 400
    bad = browser.post(f"/console/inbox/replies/{reply_id}/label", data={"label": "not_now", "until": "soon"})
    assert bad.status_code == 400


def test_whoever_may_only_look_finds_no_buttons_and_is_refused(
    kit: Kit, browser: TestClient, signed_in: Callable[[str], TestClient], lead_id: str
) -> None:
    reply_id = reply(kit, browser, lead_id, "How much is it?")
    viewer = signed_in("viewer")

    assert "Answer by email" in browser.get(f"/console/inbox/{lead_id}").text
    assert "Answer by" not in viewer.get(f"/console/inbox/{lead_id}").text
    for path in (f"{lead_id}/answer", f"{lead_id}/read", f"{lead_id}/assign", f"replies/{reply_id}/label"):
        assert viewer.post(f"/console/inbox/{path}").status_code == 403


def test_what_a_lead_writes_does_nothing_in_the_inbox(kit: Kit, browser: TestClient, lead_id: str) -> None:
    reply(kit, browser, lead_id, HOSTILE)

    for path in ("/console/inbox", f"/console/inbox/{lead_id}"):
        page = browser.get(path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
