"""Leads sent by programs: taken in or recognised, with their consent, their checks and what begins at once."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from engine.clock import VirtualClock
from engine.flows.kit import Kit
from engine.settings import Settings
from engine.store import tables as t
from engine.web.app import create_app
from tests.web.api.conftest import ANN, LEADS
from tests.web.scenes import rows_of, work

CONSENT = {
    "channel": "sms",
    "basis": "express_written",
    "wording": "Text me about my request.",
    "page": "https://alderfinch.example.com/contact",
    "ip": "192.0.2.7",
    "at": "2026-03-02T14:00:00Z",
}


def test_a_new_lead_is_taken_in_and_begins_at_once(program: TestClient, kit: Kit) -> None:
    answer = program.post(LEADS, json=ANN)

    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert told["is_new"] is True
    assert [one["sequence"] for one in told["entries"] if one["reason"] == "enters"] == ["instant-answer"]
    [lead] = rows_of(kit, t.leads)
    assert (lead["id"], lead["email"], lead["phone"]) == (told["id"], "ann@example.com", "+15035550123")
    work(kit)
    assert [row["channel"] for row in rows_of(kit, t.messages, state="accepted")] == ["email"]


def test_a_known_lead_is_recognised_and_only_gains(program: TestClient, kit: Kit) -> None:
    first = program.post(LEADS, json={"email": "ann@example.com"}).json()

    again = program.post(LEADS, json={**ANN, "email": "ANN@example.com", "company": "Fern"})

    assert again.status_code == 200
    assert (again.json()["id"], again.json()["is_new"]) == (first["id"], False)
    [lead] = rows_of(kit, t.leads)
    assert (lead["first_name"], lead["company"], lead["phone"]) == ("Ann", "Fern", "+15035550123")


def test_consent_is_kept_with_all_its_evidence(program: TestClient, kit: Kit) -> None:
    lead_id = program.post(LEADS, json={**ANN, "consents": [CONSENT]}).json()["id"]

    [fact] = rows_of(kit, t.consent_facts, lead_id=lead_id)
    assert (fact["channel"], fact["kind"], fact["basis"]) == ("sms", "granted", "express_written")
    assert fact["at"].isoformat() == "2026-03-02T14:00:00+00:00"
    assert fact["recorded_by"] == "api:website"
    evidence = {name: fact["personal"][name] for name in ("wording", "page", "ip")}
    assert evidence == {name: CONSENT[name] for name in ("wording", "page", "ip")}
    [told] = program.get(f"{LEADS}/{lead_id}").json()["consents"]
    assert (told["channel"], told["basis"]) == ("sms", "express_written")


def test_checks_are_told_and_change_nothing(program: TestClient, kit: Kit) -> None:
    answer = program.post(LEADS, json={"email": "ann@gmail.con", "phone": "+442079460018"}).json()

    assert answer["checks"] == {
        "email": {"suggestion": "ann@gmail.com", "is_disposable": False, "takes_mail": None},
        "phone": {"type": "landline"},
    }
    assert program.get(f"{LEADS}/{answer['id']}").json()["checks"] == answer["checks"]
    assert rows_of(kit, t.leads)[0]["email"] == "ann@gmail.con"


def test_the_bell_rings_after_the_commit(kit: Kit, settings: Settings, program: TestClient) -> None:
    seen: list[int] = []
    app = create_app(kit, settings, ring=lambda: seen.append(len(rows_of(kit, t.leads))))
    caller = TestClient(app, headers=dict(program.headers))

    caller.post(LEADS, json=ANN)
    caller.post(LEADS, json={"email": "nobody"})

    assert seen == [1]


def test_a_lead_is_read_with_where_it_stands(program: TestClient, lead_id: str, kit: Kit) -> None:
    work(kit)

    told = program.get(f"{LEADS}/{lead_id}").json()

    assert (told["id"], told["status"], told["email"]) == (lead_id, "new", "ann@example.com")
    assert [walk["sequence"] for walk in told["enrollments"]] == ["instant-answer"]
    assert told["next_at"] is not None
    assert told["first_touch_at"] is not None


def test_messages_and_story_are_read_by_the_page(program: TestClient, lead_id: str, kit: Kit) -> None:
    work(kit)
    program.post(f"{LEADS}/{lead_id}/events", json={"name": "quote-sent"})

    first = program.get(f"{LEADS}/{lead_id}/timeline", params={"limit": 2}).json()
    rest = program.get(f"{LEADS}/{lead_id}/timeline", params={"after": first["next"]}).json()
    messages = program.get(f"{LEADS}/{lead_id}/messages").json()

    whats = [entry["what"] for entry in (*first["entries"], *rest["entries"])]
    assert {"quote-sent", "lead.created", "email", "call"} <= set(whats)
    assert rest["next"] is None
    assert [one["template"] for one in messages["messages"]][-1] == "instant-answer"


def test_sequences_are_listed(program: TestClient) -> None:
    told = {one["name"]: one for one in program.get("/api/v1/sequences").json()["sequences"]}

    assert told["instant-answer"]["starts"] == "lead.created"
    assert told["long-term-nurture"]["starts"] == "manual"


def test_a_lead_enters_a_sequence_by_name_once(program: TestClient, kit: Kit, clock: VirtualClock) -> None:
    lead_id = program.post(LEADS, json={**ANN, "source": "web-form"}).json()["id"]
    path = f"{LEADS}/{lead_id}/enrollments"

    refused = program.post(path, json={"sequence": "five-days-then-weekly"})

    assert refused.status_code == 409
    assert refused.json()["type"].endswith("/not-entered")
    assert refused.json()["reason"] == "exclusive"
    clock.move_to(clock.now() + timedelta(minutes=1))
    program.post(f"{LEADS}/{lead_id}/events", json={"name": "booked"})
    work(kit)
    entered = program.post(path, json={"sequence": "five-days-then-weekly"})
    assert entered.status_code == 201
    assert len(rows_of(kit, t.enrollments, id=entered.json()["enrollment_id"])) == 1


def test_an_unknown_sequence_is_told_with_those_there_are(program: TestClient, lead_id: str) -> None:
    refused = program.post(f"{LEADS}/{lead_id}/enrollments", json={"sequence": "five-days"})

    [error] = refused.json()["errors"]
    assert refused.status_code == 422
    assert "five-days-then-weekly" in error["remedy"]


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"email": "ann@"}, "email", "example.com"),
        ({"email": None, "phone": None}, "email", "Send an email, a phone, or both."),
        ({"phone": "12345"}, "phone", "country code"),
        ({"phone": "(503) 555-0123", "country": None}, "phone", "country"),
        ({"country": "Atlantis", "phone": None}, "country", "ISO 3166"),
        ({"zone": "Mars/Olympus"}, "zone", "IANA"),
        ({"frist_name": "Ann"}, "frist_name", "first_name"),
        ({"first_name": "x" * 101}, "first_name", "Shorten"),
        ({"first_name": 7}, "first_name", "quotes"),
        ({"cost_cents": "7"}, "cost_cents", "whole number"),
        ({"cost_cents": -1}, "cost_cents", "0 or more"),
        ({"custom": {"a-b": 1}}, "custom", "letters, digits and underscores"),
        ({"custom": {"a": [1]}}, "custom", "a text, a number"),
        ({"custom": {"a": 2**60}}, "custom", "a text, a number"),
        ({"consents": [{"channel": "sms"}]}, "consents[0].wording", "Add `wording`"),
        ({"consents": [{"channel": "sms", "wording": " "}]}, "consents[0].wording", "Say something"),
        ({"consents": [{**CONSENT, "chanel": "x"}]}, "consents[0].chanel", "channel"),
        ({"consents": [{**CONSENT, "channel": "fax"}]}, "consents[0].channel", "sms"),
        ({"consents": [{**CONSENT, "channel": "letter"}]}, "consents[0].channel", "sms"),
        ({"consents": [{**CONSENT, "at": "2026-03-02T14:00:00"}]}, "consents[0].at", "offset"),
        ({"consents": [{**CONSENT, "at": "2036-03-02T14:00:00Z"}]}, "consents[0].at", "when it happened"),
        ({"consents": [{**CONSENT, "page": "javascript:x"}]}, "consents[0].page", "https://"),
        ({"consents": [{**CONSENT, "ip": "999.1.1.1"}]}, "consents[0].ip", "192.0.2.1"),
        ({"consents": [CONSENT] * 11}, "consents", "fewer"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_named_with_its_remedy(
    program: TestClient, kit: Kit, change: dict[str, Any], field: str, says: str
) -> None:
    sent = {name: value for name, value in {**ANN, **change}.items() if value is not None}

    refused = program.post(LEADS, json=sent)

    assert refused.status_code == 422, refused.text
    assert refused.headers["content-type"] == "application/problem+json"
    [error] = refused.json()["errors"]
    assert error["field"] == field
    assert says in f"{error['message']} {error['remedy']}"
    assert rows_of(kit, t.leads) == []


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("An\x00n\x1b[2J", "Ann[2J"),
        ("Ann\nLee", "Ann Lee"),
        ("\ud800Ann", "Ann"),
        ("  Ann ", "Ann"),
        ("Ünal 🏠", "Ünal 🏠"),
    ],
)
def test_characters_that_steer_terminals_or_break_databases_are_left_out(
    program: TestClient, kit: Kit, name: str, kept: str
) -> None:
    sent = json.dumps({**ANN, "first_name": name, "custom": {"a": name}})

    assert program.post(LEADS, content=sent, headers={"Content-Type": "application/json"}).status_code == 201

    assert rows_of(kit, t.leads)[0]["first_name"] == kept


def test_what_no_json_number_can_be_is_refused(program: TestClient) -> None:
    body = b'{"email": "ann@example.com", "custom": {"a": NaN}}'

    refused = program.post(LEADS, content=body, headers={"Content-Type": "application/json"})

    assert refused.status_code == 422


def test_an_unknown_lead_is_told_as_such(program: TestClient) -> None:
    nobody = f"{LEADS}/019cb08b-38c0-7392-a827-ddada170b338"

    answers = [
        program.get(nobody),
        program.get(f"{nobody}/timeline"),
        program.get(f"{nobody}/messages"),
        program.post(f"{nobody}/events", json={"name": "visited"}),
        program.post(f"{nobody}/enrollments", json={"sequence": "instant-answer"}),
    ]

    assert {(one.status_code, one.json()["type"]) for one in answers} == {(404, "/api/v1/problems/not-found")}


def test_dns_is_asked_after_the_answer(app: FastAPI, kit: Kit, settings: Settings, program: TestClient) -> None:
    asking = replace(kit, takes_mail=lambda domain: domain != "example.com")
    caller = TestClient(create_app(asking, settings), headers=dict(program.headers))

    lead_id = caller.post(LEADS, json=ANN).json()["id"]

    assert caller.get(f"{LEADS}/{lead_id}").json()["checks"]["email"]["takes_mail"] is False


def test_a_lead_far_away_in_time_still_reads(program: TestClient, lead_id: str, clock: VirtualClock, kit: Kit) -> None:
    clock.move_to(clock.now() + timedelta(days=30))
    work(kit)

    assert program.get(f"{LEADS}/{lead_id}").status_code == 200
    assert program.get(f"{LEADS}/{lead_id}/timeline").status_code == 200
