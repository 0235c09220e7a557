"""The page of choices: topics by channel, language, and who writes; each choice counts at once and can be taken back."""

import re

import pytest
from fastapi.testclient import TestClient

from channels.address import Channel
from consent.facts import Purpose
from engine.clock import VirtualClock
from engine.content.library import load_library
from engine.domain.lead import LeadId
from engine.flows.asking import ask
from engine.flows.enroll import enroll
from engine.flows.kit import Kit
from engine.flows.withdraw import Stop, withdraw
from engine.store import consents, leads
from engine.store import tables as t
from engine.web.lead_pages.speaking import every_language, words_in
from tests.flows.content import publish_plan
from tests.web.scenes import arrive, everything, rows_of, walk
from tests.web.test_lead_pages import choice_path

ADVICE = "name: advice\ntopic: tips\nexclusive: no\nstages: [{id: a, after: 1 day, email: small-care}]"
DEALS = """name: deals
topic: offers
exclusive: no
stages: [{id: a, after: 1 day, email: short-question}, {id: b, after: 1 day, sms: hello-text}]"""

# What is shipped has topics of its own, which the page would offer beside these two.
SHIPPED = [f"name: {name}\nstages: [{{id: a, after: 1 day, email: small-care}}]" for name in load_library().sequences]


@pytest.fixture
def lead_id(kit: Kit) -> str:
    """Return a lead who walks two sequences of different topics, one of them by text as well."""
    for plan in (ADVICE, DEALS, *SHIPPED):
        publish_plan(kit, plan)
    lead_id = arrive(kit, source="import")
    with kit.database.write() as connection:
        for name in ("advice", "deals"):
            enroll(kit, connection, [lead_id], name, kit.database.now(connection))
    return lead_id


def boxes(page: str) -> dict[str, bool]:
    """Return each box of the page, and whether it is ticked."""
    found = re.findall(r'name="keep:([^"]+)" value="yes"( checked)?', page)
    return {name: bool(ticked) for name, ticked in found}


def save(browser: TestClient, path: str, *kept: str) -> str:
    """Tick *kept* and save; return the page that answers."""
    answer = browser.post(path, data={"choice": "save", **{f"keep:{box}": "yes" for box in kept}})
    assert answer.status_code == 200
    return answer.text


def may(kit: Kit, lead_id: str, channel: Channel, topic: str) -> str:
    """Return what the gate says, at noon, of one more message about *topic*."""
    with kit.database.read() as connection:
        stored = leads.load(connection, [lead_id])[LeadId(lead_id)]
        now = kit.database.now(connection)
        facts = consents.load_gate_facts(connection, [stored], now)[lead_id]
    answer = ask(
        stored, facts, kit.rulebook, now, channel=channel, purpose=Purpose.MARKETING, planned_at=now,
        sequence="deals", topic=topic, is_rehearsed=True,
    )  # fmt: skip
    return answer.reason or answer.outcome.value


def test_each_topic_is_offered_by_the_channels_it_uses(kit: Kit, browser: TestClient, lead_id: str) -> None:
    page = browser.get(choice_path(kit, lead_id)).text

    assert boxes(page) == {"offers:email": True, "offers:sms": True, "tips:email": True}


def test_a_topic_unticked_is_stopped_alone_and_what_waited_of_it_is_cancelled(
    kit: Kit, browser: TestClient, clock: VirtualClock, lead_id: str
) -> None:
    path = choice_path(kit, lead_id)

    page = save(browser, path, "tips:email", "offers:sms")

    assert boxes(page) == {"offers:email": False, "offers:sms": True, "tips:email": True}
    assert may(kit, lead_id, Channel.EMAIL, "offers") == "withdrawn"
    assert may(kit, lead_id, Channel.EMAIL, "tips") == "allow"
    walk(kit, clock, days=5)
    went = {(row["sequence"], row["channel"]) for row in rows_of(kit, t.messages, state="accepted")}
    assert ("advice", "email") in went
    assert ("deals", "email") not in went


def test_a_topic_ticked_again_is_allowed_again(kit: Kit, browser: TestClient, lead_id: str) -> None:
    path = choice_path(kit, lead_id)
    save(browser, path)
    assert may(kit, lead_id, Channel.EMAIL, "tips") == "withdrawn"

    page = save(browser, path, "tips:email")

    assert boxes(page)["tips:email"]
    assert may(kit, lead_id, Channel.EMAIL, "tips") == "allow"
    assert may(kit, lead_id, Channel.EMAIL, "offers") == "withdrawn"
    facts = rows_of(kit, t.consent_facts, lead_id=lead_id, topic="tips", kind="granted")
    assert [(row["basis"], row["source"], row["recorded_by"]) for row in facts] == [("express", "page", "lead")]


def test_saving_what_stands_changes_nothing(kit: Kit, browser: TestClient, lead_id: str) -> None:
    before = everything(kit)

    save(browser, choice_path(kit, lead_id), "tips:email", "offers:email", "offers:sms")

    assert everything(kit)["consent_facts"] == before["consent_facts"]


def test_who_stopped_texts_by_a_text_allows_them_by_a_text_only(kit: Kit, browser: TestClient, lead_id: str) -> None:
    stop = Stop(channels=frozenset({Channel.SMS}), source="reply", wording="STOP", recorded_by="lead")
    withdraw(kit, lead_id, stop)
    path = choice_path(kit, lead_id)

    page = browser.get(path).text
    save(browser, path, "tips:email", "offers:email", "offers:sms")

    assert "START" in page
    assert not boxes(page)["offers:sms"]
    assert may(kit, lead_id, Channel.SMS, "offers") == "withdrawn"


def test_who_stopped_all_email_may_come_back_to_one_topic(kit: Kit, browser: TestClient, lead_id: str) -> None:
    path = choice_path(kit, lead_id)
    browser.post(path, data={"choice": "stop-emails"})

    page = save(browser, path, "tips:email", "offers:sms")

    assert boxes(page) == {"offers:email": False, "offers:sms": True, "tips:email": True}
    assert may(kit, lead_id, Channel.EMAIL, "tips") == "allow"
    assert may(kit, lead_id, Channel.EMAIL, "offers") == "withdrawn"


@pytest.mark.parametrize("box", ["secrets:email", "tips:fax", "tips:", ":", "tips:sms"])
def test_what_was_not_offered_stays_as_it_is(kit: Kit, browser: TestClient, lead_id: str, box: str) -> None:
    path = choice_path(kit, lead_id)

    page = save(browser, path, "tips:email", "offers:email", "offers:sms", box)

    assert all(boxes(page).values())
    assert rows_of(kit, t.consent_facts, lead_id=lead_id, topic="secrets") == []


@pytest.mark.parametrize(
    ("language", "heading"), [("es", "Usted decide"), ("fr-CA", "Votre choix"), ("xx", "Your choice")]
)
def test_the_page_speaks_the_leads_language(kit: Kit, browser: TestClient, language: str, heading: str) -> None:
    lead = arrive(kit, language=language)

    page = browser.get(choice_path(kit, lead)).text

    assert f"<title>{heading}" in page
    assert f'<html lang="{words_in(language)[0]}">' in page


def test_a_lead_chooses_the_language_of_what_comes_next(kit: Kit, browser: TestClient) -> None:
    lead = arrive(kit)
    path = choice_path(kit, lead)

    page = browser.post(path, data={"choice": "language", "language": "fr"}).text
    refused = browser.post(path, data={"choice": "language", "language": "tlh"})

    assert "Votre choix" in page
    assert refused.status_code == 400
    assert [row["language"] for row in rows_of(kit, t.leads, id=lead)] == ["fr"]


def test_the_page_says_who_writes(kit: Kit, browser: TestClient) -> None:
    page = browser.get(choice_path(kit, arrive(kit))).text

    assert "Alder &amp; Finch Heating and Cooling LLC" in page
    assert "214 Mill Race Road" in page


def test_every_language_says_the_same_things() -> None:
    shapes = {language: _shape(words) for language, words in every_language().items()}

    assert len(shapes) >= 4
    assert all(shape == shapes["en"] for shape in shapes.values())


def _shape(words: object) -> object:
    """Return the keys of *words*, and at each text what is filled in there."""
    if isinstance(words, dict):
        return {key: _shape(value) for key, value in words.items()}
    return sorted(set(re.findall(r"\{\w+\}", str(words))))
