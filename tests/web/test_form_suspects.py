"""Spam protection that loses nobody: what looks like a program is held for a person, and too many are told when to come again."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

from fastapi import FastAPI
from fastapi.testclient import TestClient

from engine.clock import VirtualClock
from engine.domain.access import Role
from engine.flows.kit import Kit
from engine.store import tables as t
from engine.web.forms.suspecting import SENDER_POSTS_MAX, WINDOW
from tests.web.embedded import settings
from tests.web.scenes import rows_of
from tests.web.test_forms import FILLED, FORM, SITE, visitor

__all__ = ["settings", "visitor"]

ROOM = "/console/leads/forms"
TRAPPED = {**FILLED, "homepage": "<script>alert(1)</script>", "consent_texts": "yes"}


def test_what_fell_into_the_trap_is_held_once_and_taken_in_when_a_person_says_so(
    visitor: TestClient, browser: TestClient, kit: Kit, clock: VirtualClock
) -> None:
    for _ in range(2):
        assert visitor.post(FORM, data=TRAPPED).status_code == 422
    [held] = rows_of(kit, t.form_suspects)
    page = browser.get(ROOM).text
    assert "How much is it?" in page
    assert "<script>alert" not in page

    clock.move_to(clock.now() + timedelta(hours=1))
    browser.post(f"{ROOM}/held/{held['id']}?is=real")

    [lead] = rows_of(kit, t.leads)
    assert (lead["email"], lead["source"]) == ("ann@example.com", "web-form")
    [fact] = rows_of(kit, t.consent_facts)
    assert (fact["at"], fact["personal"]["act"]) == (held["at"], "ticked consent_texts")
    [decided] = rows_of(kit, t.form_suspects)
    assert (decided["state"], decided["decided_by"], decided["values"]) == ("real", "admin", {})
    assert browser.post(f"{ROOM}/held/{held['id']}?is=real").status_code == 409


def test_what_is_spam_is_thrown_away(visitor: TestClient, browser: TestClient, kit: Kit) -> None:
    visitor.post(FORM, data=TRAPPED)
    [held] = rows_of(kit, t.form_suspects)

    browser.post(f"{ROOM}/held/{held['id']}?is=spam")

    assert rows_of(kit, t.leads) == []
    [noted] = rows_of(kit, t.audit_log, action="form.decided")
    assert (noted["actor"], noted["subject"], noted["after"]) == ("admin", held["id"], {"state": "spam"})
    assert "Nothing is held" in browser.get(ROOM).text
    assert browser.post(f"{ROOM}/held/{held['id']}?is=maybe").status_code == 400


def test_who_sends_it_once_more_is_no_longer_held(visitor: TestClient, kit: Kit, clock: VirtualClock) -> None:
    shown = visitor.get(f"{FORM}/shown")
    assert shown.headers["access-control-allow-origin"] == SITE
    assert visitor.post(FORM, json={**FILLED, **shown.json()}).status_code == 422
    assert [row["reason"] for row in rows_of(kit, t.form_suspects)] == ["quick"]
    clock.move_to(clock.now() + timedelta(seconds=4))

    assert visitor.post(FORM, json={**FILLED, **shown.json()}).status_code == 201

    [held] = rows_of(kit, t.form_suspects)
    assert (held["state"], held["lead_id"]) == ("came", rows_of(kit, t.leads)[0]["id"])


def test_what_could_never_be_answered_is_not_held(visitor: TestClient, kit: Kit) -> None:
    visitor.post(FORM, data={"homepage": "x", "note": "buy"})

    assert rows_of(kit, t.form_suspects) == []


def test_too_many_from_one_address_are_told_when_and_lose_nothing(app: FastAPI, kit: Kit, clock: VirtualClock) -> None:
    flood = TestClient(app, client=("93.184.216.34", 50_000), headers={"Accept": "text/html"}, follow_redirects=False)
    other = TestClient(app, client=("93.184.216.35", 50_000), follow_redirects=False)
    for _ in range(SENDER_POSTS_MAX):
        flood.post(FORM, data={"email": "x"})

    page = flood.post(FORM, data=FILLED)
    script = flood.post(FORM, json=FILLED)

    assert (page.status_code, script.status_code) == (429, 429)
    assert "How much is it?" in page.text
    assert 0 < int(page.headers["retry-after"]) <= WINDOW.total_seconds()
    assert script.json()["title"] == "This form was sent too often"
    assert other.post(FORM, data=FILLED).status_code == 303
    clock.move_to(clock.now() + WINDOW)
    assert flood.post(FORM, data={**FILLED, "email": "bob@example.com", "phone": ""}).status_code == 303
    with kit.database.read() as connection:
        assert "93.184" not in str(connection.execute(t.form_rates.select()).all())


def test_the_html_to_paste_has_every_field_no_ticked_box_and_can_be_posted_as_it_is(
    visitor: TestClient, browser: TestClient, kit: Kit
) -> None:
    [escaped] = re.findall(r"<textarea[^>]*readonly[^>]*>(.*?)</textarea>", browser.get(ROOM).text, re.DOTALL)
    html = unescape(escaped)
    assert {"first_name", "email", "phone", "note", "consent_email", "homepage", "_form"} <= set(
        re.findall(r'name="(\w+)"', html)
    )
    assert "checked" not in html
    assert "style=" not in html
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="(\w+)"', html))

    assert visitor.post(FORM, data={**FILLED, **hidden, "homepage": ""}).status_code == 303
    script = visitor.get("/forms/embed.js")
    assert script.headers["cross-origin-resource-policy"] == "cross-origin"
    assert script.headers["content-type"].startswith("text/javascript")


def test_who_may_only_look_decides_nothing(
    signed_in: Callable[[Role], TestClient], visitor: TestClient, kit: Kit
) -> None:
    visitor.post(FORM, data=TRAPPED)
    [held] = rows_of(kit, t.form_suspects)

    assert signed_in(Role.VIEWER).post(f"{ROOM}/held/{held['id']}?is=real").status_code == 403
