"""Mail through a server keeps the promises of an adapter, however the conversation is kept secret."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from channels.accounts import Security, SmtpServer
from channels.address import Channel
from channels.message import Fault, Outbound, ReceiptKind
from channels.smtp_email import SmtpEmail
from channels.smtp_pool import Limits
from channels.transport import Transport
from tests.channels.contract import PROMISES, Bench, CountingDeadline, MakeBench, Mood, batch_for, send_all
from tests.channels.relays import PASSWORD, Certificates, Relay, as_bytes, certificates, running_relay
from tests.databases import START
from tests.servers import free_port

QUICK = Limits(opening_seconds=5.0, step_seconds=5.0, end_seconds=0.3)


@pytest.fixture(scope="module")
def tls() -> Certificates:
    return certificates()


@pytest.fixture
def running() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def adapter_for(running: ExitStack, server: SmtpServer, tls: Certificates) -> SmtpEmail:
    transport = Transport()
    running.callback(transport.close)
    return SmtpEmail(transport, server, now=lambda: START, limits=QUICK, trust=tls.client)


@pytest.mark.parametrize("security", Security)
@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_a_mail_server_keeps_the_promises_of_an_adapter(
    promise: Callable[[MakeBench], None], security: Security, tls: Certificates, running: ExitStack
) -> None:
    def make(mood: Mood) -> Bench:
        relay = Relay(mood)
        server = running.enter_context(running_relay(relay, security, tls))
        return Bench(adapter=adapter_for(running, server, tls), arrived=relay.arrived)

    promise(make)


@pytest.mark.parametrize("security", Security)
def test_a_conversation_is_as_secret_as_the_setting_says(
    security: Security, tls: Certificates, running: ExitStack
) -> None:
    relay = Relay(Mood.WILLING)
    server = running.enter_context(running_relay(relay, security, tls))
    bench = Bench(adapter=adapter_for(running, server, tls), arrived=relay.arrived)

    send_all(bench, batch_for(Channel.EMAIL, size=1), CountingDeadline(bench))

    assert relay.was_secret == [security is not Security.NONE]


def test_what_arrives_is_addressed_as_the_message_says(tls: Certificates, running: ExitStack) -> None:
    relay = Relay(Mood.WILLING)
    server = running.enter_context(running_relay(relay, Security.NONE, tls))
    bench = Bench(adapter=adapter_for(running, server, tls), arrived=relay.arrived)
    [outbound] = batch_for(Channel.EMAIL, size=1)

    [receipt] = send_all(bench, [outbound], CountingDeadline(bench)).values()

    [envelope] = relay.taken
    assert (envelope.mail_from, envelope.rcpt_tos) == (outbound.sender, [outbound.to])
    assert receipt.provider_id == f"{outbound.id}@seller.example"
    assert receipt.detail == "250 2.0.0 Ok: queued as 4F1A2B3C"


def test_an_international_address_goes_where_the_server_takes_it(tls: Certificates, running: ExitStack) -> None:
    relay = Relay(Mood.WILLING)
    server = running.enter_context(running_relay(relay, Security.NONE, tls))
    bench = Bench(adapter=adapter_for(running, server, tls), arrived=relay.arrived)
    [outbound] = batch_for(Channel.EMAIL, size=1)

    [receipt] = send_all(bench, [replace(outbound, to="jörg@müller.de")], CountingDeadline(bench)).values()

    [envelope] = relay.taken
    assert receipt.kind is ReceiptKind.ACCEPTED
    assert envelope.rcpt_tos == ["jörg@xn--mller-kva.de"]
    assert 'To: "Lead 0" <jörg@xn--mller-kva.de>\r\n'.encode() in as_bytes(envelope)


@pytest.mark.parametrize(
    ("change", "fault", "said"),
    [
        ({"to": "ann"}, Fault.CONTENT, "the lead's address"),
        ({"to": "ann@a..b"}, Fault.CONTENT, "the lead's address"),
        ({"to": "ann>@example.com"}, Fault.CONTENT, "the lead's address"),
        ({"to": "ann@example.com\r\nRCPT TO:<bob@example.com"}, Fault.CONTENT, "the lead's address"),
        ({"sender": "nobody"}, Fault.CONFIGURATION, "the sender's address"),
        ({"reply_to": "x y@example.com"}, Fault.CONFIGURATION, "Reply-To"),
    ],
    ids=str,
)
def test_what_cannot_be_addressed_is_refused_without_a_word_to_the_server(
    change: dict[str, str], fault: Fault, said: str, tls: Certificates, running: ExitStack
) -> None:
    relay = Relay(Mood.WILLING)
    server = running.enter_context(running_relay(relay, Security.NONE, tls))
    bench = Bench(adapter=adapter_for(running, server, tls), arrived=relay.arrived)
    deadline = CountingDeadline(bench)
    [bad, good] = batch_for(Channel.EMAIL, size=2)

    receipts = send_all(bench, [replace(bad, **change), good], deadline)  # type: ignore[arg-type]

    assert (receipts[bad.id].fault, receipts[good.id].kind) == (fault, ReceiptKind.ACCEPTED)
    assert said in receipts[bad.id].detail
    assert deadline.asked == [good.attempt_id]


def only_receipt(adapter: SmtpEmail, batch: list[Outbound]) -> tuple[ReceiptKind, Fault | None, str, int]:
    bench = Bench(adapter=adapter, arrived=list)
    deadline = CountingDeadline(bench)
    receipts = send_all(bench, batch, deadline)
    [(kind, fault, detail)] = {(receipt.kind, receipt.fault, receipt.detail) for receipt in receipts.values()}
    return kind, fault, detail, len(deadline.asked)


def test_a_wrong_password_is_the_operators_to_mend(tls: Certificates, running: ExitStack) -> None:
    server = running.enter_context(running_relay(Relay(Mood.WILLING), Security.STARTTLS, tls))
    adapter = adapter_for(running, replace(server, password="guessed-wrong"), tls)

    kind, fault, detail, asked = only_receipt(adapter, batch_for(Channel.EMAIL))

    assert (kind, fault, asked) == (ReceiptKind.REFUSED, Fault.CONFIGURATION, 0)
    assert detail.startswith("SMTP_URL: the mail server refused the login: 535")
    assert "guessed-wrong" not in detail
    assert PASSWORD not in detail


def test_a_certificate_that_nobody_vouches_for_ends_the_conversation(tls: Certificates, running: ExitStack) -> None:
    for security in (Security.STARTTLS, Security.IMPLICIT):
        relay = Relay(Mood.WILLING)
        server = running.enter_context(running_relay(relay, security, certificates()))

        kind, fault, detail, asked = only_receipt(adapter_for(running, server, tls), batch_for(Channel.EMAIL))

        assert (kind, fault, asked) == (ReceiptKind.REFUSED, Fault.CONFIGURATION, 0), detail
        assert detail.startswith("SMTP_URL: the mail server's certificate is not valid")
        assert relay.taken == []


def test_a_certificate_for_another_name_is_none(running: ExitStack) -> None:
    elsewhere = certificates("mail.elsewhere.test")
    server = running.enter_context(running_relay(Relay(Mood.WILLING), Security.IMPLICIT, elsewhere))

    kind, fault, _, _ = only_receipt(adapter_for(running, server, elsewhere), batch_for(Channel.EMAIL))

    assert (kind, fault) == (ReceiptKind.REFUSED, Fault.CONFIGURATION)


def test_without_starttls_nothing_is_said_in_the_clear(tls: Certificates, running: ExitStack) -> None:
    relay = Relay(Mood.WILLING)
    server = running.enter_context(running_relay(relay, Security.NONE, tls))

    kind, fault, detail, asked = only_receipt(
        adapter_for(running, replace(server, security=Security.STARTTLS), tls), batch_for(Channel.EMAIL)
    )

    assert (kind, fault, asked) == (ReceiptKind.REFUSED, Fault.CONFIGURATION, 0)
    assert "STARTTLS" in detail


def test_a_server_that_is_not_there_leaves_everything_unstarted(tls: Certificates, running: ExitStack) -> None:
    nowhere = SmtpServer(host="127.0.0.1", port=free_port(), security=Security.STARTTLS)

    kind, _, detail, asked = only_receipt(adapter_for(running, nowhere, tls), batch_for(Channel.EMAIL, size=9))

    assert (kind, asked) == (ReceiptKind.NEVER_STARTED, 0)
    assert detail == "the mail server could not be reached: SMTPConnectError"
