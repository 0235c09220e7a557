"""Twilio's callbacks about calls through their routes: signed requests in, TwiML out, and what is different afterwards."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import httpx2
import pytest
from fastapi.testclient import TestClient

from channels.address import canonical_phone
from engine.clock import VirtualClock
from engine.flows.enroll import enroll
from engine.flows.kit import Kit
from engine.flows.withdraw import Stop, withdraw
from engine.settings import Settings
from engine.store import tables as t
from engine.web.app import create_app
from tests.flows.content import publish_plan
from tests.shared import shared_file
from tests.web.conftest import HERE, settings_for
from tests.web.posting import PUBLIC, TOKEN, post_twilio
from tests.web.scenes import arrive, message_of, rows_of, work

VOICE = "/webhooks/twilio/voice"
US, LEAD = "+15035550142", "+15035550101"
SID = "CA22222222222222222222222222222222"
PLAN = """\
name: ring-once
enter: {when: manual}
exclusive: no
stages:
  - {id: tip, voicemail: sorry-we-missed-you, outcomes: {human: end, machine: end, busy: text, none: end}}
  - {id: over, if: "1 == 1", then: end}
  - {id: text, sms: hello-text}
"""


def app_for(kit: Kit, settings: Settings) -> TestClient:
    """Return whoever calls our public address."""
    told = settings_for(settings.database_url, public_url=PUBLIC, twilio_account_sid="AC1", twilio_auth_token=TOKEN)
    return TestClient(create_app(kit, told), base_url=HERE)


@pytest.fixture
def twilio(kit: Kit, settings: Settings) -> TestClient:
    """Return whoever calls our public address."""
    return app_for(kit, settings)


@pytest.fixture
def message_id(kit: Kit, clock: VirtualClock) -> str:
    """Return the id of a voicemail whose call is under way, at noon where the lead is."""
    clock.move_to(clock.now() + timedelta(hours=5))
    lead_id = arrive(kit, source="fair")
    name = publish_plan(kit, PLAN)
    with kit.database.write() as connection:
        enroll(kit, connection, [lead_id], name, kit.database.now(connection))
    work(kit)
    return message_of(kit, lead_id, "voicemail")


def ours(**more: str) -> dict[str, str]:
    """Return what Twilio posts of a call we made."""
    return {"CallSid": SID, "CallStatus": "in-progress", "Direction": "outbound-api", "From": US, "To": LEAD, **more}


def theirs(**more: str) -> dict[str, str]:
    """Return what Twilio posts of a call to us."""
    return {"CallSid": SID, "CallStatus": "ringing", "Direction": "inbound", "From": LEAD, "To": US, **more}


def verbs(answer: httpx2.Response) -> list[ET.Element]:
    """Return the verbs of a TwiML answer."""
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, "text/xml")
    response = ET.fromstring(answer.text)  # noqa: S314 - our own answer
    assert response.tag == "Response"
    return list(response)


def heard(answer: httpx2.Response) -> str:
    """Return all that is spoken in a TwiML answer."""
    return " ".join(ET.fromstring(answer.text).itertext())  # noqa: S314 - our own answer


def tags(answer: httpx2.Response) -> list[str]:
    """Return the names of the verbs in a TwiML answer."""
    return [verb.tag for verb in verbs(answer)]


def test_a_machine_hears_the_script_and_a_person_the_other_words(twilio: TestClient, message_id: str) -> None:
    address = f"{VOICE}/answer?message_id={message_id}"

    machine = post_twilio(twilio, address, ours(AnsweredBy="machine_end_beep"))
    person = post_twilio(twilio, address, ours(CallSid="CA3", AnsweredBy="human"))

    assert tags(machine) == ["Say", "Hangup"]
    assert "recorded message" in heard(machine)
    assert tags(person) == ["Gather", "Say", "Hangup"]
    [gather, *_] = verbs(person)
    assert gather.get("action") == f"{PUBLIC}{VOICE}/keypress?message_id={message_id}"
    assert gather.get("numDigits") == "1"
    assert "press 9" in heard(person)


def test_nine_stops_and_the_end_of_the_call_is_the_outcome(twilio: TestClient, kit: Kit, message_id: str) -> None:
    post_twilio(twilio, f"{VOICE}/answer?message_id={message_id}", ours(AnsweredBy="human"))

    answer = post_twilio(twilio, f"{VOICE}/keypress?message_id={message_id}", ours(Digits="9"))
    ended = post_twilio(
        twilio, f"{VOICE}/status?message_id={message_id}", ours(CallStatus="completed", AnsweredBy="human")
    )
    work(kit)

    assert tags(answer) == ["Say", "Hangup"]
    assert "no more calls or texts by machine" in heard(answer)
    assert ended.status_code == 204
    assert {row["channel"] for row in rows_of(kit, t.consent_facts, kind="withdrawn")} == {"sms", "voicemail"}
    [message] = rows_of(kit, t.messages, id=message_id)
    assert (message["delivery"], message["outcome"]) == ("delivered", "human")


def test_one_rings_the_owner(twilio: TestClient, kit: Kit, message_id: str) -> None:
    [lead] = rows_of(kit, t.leads)
    [owner] = rows_of(kit, t.users, id=lead["owner"])

    answer = post_twilio(twilio, f"{VOICE}/keypress?message_id={message_id}", ours(Digits="1"))

    assert tags(answer) == ["Say", "Dial"]
    dial = verbs(answer)[1]
    assert (dial.get("callerId"), dial.findtext("Number")) == (US, canonical_phone(owner["phone"], "US"))
    missed = post_twilio(
        twilio, f"{VOICE}/dialled?message_id={message_id}", ours(DialCallStatus="no-answer", Digits="1")
    )
    assert "a person will call you back" in heard(missed)


def test_a_busy_line_leads_on_by_the_stage_outcome(twilio: TestClient, kit: Kit, message_id: str) -> None:
    busy = ours(CallStatus="busy", SipResponseCode="486", CallDuration="0")

    post_twilio(twilio, f"{VOICE}/status?message_id={message_id}", busy)
    for _ in range(2):
        work(kit)

    [message] = rows_of(kit, t.messages, id=message_id)
    assert (message["delivery"], message["outcome"]) == ("undelivered", "busy")
    assert [row["stage"] for row in rows_of(kit, t.messages, channel="sms")] == ["text"]


def test_a_stop_between_dial_and_answer_is_heeded(twilio: TestClient, kit: Kit, message_id: str) -> None:
    [message] = rows_of(kit, t.messages, id=message_id)
    stop = Stop(channels=frozenset(), source="page", wording="stop", recorded_by="test")
    withdraw(kit, message["lead_id"], stop)

    answer = post_twilio(twilio, f"{VOICE}/answer?message_id={message_id}", ours(AnsweredBy="machine_end_beep"))

    assert tags(answer) == ["Hangup"]
    [decision] = rows_of(kit, t.decisions, asked="answer")
    assert (decision["message_id"], decision["reason"]) == (message_id, "withdrawn")


def test_a_missed_call_that_only_the_status_tells_of_is_followed_up(
    twilio: TestClient, kit: Kit, clock: VirtualClock, message_id: str
) -> None:
    assert tags(post_twilio(twilio, f"{VOICE}/inbound", theirs())) == ["Gather", "Say", "Dial"]

    post_twilio(twilio, f"{VOICE}/status", theirs(CallStatus="completed"))
    clock.move_to(clock.now() + timedelta(seconds=30))
    work(kit)

    [text] = rows_of(kit, t.messages, template="missed-call")
    assert text["state"] == "accepted"
    assert message_id


def test_a_call_that_was_put_through_is_not_missed_when_it_ends(twilio: TestClient, kit: Kit, message_id: str) -> None:
    post_twilio(twilio, f"{VOICE}/inbound", theirs())
    through = post_twilio(twilio, f"{VOICE}/dialled", theirs(CallStatus="completed", DialCallStatus="completed"))

    post_twilio(twilio, f"{VOICE}/status", theirs(CallStatus="completed"))

    assert tags(through) == ["Hangup"]
    assert rows_of(kit, t.messages, template="missed-call") == []
    assert message_id


def test_out_of_hours_a_caller_is_told_and_missed(twilio: TestClient, kit: Kit) -> None:
    arrive(kit, source="fair")

    welcome = post_twilio(twilio, f"{VOICE}/inbound", theirs())
    end = post_twilio(twilio, f"{VOICE}/dialled", theirs())

    assert tags(welcome) == ["Gather", "Redirect"]
    assert "a person will call you back" in heard(welcome)
    assert tags(end) == ["Say", "Hangup"]
    [text] = rows_of(kit, t.messages, template="missed-call")
    assert (text["state"], text["reason"]) == ("held", "quiet_hours")


@pytest.mark.parametrize("route", ["answer", "keypress", "inbound", "dialled", "status"])
def test_what_twilio_has_not_signed_is_refused_and_not_kept(twilio: TestClient, kit: Kit, route: str) -> None:
    answer = post_twilio(twilio, f"{VOICE}/{route}", theirs(Digits="9"), token="another")

    assert answer.status_code == 403
    assert rows_of(kit, t.provider_payloads) == []


@pytest.mark.parametrize("route", ["answer", "keypress", "inbound", "dialled"])
def test_a_callback_that_says_nothing_is_answered_politely(twilio: TestClient, kit: Kit, route: str) -> None:
    answer = post_twilio(twilio, f"{VOICE}/{route}", {"Nothing": "1"})

    assert tags(answer) == ["Say", "Hangup"]
    assert "call again later" in heard(answer)
    [raw] = rows_of(kit, t.provider_payloads)
    assert raw["problem"]


@pytest.mark.parametrize(("who", "told"), [("human", ["Say", "Hangup"]), ("machine_end_beep", ["Hangup"])])
def test_a_failure_of_ours_is_apologised_for_to_people_alone(
    kit: Kit, settings: Settings, message_id: str, who: str, told: list[str]
) -> None:
    broken = app_for(replace(kit, rulebook=None), settings)  # type: ignore[arg-type] # a mistake of ours

    answer = post_twilio(broken, f"{VOICE}/answer?message_id={message_id}", ours(AnsweredBy=who))

    assert tags(answer) == told


def _samples(*kinds: str) -> list[tuple[str, Mapping[str, Any]]]:
    shapes = json.loads(shared_file("vectors/twilio_callback_shapes.json").read_text())["shapes"]
    return [(shape["kind"], shape["sample"]) for shape in shapes if shape["kind"] in kinds]


def test_the_published_shapes_are_taken(twilio: TestClient, kit: Kit, message_id: str) -> None:
    routes = {"call_status": "status", "call_busy": "status", "gather_action": "keypress"}
    routes |= {"sync_amd_url_request": "answer", "async_amd": "answer"}
    for kind, sample in _samples(*routes):
        answer = post_twilio(twilio, f"{VOICE}/{routes[kind]}?message_id={message_id}", sample)
        assert answer.status_code == (204 if routes[kind] == "status" else 200), kind
        if routes[kind] != "status":
            assert verbs(answer), kind

    assert {row["problem"] for row in rows_of(kit, t.provider_payloads)} == {None}
    assert {row["channel"] for row in rows_of(kit, t.consent_facts, kind="withdrawn")} == {"sms", "voicemail"}
