"""The whole way: SendGrid refuses on the wire, the mail server takes the same message once, by both accounts' own word."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from channels.accounts import SendGridAccount, read_smtp_url
from channels.address import Channel
from channels.sendgrid_email import SendGridEmail
from channels.smtp_email import SmtpEmail
from channels.standin import StandIn
from channels.standin.account import Provider
from channels.standin.faults import Fault, FaultKind
from channels.transport import Timeouts, Transport
from engine.domain.breaker import FAILURES_MAX
from engine.flows.claiming import MAIN
from engine.flows.deliver import deliver
from engine.store import senders
from engine.store import tables as t
from tests.flows.story import HOUR, MINUTE, Story
from tests.flows.test_claiming import wait_in_line

DOWN = Fault(kind=FaultKind.FAIL, status=503, accepts=False)
WRONG_KEY = Fault(kind=FaultKind.REFUSE, status=401)
THROTTLED = Fault(kind=FaultKind.THROTTLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """A story whose mail goes by a SendGrid that can fail, with a mail server beside it; *standin* keeps both accounts."""

    story: Story
    standin: StandIn

    def taken_by(self) -> Counter[tuple[str, str]]:
        """Return how often each provider took each message."""
        return Counter((one.provider, str(one.message_id)) for one in self.standin.account.accepted)


@pytest.fixture
def wire(story: Story) -> Iterator[Wire]:
    with StandIn(now=story.now) as standin:
        transport = Transport(timeouts=Timeouts(total_seconds=2.0, silence_seconds=1.0))
        sendgrid = SendGridAccount(api_key=standin.sendgrid_api_key, url=standin.sendgrid_url)
        adapters: dict[Any, Any] = {
            ("sendgrid", Channel.EMAIL): SendGridEmail(transport, sendgrid),
            ("smtp", Channel.EMAIL): SmtpEmail(transport, read_smtp_url(standin.smtp_url), now=story.now),
        }
        story.kit = replace(story.kit, adapters={**story.kit.adapters, **adapters})
        ids = [_add(story, provider) for provider in ("sendgrid", "smtp")]
        yield Wire(story=story, standin=standin)
        assert len(set(ids)) == len(ids)
        transport.close()


def _add(story: Story, provider: str) -> str:
    row = senders.new_row(
        sender_id=story.kit.ids.new(), channel=Channel.EMAIL, provider=provider, address="hello@seller.example",
        name="Seller", rate_per_second=100.0, daily_max=None, now=story.now(),
    )  # fmt: skip
    story.write(lambda connection: senders.add(connection, row))
    story.pass_time(timedelta(seconds=1))
    return str(row["id"])


def wait(wire: Wire, how_many: int) -> None:
    """Let so many messages wait that were planned for SendGrid."""
    wait_in_line(wire.story, how_many)
    first = wire.story.rows(t.senders, provider="sendgrid")[0]["id"]
    wire.story.write(lambda connection: connection.execute(t.messages.update().values(sender_id=first)))


@pytest.mark.parametrize("fault", [WRONG_KEY, THROTTLED], ids=["401", "429"])
def test_what_sendgrid_refuses_the_mail_server_takes_once(wire: Wire, fault: Fault) -> None:
    wait(wire, FAILURES_MAX + 3)
    wire.standin.faults.add(fault, provider="sendgrid")

    wire.story.live(HOUR)

    messages = wire.story.messages()
    assert {(row["state"], row["provider"]) for row in messages} == {("accepted", "smtp")}
    assert wire.taken_by() == Counter({(Provider.SMTP, row["id"]): 1 for row in messages})


@pytest.mark.parametrize("fault", [WRONG_KEY, THROTTLED], ids=["401", "429"])
def test_one_message_alone_is_not_left_to_a_failing_provider(wire: Wire, fault: Fault) -> None:
    wait(wire, 1)
    wire.standin.faults.add(fault, provider="sendgrid")

    wire.story.live(10 * MINUTE)

    message = wire.story.message()
    assert wire.taken_by() == Counter({(Provider.SMTP, message["id"]): 1})


def test_an_answer_that_proves_nothing_moves_nothing(wire: Wire) -> None:
    """A 503 may come from a proxy behind which the mail was taken, so what met one is never given to another."""
    wait(wire, FAILURES_MAX + 3)
    wire.standin.faults.add(DOWN, provider="sendgrid")

    deliver(wire.story.kit, MAIN, limit=FAILURES_MAX)
    wire.story.live(HOUR)

    doubtful = {row["id"] for row in wire.story.messages(state="unknown")}
    assert len(doubtful) >= FAILURES_MAX
    assert len(wire.taken_by()) == FAILURES_MAX + 3 - len(doubtful)
    assert {message_id for (_, message_id) in wire.taken_by()}.isdisjoint(doubtful)
    assert set(wire.taken_by().values()) == {1}
