"""The doctor asks providers, DNS and our own address: against the stand-in and a name server on loopback."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import dns.resolver
import pytest

from channels.errors import Unavailable
from channels.standin.standin import StandIn
from channels.transport import Answer, Request, Transport
from engine.cli.doctor_live import Outside, examine_live
from engine.cli.findings import Finding
from engine.settings import Settings
from engine.store import tables as t
from engine.store.senders import Sender, _sender, new_row
from tests.databases import START
from tests.nameserver import running_nameserver

ZONE = {
    ("seller.io.", "TXT"): ['"v=spf1 include:sendgrid.net ~all"'],
    ("s1._domainkey.seller.io.", "TXT"): ['"p=MIIB"'],
    ("_dmarc.seller.io.", "TXT"): ['"v=DMARC1; p=none"'],
    ("reply.seller.io.", "MX"): ["10 mx.sendgrid.net."],
}


@pytest.fixture(scope="module")
def standin() -> Iterator[StandIn]:
    """Return SendGrid and Twilio on loopback."""
    with StandIn() as standin:
        yield standin


@pytest.fixture(scope="module")
def transport() -> Iterator[Transport]:
    """Return the wire."""
    transport = Transport()
    yield transport
    transport.close()


@pytest.fixture(scope="module")
def resolver() -> Iterator[dns.resolver.Resolver]:
    """Return a resolver that knows ZONE."""
    with running_nameserver(ZONE) as resolver:
        yield resolver


class _Ours(BaseHTTPRequestHandler):
    """Answers as our web server does when it is asked whether it lives."""

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"status": "live"}).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's own name
        """Say nothing."""


@pytest.fixture(scope="module")
def our_address() -> Iterator[str]:
    """Return where something answers as ours does."""
    with HTTPServer(("127.0.0.1", 0), _Ours) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def sender(provider: str, channel: Any, address: str) -> Sender:
    """Return a sender, as the database would."""
    row = new_row(
        sender_id="s", channel=channel, provider=provider, address=address, name="", rate_per_second=1, daily_max=None,
        now=START,
    )  # fmt: skip
    return _sender(dict.fromkeys(t.senders.c.keys()) | row)  # type: ignore[arg-type]


MAILBOX = sender("sendgrid", "email", "hello@seller.io")
NUMBER = sender("twilio", "sms", "+14155239999")


def told(
    settings: dict[str, Any], transport: Transport, resolver: Any = None, found: tuple[Sender, ...] = (MAILBOX,)
) -> dict[str, Finding]:
    """Return what the doctor finds, by check."""
    outside = Outside(fetch=transport.fetch, resolver=resolver)
    return {one.check: one for one in examine_live(Settings(_env_file=None, **settings), found, outside)}


def keys(standin: StandIn, **changes: str) -> dict[str, Any]:
    """Return settings with keys that are right, and *changes*."""
    usual = {
        "sendgrid_api_key": standin.sendgrid_api_key,
        "sendgrid_url": standin.sendgrid_url,
        "sendgrid_webhook_keys": standin.sendgrid_webhook_key,
        "sendgrid_inbound_keys": standin.sendgrid_inbound_key,
        "twilio_account_sid": standin.twilio_sid,
        "twilio_auth_token": standin.twilio_token,
        "twilio_url": standin.twilio_url,
        "reply_domain": "reply.seller.io",
    }
    return {**usual, **changes}


def test_right_keys_and_records_are_well(
    standin: StandIn, transport: Transport, resolver: dns.resolver.Resolver, our_address: str
) -> None:
    found = told(keys(standin, public_url=our_address), transport, resolver)

    wrong = {check for check, one in found.items() if not one.ok}
    assert wrong == {"public address"}  # loopback, so that nobody outside reaches it
    assert found["callbacks"].ok
    assert {"sendgrid key", "twilio keys", "reply domain", "SPF of seller.io", "DKIM of seller.io"} <= set(found)


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"sendgrid_api_key": "SG.wrong"}, "sendgrid key"),
        ({"sendgrid_webhook_keys": ""}, "sendgrid events"),
        ({"sendgrid_inbound_keys": ""}, "inbound mail"),
        ({"reply_domain": "elsewhere.io"}, "reply domain"),
        ({"twilio_auth_token": "wrong"}, "twilio keys"),
        ({"twilio_auth_token": None}, "twilio keys"),
        ({"public_url": None}, "public address"),
    ],
)
def test_what_is_wrong_is_named_with_what_to_do(
    changes: dict[str, Any], check: str, standin: StandIn, transport: Transport, resolver: dns.resolver.Resolver
) -> None:
    found = told({**keys(standin), **changes}, transport, resolver)[check]

    assert not found.ok
    assert found.remedy or "set both" in found.detail
    assert standin.twilio_token not in found.detail


def test_a_number_that_is_not_the_accounts_is_wrong(standin: StandIn, transport: Transport) -> None:
    assert not told(keys(standin), transport, found=(NUMBER,))["number +14155239999"].ok


def test_an_address_that_another_program_answers_is_wrong(standin: StandIn, transport: Transport) -> None:
    assert not told(keys(standin, public_url=standin.twilio_url), transport)["callbacks"].ok


def test_without_a_network_nothing_is_wrong_that_could_not_be_asked(standin: StandIn) -> None:
    def nobody(_request: Request) -> Answer:
        raise Unavailable("no network")

    outside = Outside(fetch=nobody, resolver=None)
    settings = Settings(_env_file=None, **keys(standin))

    found = {one.check: one for one in examine_live(settings, (MAILBOX, NUMBER), outside)}

    assert {check for check, one in found.items() if not one.ok} == {"public address"}
    assert "could not ask" in found["sendgrid key"].detail


def test_without_keys_nobody_is_asked() -> None:
    def never(_request: Request) -> Answer:
        raise AssertionError

    assert list(examine_live(Settings(_env_file=None), (), Outside(fetch=never, resolver=None))) == []


def test_a_mail_server_is_tried(transport: Transport, resolver: dns.resolver.Resolver) -> None:
    with StandIn(smtp_login=("ann", "right")) as standin:
        right = told({"smtp_url": standin.smtp_url}, transport, resolver, found=())
        wrong = told({"smtp_url": standin.smtp_url.replace("right", "wrong")}, transport, resolver, found=())

    assert right["mail server"].ok
    assert not wrong["mail server"].ok
    assert "wrong" not in wrong["mail server"].detail
