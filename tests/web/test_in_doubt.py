"""A message in doubt, late or failed: buttons for what a person says of it, on its page and on its task."""

import pytest
from fastapi.testclient import TestClient

from engine.clock import VirtualClock
from engine.flows.kit import Kit
from engine.flows.overdue import OVERDUE, ask_task
from engine.flows.unsettled import review_task
from engine.store import messages, tasks
from engine.store import tables as t
from engine.store.attempts import UNKNOWN
from tests.web.scenes import arrive, everything, message_of, rows_of, work


@pytest.fixture
def message_id(kit: Kit, clock: VirtualClock) -> str:
    """Return a message that left, and of which nothing was heard."""
    lead_id = arrive(kit)
    work(kit)
    message_id = message_of(kit, lead_id)
    with kit.database.write() as connection:
        connection.execute(t.attempts.update().where(t.attempts.c.message_id == message_id).values(outcome=UNKNOWN))
        connection.execute(
            t.messages.update()
            .where(t.messages.c.id == message_id)
            .values(state="unknown", provider=None, provider_id=None, accepted_at=None, delivery="none")
        )
        (stored,) = messages.load(connection, [message_id]).values()
        tasks.insert(connection, [review_task(kit, stored, clock.now())])
    return message_id


def press(browser: TestClient, message_id: str, answer: str) -> int:
    """Press one of the two buttons; return the status of the answer."""
    said = browser.post(f"/console/messages/{message_id}/settle", data={"answer": answer}, follow_redirects=False)
    return said.status_code


def test_its_page_and_its_task_offer_both_answers(browser: TestClient, message_id: str) -> None:
    for page in (f"/console/messages/{message_id}", "/console/tasks?kind=review"):
        text = browser.get(page).text

        assert f'action="/console/messages/{message_id}/settle"' in text
        assert "It arrived" in text
        assert "Send again" in text


@pytest.mark.parametrize(("answer", "state"), [("it_arrived", "accepted"), ("sent_again", "scheduled")])
def test_either_button_settles_it_and_leaves_no_question(
    kit: Kit, browser: TestClient, message_id: str, answer: str, state: str
) -> None:
    assert press(browser, message_id, answer) == 303

    [message] = rows_of(kit, t.messages, id=message_id)
    [note] = rows_of(kit, t.audit_log, subject=message_id)
    assert (message["state"], note["actor"]) == (state, "admin")
    for page in (f"/console/messages/{message_id}", "/console/tasks"):
        text = browser.get(page).text
        assert 'value="it_arrived"' not in text
        assert 'value="sent_again"' not in text


def test_a_second_answer_and_an_unknown_button_change_nothing(kit: Kit, browser: TestClient, message_id: str) -> None:
    assert press(browser, message_id, "perhaps") == 400
    assert press(browser, message_id, "it_arrived") == 303
    before = everything(kit)

    assert press(browser, message_id, "sent_again") == 409
    assert press(browser, kit.ids.new(), "sent_again") == 404
    assert everything(kit) == before


def test_a_late_message_is_sent_or_let_go_by_its_buttons(kit: Kit, browser: TestClient, message_id: str) -> None:
    with kit.database.write() as connection:
        (stored,) = messages.load(connection, [message_id]).values()
        question = ask_task(kit, stored, "", stored.planned_at)
        tasks.insert(connection, [question])
        connection.execute(
            t.messages.update().where(t.messages.c.id == message_id).values(state="held", reason=OVERDUE, ended_at=None)
        )
    for page in (f"/console/messages/{message_id}", f"/console/tasks?task={question['id']}"):
        assert "Let it go" in browser.get(page).text

    assert press(browser, message_id, "let_go") == 303

    [message] = rows_of(kit, t.messages, id=message_id)
    assert (message["state"], message["reason"]) == ("skipped", "overdue")
    assert press(browser, message_id, "sent_late") == 409


@pytest.fixture
def failed_id(kit: Kit, message_id: str) -> str:
    """Return a message that its provider refused until its tries ended."""
    refused = {"outcome": "refused", "fault": "configuration", "detail": "401"}
    with kit.database.write() as connection:
        connection.execute(t.tasks.delete())
        connection.execute(t.attempts.update().where(t.attempts.c.message_id == message_id).values(**refused))
        connection.execute(t.provider_events.delete())
        failed = {"state": "failed", "reason": "too_old"}
        connection.execute(t.messages.update().where(t.messages.c.id == message_id).values(**failed))
    return message_id


def test_what_failed_is_sent_again_by_its_button(kit: Kit, browser: TestClient, failed_id: str) -> None:
    assert 'value="replayed"' in browser.get(f"/console/messages/{failed_id}").text

    assert press(browser, failed_id, "replayed") == 303

    [message] = rows_of(kit, t.messages, id=failed_id)
    [note] = rows_of(kit, t.audit_log, subject=failed_id)
    assert (message["state"], message["reason"], note["actor"]) == ("scheduled", "replayed", "admin")
    assert 'value="replayed"' not in browser.get(f"/console/messages/{failed_id}").text


def test_what_may_have_arrived_has_no_such_button(kit: Kit, browser: TestClient, failed_id: str) -> None:
    with kit.database.write() as connection:
        connection.execute(t.attempts.update().where(t.attempts.c.message_id == failed_id).values(outcome="unknown"))
    before = everything(kit)

    page = browser.get(f"/console/messages/{failed_id}").text
    assert "It cannot be sent again: it may have arrived." in page
    assert 'value="replayed"' not in page
    assert press(browser, failed_id, "replayed") == 409
    assert press(browser, kit.ids.new(), "replayed") == 404
    assert everything(kit) == before
