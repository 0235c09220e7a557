"""What Twilio says of a text: each status, each error code, and nothing that raises."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.address import Channel
from channels.events import EventKind, ProviderEvent
from channels.message import Fault, MessageId
from channels.webhooks.twilio_errors import FAILURES, OPTED_OUT_CODES
from channels.webhooks.twilio_status import parse
from channels.webhooks.unreadable import Unreadable
from tests.channels.webhooks.forms import LEAD, NOW, US, events, form, only
from tests.shared import shared_file

SID = "SM11111111111111111111111111111111"
MESSAGE = MessageId("0193f1a0-0000-7000-8000-000000000001")


def _body(status: str, **more: str) -> bytes:
    return form({"MessageSid": SID, "SmsSid": SID, "From": US, "To": LEAD, "MessageStatus": status}, **more)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("accepted", EventKind.ACCEPTED),
        ("scheduled", EventKind.ACCEPTED),
        ("queued", EventKind.ACCEPTED),
        ("sending", EventKind.ACCEPTED),
        ("sent", EventKind.ACCEPTED),
        ("delivered", EventKind.DELIVERED),
        ("partially_delivered", EventKind.DELIVERED),
        ("read", EventKind.OPENED),
        ("undelivered", EventKind.UNDELIVERED),
        ("failed", EventKind.UNDELIVERED),
        ("canceled", EventKind.UNDELIVERED),
        ("received", EventKind.UNKNOWN),
        ("invented", EventKind.UNKNOWN),
    ],
)
def test_each_status_has_its_kind(status: str, kind: EventKind) -> None:
    event = only(parse(_body(status), received_at=NOW))

    assert event.kind is kind


def test_every_published_status_is_read() -> None:
    shapes = json.loads(shared_file("vectors/twilio_callback_shapes.json").read_text())["shapes"]
    [shape] = [shape for shape in shapes if shape["kind"] == "sms_status"]

    for status in shape["statuses"]:
        event = only(parse(form(shape["sample"], MessageStatus=status), received_at=NOW))

        assert event.event_id == f"{SID}.{status}"
        assert event.extra["raw"]["RawDlrDoneDate"] == "2607171206"


def test_the_published_failure_is_a_dead_number() -> None:
    shapes = json.loads(shared_file("vectors/twilio_callback_shapes.json").read_text())["shapes"]
    [shape] = [shape for shape in shapes if shape["kind"] == "sms_status_failed"]

    assert only(parse(form(shape["sample"]), received_at=NOW)).kind is EventKind.BOUNCED


def test_a_status_is_about_our_message_and_the_leads_number() -> None:
    event = only(parse(_body("delivered"), received_at=NOW, message_id=MESSAGE))

    assert (event.message_id, event.provider_message_id, event.address) == (MESSAGE, SID, LEAD)
    assert (event.provider, event.channel, event.at) == ("twilio", Channel.SMS, NOW)


def test_hearing_the_same_twice_gives_the_same_id() -> None:
    first, again = (only(parse(_body("delivered"), received_at=NOW)) for _ in range(2))

    assert first.event_id == again.event_id
    assert first.event_id != only(parse(_body("sent"), received_at=NOW)).event_id


EXPECTED = {
    EventKind.BOUNCED: {"21211", "21217", "30005", "63003", "63024"},
    EventKind.UNDELIVERED: {
        *("21408", "21606", "21608", "21610", "21611", "21612", "21614", "21617", "21635", "30001", "30002", "30003"),
        *("30004", "30006", "30007", "30008", "30009", "30010", "30011", "30017", "30018", "30019", "30022", "30023"),
        *("30024", "30027", "30032", "30033", "30034", "30036", "30410", "30610", "63018"),
    },
}


@pytest.mark.parametrize("status", ["failed", "undelivered"])
@pytest.mark.parametrize("code", sorted(FAILURES))
def test_each_error_code_has_its_meaning(code: str, status: str) -> None:
    event, *_ = events(parse(_body(status, ErrorCode=code), received_at=NOW))

    assert code in EXPECTED[event.kind]
    assert event.extra["fault"] == FAILURES[code].fault
    assert event.extra["reason"]
    assert event.extra["code"] == code


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("30005", Fault.DEAD_ADDRESS),
        ("30006", Fault.DEAD_ADDRESS),
        ("21610", Fault.OPTED_OUT),
        ("30007", Fault.CONTENT),
        ("30034", Fault.CONFIGURATION),
        ("30001", Fault.THROTTLED),
        ("21611", Fault.THROTTLED),
        ("30003", Fault.TRANSIENT),
        ("30610", Fault.TRANSIENT),
        ("99999", Fault.UNCLASSIFIED),
        ("", Fault.UNCLASSIFIED),
    ],
)
def test_a_code_says_what_can_be_done(code: str, fault: Fault) -> None:
    event, *_ = events(parse(_body("failed", ErrorCode=code), received_at=NOW))

    assert event.extra["fault"] == fault


@pytest.mark.parametrize("code", sorted(OPTED_OUT_CODES))
def test_an_opt_out_known_to_the_provider_is_a_stop_and_no_bounce(code: str) -> None:
    lost, stop = events(parse(_body("failed", ErrorCode=code), received_at=NOW, message_id=MESSAGE))

    assert (lost.kind, stop.kind) == (EventKind.UNDELIVERED, EventKind.UNSUBSCRIBED)
    assert (stop.address, stop.message_id) == (LEAD, MESSAGE)
    assert stop.event_id != lost.event_id


def test_an_error_code_beside_a_good_status_means_nothing() -> None:
    assert only(parse(_body("delivered", ErrorCode="30005"), received_at=NOW)).kind is EventKind.DELIVERED


@pytest.mark.parametrize("to", ["rcs:+15558675310", "whatsapp:+15558675310", " +15558675310 "])
def test_a_number_is_read_behind_its_network(to: str) -> None:
    assert only(parse(_body("read", To=to), received_at=NOW)).address == LEAD


@pytest.mark.parametrize("body", [b"", b"x", b"MessageSid=SM1", b"MessageStatus=sent", b"a=1&" * 600, b"a" * 1_100_000])
def test_a_callback_without_its_fields_is_unreadable(body: bytes) -> None:
    [found] = parse(body, received_at=NOW)

    assert isinstance(found, Unreadable)
    assert found.problem


@given(st.dictionaries(st.sampled_from(["MessageSid", "MessageStatus", "To", "ErrorCode", "Timestamp"]), st.text()))
def test_no_form_raises(fields: dict[str, str]) -> None:
    encoded = form({name: value.encode("utf-8", "replace").decode() for name, value in fields.items()})
    for one in parse(encoded, received_at=NOW):
        if isinstance(one, ProviderEvent):
            json.dumps(one.extra, allow_nan=False)
            assert one.at <= NOW
