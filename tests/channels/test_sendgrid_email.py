"""Mail through SendGrid: what is asked of it, and what its answers mean."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.accounts import SendGridAccount
from channels.address import Channel
from channels.message import EmailContent, Fault, Outbound, Receipt, ReceiptKind
from channels.sendgrid_answers import read_refusal
from channels.sendgrid_email import SendGridEmail, _written, mail_of
from channels.standin import StandIn
from channels.standin.faults import Fault as Trouble
from channels.standin.faults import FaultKind
from channels.standin.sendgrid_checks import problems_of
from channels.transport import Answer, Transport
from tests.channels.contract import batch_for
from tests.channels.wires import Conversation, Reply, answer, far_end

STOP = "https://hello.seller.example/u/token"
[PLAIN] = batch_for(Channel.EMAIL, size=1)


class Open:
    """A deadline far away."""

    def may_start(self, _attempt_id: str) -> bool:
        """Let every call start."""
        return True


def email(**changes: Any) -> Outbound:
    content: dict[str, Any] = {"subject": "Your question", "html": "<p>An answer.</p>", "text": "An answer."}
    content |= {name: changes.pop(name) for name in tuple(changes) if name in {*content, "headers"}}
    return replace(PLAIN, content=EmailContent(**content), **changes)


def send_to(transport: Transport, url: str, message: Outbound = PLAIN, api_key: str = "SG.key") -> Receipt:
    adapter = SendGridEmail(transport, SendGridAccount(api_key=api_key, url=url))
    [(_, receipt)] = adapter.send([message], Open())
    return receipt


def test_a_mail_carries_its_parts_plain_text_first() -> None:
    mail = mail_of(email())

    assert mail["content"] == [
        {"type": "text/plain", "value": "An answer."},
        {"type": "text/html", "value": "<p>An answer.</p>"},
    ]
    assert mail["subject"] == "Your question"


def test_a_mail_names_both_sides_and_where_answers_go() -> None:
    mail = mail_of(email(reply_to="r+token@in.seller.example"))

    assert mail["from"] == {"email": "hello@seller.example", "name": "Seller"}
    assert mail["personalizations"] == [{"to": [{"email": "lead0@example.com", "name": "Lead 0"}]}]
    assert mail["reply_to"] == {"email": "r+token@in.seller.example", "name": "Seller"}


def test_nobody_is_named_who_has_no_name() -> None:
    mail = mail_of(email(to_name="", sender_name=""))

    assert mail["from"] == {"email": "hello@seller.example"}
    assert mail["personalizations"][0]["to"] == [{"email": "lead0@example.com"}]


def test_our_id_comes_back_with_every_event() -> None:
    assert mail_of(email())["custom_args"] == {"ft_message_id": PLAIN.id}


def test_links_and_openings_are_left_as_we_made_them() -> None:
    tracking = mail_of(email())["tracking_settings"]

    assert tracking == {
        "click_tracking": {"enable": False, "enable_text": False},
        "open_tracking": {"enable": False},
        "subscription_tracking": {"enable": False},
        "ganalytics": {"enable": False},
    }


def test_the_way_out_and_the_id_are_in_the_head_and_nothing_that_sendgrid_reserves() -> None:
    given_headers = {
        "List-Unsubscribe": f"<{STOP}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Reply-To": "somebody@else.example",
        "X-SG-ID": "forged",
        "X-Sequence": "first",
    }

    headers = mail_of(email(headers=given_headers))["headers"]

    assert headers["List-Unsubscribe"] == f"<{STOP}>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["Message-ID"] == f"<{PLAIN.id}@seller.example>"
    assert set(headers) & {"Reply-To", "X-SG-ID", "X-Sg-Id"} == set()


def test_an_international_domain_is_written_in_ascii() -> None:
    mail = mail_of(email(to="ann@bücher.example"))

    assert mail["personalizations"][0]["to"][0]["email"] == "ann@xn--bcher-kva.example"


NAMES = st.text(max_size=60)


@given(to_name=NAMES, sender_name=NAMES, subject=st.text(min_size=1).filter(str.strip), body=st.text(min_size=1))
def test_whatever_people_are_called_and_write_makes_a_mail_that_is_taken(
    to_name: str, sender_name: str, subject: str, body: str
) -> None:
    subject = f"Re: {subject}"
    message = email(to_name=to_name, sender_name=sender_name, subject=subject, text=f"Hello {body}", html=f"<p>{body}")

    mail = json.loads(_written(mail_of(message)))

    assert problems_of(mail) == []
    assert not any(character in mail["subject"] + str(mail["from"]) for character in "\r\n\0")


def test_half_a_character_costs_no_mail() -> None:
    mail = json.loads(_written(mail_of(email(text="cut in two: \ud83d"))))

    assert mail["content"][0]["value"] == "cut in two: ?"


def test_a_mail_that_is_taken_gets_sendgrids_id(transport: Transport) -> None:
    with StandIn() as standin:
        receipt = send_to(transport, standin.sendgrid_url, api_key=standin.sendgrid_api_key)

        [taken] = standin.account.accepted
    assert receipt == Receipt.accepted(taken.provider_id)
    assert (taken.message_id, taken.to) == (PLAIN.id, PLAIN.to)


def test_a_wrong_key_is_for_the_operator(transport: Transport) -> None:
    with StandIn() as standin:
        receipt = send_to(transport, standin.sendgrid_url, api_key="SG.wrong")

    assert (receipt.kind, receipt.fault) == (ReceiptKind.REFUSED, Fault.CONFIGURATION)
    assert "SG.wrong" not in receipt.detail


def test_too_fast_waits_as_long_as_sendgrid_says(transport: Transport) -> None:
    with StandIn() as standin:
        standin.faults.add(Trouble(kind=FaultKind.THROTTLE, seconds=12))
        receipt = send_to(transport, standin.sendgrid_url, api_key=standin.sendgrid_api_key)

        assert standin.account.accepted == ()
    assert (receipt.fault, receipt.retry_after_seconds) == (Fault.THROTTLED, 12)


@pytest.mark.parametrize("kind", [FaultKind.FAIL, FaultKind.RESET_LATE, FaultKind.RESET_EARLY, FaultKind.MALFORMED])
def test_trouble_at_sendgrid_leaves_the_outcome_open_and_is_met_once(transport: Transport, kind: FaultKind) -> None:
    with StandIn() as standin:
        standin.faults.add(kind)
        receipt = send_to(transport, standin.sendgrid_url, api_key=standin.sendgrid_api_key)

        assert receipt.kind is ReceiptKind.UNKNOWN
        assert len(standin.account.accepted) <= 1


def saying(raw: bytes) -> Reply:
    def reply(conversation: Conversation, _request: bytes) -> None:
        conversation.say(raw)

    return reply


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (answer(200, b"{}"), ReceiptKind.UNKNOWN),  # checked and not sent: SendGrid's sandbox mode
        (answer(201, b"{}"), ReceiptKind.UNKNOWN),
        (answer(202), ReceiptKind.UNKNOWN),
        (answer(202, b"", "X-Message-Id: abc.def"), ReceiptKind.ACCEPTED),
        (answer(500, b'{"errors": [{"message": "no"}]}'), ReceiptKind.UNKNOWN),
        (answer(503, b"<html>"), ReceiptKind.UNKNOWN),
        (b"HTTP/1.1 202 Accepted\r\nX-Message-Id: abc\r\nContent-Length: 9\r\n\r\n", ReceiptKind.ACCEPTED),
    ],
)
def test_only_sendgrids_own_word_counts_as_taken(transport: Transport, raw: bytes, kind: ReceiptKind) -> None:
    def reply(conversation: Conversation, request: bytes) -> None:
        saying(raw)(conversation, request)
        conversation.hang_up()

    with far_end(reply) as wire:
        receipt = send_to(transport, wire.url)

    assert receipt.kind is kind


def test_a_sender_whose_address_is_none_is_for_the_operator_and_nothing_leaves(transport: Transport) -> None:
    with far_end(saying(answer(202))) as wire:
        receipt = send_to(transport, wire.url, email(sender="hello@"))

        assert wire.requests == []
    assert receipt.fault is Fault.CONFIGURATION


def test_a_lead_whose_address_is_none_is_dead(transport: Transport) -> None:
    with far_end(saying(answer(202))) as wire:
        receipt = send_to(transport, wire.url, email(to="ann@-.-"))

        assert wire.requests == []
    assert receipt.fault is Fault.DEAD_ADDRESS


def test_a_text_that_shows_an_api_key_never_leaves(transport: Transport) -> None:
    with far_end(saying(answer(202))) as wire:
        receipt = send_to(transport, wire.url, email(text="SG.abcdefgh.ijklmnop is our key"))

        assert wire.requests == []
    assert receipt.fault is Fault.CONTENT


def complaint(status: int, *errors: tuple[str | None, str]) -> Answer:
    body = {"errors": [{"field": field, "message": message, "help": None} for field, message in errors]}
    return Answer(status=status, headers={}, body=json.dumps(body).encode())


TO = "personalizations.0.to.0.email"
BAD = "Does not contain a valid address."


@pytest.mark.parametrize(
    ("answered", "fault"),
    [
        (complaint(400, (TO, BAD)), Fault.DEAD_ADDRESS),
        (complaint(400, (TO, BAD), ("from.email", BAD)), Fault.CONFIGURATION),
        (complaint(400, (TO, BAD), (None, "Bad Request")), Fault.UNCLASSIFIED),
        (complaint(400, ("personalizations.0.to", "The to array is required.")), Fault.UNCLASSIFIED),
        (complaint(400, ("personalizations", "Limited to 1000.")), Fault.UNCLASSIFIED),
        (complaint(400, ("from", "Must be an object.")), Fault.CONFIGURATION),
        (complaint(400, ("from.email", BAD)), Fault.CONFIGURATION),
        (complaint(400, ("reply_to.email", BAD)), Fault.CONFIGURATION),
        (complaint(400, ("reply_to_list", BAD)), Fault.CONFIGURATION),
        (complaint(400, ("headers", "The header X is reserved.")), Fault.CONFIGURATION),
        (complaint(400, ("custom_args", "Must be strings.")), Fault.CONFIGURATION),
        (complaint(400, ("categories", "Must be unique.")), Fault.CONFIGURATION),
        (complaint(400, ("tracking_settings.click_tracking", "Must be.")), Fault.CONFIGURATION),
        (complaint(400, ("mail_settings.sandbox_mode", "Must be.")), Fault.CONFIGURATION),
        (complaint(400, ("asm.group_id", "Must be.")), Fault.CONFIGURATION),
        (complaint(400, ("template_id", "Must be.")), Fault.CONFIGURATION),
        (complaint(400, ("ip_pool_name", "Must be.")), Fault.CONFIGURATION),
        (complaint(400, ("send_at", "Must be.")), Fault.CONFIGURATION),
        (complaint(400, ("batch_id", "Must be.")), Fault.CONFIGURATION),
        (complaint(400, ("subject", "The subject is required.")), Fault.CONTENT),
        (complaint(400, ("content.0.value", "Must be at least one character.")), Fault.CONTENT),
        (complaint(400, ("attachments.0.content", "Must be.")), Fault.CONTENT),
        (complaint(400, ("sections", "Must be.")), Fault.CONTENT),
        (complaint(400, (None, "Bad Request")), Fault.UNCLASSIFIED),
        (complaint(400, (None, "authorization required")), Fault.CONFIGURATION),
        (complaint(400, (None, "Maximum credits exceeded")), Fault.CONFIGURATION),
        (complaint(400, (None, "The from address is no verified Sender Identity")), Fault.CONFIGURATION),
        (complaint(400, (None, "Too many requests")), Fault.THROTTLED),
        (complaint(400, (None, "The total message size exceeds 30MB.")), Fault.CONTENT),
        (complaint(401, (None, "The provided authorization grant is invalid")), Fault.CONFIGURATION),
        (complaint(401, (None, "Maximum credits exceeded")), Fault.CONFIGURATION),
        (complaint(403, ("from", "The from address does not match")), Fault.CONFIGURATION),
        (complaint(403, (TO, BAD)), Fault.CONFIGURATION),
        (complaint(404, (None, "not found")), Fault.CONFIGURATION),
        (complaint(405, (None, "method not allowed")), Fault.CONFIGURATION),
        (complaint(406, (None, "not acceptable")), Fault.UNCLASSIFIED),
        (complaint(408, (None, "timeout")), Fault.TRANSIENT),
        (complaint(413, (None, "payload too large")), Fault.CONTENT),
        (complaint(415, (None, "Content-Type should be application/json.")), Fault.CONFIGURATION),
        (complaint(429, (None, "too many requests")), Fault.THROTTLED),
        (Answer(status=400, headers={}, body=b"<html>no JSON"), Fault.UNCLASSIFIED),
        (Answer(status=403, headers={}, body=b"\xff\x00"), Fault.CONFIGURATION),
    ],
)
def test_each_refusal_has_its_fault(answered: Answer, fault: Fault) -> None:
    receipt = read_refusal(answered)

    assert (receipt.kind, receipt.fault) == (ReceiptKind.REFUSED, fault)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["errors", "field", "message"]), inner),
    max_leaves=12,
)


@given(status=st.integers(400, 499), body=st.binary() | JUNK.map(lambda junk: json.dumps(junk).encode()))
def test_a_refusal_is_read_whatever_it_says(status: int, body: bytes) -> None:
    receipt = read_refusal(Answer(status=status, headers={}, body=body))

    assert receipt.kind is ReceiptKind.REFUSED
    assert "\0" not in receipt.detail
    assert receipt.fault is not Fault.DEAD_ADDRESS or b"personalizations" in body
