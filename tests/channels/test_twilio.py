"""Texts and voicemail through Twilio: what is asked of it, and what its answers mean."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.accounts import TwilioAccount
from channels.adapter import Adapter
from channels.address import Channel
from channels.message import Fault, Outbound, Receipt, ReceiptKind, TextContent
from channels.standin import StandIn
from channels.standin.faults import Fault as Trouble
from channels.standin.faults import FaultKind
from channels.transport import Transport
from channels.twilio_refusals import REFUSALS, read_refusal
from channels.twilio_sms import TwilioSms
from channels.twilio_voice import TwilioVoicemail
from channels.webhooks.twilio_errors import FAILURES
from tests.channels.contract import batch_for
from tests.channels.wires import Conversation, answer, far_end

PUBLIC_URL = "https://hello.seller.example"
SID = "AC00000000000000000000000000000000"
[TEXT] = batch_for(Channel.SMS, size=1)
[VOICEMAIL] = batch_for(Channel.VOICEMAIL, size=1)


class Open:
    """A deadline far away."""

    def may_start(self, _attempt_id: str) -> bool:
        """Let every call start."""
        return True


def account(url: str, **more: Any) -> TwilioAccount:
    return TwilioAccount(sid=SID, auth_token="token", public_url=PUBLIC_URL, url=url, **more)


def receipt_of(adapter: Adapter, message: Outbound) -> Receipt:
    [(_, receipt)] = adapter.send([message], Open())
    return receipt


def answered(transport: Transport, raw: bytes) -> Receipt:
    """Return the receipt of a text that is answered with *raw*."""

    def reply(conversation: Conversation, _request: bytes) -> None:
        conversation.say(raw)
        conversation.hang_up()

    with far_end(reply) as wire:
        receipt = receipt_of(TwilioSms(transport, account(wire.url)), TEXT)

        assert len(wire.requests) == 1
    return receipt


def asked_of(transport: Transport, make: Any, message: Outbound, **more: Any) -> tuple[str, dict[str, list[str]]]:
    """Return the first line of the request that *make*'s adapter sends for *message*, and its fields."""

    def reply(conversation: Conversation, _request: bytes) -> None:
        conversation.say(answer(201, b'{"sid": "SM1"}'))

    with far_end(reply) as wire:
        receipt_of(make(transport, account(wire.url, **more)), message)
        head, _, body = wire.requests[0].partition(b"\r\n\r\n")
    return head.decode().split("\r\n")[0], parse_qs(body.decode(), keep_blank_values=True)


def test_a_text_is_asked_for_with_the_address_where_we_hear_of_it(transport: Transport) -> None:
    line, fields = asked_of(transport, TwilioSms, replace(TEXT, content=TextContent(body="Grüße & more ☎")))

    assert line == f"POST /2010-04-01/Accounts/{SID}/Messages.json HTTP/1.1"
    assert fields == {
        "To": [TEXT.to],
        "From": [TEXT.sender],
        "Body": ["Grüße & more ☎"],
        "StatusCallback": [f"{PUBLIC_URL}/webhooks/twilio/status?message_id={TEXT.id}"],
        "ValidityPeriod": ["900"],
    }


def test_a_messaging_service_chooses_the_number_itself(transport: Transport) -> None:
    _, fields = asked_of(transport, TwilioSms, TEXT, messaging_service="MG1")

    assert fields["MessagingServiceSid"] == ["MG1"]
    assert "From" not in fields


def test_a_voicemail_is_a_call_that_waits_for_the_end_of_a_greeting(transport: Transport) -> None:
    line, fields = asked_of(transport, TwilioVoicemail, VOICEMAIL)

    assert line == f"POST /2010-04-01/Accounts/{SID}/Calls.json HTTP/1.1"
    assert fields == {
        "To": [VOICEMAIL.to],
        "From": [VOICEMAIL.sender],
        "Url": [f"{PUBLIC_URL}/webhooks/twilio/voice/answer?message_id={VOICEMAIL.id}"],
        "Method": ["POST"],
        "StatusCallback": [f"{PUBLIC_URL}/webhooks/twilio/voice/status?message_id={VOICEMAIL.id}"],
        "StatusCallbackMethod": ["POST"],
        "StatusCallbackEvent": ["initiated", "answered", "completed"],
        "MachineDetection": ["DetectMessageEnd"],
        "MachineDetectionTimeout": ["30"],
        "Timeout": ["45"],
    }


def test_a_stray_region_in_the_environment_changes_no_address(
    transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_REGION", "au1")
    monkeypatch.setenv("TWILIO_EDGE", "sydney")

    line, _ = asked_of(transport, TwilioSms, TEXT)

    assert line.startswith("POST /2010-04-01/")


def test_calls_go_to_the_accounts_own_region() -> None:
    account = TwilioAccount(sid=SID, auth_token="t", public_url=PUBLIC_URL, url="https://api.dublin.ie1.twilio.com")
    client = TwilioSms(Transport(), account)._client

    assert client.api.v2010.absolute_url("x") == "https://api.dublin.ie1.twilio.com/2010-04-01/x"


@pytest.fixture
def standin() -> Iterator[StandIn]:
    with StandIn() as running:
        yield running


def own(standin: StandIn) -> TwilioAccount:
    return TwilioAccount(
        sid=standin.twilio_sid, auth_token=standin.twilio_token, public_url=PUBLIC_URL, url=standin.twilio_url
    )


def test_a_text_that_is_taken_gets_twilios_id(transport: Transport, standin: StandIn) -> None:
    receipt = receipt_of(TwilioSms(transport, own(standin)), TEXT)

    [taken] = standin.account.accepted
    assert receipt == Receipt.accepted(taken.provider_id)
    assert (taken.message_id, taken.text) == (TEXT.id, "An answer.")


def test_a_lead_who_stopped_at_twilio_has_opted_out(transport: Transport, standin: StandIn) -> None:
    standin.twilio.stopped.add(TEXT.to)

    receipt = receipt_of(TwilioSms(transport, own(standin)), TEXT)

    assert receipt.fault is Fault.OPTED_OUT


def test_a_wrong_token_is_for_the_operator(transport: Transport, standin: StandIn) -> None:
    receipt = receipt_of(TwilioSms(transport, replace(own(standin), auth_token="wrong")), TEXT)

    assert (receipt.kind, receipt.fault) == (ReceiptKind.REFUSED, Fault.CONFIGURATION)


@pytest.mark.parametrize("code", [20429, 21611, 30001])
def test_too_fast_waits_as_long_as_twilio_says(transport: Transport, standin: StandIn, code: int) -> None:
    standin.faults.add(Trouble(kind=FaultKind.THROTTLE, seconds=12, code=code))

    receipt = receipt_of(TwilioSms(transport, own(standin)), TEXT)

    assert (receipt.fault, receipt.retry_after_seconds) == (Fault.THROTTLED, 12)


@pytest.mark.parametrize("kind", [FaultKind.FAIL, FaultKind.RESET_LATE, FaultKind.RESET_EARLY, FaultKind.MALFORMED])
def test_trouble_at_twilio_leaves_the_outcome_open_and_is_met_once(
    transport: Transport, standin: StandIn, kind: FaultKind
) -> None:
    standin.faults.add(kind)

    receipt = receipt_of(TwilioVoicemail(transport, own(standin)), VOICEMAIL)

    assert receipt.kind is ReceiptKind.UNKNOWN
    assert len(standin.account.accepted) <= 1


@pytest.mark.parametrize(
    "raw",
    [
        answer(201, b""),
        answer(201, b"{}"),
        answer(201, b'{"sid": null}'),
        answer(201, b"[]"),
        answer(201, b"null"),
        answer(201, b"<html>welcome"),
        answer(200, b"\xff\xfe"),
        answer(204),
        answer(201, b'{"sid": "SM1"')[:-4],  # cut off
        answer(500, b'{"code": 20500, "message": "Internal", "status": 500}'),
        answer(503, b""),
        answer(302, b"", "Location: /elsewhere"),
        b"",
    ],
)
def test_what_is_no_answer_of_twilios_leaves_the_outcome_open(transport: Transport, raw: bytes) -> None:
    assert answered(transport, raw).kind is ReceiptKind.UNKNOWN


def legacy(code: int, status: int = 400) -> bytes:
    return answer(status, json.dumps({"code": code, "message": "No.", "status": status}).encode())


def problem(code: int, status: int = 400) -> bytes:
    """Return a refusal in the form of RFC 9457."""
    body = {"type": f"https://x.example/{code}", "title": "No.", "status": status, "code": code, "detail": "Because."}
    return answer(status, json.dumps(body).encode(), "Content-Type: application/problem+json")


@pytest.mark.parametrize("form", [legacy, problem])
@pytest.mark.parametrize(
    ("code", "status", "fault"),
    [
        (21211, 400, Fault.DEAD_ADDRESS),
        (21610, 400, Fault.OPTED_OUT),
        (21617, 400, Fault.CONTENT),
        (20003, 401, Fault.CONFIGURATION),
        (20404, 404, Fault.CONFIGURATION),
        (20429, 429, Fault.THROTTLED),
        (30610, 400, Fault.TRANSIENT),
        (99999, 400, Fault.UNCLASSIFIED),
        (99999, 403, Fault.CONFIGURATION),
        (99999, 429, Fault.THROTTLED),
    ],
)
def test_both_forms_of_a_refusal_are_read(
    transport: Transport, form: Any, code: int, status: int, fault: Fault
) -> None:
    receipt = answered(transport, form(code, status))

    assert (receipt.kind, receipt.fault) == (ReceiptKind.REFUSED, fault)


@pytest.mark.parametrize(
    ("status", "body", "fault"),
    [
        (400, b"", Fault.UNCLASSIFIED),
        (400, b"[]", Fault.UNCLASSIFIED),
        (401, b"<html>", Fault.CONFIGURATION),
        (404, b"not here", Fault.CONFIGURATION),
        (413, b"", Fault.CONTENT),
        (429, b"slower", Fault.THROTTLED),
    ],
)
def test_a_refusal_without_a_code_is_read_by_its_status(
    transport: Transport, status: int, body: bytes, fault: Fault
) -> None:
    receipt = answered(transport, answer(status, body, "Retry-After: 9"))

    assert (receipt.fault, receipt.retry_after_seconds) == (fault, 9)


EXPECTED: dict[Fault, str] = {
    Fault.DEAD_ADDRESS: "21201 21211 21214 21217 21401 21421 21614 21635 30005 30006 63003 63024",
    Fault.OPTED_OUT: "21610",
    Fault.CONTENT: "21602 21605 21617 21619 21654 21656 30004 30007 30011 30019",
    Fault.CONFIGURATION: "20001 20003 20004 20005 20006 20008 20010 20404 21205 21210 21212 21213 21215 21216 21219 "
    "21408 21603 21606 21607 21608 21609 21612 21659 21660 21661 21701 21703 21704 21705 21712 30002 30010 30018 30024 "
    "30032 30033 30034",
    Fault.THROTTLED: "10004 14107 20429 21611 30001 30022 30023 30027 63018 63038",
    Fault.TRANSIENT: "30003 30008 30009 30017 30036 30410 30610",
}
CODES = [(code, fault) for fault, codes in EXPECTED.items() for code in codes.split()]


@pytest.mark.parametrize(("code", "fault"), CODES)
def test_each_code_has_its_fault(code: str, fault: Fault) -> None:
    assert read_refusal(code, 400).fault is fault


def test_no_code_is_without_a_test() -> None:
    assert {code for code, _ in CODES} == {*REFUSALS, *FAILURES}


@pytest.mark.parametrize("code", ["21214", "21614", "21635", "30006"])
def test_a_number_that_takes_no_texts_may_still_be_called(code: str) -> None:
    assert read_refusal(code, 400).only_this_channel


@pytest.mark.parametrize("code", ["21211", "21217", "30005"])
def test_a_number_that_is_none_is_dead_for_every_channel(code: str) -> None:
    assert not read_refusal(code, 400).only_this_channel


def test_a_landline_keeps_its_voicemail(transport: Transport) -> None:
    receipt = answered(transport, legacy(21614))

    assert (receipt.fault, receipt.only_this_channel) == (Fault.DEAD_ADDRESS, True)


@given(code=st.text(max_size=12), status=st.integers(400, 499))
def test_any_code_is_read(code: str, status: int) -> None:
    assert read_refusal(code, status).reason
