"""The stand-in as a mail relay: what it takes and refuses, its logins and its TLS, and what comes back."""

import smtplib
import ssl
from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest
import trustme

from channels.accounts import Security, read_smtp_url
from channels.inbound.mail import InboundMail
from channels.standin import StandIn, does
from channels.webhooks import sendgrid_inbound
from tests.channels.standin.listener import Listener

OUR_ID = "01890000-0000-7000-8000-000000000001"
FROM, ANN = "hello@seller.example", "ann@example.com"


def _mail(to: str = ANN) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = FROM, to, "Your question \u2764"
    mail["Message-ID"] = f"<{OUR_ID}@seller.example>"
    mail["Reply-To"] = "reply+abcd@seller.example"
    mail.set_content("An answer.\n")
    mail.add_alternative("<p>An answer.</p>\n", subtype="html")
    return mail


def _connect(standin: StandIn) -> smtplib.SMTP:
    # Without a name of its own the library would ask DNS for one.
    return smtplib.SMTP("127.0.0.1", urlsplit(standin.smtp_url).port or 0, "tests.test")


def _send(standin: StandIn, to: str = ANN) -> None:
    with _connect(standin) as server:
        server.send_message(_mail(to))


def test_a_mail_is_kept_whole_and_under_our_id(standin: StandIn) -> None:
    _send(standin)

    [kept] = standin.account.of("smtp")
    assert (kept.message_id, kept.to, kept.sender, kept.subject) == (OUR_ID, ANN, FROM, "Your question \u2764")
    assert (kept.text, kept.html) == ("An answer.\n", "<p>An answer.</p>\n")
    assert kept.raw.encode("latin-1").startswith(b"From: hello@seller.example\r\n")
    assert kept.header("reply-to") == "reply+abcd@seller.example"


def test_its_address_is_read_as_an_installation_would(standin: StandIn) -> None:
    server = read_smtp_url(standin.smtp_url)

    assert (server.host, server.security, server.user) == ("127.0.0.1", Security.NONE, None)


def test_nobody_lives_at_an_address_that_is_scripted_so(standin: StandIn) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        _send(standin, "refuse+ann@example.com")

    assert refused.value.recipients["refuse+ann@example.com"][0] == 550
    assert len(standin.account) == 0


@pytest.mark.parametrize(
    ("fault", "code", "kept"),
    [("throttle", 451, 0), ("fail", 421, 0), ("refuse", 550, 0), ("malformed", -1, 1)],
)
def test_faults_answer_after_the_data(standin: StandIn, fault: str, code: int, kept: int) -> None:
    standin.faults.add(fault, provider="smtp", times=1)

    with pytest.raises(smtplib.SMTPResponseException) as refused:
        _send(standin)

    assert (refused.value.smtp_code, len(standin.account)) == (code, kept)
    _send(standin)
    assert len(standin.account) == kept + 1


@pytest.mark.parametrize(("fault", "kept"), [("reset_early", 0), ("reset_late", 1)])
def test_a_reset_ends_the_conversation_with_or_without_the_mail(standin: StandIn, fault: str, kept: int) -> None:
    standin.faults.add(fault, provider="smtp", times=1)

    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionResetError)):
        _send(standin)

    assert len(standin.account) == kept


def test_a_silent_relay_keeps_the_mail_and_never_answers(standin: StandIn) -> None:
    standin.faults.be_silent()

    server = smtplib.SMTP("127.0.0.1", urlsplit(standin.smtp_url).port or 0, "tests.test", timeout=0.3)
    with server, pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
        server.send_message(_mail())

    assert len(standin.account) == 1


@pytest.fixture
def certificates() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return what a server on loopback proves itself with, and what trusts it."""
    authority = trustme.CA()
    server, client = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(server)
    authority.configure_trust(client)
    return server, client


def test_a_relay_with_a_certificate_insists_on_tls_and_a_login(
    certificates: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    tls, trust = certificates
    with StandIn(smtp_tls=tls, smtp_login=("seller", "secret")) as standin:
        account = read_smtp_url(standin.smtp_url)
        assert (account.security, account.user) == (Security.STARTTLS, "seller")

        with _connect(standin) as server:
            with pytest.raises(smtplib.SMTPException):
                server.send_message(_mail())
            server.starttls(context=trust)
            with pytest.raises(smtplib.SMTPAuthenticationError):
                server.login("seller", "wrong")
        with _connect(standin) as server:
            server.starttls(context=trust)
            server.login("seller", "secret")
            server.send_message(_mail())

        assert len(standin.account) == 1


def test_a_relay_with_a_certificate_also_speaks_tls_from_the_first_byte(
    certificates: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    tls, trust = certificates
    with StandIn(smtp_tls=tls) as standin:
        with smtplib.SMTP_SSL(
            "127.0.0.1", urlsplit(standin.smtps_url).port or 0, "tests.test", context=trust
        ) as server:
            server.send_message(_mail())

        assert len(standin.account) == 1


def test_a_relay_in_the_clear_may_ask_for_a_login_too() -> None:
    with StandIn(smtp_login=("seller", "secret")) as standin:
        with _connect(standin) as server:
            with pytest.raises(smtplib.SMTPSenderRefused):
                server.send_message(_mail())
            server.login("seller", "secret")
            server.send_message(_mail())

        assert len(standin.account) == 1


def test_a_bounce_comes_back_as_a_report_to_the_envelopes_sender(standin: StandIn, engine: Listener) -> None:
    standin.leads.script(ANN, does("bounced"))
    _send(standin)
    standin.settle()

    [came] = engine.at("/webhooks/sendgrid/inbound")
    read = sendgrid_inbound.parse(came.headers["Content-Type"], came.body)
    assert isinstance(read, InboundMail)
    assert (read.envelope_from, read.to[0].address, read.in_reply_to) == ("", FROM, (f"{OUR_ID}@seller.example",))
    assert "5.1.1" in read.reports[0].text


def test_a_lead_answers_a_mail_that_came_by_the_relay(standin: StandIn, engine: Listener) -> None:
    standin.leads.script(ANN, does("delivered"), does("replied", "Yes"))
    _send(standin)
    standin.settle()

    [came] = engine.came
    assert b"reply+abcd@seller.example" in came.body


def test_a_client_that_leaves_without_a_word_harms_nobody(standin: StandIn) -> None:
    _connect(standin).close()

    _send(standin)

    assert len(standin.account) == 1
