"""An integrator's day, operation by operation: what is asked, what is done, and what every answer says of itself."""

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from engine.clock import VirtualClock
from engine.flows.advance import advance
from engine.flows.kit import Kit
from engine.store import tables as t
from engine.web.api.exports import ROWS_AT_ONCE
from tests.web.api.conftest import ANN, LEADS
from tests.web.embedded import settings
from tests.web.scenes import arrive, message_of, rows_of, work

__all__ = ["settings"]

API = "/api/v1"


@pytest.fixture
def walking(kit: Kit) -> str:
    """Return the id of a lead who was written to."""
    lead_id = arrive(kit)
    work(kit)
    return lead_id


def test_leads_are_listed_a_page_at_a_time(program: TestClient) -> None:
    ids = [program.post(LEADS, json={"email": f"lead{n}@example.com"}).json()["id"] for n in range(3)]

    first = program.get(LEADS, params={"limit": 2})
    second = program.get(first.links["next"]["url"])

    assert sorted(one["id"] for one in (*first.json()["leads"], *second.json()["leads"])) == sorted(ids)
    assert first.json()["next"] in first.links["next"]["url"]
    assert (second.json()["next"], second.links) == (None, {})


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"email": "ANN@example.com"}, 1),
        ({"phone": "+1 503 555 0123"}, 1),
        ({"source": "web-form", "status": "new"}, 1),
        ({"status": "lost"}, 0),
        ({"since": "2000-01-01T00:00:00Z", "before": "2001-01-01T00:00:00+01:00"}, 0),
    ],
)
def test_leads_are_found_by_what_is_known_of_them(
    program: TestClient, lead_id: str, query: dict[str, str], count: int
) -> None:
    found = program.get(LEADS, params=query).json()["leads"]

    assert [one["id"] for one in found] == [lead_id] * count


@pytest.mark.parametrize(
    "query",
    ["stauts=new", "status=newish", "status=new&status=lost", "since=5", "since=2026-01-01T00:00:00", "email=x"],
)
def test_a_question_that_is_not_understood_is_refused(program: TestClient, query: str) -> None:
    refused = program.get(f"{LEADS}?{query}")

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, query.partition("=")[0])
    assert "status" in refused.text or "stauts" not in query


def test_a_change_needs_the_version_that_was_read(program: TestClient, lead_id: str) -> None:
    path = f"{LEADS}/{lead_id}"
    read = program.get(path).headers["etag"]

    blind = program.patch(path, json={"company": "Alder & Finch"})
    changed = program.patch(path, json={"company": "Alder & Finch"}, headers={"If-Match": read})
    late = program.patch(path, json={"company": "Finch"}, headers={"If-Match": read})

    assert (blind.status_code, changed.status_code, late.status_code) == (428, 200, 412)
    assert changed.headers["etag"] == late.headers["etag"] != read
    assert program.get(path).json()["company"] == "Alder & Finch"


def test_a_change_sets_takes_away_and_keeps(program: TestClient, kit: Kit, lead_id: str) -> None:
    path, anyhow = f"{LEADS}/{lead_id}", {"If-Match": "*", "Idempotency-Key": "one"}
    program.patch(path, json={"custom": {"roof": "slate", "age": 4}}, headers={"If-Match": "*"})

    told = program.patch(path, json={"interest": None, "custom": {"roof": None}}, headers=anyhow)
    again = program.patch(path, json={"custom": {"roof": None}, "interest": None}, headers=anyhow)

    assert (told.json()["interest"], told.json()["custom"], told.json()["first_name"]) == ("", {"age": 4}, "Ann")
    assert (again.content, again.headers["etag"]) == (told.content, told.headers["etag"])
    assert {row["actor"] for row in rows_of(kit, t.audit_log, action="lead.changed")} == {"api:website"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"status": None}, "status"),
        ({"email": None, "phone": None}, "email"),
        ({"owner": "nobody-here"}, "owner"),
        ({"email": "taken@example.com"}, "email"),
        ({"consents": []}, "consents"),
    ],
)
def test_a_change_that_cannot_be_is_refused_whole(
    program: TestClient, lead_id: str, change: dict[str, Any], field: str
) -> None:
    program.post(LEADS, json={"email": "taken@example.com"})
    before = program.get(f"{LEADS}/{lead_id}").json()

    refused = program.patch(f"{LEADS}/{lead_id}", json={**change, "company": "x"}, headers={"If-Match": "*"})

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)
    assert program.get(f"{LEADS}/{lead_id}").json() == before


def test_each_of_many_leads_is_answered_for_itself(program: TestClient) -> None:
    sent = [ANN, {"emial": "b@example.com"}, {"email": "b@example.com"}, ANN, {"email": "no address"}]

    results = program.post(f"{API}/lead-batches", json={"leads": sent}).json()["results"]

    assert [one["status"] for one in results] == [201, 422, 201, 200, 422]
    assert results[1]["problem"]["errors"][0]["field"] == "emial"
    assert results[3]["lead"]["id"] == results[0]["lead"]["id"]


def test_notes_and_events_are_listed(program: TestClient, lead_id: str) -> None:
    note = program.post(f"{LEADS}/{lead_id}/notes", json={"body": "Call after six."})
    program.post(f"{LEADS}/{lead_id}/events", json={"name": "visited-pricing", "detail": {"plan": "gold"}})

    assert note.status_code == 201
    assert program.get(f"{LEADS}/{lead_id}/notes").json()["notes"] == [note.json()]
    told = {one["name"]: one["detail"] for one in program.get(f"{LEADS}/{lead_id}/events").json()["events"]}
    assert told.keys() == {"lead.created", "visited-pricing"}
    assert told["visited-pricing"] == {"plan": "gold"}


def test_an_enrollment_rests_goes_on_and_ends(program: TestClient, walking: str) -> None:
    [found] = program.get(f"{API}/enrollments", params={"lead_id": walking, "sequence": "instant-answer"}).json()[
        "enrollments"
    ]
    path = f"{API}/enrollments/{found['id']}"

    turns = [
        program.post(f"{path}/pause", json={"reason": "on holiday"}).json()["status"],
        program.post(f"{path}/resume").json()["status"],
        program.post(f"{path}/resume").json()["reason"],
        program.post(f"{path}/stop").json()["status"],
        program.post(f"{path}/pause", json={}).json()["reason"],
    ]

    assert turns == ["paused", "active", "active", "stopped", "stopped"]
    assert program.get(path).json()["status"] == "stopped"


def test_a_lead_is_left_alone_and_gone_on_with(program: TestClient, walking: str, clock: VirtualClock) -> None:
    until = (clock.now() + timedelta(days=9)).isoformat()

    paused = program.post(f"{LEADS}/{walking}/pause", json={"until": until}).json()["enrollments"]

    assert paused > 0
    assert program.post(f"{LEADS}/{walking}/resume").json()["enrollments"] == paused


def test_a_message_is_read_with_its_words_and_reasons(program: TestClient, kit: Kit, walking: str) -> None:
    message_id = message_of(kit, walking)

    listed = program.get(f"{API}/messages", params={"channel": "email", "state": "accepted"}).json()["messages"]
    told = program.get(f"{API}/messages/{message_id}").json()

    assert message_id in {one["id"] for one in listed}
    assert told["subject"]
    assert told["text"]
    assert (told["decisions"][-1]["outcome"], told["attempts"][0]["outcome"]) == ("allow", "accepted")


def test_what_is_not_in_doubt_is_not_settled(program: TestClient, kit: Kit, walking: str) -> None:
    path = f"{API}/messages/{message_of(kit, walking)}/settle"

    for answer in ("arrived", "send_again", "replay"):
        refused = program.post(path, json={"answer": answer})
        assert (refused.status_code, refused.json()["reason"]) == (409, "accepted")


def test_a_message_is_taken_back_before_it_leaves(program: TestClient, kit: Kit) -> None:
    lead_id = arrive(kit)
    advance(kit)
    [waiting, *_] = program.get(f"{API}/messages", params={"lead_id": lead_id}).json()["messages"]
    path = f"{API}/messages/{waiting['id']}/cancel"

    assert program.post(path).json()["state"] == "cancelled"
    assert program.post(path).json()["reason"] == "cancelled"


def test_a_task_is_given_away_and_closed(program: TestClient, kit: Kit, walking: str) -> None:
    [task, *_] = program.get(f"{API}/tasks", params={"lead_id": walking, "state": "open"}).json()["tasks"]
    path, owner = f"{API}/tasks/{task['id']}", rows_of(kit, t.users)[0]["id"]

    assert program.post(f"{path}/assign", json={"owner": owner}).json()["owner"] == owner
    assert program.post(f"{path}/assign", json={"owner": "nobody-here"}).status_code == 422
    closed = program.post(f"{path}/close", json={"outcome": "reached", "note": "Two rooms."}).json()
    assert (closed["state"], closed["outcome"], closed["note"]) == ("done", "reached", "Two rooms.")
    assert program.post(f"{path}/close", json={"outcome": "no"}).json()["reason"] == "done"


def test_a_stop_ends_what_a_grant_allowed(program: TestClient, lead_id: str) -> None:
    path = f"{LEADS}/{lead_id}/consent"
    given = {"channel": "sms", "basis": "express_written", "wording": "Text me. Reply STOP to end."}

    def of_sms() -> tuple[str, str]:
        [told] = [one for one in program.get(path).json()["permissions"] if one["channel"] == "sms"]
        return told["outcome"], told["reason"]

    granted = program.post(f"{path}/grants", json=given)
    before = of_sms()
    stopped = program.post(f"{path}/withdrawals", json={"channels": ["sms"], "wording": "no more texts"})

    assert (granted.status_code, granted.json()["basis"]) == (201, "express_written")
    assert before[0] != "block"
    assert stopped.json()["channels"] == ["sms", "voicemail"]
    assert of_sms()[0] == "block"
    assert [fact["kind"] for fact in program.get(path).json()["facts"]][-2:] == ["withdrawn", "withdrawn"]


def test_a_suppressed_address_is_found_by_its_address_alone(program: TestClient) -> None:
    address = {"phone": "(503) 555-0123", "country": "US"}

    first = program.post(f"{API}/suppressions", json={**address, "reason": "wrong_number"})
    again = program.post(f"{API}/suppressions", json={**address, "reason": "wrong_number"})
    checked = program.post(f"{API}/suppressions/check", json={"phone": "+15035550123"}).json()

    assert (first.status_code, again.status_code) == (201, 200)
    assert (checked["is_suppressed"], checked["suppressions"][0]["reason"]) == (True, "wrong_number")
    assert program.get(f"{API}/suppressions").json()["suppressions"] == checked["suppressions"]
    assert "555" not in program.get(f"{API}/suppressions").text.replace(checked["suppressions"][0]["key"], "")


def test_a_sequence_rests_and_goes_on(program: TestClient) -> None:
    path = f"{API}/sequences/instant-answer"

    assert program.post(f"{path}/pause", json={"reason": "prices changed"}).json()["is_paused"] is True
    assert program.get(path).json()["is_paused"] is True
    assert program.post(f"{path}/resume").json()["is_paused"] is False
    assert program.get(f"{API}/sequences/none-such").status_code == 404


def test_reports_tell_their_numbers(program: TestClient, walking: str) -> None:
    speed = program.get(f"{API}/reports/speed", params={"period": "this-month"}).json()
    rates = program.get(f"{API}/reports/rates", params={"by": "channel"}).json()

    assert (speed["arrived"], speed["answered"], speed["within_5_minutes"]) == (1, 1, 1)
    [email] = [row for row in rates["rows"] if row["name"] == "email"]
    assert (email["replied"]["count"], email["replied"]["number"] > 0) == (0, True)
    half = program.get(f"{API}/reports/speed", params={"first": "2026-01-01"})
    assert half.json()["errors"][0]["field"] == "first"


def test_exports_are_files_that_no_spreadsheet_calculates(program: TestClient) -> None:
    program.post(LEADS, json={**ANN, "first_name": "=1+1"})

    lines = program.get(f"{API}/exports/leads")
    table = program.get(f"{API}/exports/leads", headers={"Accept": "text/csv"})

    assert json.loads(lines.text)["first_name"] == "=1+1"
    [row] = csv.DictReader(io.StringIO(table.text))
    assert (row["first_name"], row["phone"]) == ("'=1+1", "'+15035550123")
    assert program.get(f"{API}/exports/messages", params={"format": "csv"}).text.startswith("id,lead_id")


def test_an_export_goes_on_after_its_first_page(program: TestClient, kit: Kit) -> None:
    number = ROWS_AT_ONCE + 1
    now = rows_of(kit, t.api_keys)[0]["created_at"]
    blank = dict.fromkeys(("first_name", "last_name", "company", "interest", "source", "owner"), "")
    lead = {**blank, "status": "new", "language": "en", "cost_cents": 0, "custom": {}, "created_at": now}
    with kit.database.write() as connection:
        connection.execute(t.leads.insert(), [{"id": kit.ids.new(), **lead} for _ in range(number)])

    assert len({json.loads(line)["id"] for line in program.get(f"{API}/exports/leads").text.splitlines()}) == number
