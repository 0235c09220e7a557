"""The doors of web sites: forms without script and with it, whose every box is the visitor's own to tick."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from channels.address import Channel
from engine.clock import VirtualClock
from engine.content.library import Library, load_library
from engine.flows.kit import Kit
from engine.flows.publish import publish
from engine.flows.withdraw import Stop, withdraw
from engine.store import tables as t
from engine.web.bodies import FORM_BYTES_MAX
from tests.web.embedded import settings
from tests.web.scenes import rows_of, work

__all__ = ["settings"]

FORM = "/forms/contact"
SITE = "https://alderfinch.example.com"
PAGE = f"{SITE}/contact?from=ad"
FILLED = {"first_name": "Ann", "email": "ann@example.com", "phone": "(503) 555-0123", "note": "How much is it?"}


@pytest.fixture
def visitor(app: FastAPI) -> TestClient:
    """Return somebody's browser, far away, on a page of the seller's site."""
    headers = {"Origin": SITE, "Referer": PAGE, "Accept": "text/html"}
    return TestClient(app, client=("198.51.100.4", 50_000), headers=headers, follow_redirects=False)


def wording_of(visitor: TestClient, name: str) -> str:
    """Return the words beside a box of the shipped form."""
    [found] = re.findall(rf'name="consent_{name}"[^>]*> <span>([^<]+)</span>', visitor.get(FORM).text)
    return str(found).replace("&amp;", "&")


def test_the_page_has_every_field_and_no_box_is_ticked(visitor: TestClient) -> None:
    page = visitor.get(FORM)

    assert page.status_code == 200
    assert set(re.findall(r'name="(\w+)"', page.text)) >= {
        "first_name", "email", "phone", "interest", "note", "consent_email", "consent_texts", "consent_calls",
    }  # fmt: skip
    assert "checked" not in page.text
    assert "<script" not in page.text


@pytest.mark.parametrize("encoding", ["form", "multipart", "json"])
def test_a_lead_comes_in_by_every_encoding_with_the_boxes_that_were_ticked(
    visitor: TestClient, kit: Kit, encoding: str
) -> None:
    filled: dict[str, Any] = {**FILLED, "consent_texts": "yes"}
    how: dict[str, Any] = {
        "form": {"data": filled},
        "multipart": {"data": filled, "files": {"photo": ("a.png", b"123")}},
        "json": {"json": {**FILLED, "consent_texts": True, "consent_calls": False}},
    }[encoding]

    answer = visitor.post(FORM, **how)

    if encoding == "json":
        assert (answer.status_code, answer.json()["ok"]) == (201, True)
    else:
        assert (answer.status_code, answer.headers["location"]) == (303, "/forms/contact/thanks")
    [lead] = rows_of(kit, t.leads)
    assert (lead["email"], lead["phone"], lead["source"]) == ("ann@example.com", "+15035550123", "web-form")
    [fact] = rows_of(kit, t.consent_facts, lead_id=lead["id"])
    assert (fact["channel"], fact["basis"], fact["recorded_by"]) == ("sms", "express_written", "form:contact")
    evidence = {name: fact["personal"][name] for name in ("wording", "page", "ip")}
    assert evidence == {"wording": wording_of(visitor, "texts"), "page": PAGE, "ip": "198.51.100.4"}
    told = {name: fact["personal"].get(name) for name in ("form", "act", "seller", "address", "user_agent")}
    assert told == {
        "form": "contact",
        "act": "ticked consent_texts",
        "seller": "Alder & Finch",
        "address": "+15035550123",
        "user_agent": "testclient",
    }
    with kit.database.read() as connection:
        assert kit.shelf.form(connection, fact["personal"]["revision"]).name == "contact"
    assert [row["body"] for row in rows_of(kit, t.notes)] == ["How much is it?"]


def test_the_lead_is_answered(visitor: TestClient, kit: Kit) -> None:
    visitor.post(FORM, data=FILLED)

    work(kit)

    assert [row["template"] for row in rows_of(kit, t.messages, state="accepted")] == ["instant-answer"]


@pytest.mark.parametrize("value", [None, "", "no", "false", "0", "off", "maybe", "Text me about my request"])
def test_a_box_without_a_clear_yes_is_no_consent(visitor: TestClient, kit: Kit, value: str | None) -> None:
    visitor.post(FORM, data=FILLED | ({} if value is None else {"consent_texts": value}))

    assert len(rows_of(kit, t.leads)) == 1
    facts = rows_of(kit, t.consent_facts)
    assert {(fact["basis"], fact["personal"]["act"]) for fact in facts} == {("implied_inquiry", "sent the form")}
    assert {fact["channel"] for fact in facts} == {"email", "sms", "voicemail", "call"}
    assert {fact["personal"]["wording"] for fact in facts} == {"Ask us about your heating or cooling: Send my question"}


@pytest.mark.parametrize("topic", [None, "offers"])
def test_asking_again_takes_back_no_stop(visitor: TestClient, kit: Kit, topic: str | None) -> None:
    visitor.post(FORM, data={**FILLED, "phone": ""})
    [lead] = rows_of(kit, t.leads)
    email = frozenset({Channel.EMAIL})
    withdraw(kit, lead["id"], Stop(channels=email, source="page", wording="", recorded_by="test", topic=topic))

    visitor.post(FORM, data={**FILLED, "phone": ""})

    facts = rows_of(kit, t.consent_facts, lead_id=lead["id"])
    assert sorted(fact["kind"] for fact in facts if fact["channel"] == "email") == ["granted", "withdrawn"]


def test_one_box_may_stand_for_two_channels(visitor: TestClient, kit: Kit) -> None:
    visitor.post(FORM, data={**FILLED, "consent_calls": "on"})

    assert {fact["channel"] for fact in rows_of(kit, t.consent_facts)} == {"voicemail", "call"}


def test_what_cannot_be_used_is_shown_again_with_all_that_was_written(visitor: TestClient, kit: Kit) -> None:
    answer = visitor.post(FORM, data={**FILLED, "email": "ann@", "consent_texts": "yes", "first_name": "<b>Ann"})

    assert answer.status_code == 422
    assert "How much is it?" in answer.text
    assert "&lt;b&gt;Ann" in answer.text
    assert 'id="fault-email"' in answer.text
    assert re.search(r'name="consent_texts"[^>]* checked', answer.text)
    assert rows_of(kit, t.leads) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [({"email": ""}, "email"), ({"email": "ann@"}, "email"), ({"phone": "12"}, "phone"), ({"interest": "boat"}, "interest"),
     ({"first_name": "x" * 101}, "first_name")],
)  # fmt: skip
def test_a_script_is_told_fields_and_remedies(visitor: TestClient, change: dict[str, str], field: str) -> None:
    answer = visitor.post(FORM, json={**FILLED, **change})

    [error] = answer.json()["errors"]
    assert (answer.status_code, error["field"]) == (422, field)
    assert error["remedy"]


def test_a_script_is_told_what_the_address_may_have_been(visitor: TestClient, kit: Kit) -> None:
    answer = visitor.post(FORM, json={**FILLED, "email": "ann@gmail.con"})

    assert answer.json()["suggestion"] == "ann@gmail.com"
    assert rows_of(kit, t.leads)[0]["email"] == "ann@gmail.con"


def test_nobody_learns_whether_an_address_is_known(visitor: TestClient) -> None:
    first = visitor.post(FORM, json=FILLED)
    again = visitor.post(FORM, json=FILLED)

    assert (first.status_code, first.json()) == (again.status_code, again.json())


def test_what_a_site_adds_is_kept_beside_the_lead(visitor: TestClient, kit: Kit) -> None:
    added = {
        "utm_source": "ad",
        "gclid": "7",
        "owner": "me",
        "cost_cents": "1",
        "status": "customer",
        "_x": "y",
        "a-b": "c",
    }

    visitor.post(FORM, data={**FILLED, **added})

    [lead] = rows_of(kit, t.leads)
    assert lead["custom"] == {"utm_source": "ad", "gclid": "7"}
    assert (lead["status"], lead["cost_cents"]) == ("new", 0)


def _hidden(text: str) -> dict[str, str]:
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]+)"', text))


def test_a_program_is_shown_the_form_again_and_a_person_loses_nothing(
    visitor: TestClient, kit: Kit, clock: VirtualClock
) -> None:
    hidden = _hidden(visitor.get(FORM).text)
    quick = visitor.post(FORM, data={**FILLED, **hidden})
    trapped = visitor.post(FORM, data={**FILLED, "homepage": "https://spam.example.com"})
    assert (quick.status_code, trapped.status_code, rows_of(kit, t.leads)) == (422, 422, [])
    assert "How much is it?" in quick.text
    assert "spam" not in trapped.text

    clock.move_to(clock.now() + timedelta(seconds=3))
    once_more = visitor.post(FORM, data={**FILLED, **_hidden(quick.text)})

    assert once_more.status_code == 303
    assert len(rows_of(kit, t.leads)) == 1


@pytest.mark.parametrize("token", ["", "x", "1.2", "9" * 40 + ".x", "1772463600.0000", "²³.x"])
def test_a_form_of_the_sites_own_needs_no_sign_of_ours(visitor: TestClient, token: str) -> None:
    assert visitor.post(FORM, data={**FILLED, "_shown": token}).status_code == 303


def test_the_wording_that_was_shown_counts_even_when_it_was_changed_meanwhile(visitor: TestClient, kit: Kit) -> None:
    before = wording_of(visitor, "texts")
    hidden = {"_form": _hidden(visitor.get(FORM).text)["_form"]}
    library = load_library()
    changed = {"contact": library.forms["contact"].replace("Text me about my request", "Send me everything")}
    publish(kit, _with_forms(library, changed))

    visitor.post(FORM, data={**FILLED, "consent_texts": "yes", **hidden})
    visitor.post(FORM, data={**FILLED, "email": "bob@example.com", "phone": "", "consent_texts": "yes"})

    said = {fact["personal"]["wording"] for fact in rows_of(kit, t.consent_facts)}
    assert said == {before, before.replace("Text me about my request", "Send me everything")}


def _with_forms(library: Library, forms: dict[str, str]) -> Library:
    return replace(library, forms=forms)


def test_scripts_of_the_sites_named_may_post(visitor: TestClient) -> None:
    preflight = visitor.options(FORM, headers={"Access-Control-Request-Method": "POST"})
    answer = visitor.post(FORM, json=FILLED)

    assert preflight.status_code == 204
    assert {one.headers["access-control-allow-origin"] for one in (preflight, answer)} == {SITE}
    assert "Content-Type" in preflight.headers["access-control-allow-headers"]


@pytest.mark.parametrize(
    "origin", ["https://evil.example.org", "null", "https://alderfinch.example.com.evil.example.org"]
)
def test_pages_of_other_sites_are_asked_to_press_the_button_on_ours(visitor: TestClient, kit: Kit, origin: str) -> None:
    script = visitor.post(FORM, json=FILLED, headers={"Origin": origin})
    page = visitor.post(FORM, data=FILLED, headers={"Origin": origin})

    assert (script.status_code, page.status_code) == (403, 403)
    assert "access-control-allow-origin" not in script.headers
    assert visitor.options(FORM, headers={"Origin": origin}).status_code == 403
    assert "How much is it?" in page.text
    assert rows_of(kit, t.leads) == []


def test_our_own_page_and_programs_without_an_origin_may_post(app: FastAPI, kit: Kit) -> None:
    own = TestClient(app, base_url="https://hello.example.com", headers={"Origin": "https://hello.example.com"})
    plain = TestClient(app)

    own.post(FORM, data=FILLED)
    plain.post(FORM, data={**FILLED, "email": "bob@example.com", "phone": ""})

    assert len(rows_of(kit, t.leads)) == 2


@pytest.mark.parametrize(
    ("content", "media_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"[" * 60_000, "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"--x\r\nnonsense", "multipart/form-data; boundary=x", 400),
        (b"first_name=" + b"x" * FORM_BYTES_MAX, "application/x-www-form-urlencoded", 413),
        (b"", "text/plain", 422),
    ],
)
def test_what_cannot_be_read_is_refused(visitor: TestClient, content: bytes, media_type: str, status: int) -> None:
    answer = visitor.post(FORM, content=content, headers={"Content-Type": media_type})

    assert answer.status_code == status


def test_a_form_that_is_not_there_is_told_as_such(visitor: TestClient) -> None:
    for answer in (
        visitor.get("/forms/none"),
        visitor.post("/forms/none", data=FILLED),
        visitor.get("/forms/" + "x" * 500),
    ):
        assert answer.status_code == 404


def test_thanks_may_be_a_page_of_the_sites(visitor: TestClient, kit: Kit) -> None:
    library = load_library()
    text = library.forms["contact"].replace("# thanks:", "thanks:")
    publish(kit, _with_forms(library, {"contact": text}))

    policy = visitor.get(FORM).headers["content-security-policy"]
    answer = visitor.post(FORM, data=FILLED)

    assert f"form-action 'self' {SITE};" in policy
    assert answer.headers["location"] == f"{SITE}/thanks"


def test_our_own_thanks_is_a_page(visitor: TestClient) -> None:
    assert "reached us" in visitor.get(f"{FORM}/thanks").text
