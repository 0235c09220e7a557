"""What a lead's own links do: looking changes nothing, a tap is heard at once and for good."""

from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient

from consent.tokens import TokenKind, mint
from engine.bootstrap import link_secrets
from engine.clock import VirtualClock
from engine.flows.kit import Kit
from engine.settings import Settings
from engine.store import tables as t
from tests.web.scenes import arrive, everything, rows_of, work

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def stop_path(kit: Kit, lead_id: str) -> str:
    """Return the path of the lead's one-click link."""
    return urlsplit(kit.links(lead_id).unsubscribe).path


def choice_path(kit: Kit, lead_id: str) -> str:
    """Return the path of the lead's preference page."""
    return urlsplit(kit.links(lead_id).preferences).path


def stopped(kit: Kit, lead_id: str) -> set[str]:
    """Return the channels that the lead has withdrawn."""
    return {row["channel"] for row in rows_of(kit, t.consent_facts, lead_id=lead_id, kind="withdrawn")}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_changes_nothing(kit: Kit, browser: TestClient, method: str) -> None:
    lead_id = arrive(kit)
    work(kit)
    before = everything(kit)

    for path in (stop_path(kit, lead_id), choice_path(kit, lead_id)):
        assert browser.request(method, path).status_code == 200

    assert everything(kit) == before


@pytest.mark.parametrize("encoding", ["urlencoded", "multipart", "empty", "broken"])
def test_a_mailbox_stops_emails_however_it_posts(kit: Kit, browser: TestClient, encoding: str) -> None:
    lead_id = arrive(kit)
    bodies: dict[str, dict[str, object]] = {
        "urlencoded": {"data": ONE_CLICK},
        "multipart": {"files": {"List-Unsubscribe": (None, "One-Click")}},
        "empty": {},
        "broken": {"content": b"--x\r\nwhat", "headers": {"Content-Type": "multipart/form-data; boundary=y"}},
    }

    answer = browser.post(stop_path(kit, lead_id), **bodies[encoding])  # type: ignore[arg-type]

    assert answer.status_code == 200
    assert stopped(kit, lead_id) == {"email"}


def test_a_stop_says_who_asked_for_it_and_how(kit: Kit, browser: TestClient) -> None:
    by_mailbox, by_hand = arrive(kit, 1), arrive(kit, 2)

    browser.post(stop_path(kit, by_mailbox), data=ONE_CLICK)
    browser.post(stop_path(kit, by_hand), data={**ONE_CLICK, "page": "yes"})

    [mailbox] = rows_of(kit, t.consent_facts, lead_id=by_mailbox, kind="withdrawn")
    [hand] = rows_of(kit, t.consent_facts, lead_id=by_hand, kind="withdrawn")
    assert (mailbox["source"], mailbox["purpose"], mailbox["personal"]["wording"]) == (
        "one-click", "marketing", "List-Unsubscribe=One-Click",
    )  # fmt: skip
    assert (hand["source"], hand["personal"]["wording"]) == ("page", "Stop these emails")


def test_stopping_twice_is_stopping_once(kit: Kit, browser: TestClient, clock: VirtualClock) -> None:
    lead_id = arrive(kit)
    browser.post(stop_path(kit, lead_id), data=ONE_CLICK)
    clock.move_to(clock.now().replace(minute=30))

    again = browser.post(stop_path(kit, lead_id), data=ONE_CLICK)

    assert again.status_code == 200
    assert len(rows_of(kit, t.consent_facts, lead_id=lead_id, kind="withdrawn")) == 1


def test_a_stop_while_the_first_may_still_wait_for_a_call_waits_too(kit: Kit, browser: TestClient) -> None:
    """Two answers to two taps must both mean that nothing more can leave, so the second is carried out as well."""
    lead_id = arrive(kit)

    for _ in range(2):
        assert browser.post(stop_path(kit, lead_id), data=ONE_CLICK).status_code == 200

    assert stopped(kit, lead_id) == {"email"}


def test_a_stop_after_a_new_yes_is_carried_out_again(kit: Kit, browser: TestClient, clock: VirtualClock) -> None:
    lead_id = arrive(kit)
    browser.post(stop_path(kit, lead_id), data=ONE_CLICK)
    clock.move_to(clock.now().replace(minute=20))
    arrive(kit)  # the same person, with a new yes
    clock.move_to(clock.now().replace(minute=40))

    browser.post(stop_path(kit, lead_id), data=ONE_CLICK)

    assert len(rows_of(kit, t.consent_facts, lead_id=lead_id, kind="withdrawn")) == 2


def test_a_forged_link_leads_nowhere(kit: Kit, browser: TestClient, settings: Settings) -> None:
    lead_id = arrive(kit)
    [secret] = link_secrets(settings)
    good = mint(TokenKind.STOP, lead_id, secret)
    forged = [
        "x", good[:-2] + ("AA" if good[-2:] != "AA" else "BB"), mint(TokenKind.STOP, lead_id, b"another secret"),
        mint(TokenKind.CLICK, lead_id, secret), mint(TokenKind.STOP, "no id", secret), "%C3%A9", "a%00b", "x" * 5000,
    ]  # fmt: skip

    for token in forged:
        for path in (f"/u/{token}", f"/p/{token}"):
            assert browser.get(path).status_code == 404
            assert browser.post(path, data={**ONE_CLICK, "choice": "stop-everything"}).status_code == 404
    assert stopped(kit, lead_id) == set()


def test_a_link_for_one_page_does_not_open_the_other(kit: Kit, browser: TestClient) -> None:
    lead_id = arrive(kit)

    crossed = stop_path(kit, lead_id).replace("/u/", "/p/")

    assert browser.post(crossed, data={"choice": "stop-everything"}).status_code == 404


@pytest.mark.parametrize(
    ("choice", "channels"),
    [
        ("stop-emails", {"email"}),
        ("stop-everything", {"email", "sms", "voicemail", "call", "letter", "social"}),
        ("snooze-3", set()),
    ],
)
def test_a_choice_ends_what_it_says(kit: Kit, browser: TestClient, choice: str, channels: set[str]) -> None:
    lead_id = arrive(kit)

    answer = browser.post(choice_path(kit, lead_id), data={"choice": choice})

    assert answer.status_code == 200
    assert stopped(kit, lead_id) == channels


@pytest.mark.parametrize(("choice", "month"), [("snooze-1", 4), ("snooze-3", 6), ("snooze-6", 9)])
def test_not_now_rests_until_the_month_chosen(kit: Kit, browser: TestClient, choice: str, month: int) -> None:
    lead_id = arrive(kit)
    work(kit)

    browser.post(choice_path(kit, lead_id), data={"choice": choice})

    resting = [row for row in rows_of(kit, t.enrollments, lead_id=lead_id) if row["status"] == "snoozed"]
    assert resting
    assert {row["due_at"].month for row in resting} == {month}


@pytest.mark.parametrize("form", [{}, {"choice": ""}, {"choice": "snooze-2"}, {"choice": "won"}])
def test_no_choice_is_no_change(kit: Kit, browser: TestClient, form: dict[str, str]) -> None:
    lead_id = arrive(kit)
    before = everything(kit)

    assert browser.post(choice_path(kit, lead_id), data=form).status_code == 400
    assert everything(kit) == before


def test_a_body_larger_than_any_form_is_refused(kit: Kit, browser: TestClient) -> None:
    answer = browser.post(choice_path(kit, arrive(kit)), content=b"x" * 100_000)

    assert answer.status_code == 413


def test_the_page_tells_nothing_about_the_lead(kit: Kit, browser: TestClient) -> None:
    """A forwarded message carries its links with it."""
    lead_id = arrive(kit)

    pages = browser.get(stop_path(kit, lead_id)).text + browser.get(choice_path(kit, lead_id)).text

    assert "Ada" not in pages
    assert "lead1@example.com" not in pages
    assert "<script" not in pages
