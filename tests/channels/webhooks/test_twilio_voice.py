"""What happens in a call: who answered, which key, how it ended, who calls in."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.address import Channel
from channels.events import CallOutcome, EventKind, ProviderEvent
from channels.message import Fault, MessageId
from channels.webhooks.twilio_voice import (
    RECORDS,
    AnsweredBy,
    answered_by,
    as_missed,
    parse_answer,
    parse_dialled,
    parse_inbound,
    parse_keypress,
    parse_status,
)
from channels.webhooks.unreadable import Unreadable
from tests.channels.webhooks.forms import LEAD, NOW, US, form, only
from tests.shared import shared_file

SID = "CA22222222222222222222222222222222"
MESSAGE = MessageId("0193f1a0-0000-7000-8000-000000000001")


def _body(status: str, **more: str) -> bytes:
    return form({"CallSid": SID, "CallStatus": status, "From": US, "To": LEAD, "Direction": "outbound-api"}, **more)


def _shape(kind: str) -> dict[str, Any]:
    shapes = json.loads(shared_file("vectors/twilio_callback_shapes.json").read_text())["shapes"]
    [shape] = [shape for shape in shapes if shape["kind"] == kind]
    found: dict[str, Any] = shape
    return found


@pytest.mark.parametrize("told", [*AnsweredBy])
def test_an_answer_says_who_answered(told: AnsweredBy) -> None:
    event = only(parse_answer(_body("in-progress", AnsweredBy=told), received_at=NOW, message_id=MESSAGE))

    assert answered_by(event) is told
    assert (event.kind, event.message_id, event.address) == (EventKind.ACCEPTED, MESSAGE, LEAD)


@pytest.mark.parametrize("told", ["", "android", "machine"])
def test_whoever_is_not_recognised_is_treated_as_a_person(told: str) -> None:
    who = answered_by(only(parse_answer(_body("in-progress", AnsweredBy=told), received_at=NOW)))

    assert who is AnsweredBy.UNKNOWN
    assert who not in RECORDS


def test_only_a_machine_that_listens_gets_the_recording() -> None:
    assert {"machine_end_beep", "machine_end_silence", "machine_end_other"} == RECORDS


def test_every_published_detection_is_read() -> None:
    for value in _shape("async_amd")["values"]:
        asked = form(_shape("async_amd")["sample"], AnsweredBy=value)
        assert answered_by(only(parse_answer(asked, received_at=NOW))) == value
    answer = only(parse_answer(form(_shape("sync_amd_url_request")["sample"]), received_at=NOW))
    assert answered_by(answer) is AnsweredBy.MACHINE_END_SILENCE


@pytest.mark.parametrize(
    ("status", "kind", "fault"),
    [
        ("busy", EventKind.UNDELIVERED, Fault.TRANSIENT),
        ("no-answer", EventKind.UNDELIVERED, Fault.TRANSIENT),
        ("canceled", EventKind.UNDELIVERED, Fault.TRANSIENT),
        ("failed", EventKind.UNDELIVERED, Fault.UNCLASSIFIED),
        ("queued", EventKind.ACCEPTED, None),
        ("initiated", EventKind.ACCEPTED, None),
        ("ringing", EventKind.ACCEPTED, None),
        ("answered", EventKind.ACCEPTED, None),
        ("in-progress", EventKind.ACCEPTED, None),
        ("invented", EventKind.UNKNOWN, None),
    ],
)
def test_each_call_status_has_its_kind(status: str, kind: EventKind, fault: Fault | None) -> None:
    event = only(parse_status(_body(status, SipResponseCode="486"), received_at=NOW, message_id=MESSAGE))

    assert (event.kind, event.extra.get("fault"), event.extra["sip"]) == (kind, fault, "486")
    assert (event.channel, event.provider_message_id) == (Channel.VOICEMAIL, SID)


@pytest.mark.parametrize(
    ("who", "kind"),
    [
        ("human", EventKind.DELIVERED),
        ("machine_end_beep", EventKind.DELIVERED),
        ("machine_end_silence", EventKind.DELIVERED),
        ("machine_end_other", EventKind.DELIVERED),
        ("machine_start", EventKind.UNDELIVERED),
        ("fax", EventKind.UNDELIVERED),
        ("unknown", EventKind.UNDELIVERED),
        ("", EventKind.UNDELIVERED),
    ],
)
def test_a_completed_call_is_delivered_where_somebody_listened(who: str, kind: EventKind) -> None:
    assert only(parse_status(_body("completed", AnsweredBy=who), received_at=NOW)).kind is kind


@pytest.mark.parametrize(
    ("who", "outcome"),
    [
        ("human", CallOutcome.HUMAN),
        ("unknown", CallOutcome.HUMAN),
        ("machine_end_beep", CallOutcome.MACHINE),
        ("machine_end_silence", CallOutcome.MACHINE),
        ("machine_end_other", CallOutcome.MACHINE),
        ("machine_start", CallOutcome.FAILED),
        ("fax", CallOutcome.FAILED),
    ],
)
def test_who_answered_is_the_outcome_at_the_answer_and_at_the_end(who: str, outcome: CallOutcome) -> None:
    answer = only(parse_answer(_body("in-progress", AnsweredBy=who), received_at=NOW))
    end = only(parse_status(_body("completed", AnsweredBy=who), received_at=NOW))

    assert (answer.outcome, end.outcome) == (outcome, outcome)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("busy", CallOutcome.BUSY),
        ("no-answer", CallOutcome.NO_ANSWER),
        ("canceled", CallOutcome.FAILED),
        ("failed", CallOutcome.FAILED),
        ("completed", CallOutcome.NO_ANSWER),
        ("ringing", None),
    ],
)
def test_a_call_that_nobody_answered_has_an_outcome_once_it_is_over(status: str, outcome: CallOutcome | None) -> None:
    assert only(parse_status(_body(status), received_at=NOW)).outcome is outcome


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("completed", EventKind.CONNECTED),
        ("answered", EventKind.CONNECTED),
        ("no-answer", EventKind.MISSED),
        ("busy", EventKind.MISSED),
        ("failed", EventKind.MISSED),
        ("canceled", EventKind.MISSED),
    ],
)
def test_a_second_call_puts_the_caller_through_or_does_not(status: str, kind: EventKind) -> None:
    body = form(CallSid=SID, From=LEAD, To=US, Direction="inbound", CallStatus="completed", DialCallStatus=status)

    event = only(parse_dialled(body, received_at=NOW))

    assert (event.kind, event.channel, event.address) == (kind, Channel.CALL, LEAD)


def test_a_missed_call_has_one_name_whoever_tells_of_it() -> None:
    fields = {"CallSid": SID, "From": LEAD, "To": US, "Direction": "inbound", "CallStatus": "completed"}
    dialled = only(parse_dialled(form(fields, DialCallStatus="no-answer"), received_at=NOW))
    ended = only(parse_status(form(fields), received_at=NOW))

    assert as_missed(ended).event_id == dialled.event_id
    assert as_missed(ended).kind is EventKind.MISSED


@pytest.mark.parametrize("sip", ["404", "410", "604"])
def test_a_number_that_does_not_exist_is_dead(sip: str) -> None:
    event = only(parse_status(_body("failed", SipResponseCode=sip), received_at=NOW))

    assert (event.kind, event.extra["fault"]) == (EventKind.BOUNCED, Fault.DEAD_ADDRESS)


def test_the_published_calls_are_read() -> None:
    shape = _shape("call_status")
    for status in shape["statuses"]:
        only(parse_status(form(shape["sample"], CallStatus=status), received_at=NOW))
    completed = only(parse_status(form(shape["sample"]), received_at=NOW))
    busy = only(parse_status(form(_shape("call_busy")["sample"]), received_at=NOW))

    assert (completed.kind, completed.extra["duration_seconds"]) == (EventKind.DELIVERED, 34)
    assert completed.at == datetime(2026, 11, 20, 15, 3, 11, tzinfo=UTC)
    assert (busy.kind, busy.extra["sip"]) == (EventKind.UNDELIVERED, "486")


@pytest.mark.parametrize(
    ("digits", "kind"),
    [
        ("9", EventKind.UNSUBSCRIBED),
        ("99", EventKind.UNSUBSCRIBED),
        ("1", EventKind.REPLIED),
        ("5", EventKind.UNKNOWN),
        ("", EventKind.UNKNOWN),
        ("*9", EventKind.UNKNOWN),
    ],
)
def test_each_key_has_its_meaning(digits: str, kind: EventKind) -> None:
    event = only(parse_keypress(_body("in-progress", Digits=digits), received_at=NOW, message_id=MESSAGE))

    assert (event.kind, event.extra["digits"], event.message_id) == (kind, digits, MESSAGE)


def test_the_published_keypress_stops_the_called_lead() -> None:
    event = only(parse_keypress(form(_shape("gather_action")["sample"]), received_at=NOW))

    assert (event.kind, event.address, event.channel) == (EventKind.UNSUBSCRIBED, LEAD, Channel.VOICEMAIL)


def test_a_key_pressed_on_the_opt_out_line_stops_the_caller() -> None:
    body = form(CallSid=SID, CallStatus="in-progress", Direction="inbound", From=LEAD, To=US, Digits="9")

    event = only(parse_keypress(body, received_at=NOW))

    assert (event.kind, event.address, event.channel) == (EventKind.UNSUBSCRIBED, LEAD, Channel.CALL)


def test_a_call_to_us_is_the_leads() -> None:
    event = only(parse_inbound(form(CallSid=SID, From=LEAD, To=US, CallStatus="ringing"), received_at=NOW))

    assert (event.kind, event.channel, event.address) == (EventKind.CALLED, Channel.CALL, LEAD)
    assert event.extra["us"] == US


def test_the_end_of_a_call_to_us_delivers_nothing() -> None:
    body = form(CallSid=SID, From=LEAD, To=US, CallStatus="completed", Direction="inbound", DialCallStatus="no-answer")

    event = only(parse_status(body, received_at=NOW))

    assert (event.kind, event.extra["dial_status"]) == (EventKind.UNKNOWN, "no-answer")
    assert "fault" not in event.extra


def test_a_withheld_number_is_nobodys() -> None:
    assert only(parse_inbound(form(CallSid=SID, From="+266696687", To=US), received_at=NOW)).address is None


PARSERS: list[Callable[..., list[ProviderEvent | Unreadable]]] = [
    parse_answer,
    parse_keypress,
    parse_inbound,
    parse_status,
    parse_dialled,
]
FIELDS = [
    "DialCallStatus",
    "CallSid",
    "CallStatus",
    "From",
    "To",
    "Digits",
    "AnsweredBy",
    "Timestamp",
    "Direction",
    "CallDuration",
]


@pytest.mark.parametrize("parse", PARSERS)
def test_a_callback_without_its_fields_is_unreadable(parse: Callable[..., list[ProviderEvent | Unreadable]]) -> None:
    [found] = parse(b"nothing=1", received_at=NOW)

    assert isinstance(found, Unreadable)


@given(st.dictionaries(st.sampled_from(FIELDS), st.text(st.characters(codec="utf-8"))), st.sampled_from(PARSERS))
def test_no_form_raises(fields: dict[str, str], parse: Callable[..., list[ProviderEvent | Unreadable]]) -> None:
    for one in parse(form(fields), received_at=NOW):
        if isinstance(one, ProviderEvent):
            assert one.at <= NOW


def test_the_time_zone_of_a_timestamp_is_heeded_or_the_timestamp_is_not() -> None:
    ahead = only(parse_status(_body("busy", Timestamp="Fri, 20 Nov 2026 10:03:11 -0500"), received_at=NOW))
    nowhere = only(parse_status(_body("busy", Timestamp="Fri, 20 Nov 2026 10:03:11 -0000"), received_at=NOW))

    assert ahead.at == datetime(2026, 11, 20, 15, 3, 11, tzinfo=UTC)
    assert nowhere.at == NOW
