"""The leads room: found by any word, filtered, looked after, edited without collisions, joined where they are one."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import insert

from engine.flows.kit import Kit
from engine.store import tables as t
from tests.databases import START
from tests.store import rows
from tests.web.scenes import arrive, rows_of, work
from tests.web.test_console import counted


def found(browser: TestClient, query: str) -> list[str]:
    """Return the given names of the leads that *query* finds."""
    return [row["first_name"] for row in browser.get(f"/console/leads?format=json&{query}").json()["rows"]]


@pytest.mark.parametrize(
    "typed",
    [
        "zoë",
        "zoe",
        "ZOE",
        "muller",
        "zoe mull",
        "finch",
        "zoe@ex",
        "example.org",
        "503 555",
        "+1 503-555-01",
        "0015035550177",
    ],
)
def test_a_lead_is_found_by_how_any_word_begins_however_it_is_spelt(kit: Kit, browser: TestClient, typed: str) -> None:
    arrive(
        kit, 1, first_name="Zoë", last_name="van der Müller", company="Alder & Finch", email="zoe@example.org",
        phone="+15035550177",
    )  # fmt: skip
    arrive(kit, 2, first_name="Bob", email="bob@example.com", phone="+12125550102")

    answer = browser.get("/console/leads", params={"format": "json", "beginning": typed}).json()

    assert [row["first_name"] for row in answer["rows"]] == ["Zoë"]


def test_leads_are_filtered_by_what_people_ask_for(kit: Kit, browser: TestClient) -> None:
    arrive(kit, 1, first_name="Ann", source="fair", country="CA")
    arrive(kit, 2, first_name="Bob", source="web-form", country="US")

    assert found(browser, "source=fair") == ["Ann"]
    assert found(browser, "country=US") == ["Bob"]
    ann = rows_of(kit, t.leads, first_name="Ann")[0]
    assert "Ann" in found(browser, f"owner={ann['owner']}")
    assert found(browser, "owner=nobody") == found(browser, "owner=somebody") == []
    walk = rows_of(kit, t.enrollments)[0]
    walkers = browser.get(f"/console/leads?format=json&sequence={walk['sequence']}").json()["rows"]
    assert [row["id"] for row in walkers] == [walk["lead_id"]]
    assert '<option value="fair"' in browser.get("/console/leads").text


def test_a_lead_says_whether_it_may_be_written_to_and_what_comes_next(kit: Kit, browser: TestClient) -> None:
    lead_id = arrive(kit)
    work(kit)

    page = browser.get(f"/console/leads/{lead_id}").text

    assert "May we write?" in page
    assert "<b>Next:</b>" in page
    assert "HOUSE-" in page or "US-" in page or "yes</span> now" in page


def test_a_timeline_shows_one_kind_and_knows_of_every_kind(kit: Kit, browser: TestClient) -> None:
    lead_id = arrive(kit)
    work(kit)
    browser.post(f"/console/leads/{lead_id}/note", data={"body": "Wants a quote"})
    browser.post(f"/console/leads/{lead_id}/pause")
    version = rows_of(kit, t.leads, id=lead_id)[0]["version"]
    browser.post(f"/console/leads/{lead_id}/edit", data={"version": version, "company": "Alder"})

    everything = browser.get(f"/console/leads/{lead_id}?format=json").json()["rows"]
    changes = browser.get(f"/console/leads/{lead_id}?format=json&kind=change").json()["rows"]

    assert {"message", "note", "happening", "consent", "entered", "change"} <= {row["entry"] for row in everything}
    assert {row["action"] for row in changes} == {"lead.paused", "lead.changed"}
    assert "<ins>Alder</ins>" in browser.get(f"/console/leads/{lead_id}?kind=change").text
    assert browser.get(f"/console/leads/{lead_id}?kind=gossip").status_code == 400


def test_each_action_does_what_it_says_and_says_what_it_did(kit: Kit, browser: TestClient) -> None:
    lead_id = arrive(kit)
    work(kit)
    path = f"/console/leads/{lead_id}"
    walk = rows_of(kit, t.enrollments, lead_id=lead_id)[0]

    for action, data, said in (
        ("pause", {}, "Paused"),
        ("resume", {}, "Goes on"),
        ("snooze", {"months": "3"}, "Left alone until"),
        ("snooze", {"until": (START + timedelta(days=40)).date().isoformat()}, "Left alone until"),
        ("enrol", {"sequence": walk["sequence"]}, "already in"),
        ("call", {"outcome": "no_answer", "nonce": "1"}, "Call noted"),
        ("take-out", {"enrollment": walk["id"]}, f"Taken out of {walk['sequence']}"),
        ("stop", {"sure": "yes", "channel": "sms"}, "Stopped"),
    ):
        assert said.lower() in browser.post(f"{path}/{action}", data=data).text.lower(), action
    assert {row["channel"] for row in rows_of(kit, t.consent_facts, lead_id=lead_id, kind="withdrawn")} == {
        "sms", "voicemail",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("note", {}), ("snooze", {"until": "soon"}), ("snooze", {"until": "2020-01-01"}), ("stop", {"channel": "sms"}),
        ("stop", {"sure": "yes", "channel": "fax"}), ("call", {"outcome": "danced"}), ("enrol", {"sequence": "gone"}),
        ("edit", {"company": "x"}), ("merge", {"with": "x", "sure": "yes"}), ("merge", {"with": "x"}),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(kit: Kit, browser: TestClient, action: str, data: dict[str, str]) -> None:
    assert browser.post(f"/console/leads/{arrive(kit)}/{action}", data=data).status_code in {400, 404}


def test_the_second_of_two_edits_is_told_and_keeps_what_was_typed(kit: Kit, browser: TestClient) -> None:
    lead_id = arrive(kit)
    version = rows_of(kit, t.leads, id=lead_id)[0]["version"]
    browser.post(f"/console/leads/{lead_id}/edit", data={"version": version, "company": "Alder"})

    answer = browser.post(f"/console/leads/{lead_id}/edit", data={"version": version, "company": "Finch"})
    unfit = browser.post(f"/console/leads/{lead_id}/edit", data={"version": version + 1, "phone": "12"})

    assert (answer.status_code, unfit.status_code) == (409, 422)
    assert "changed this lead while you did" in answer.text
    assert 'value="Finch"' in answer.text
    assert "That is no phone number" in unfit.text
    assert rows_of(kit, t.leads, id=lead_id)[0]["company"] == "Alder"


def test_two_leads_are_joined_after_a_look_and_the_old_address_leads_on(kit: Kit, browser: TestClient) -> None:
    first = arrive(kit, 1, first_name="Ann")
    second = arrive(kit, 2, first_name="Anne", phone=rows_of(kit, t.leads, id=first)[0]["phone"])
    assert "the same phone number" in browser.get(f"/console/leads/{first}").text
    assert "Nothing undoes this" in browser.get(f"/console/leads/{first}/merge?with={second}").text

    unsure = browser.post(f"/console/leads/{first}/merge", data={"with": second})
    joined = browser.post(f"/console/leads/{first}/merge", data={"with": second, "sure": "yes"})

    assert (unsure.status_code, joined.status_code) == (400, 200)
    assert browser.get(f"/console/leads/{second}").url.path == f"/console/leads/{first}"
    assert browser.post(f"/console/leads/{second}/pause").status_code == 404


def test_whoever_may_only_look_finds_no_forms(
    kit: Kit, signed_in: Callable[[str], TestClient], browser: TestClient
) -> None:
    lead_id, viewer = arrive(kit), signed_in("viewer")

    assert "Do something" not in viewer.get(f"/console/leads/{lead_id}").text
    assert "Do something" in browser.get(f"/console/leads/{lead_id}").text
    for action in ("note", "pause", "resume", "snooze", "enrol", "take-out", "stop", "call", "edit", "merge"):
        assert viewer.post(f"/console/leads/{lead_id}/{action}").status_code == 403, action


def test_a_leads_page_asks_as_often_however_long_its_story(kit: Kit, browser: TestClient) -> None:
    lead_id = arrive(kit)
    browser.get(f"/console/leads/{lead_id}")
    with counted(kit) as few:
        browser.get(f"/console/leads/{lead_id}")
    notes = [{"id": kit.ids.new(), "lead_id": lead_id, "at": START, "author": "bea", "body": "x"} for _ in range(40)]
    with kit.database.write() as connection:
        connection.execute(insert(t.notes), notes)
        for _ in range(5):
            rows.add(connection, t.messages, rows.message(lead_id, state="skipped", due_at=None, ended_at=START))

    with counted(kit) as many:
        browser.get(f"/console/leads/{lead_id}")

    assert len(many) == len(few)
