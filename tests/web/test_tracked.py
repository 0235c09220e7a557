"""What links and images of our emails report: a person's click turns the walk, a machine's does not, a forged one leads nowhere."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from channels.message import EmailContent, MessageId
from engine.bootstrap import link_secrets, make_outgoing, secret_key
from engine.clock import VirtualClock
from engine.content.tracking import Tracker
from engine.flows.absorb import absorb
from engine.flows.kit import Kit
from engine.settings import Settings
from engine.store import tables as t
from engine.store.log import unpack
from engine.web.app import create_app
from tests.content.test_tracking import links
from tests.web.conftest import HERE
from tests.web.scenes import arrive, message_of, rows_of, work
from tests.web.signing import signed_in_to

BROWSER = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36"}
TARGET = "https://shop.example/guide?a=1&b=2"


@pytest.fixture
def message_id(kit: Kit, clock: VirtualClock) -> MessageId:
    """Return the id of an email that was taken an hour ago."""
    lead_id = arrive(kit)
    work(kit)
    clock.move_to(clock.now() + timedelta(hours=1))
    return MessageId(message_of(kit, lead_id))


@pytest.fixture
def paths(settings: Settings, message_id: MessageId) -> tuple[str, str]:
    """Return the paths of that email's link and of its image."""
    tracker = Tracker(base_url=settings.base_url, secret=link_secrets(settings)[0])
    html = tracker.track(message_id, EmailContent(subject="", html=f'<a href="{TARGET}">x</a>', text="")).html
    image = html.partition('<img src="')[2].partition('"')[0]
    return urlsplit(links(html)[0]).path, urlsplit(image).path


def delivery_of(kit: Kit, message_id: str) -> tuple[bool, bool]:
    """Return whether the message counts as opened and as clicked."""
    absorb(kit)
    [row] = rows_of(kit, t.messages, id=message_id)
    return row["opened_at"] is not None, row["clicked_at"] is not None


def test_a_click_leads_on_and_counts_once(
    kit: Kit, browser: TestClient, message_id: MessageId, paths: tuple[str, str]
) -> None:
    link, _ = paths

    answers = [browser.get(link, headers=BROWSER, follow_redirects=False) for _ in range(3)]

    assert [(one.status_code, one.headers["location"]) for one in answers] == [(302, TARGET)] * 3
    assert len(rows_of(kit, t.provider_events, kind="clicked")) == 1
    assert delivery_of(kit, message_id) == (False, True)


def test_a_click_rings_no_bell_for_each_of_thousands_come(
    kit: Kit, settings: Settings, message_id: MessageId, paths: tuple[str, str]
) -> None:
    rung: list[str] = []
    browser = TestClient(create_app(kit, settings, ring=lambda: rung.append("first")), base_url=HERE)

    for path in paths:
        browser.get(path, headers=BROWSER, follow_redirects=False)

    assert delivery_of(kit, message_id) == (True, True)
    assert rung == []


def test_the_image_tells_of_an_opening(
    kit: Kit, browser: TestClient, message_id: MessageId, paths: tuple[str, str]
) -> None:
    _, image = paths

    answer = browser.get(image, headers=BROWSER)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/gif")
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert delivery_of(kit, message_id) == (True, False)


def test_a_machine_is_led_on_too_and_counts_for_nothing(
    kit: Kit, browser: TestClient, message_id: MessageId, paths: tuple[str, str]
) -> None:
    link, image = paths

    answers = [
        browser.head(link, headers=BROWSER, follow_redirects=False),
        browser.get(link, headers={"User-Agent": "curl/8.5.0"}, follow_redirects=False),
        browser.get(image, headers={"User-Agent": "Mozilla/5.0"}),
    ]

    assert [one.status_code for one in answers] == [302, 302, 200]
    assert {row["event"]["machine"] for row in rows_of(kit, t.provider_events, provider="fifthtouch")} == {True}
    assert delivery_of(kit, message_id) == (False, False)


def test_a_person_after_a_machine_still_counts(
    kit: Kit, browser: TestClient, message_id: MessageId, paths: tuple[str, str]
) -> None:
    link, _ = paths
    browser.get(link, headers={"User-Agent": "curl/8.5.0"}, follow_redirects=False)

    browser.get(link, headers=BROWSER, follow_redirects=False)

    assert delivery_of(kit, message_id) == (False, True)


def test_a_forged_link_leads_nowhere_and_a_forged_image_tells_nothing(kit: Kit, browser: TestClient) -> None:
    link = browser.get("/c/AAAA", headers=BROWSER, follow_redirects=False)
    image = browser.get("/o/AAAA", headers=BROWSER)

    assert link.status_code == 404
    assert image.status_code == 200
    assert rows_of(kit, t.provider_events, provider="fifthtouch") == []


def test_looking_at_an_email_in_the_console_opens_nothing(kit: Kit, settings: Settings) -> None:
    """What is on record is what was sent, with all that reports; what a person here looks at reports nothing."""
    reporting = settings.model_copy(update={"track_clicks": True, "track_opens": True})
    kit = replace(kit, outgoing=make_outgoing(reporting, secret_key(reporting)))
    lead_id = arrive(kit)
    work(kit)
    message_id = message_of(kit, lead_id)
    with kit.database.read() as connection:
        query = select(t.message_bodies.c.body).where(t.message_bodies.c.message_id == message_id)
        stored = unpack(connection.execute(query).scalar_one())["html"]

    browser = signed_in_to(create_app(kit, reporting))
    page = browser.get(f"/console/messages/{message_id}/email").text

    for place in (f"{settings.base_url}/c/", f"{settings.base_url}/o/"):
        assert place in stored
        assert place not in page
