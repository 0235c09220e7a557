"""What providers show of their own accounts, read from the stand-in: what it proves, and what it does not."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from channels.accounts import SendGridAccount, TwilioAccount
from channels.address import Channel
from channels.errors import Unavailable
from channels.lookup import Lookup, Sought
from channels.message import MessageId
from channels.sendgrid_lookup import SendGridLookup
from channels.standin import StandIn
from channels.standin.faults import FaultKind
from channels.transport import Transport
from channels.twilio_lookup import PAGE, TwilioLookup
from tests.channels.standin.conftest import LEAD, SENDER, mail_to, twilio_client
from tests.channels.wires import Conversation, answer, far_end

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SERVICE = "MG" + "0" * 32


class Watch:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.at


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def standin(watch: Watch) -> Iterator[StandIn]:
    with StandIn(now=watch) as running:
        yield running


@pytest.fixture
def text(standin: StandIn) -> Callable[..., str]:
    """Return what sends a text, and returns its sid."""
    client = twilio_client(standin.twilio_sid, standin.twilio_token, standin.twilio_url)

    def send(**fields: Any) -> str:
        sid: str = client.messages.create(**{"to": LEAD, "from_": SENDER, "body": "Hello", **fields}).sid
        return sid

    return send


def account_of(standin: StandIn, **changes: Any) -> TwilioAccount:
    return TwilioAccount(
        sid=standin.twilio_sid,
        auth_token=standin.twilio_token,
        public_url="https://x.example",
        url=standin.twilio_url,
        **changes,
    )


def texts_of(transport: Transport, standin: StandIn, **changes: Any) -> TwilioLookup:
    return TwilioLookup(lambda: transport, account_of(standin, **changes), Channel.SMS)


def feed_of(transport: Transport, url: str, key: str) -> SendGridLookup:
    return SendGridLookup(lambda: transport, SendGridAccount(api_key=key, url=url))


def sought(**changes: Any) -> Sought:
    usual = {"message_id": MessageId("m-ann@example.com"), "channel": Channel.SMS, "to": LEAD, "sender": SENDER}
    span = {"since": NOON, "until": NOON + timedelta(seconds=2)}
    return Sought(**{**usual, "text": "Hello", **span, **changes})


def test_the_only_text_that_fits_is_the_one(transport: Transport, standin: StandIn, text: Callable[..., str]) -> None:
    sid = text()
    text(body="Hello again")
    text(to="+15035550121")
    text(from_="+15035550122")

    assert texts_of(transport, standin).find(sought()) == sid


def test_two_texts_that_fit_prove_nothing(transport: Transport, standin: StandIn, text: Callable[..., str]) -> None:
    text()
    text()

    assert texts_of(transport, standin).find(sought()) is None


def test_a_text_that_is_not_there_proves_nothing(transport: Transport, standin: StandIn) -> None:
    assert texts_of(transport, standin).find(sought()) is None


@pytest.mark.parametrize("apart", [timedelta(minutes=-3), timedelta(minutes=3)])
def test_a_text_of_another_time_is_another(
    transport: Transport, standin: StandIn, text: Callable[..., str], watch: Watch, apart: timedelta
) -> None:
    watch.at = NOON + apart
    text()

    assert texts_of(transport, standin).find(sought()) is None


def test_a_list_of_several_pages_proves_nothing(
    transport: Transport, standin: StandIn, text: Callable[..., str]
) -> None:
    text()
    for _ in range(PAGE):
        text(body="Another")

    assert texts_of(transport, standin).find(sought()) is None


def test_a_text_of_a_messaging_service_is_found_by_the_service(
    transport: Transport, standin: StandIn, text: Callable[..., str]
) -> None:
    text()
    client = twilio_client(standin.twilio_sid, standin.twilio_token, standin.twilio_url)
    sid = client.messages.create(to=LEAD, messaging_service_sid=SERVICE, body="Hello").sid

    assert texts_of(transport, standin, messaging_service=SERVICE).find(sought()) == sid


def test_the_only_call_is_the_one_and_a_second_hides_it(transport: Transport, standin: StandIn) -> None:
    client = twilio_client(standin.twilio_sid, standin.twilio_token, standin.twilio_url)
    calls = TwilioLookup(lambda: transport, account_of(standin), Channel.VOICEMAIL)
    wanted = sought(channel=Channel.VOICEMAIL, text="")

    sid = client.calls.create(to=LEAD, from_=SENDER, url="https://x.example/answer").sid
    assert calls.find(wanted) == sid
    client.calls.create(to=LEAD, from_=SENDER, url="https://x.example/answer")
    assert calls.find(wanted) is None


def mail(standin: StandIn, email: str) -> str:
    """Send a mail to *email*; return SendGrid's id of it."""
    keys = {"Authorization": f"Bearer {standin.sendgrid_api_key}"}
    sent = requests.post(f"{standin.sendgrid_url}/v3/mail/send", json=mail_to(email), headers=keys, timeout=10)
    return sent.headers["X-Message-Id"]


def test_a_mail_is_found_by_our_own_id(transport: Transport, standin: StandIn) -> None:
    mail(standin, "bob@example.com")
    own = mail(standin, "ann@example.com")
    feed = feed_of(transport, standin.sendgrid_url, standin.sendgrid_api_key)

    assert feed.find(sought()) == own
    assert feed.find(sought(message_id=MessageId("m-nobody"))) is None


def test_an_account_without_a_feed_tells_nothing(transport: Transport, standin: StandIn) -> None:
    mail(standin, "ann@example.com")
    standin.sendgrid.activity.is_offered = False

    assert feed_of(transport, standin.sendgrid_url, standin.sendgrid_api_key).find(sought()) is None
    assert feed_of(transport, standin.sendgrid_url, "SG.wrong").find(sought()) is None


@pytest.mark.parametrize("kind", [FaultKind.FAIL, FaultKind.THROTTLE, FaultKind.RESET_LATE])
def test_a_provider_that_fails_is_told_apart_from_one_that_knows_nothing(
    transport: Transport, standin: StandIn, text: Callable[..., str], kind: FaultKind
) -> None:
    text()
    standin.faults.add(kind, reads=True)

    with pytest.raises(Unavailable):
        texts_of(transport, standin).find(sought())
    with pytest.raises(Unavailable):
        feed_of(transport, standin.sendgrid_url, standin.sendgrid_api_key).find(sought())


@pytest.mark.parametrize("body", [b"", b"[]", b"7", b"<html>", b'{"messages": 7, "calls": {}}', b"[" * 100_000])
def test_nonsense_is_no_evidence(transport: Transport, standin: StandIn, body: bytes) -> None:
    def talk(conversation: Conversation, _request: bytes) -> None:
        conversation.say(answer(200, body))

    with far_end(talk) as wire:
        lookups: list[Lookup] = [
            TwilioLookup(lambda: transport, TwilioAccount(sid="AC", auth_token="x", public_url="", url=wire.url), one)
            for one in (Channel.SMS, Channel.VOICEMAIL)
        ]
        lookups.append(feed_of(transport, wire.url, "SG.x"))
        for lookup in lookups:
            with pytest.raises(Unavailable):
                lookup.find(sought())


def test_entries_that_are_nonsense_are_passed_over(transport: Transport, standin: StandIn) -> None:
    odd = b'{"messages": [7, {}, {"date_created": 5, "sid": null, "msg_id": null}, {"date_created": "no"}]}'

    def talk(conversation: Conversation, _request: bytes) -> None:
        conversation.say(answer(200, odd))

    with far_end(talk) as wire:
        account = TwilioAccount(sid="AC", auth_token="x", public_url="", url=wire.url)
        assert TwilioLookup(lambda: transport, account, Channel.SMS).find(sought()) is None
        assert feed_of(transport, wire.url, "SG.x").find(sought()) is None
