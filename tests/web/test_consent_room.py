"""The consent room: facts with their proof, suppressions by a typed address, rules, lists, and the gate's answer."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from channels.address import Channel
from engine.flows.kit import Kit
from engine.flows.seal import seal_facts
from engine.flows.withdraw import Stop, withdraw
from engine.store import tables as t
from tests.web.scenes import WORDING, arrive, rows_of
from tests.web.test_console import HOSTILE, counted

ROOM = "/console/consent"


def stop(kit: Kit, lead_id: str, wording: str = "No more mail") -> None:
    """Let the lead stop email."""
    withdraw(
        kit, lead_id, Stop(channels=frozenset({Channel.EMAIL}), source="reply", wording=wording, recorded_by="sandbox")
    )


def test_facts_show_their_wording_and_whether_they_are_sealed(kit: Kit, browser: TestClient) -> None:
    arrive(kit)
    before = browser.get(ROOM).text
    seal_facts(kit)
    after = browser.get(ROOM).text

    assert WORDING in before
    assert "not sealed yet" in before
    assert "not sealed yet" not in after


def test_the_ledger_is_filtered_by_person_channel_and_kind(kit: Kit, browser: TestClient) -> None:
    lead_id = arrive(kit, 1)
    arrive(kit, 2)
    stop(kit, lead_id)

    def count(query: str) -> int:
        return len(browser.get(f"{ROOM}?format=json&{query}").json()["rows"])

    assert count("kind=withdrawn") == 1
    assert count("who=lead1@example.com&channel=email") == count("who=lead2@example.com&channel=email") + 1
    assert count(f"who={lead_id}&kind=withdrawn") == 1
    assert count("since=2026-03-03") == 0
    assert count("until=2026-03-01") == 0
    for unreadable in ("who=nobody", "until=9999-12-31"):
        assert browser.get(f"{ROOM}?{unreadable}").status_code == 400


def test_the_ledger_is_verified_from_the_page(kit: Kit, browser: TestClient) -> None:
    arrive(kit)
    seal_facts(kit)

    assert "The ledger is whole." in browser.post(f"{ROOM}/verify").text


@pytest.mark.parametrize("name", ["consent.html", "consent.json"])
def test_a_dispute_file_is_inert_and_its_taking_is_noted(kit: Kit, browser: TestClient, name: str) -> None:
    lead_id = arrive(kit, first_name=HOSTILE)
    stop(kit, lead_id, HOSTILE)

    answer = browser.post(f"{ROOM}/dispute/{name}", data={"who": "lead1@example.com"})

    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    assert name.endswith("json") or "<script>alert" not in answer.text
    assert [row["subject"] for row in audited(kit, "consent.exported")] == [lead_id]
    assert browser.post(f"{ROOM}/dispute/{name}", data={"who": "nobody@example.com"}).status_code == 404


def test_an_address_is_stopped_and_found_by_typing_it(kit: Kit, browser: TestClient) -> None:
    typed = {"address": "lead1@example.com"}
    assert "Nothing stands against" in browser.post(f"{ROOM}/suppressions/check", data=typed).text

    browser.post(f"{ROOM}/suppressions", data={**typed, "reason": "legal"})

    assert "is suppressed" in browser.post(f"{ROOM}/suppressions/check", data=typed).text
    page = browser.get(f"{ROOM}/suppressions").text
    assert "legal" in page
    assert "lead1@example.com" not in page
    [noted] = audited(kit, "suppression.added")
    assert noted["after"]["reason"] == "legal"


@pytest.mark.parametrize(
    "form",
    [{"address": "nobody", "reason": "legal"}, {"address": "a@example.com", "reason": "whim"}, {"address": "a@example.com", "reason": "legal", "channel": "sms"}],
    ids=["no address", "no reason", "another kind of channel"],
)  # fmt: skip
def test_what_is_no_suppression_is_refused_in_words(browser: TestClient, form: dict[str, str]) -> None:
    assert browser.post(f"{ROOM}/suppressions", data=form).status_code == 400


def test_rules_are_found_by_place_channel_and_words(browser: TestClient) -> None:
    everything = browser.get(f"{ROOM}/rules?format=json").json()["rows"]
    florida = browser.get(f"{ROOM}/rules?format=json&place=US-FL&channel=sms").json()["rows"]

    assert 0 < len(florida) < len(everything)
    assert all("US-FL" in row["places"] and "sms" in row["channels"] for row in florida)
    assert browser.get(f"{ROOM}/rules?format=json&words=no+such+rule").json()["rows"] == []


def test_a_copy_of_a_list_is_taken_in_and_a_broken_one_refused(kit: Kit, browser: TestClient) -> None:
    form = {"registry": "us_national_dnc", "as_of": "2026-03-01", "kind": "full"}

    good = browser.post(f"{ROOM}/lists", data=form, files={"file": ("dnc.txt", b"503,5550101\n503,5550102\n")})
    bad = browser.post(f"{ROOM}/lists", data=form, files={"file": ("x.txt", b"hello\n")})

    assert good.status_code == 200
    assert bad.status_code == 409
    assert [row["entries"] for row in rows_of(kit, t.registry_copies)] == [2]


def test_an_emergency_is_recorded_and_ended(kit: Kit, browser: TestClient) -> None:
    browser.post(f"{ROOM}/emergencies", data={"place": "us-ny", "starts_at": "2026-03-01", "note": "flood"})
    [row] = rows_of(kit, t.emergencies)

    browser.post(f"{ROOM}/emergencies/{row['id']}/end")

    [ended] = rows_of(kit, t.emergencies)
    assert (row["place"], row["ends_at"]) == ("US-NY", None)
    assert ended["ends_at"] is not None
    assert (
        browser.post(
            f"{ROOM}/emergencies", data={"place": "Atlantis", "starts_at": "2026-03-01", "note": "x"}
        ).status_code
        == 400
    )


def test_somebody_vouches_by_name_and_takes_it_back(kit: Kit, browser: TestClient) -> None:
    name = rows_names(browser)

    browser.post(f"{ROOM}/attestations/{name}", data={"note": "contract 7"})
    given = audited(kit, "attestation.given")
    browser.post(f"{ROOM}/attestations/{name}/revoke")

    assert [row["subject"] for row in given] == [name]
    assert [row["subject"] for row in audited(kit, "attestation.revoked")] == [name]
    assert browser.post(f"{ROOM}/attestations/{name}", data={}).status_code == 400
    assert browser.post(f"{ROOM}/attestations/unheard-of", data={"note": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("form", "outcome"),
    [
        pytest.param({"who": "lead1@example.com", "channel": "email"}, "allow", id="a lead who agreed"),
        pytest.param({"country": "US", "region": "OR", "channel": "sms"}, "block", id="anybody who did not"),
        pytest.param(
            {"country": "US", "region": "OR", "channel": "sms", "agreed": "express_written", "at": "2026-03-02T09:00"},
            "hold", id="at night",
        ),
    ],
)  # fmt: skip
def test_the_gate_is_asked_with_every_rule(kit: Kit, browser: TestClient, form: dict[str, str], outcome: str) -> None:
    arrive(kit)

    told = browser.post(f"{ROOM}/ask", data={**form, "format": "json"}).json()
    page = browser.post(f"{ROOM}/ask", data=form)

    assert told["outcome"] == outcome
    assert all(one["id"] in page.text for one in told["rules"])


@pytest.mark.parametrize("form", [{}, {"country": "US", "channel": "pigeon"}, {"country": "US", "zone": "Mars/Here"}])
def test_a_question_about_nobody_is_refused(browser: TestClient, form: dict[str, str]) -> None:
    assert browser.post(f"{ROOM}/ask", data=form).status_code == 400


def test_more_facts_cost_no_more_queries(kit: Kit, browser: TestClient) -> None:
    arrive(kit, 1)
    browser.get(ROOM)
    with counted(kit) as few:
        browser.get(ROOM)
    for number in range(2, 8):
        arrive(kit, number)
    with counted(kit) as many:
        browser.get(ROOM)

    assert len(many) == len(few)


def rows_names(browser: TestClient) -> str:
    """Return the name of something the rules want vouched for."""
    page = browser.get(f"{ROOM}/attestations").text
    return page.split('action="/console/consent/attestations/')[1].split('"')[0]


def audited(kit: Kit, action: str) -> list[Any]:
    """Return what the audit log says of *action*."""
    return rows_of(kit, t.audit_log, action=action)
