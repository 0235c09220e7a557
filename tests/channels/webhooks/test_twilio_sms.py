"""What a lead texts is a reply, or the stop or start that Twilio has already understood."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.address import Channel
from channels.events import EventKind
from channels.webhooks.twilio_sms import parse
from channels.webhooks.unreadable import Unreadable
from tests.channels.webhooks.forms import LEAD, NOW, US, events, form, only
from tests.shared import shared_file

SID = "SM11111111111111111111111111111111"


def _body(text: str, **more: str) -> bytes:
    return form({"MessageSid": SID, "From": LEAD, "To": US, "Body": text, "NumMedia": "0"}, **more)


def _shape(kind: str) -> dict[str, Any]:
    shapes = json.loads(shared_file("vectors/twilio_callback_shapes.json").read_text())["shapes"]
    [shape] = [shape for shape in shapes if shape["kind"] == kind]
    sample: dict[str, Any] = shape["sample"]
    return sample


def test_an_inbound_text_is_a_reply() -> None:
    event = only(parse(form(_shape("sms_inbound")), received_at=NOW))

    assert (event.kind, event.channel, event.text) == (EventKind.REPLIED, Channel.SMS, "Yes call me")
    assert (event.address, event.extra["to"]) == ("+14133881111", "+12028831111")
    assert event.provider_message_id is None


def test_pictures_are_counted() -> None:
    event = only(parse(form(_shape("mms_inbound")), received_at=NOW))

    assert (event.kind, event.text, event.extra["media"]) == (EventKind.REPLIED, "", 2)


def test_a_stop_that_twilio_understood_is_a_stop() -> None:
    event = only(parse(form(_shape("sms_inbound_advanced_optout")), received_at=NOW))

    assert (event.kind, event.text) == (EventKind.UNSUBSCRIBED, "Stop")
    assert event.extra["answered_by_provider"] is True


@pytest.mark.parametrize(
    ("opt_out_type", "kind"),
    [
        ("STOP", EventKind.UNSUBSCRIBED),
        ("stop", EventKind.UNSUBSCRIBED),
        ("START", EventKind.RESUBSCRIBED),
        ("HELP", EventKind.REPLIED),
        ("", EventKind.REPLIED),
        ("NEW", EventKind.REPLIED),
    ],
)
def test_each_opt_out_type_has_its_kind(opt_out_type: str, kind: EventKind) -> None:
    assert only(parse(_body("word", OptOutType=opt_out_type), received_at=NOW)).kind is kind


def test_a_stop_of_several_words_is_also_read_as_a_reply() -> None:
    stop, reply = events(parse(_body("Stop everything", OptOutType="STOP"), received_at=NOW))

    assert (stop.kind, reply.kind) == (EventKind.UNSUBSCRIBED, EventKind.REPLIED)
    assert stop.event_id != reply.event_id
    assert reply.text == "Stop everything"


def test_a_stop_that_twilio_left_alone_is_a_reply_for_us_to_read() -> None:
    assert only(parse(_body("STOP PLEASE"), received_at=NOW)).kind is EventKind.REPLIED


@pytest.mark.parametrize("caller", ["22395", "ACME", "+266696687", "", "anonymous"])
def test_a_sender_without_a_number_is_nobody(caller: str) -> None:
    found = parse(_body("hello", From=caller), received_at=NOW)

    if caller:
        assert only(found).address is None
    else:
        assert isinstance(found[0], Unreadable)


def test_a_number_newer_than_our_tables_is_kept() -> None:
    assert only(parse(_body("stop", From="+12000000000"), received_at=NOW)).address == "+12000000000"


@given(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")), st.text("0123456789x"))
def test_no_text_raises(body: str, caller: str, media: str) -> None:
    for one in parse(_body(body, From=caller, NumMedia=media), received_at=NOW):
        assert one.provider == "twilio"


@given(st.binary(max_size=300))
def test_no_bytes_raise(body: bytes) -> None:
    assert parse(body, received_at=NOW)
