"""Who writes and why, told to whoever holds the link; and a stop by mistake, taken back by the lead's own button."""

import re
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from channels.address import Channel
from consent.facts import FactKind
from engine.clock import VirtualClock
from engine.content.checking.colours import CONTRAST_MIN, Colour, colour_of, contrast
from engine.flows.kit import Kit
from engine.flows.withdraw import Stop, withdraw
from engine.store import tables as t
from engine.web.lead_pages.dress import style_of
from engine.web.lead_pages.speaking import words_in
from tests.web.embedded import settings
from tests.web.scenes import WORDING, arrive, everything, rows_of, work
from tests.web.test_lead_pages import choice_path, stop_path, stopped

__all__ = ["settings"]

AGAIN = {"choice": "again"}


def grants(kit: Kit, lead_id: str) -> list[tuple[str, str, str]]:
    """Return what the lead granted by a page, oldest first: channel, basis and words."""
    found = rows_of(kit, t.consent_facts, lead_id=lead_id, kind="granted", source="page")
    return [(row["channel"], row["basis"], row["personal"]["wording"]) for row in found]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_facts_are_told_and_looking_changes_nothing(kit: Kit, browser: TestClient, method: str) -> None:
    lead_id = arrive(kit)
    work(kit)
    before = everything(kit)

    answer = browser.request(method, f"{choice_path(kit, lead_id)}/who")

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-robots-tag"] == "noindex"
    assert everything(kit) == before
    if method == "GET":
        for fact in ("Alder &amp; Finch Heating and Cooling LLC", "214 Mill Race Road", "(503) 555-0142", WORDING,
                     "You filled in a form of ours on March 2, 2026.", "Email: 1 message, on March 2, 2026"):  # fmt: skip
            assert fact in answer.text


def test_nothing_tells_who_the_lead_is_or_follows_the_reader(kit: Kit, browser: TestClient) -> None:
    lead_id = arrive(kit, first_name="Forlorn", last_name="Secretive", note="A word")
    work(kit)

    page = browser.get(f"{choice_path(kit, lead_id)}/who").text

    assert not re.search("Forlorn|Secretive|A word|lead1@|555010[12]", page)
    assert not re.search("<script|<img|/c/|/o/", page)


def test_the_facts_are_told_in_the_leads_language(kit: Kit, browser: TestClient) -> None:
    page = browser.get(f"{choice_path(kit, arrive(kit, language='es'))}/who").text

    assert '<html lang="es">' in page
    assert "2 de marzo de 2026" in page
    assert "Nada todavía." in page


@pytest.mark.parametrize("path", ["/p/x/who", "/p/%00/who"])
def test_a_broken_link_leads_nowhere(browser: TestClient, path: str) -> None:
    assert browser.get(path).status_code == 404


def test_every_page_of_the_lead_leads_there(kit: Kit, browser: TestClient) -> None:
    lead_id = arrive(kit)
    wanted = f'href="{choice_path(kit, lead_id)}/who"'

    for path in (choice_path(kit, lead_id), stop_path(kit, lead_id)):
        assert wanted in browser.get(path).text


@pytest.mark.parametrize("door", ["stop", "choices"])
def test_a_stop_by_mistake_is_taken_back_by_the_leads_own_button(kit: Kit, browser: TestClient, door: str) -> None:
    lead_id = arrive(kit)
    path = choice_path(kit, lead_id)
    if door == "stop":
        page = browser.post(stop_path(kit, lead_id), data={"page": "yes"}).text
    else:
        page = browser.post(path, data={"choice": "stop-everything"}).text
    assert 'value="again"' in page

    answer = browser.post(path, data=AGAIN)

    assert "Alder &amp; Finch may email you again." in answer.text
    assert grants(kit, lead_id) == [("email", "express", "Yes, Alder & Finch may email me again.")]
    latest = rows_of(kit, t.consent_facts, lead_id=lead_id, channel="email")
    assert max(latest, key=lambda row: row["at"])["kind"] == FactKind.GRANTED


def test_it_opens_email_alone(kit: Kit, browser: TestClient) -> None:
    lead_id = arrive(kit)
    path = choice_path(kit, lead_id)
    browser.post(path, data={"choice": "stop-everything"})

    browser.post(path, data=AGAIN)

    assert stopped(kit, lead_id) >= {"email", "sms", "voicemail", "call"}
    assert [channel for channel, _, _ in grants(kit, lead_id)] == ["email"]


def test_what_was_said_in_words_or_long_ago_or_never_is_not_taken_back(
    kit: Kit, browser: TestClient, clock: VirtualClock
) -> None:
    in_words, long_ago, never, of_a_topic = arrive(kit, 1), arrive(kit, 2), arrive(kit, 3), arrive(kit, 4)
    email = frozenset({Channel.EMAIL})
    withdraw(kit, of_a_topic, Stop(channels=email, topic="tips", source="page", wording="x", recorded_by="lead"))
    withdraw(kit, in_words, Stop(channels=frozenset({Channel.EMAIL}), source="reply", wording="x", recorded_by="lead"))
    browser.post(choice_path(kit, long_ago), data={"choice": "stop-emails"})
    clock.move_to(clock.now() + timedelta(days=2))
    browser.post(choice_path(kit, of_a_topic), data={"choice": "stop-emails"})

    for lead_id in (in_words, long_ago, never, of_a_topic):
        page = browser.post(choice_path(kit, lead_id), data=AGAIN).text

        assert words_in("en")[1]["undo"]["late"] in page
        assert grants(kit, lead_id) == []


def test_the_brand_colours_the_pages(browser: TestClient) -> None:
    sheet = browser.get("/brand.css")

    assert sheet.headers["content-type"].startswith("text/css")
    assert "--accent: #1f4d3a;" in sheet.text
    assert "--page: #15191b;" in sheet.text.partition("dark")[2]


@pytest.mark.parametrize(
    "colours",
    [
        {"page": "#777777", "paper": "#808080", "text": "#888888", "primary": "#ffff00", "button": "#ffee00"},
        {"page": "#000000", "paper": "#000000", "text": "#ffffff", "quiet": "#111111", "primary": "#222222"},
        {"dark_page": "#ffffff", "dark_paper": "#000000", "dark_text": "#ffffff", "dark_link": "#000000"},
        {"dark_page": "#101010", "dark_paper": "#101010", "dark_text": "#ffffff", "dark_link": "#202020"},
        {"primary": "red;} body{display:none}", "page": "url(https://elsewhere.example.com)"},
        {},
    ],
)
def test_what_can_not_be_read_gives_way(colours: dict[str, str]) -> None:
    sheet = style_of(colours)

    for rule in re.findall(r":root \{([^}]*)\}", sheet):
        said = {name: _colour(value) for name, value in re.findall(r"(--[a-z-]+): (#[0-9a-f]{6});", rule)}
        for ink, ground in (("--ink", "--page"), ("--ink", "--paper"), ("--quiet", "--page"), ("--quiet", "--paper"),
                            ("--accent", "--paper"), ("--accent", "--page"), ("--on-button", "--button")):  # fmt: skip
            if ink in said and ground in said:
                assert contrast(said[ink], said[ground]) >= CONTRAST_MIN, (ink, ground)
    assert "elsewhere" not in sheet
    assert "display" not in sheet


def _colour(text: str) -> Colour:
    colour = colour_of(text)
    assert colour is not None
    return colour
