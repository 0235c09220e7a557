"""A lead's side of the sandbox: one answers as the lead, and what the engine made of it stands right there."""

from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from engine.flows.kit import Kit
from tests.web.scenes import arrive, message_of, work
from tests.web.test_console import HOSTILE, counted


@pytest.fixture
def lead_id(kit: Kit) -> str:
    """Return a lead who got the first messages."""
    found = arrive(kit)
    work(kit)
    return found


def test_what_came_is_shown_with_buttons_to_answer(browser: TestClient, lead_id: str) -> None:
    inbox = browser.get("/console/sandbox?lead=lead1@example.com").text
    page = browser.get(f"/console/sandbox/{lead_id}").text

    assert f'href="/console/sandbox/{lead_id}"' in inbox
    assert browser.get("/console/sandbox?lead=nobody@example.com&format=json").json()["rows"] == []
    assert page.count('title="The email as the lead sees it"') == 1
    assert "Ahora no, después de Pascua." in page
    assert "media-src" in browser.get(f"/console/sandbox/{lead_id}").headers["content-security-policy"]


@pytest.mark.parametrize(
    ("act", "text", "read_as"),
    [
        pytest.param("replied", "Not now, after Easter.", "not now", id="not now"),
        pytest.param("replied", "Número equivocado.", "wrong number", id="wrong number"),
        pytest.param("replied", "STOP", "stop", id="stop"),
        pytest.param("absent", "Automatic reply: I am out of the office until 16 March.", "out of office", id="away"),
    ],
)
def test_what_the_engine_made_of_an_answer_is_shown(
    kit: Kit, browser: TestClient, lead_id: str, act: str, text: str, read_as: str
) -> None:
    form = {"message": message_of(kit, lead_id), "act": act, "text": text}

    page = browser.post(f"/console/sandbox/{lead_id}/act", data=form).text

    assert f"Read as <b>{read_as}</b>" in page


def test_only_a_message_of_this_lead_can_be_answered(kit: Kit, browser: TestClient, lead_id: str) -> None:
    form = {"message": message_of(kit, lead_id), "act": "replied", "text": "Hello"}

    assert browser.post(f"/console/sandbox/{uuid4()}/act", data=form).status_code == 404
    assert browser.post(f"/console/sandbox/{lead_id}/act", data={**form, "message": "x"}).status_code == 400
    assert browser.get(f"/console/sandbox/{uuid4()}").status_code == 404


def test_what_a_lead_wrote_is_inert(kit: Kit, browser: TestClient, lead_id: str) -> None:
    form = {"message": message_of(kit, lead_id), "act": "replied", "text": HOSTILE}

    assert "<script>alert" not in browser.post(f"/console/sandbox/{lead_id}/act", data=form).text


def test_an_email_is_shown_alone_under_its_own_policy(browser: TestClient, lead_id: str) -> None:
    page = browser.get(f"/console/sandbox/{lead_id}").text
    source = page.split('sandbox loading="lazy" src="')[1].split('"')[0]

    answer = browser.get(source)

    assert answer.status_code == 200
    assert "sandbox" in answer.headers["content-security-policy"]
    assert browser.get("/console/sandbox/messages/999/email").status_code == 404


def test_more_messages_cost_no_more_queries(kit: Kit, browser: TestClient, lead_id: str) -> None:
    browser.get(f"/console/sandbox/{lead_id}")
    with counted(kit) as few:
        browser.get(f"/console/sandbox/{lead_id}")
    form = {"message": message_of(kit, lead_id), "act": "replied", "text": "What does it cost?"}
    browser.post(f"/console/sandbox/{lead_id}/act", data=form)
    with counted(kit) as many:
        browser.get(f"/console/sandbox/{lead_id}")

    assert len(many) == len(few)
