"""Every adapter that speaks HTTP keeps the promises of an adapter, against the stand-in."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from channels.accounts import SendGridAccount, TwilioAccount
from channels.adapter import Adapter
from channels.sendgrid_email import SendGridEmail
from channels.standin import StandIn
from channels.transport import Timeouts, Transport
from channels.twilio_sms import TwilioSms
from channels.twilio_voice import TwilioVoicemail
from tests.channels.contract import PROMISES, Bench, MakeBench, Mood

PUBLIC_URL = "https://hello.seller.example"
MakeAdapter = Callable[[Transport, StandIn], Adapter]


def sendgrid(transport: Transport, standin: StandIn) -> Adapter:
    return SendGridEmail(transport, SendGridAccount(api_key=standin.sendgrid_api_key, url=standin.sendgrid_url))


def twilio_account(standin: StandIn) -> TwilioAccount:
    return TwilioAccount(
        sid=standin.twilio_sid, auth_token=standin.twilio_token, public_url=PUBLIC_URL, url=standin.twilio_url
    )


def twilio_sms(transport: Transport, standin: StandIn) -> Adapter:
    return TwilioSms(transport, twilio_account(standin))


def twilio_voice(transport: Transport, standin: StandIn) -> Adapter:
    return TwilioVoicemail(transport, twilio_account(standin))


ADAPTERS: tuple[MakeAdapter, ...] = (sendgrid, twilio_sms, twilio_voice)


@pytest.fixture
def on_loopback() -> Iterator[Callable[[MakeAdapter, Mood], Bench]]:
    """Return what makes a bench with a stand-in of its own."""
    with ExitStack() as stack:

        def make(make_adapter: MakeAdapter, mood: Mood) -> Bench:
            standin = stack.enter_context(StandIn())
            {
                Mood.WILLING: standin.faults.be_willing,
                Mood.REFUSING: standin.faults.be_refusing,
                Mood.SILENT: standin.faults.be_silent,
            }[mood]()
            transport = Transport(timeouts=Timeouts(silence_seconds=0.3 if mood is Mood.SILENT else 25))
            stack.callback(transport.close)
            return Bench(adapter=make_adapter(transport, standin), arrived=standin.account.message_ids)

        yield make


@pytest.mark.parametrize("make_adapter", ADAPTERS, ids=lambda one: one.__name__)
@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_an_adapter_over_http_keeps_the_promises(
    promise: Callable[[MakeBench], None],
    make_adapter: MakeAdapter,
    on_loopback: Callable[[MakeAdapter, Mood], Bench],
) -> None:
    promise(lambda mood: on_loopback(make_adapter, mood))
