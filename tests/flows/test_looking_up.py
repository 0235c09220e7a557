"""What a provider shows of its own account settles what nobody answered, before a person is asked."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from channels.accounts import SendGridAccount, TwilioAccount
from channels.address import Channel
from channels.events import EventKind
from channels.lookup import Sought
from channels.sendgrid_email import SendGridEmail
from channels.sendgrid_lookup import SendGridLookup
from channels.standin import StandIn
from channels.standin.faults import Fault, FaultKind
from channels.transport import Timeouts, Transport
from channels.twilio_lookup import TwilioLookup
from channels.twilio_sms import TwilioSms
from engine.flows.absorb import receive
from engine.flows.advance import advance
from engine.flows.claiming import FIRST
from engine.flows.deliver import deliver
from engine.flows.receipts import FIRST_LOOK
from engine.flows.reconcile import LOOK_AGAIN, RECONCILE_WINDOW, reconcile
from engine.flows.vouching import asked_for, vouch
from engine.store import tables as t
from engine.store.database import Connection
from tests.flows.story import BOB, SECOND, Story

NUMBER = "+15035550100"
TEXT_FIRST = """\
name: text-first
enter: {when: lead.created, if: "lead.source == 'text'"}
stages:
  - {id: text, sms: hi}
"""


@pytest.fixture
def standin(story: Story) -> Iterator[StandIn]:
    """Return the far side, on the story's own clock."""
    with StandIn(now=story.now) as running:
        yield running


@pytest.fixture
def real(story: Story, standin: StandIn) -> Iterator[Story]:
    """Return a story whose email goes by SendGrid and whose texts go by Twilio; answers are waited for a moment."""
    transport = Transport(timeouts=Timeouts(total_seconds=1.0, silence_seconds=0.3))
    twilio = TwilioAccount(
        sid=standin.twilio_sid,
        auth_token=standin.twilio_token,
        public_url="https://seller.example",
        url=standin.twilio_url,
    )
    sendgrid = SendGridAccount(api_key=standin.sendgrid_api_key, url=standin.sendgrid_url)
    adapters: dict[Any, Any] = {
        ("twilio", Channel.SMS): TwilioSms(transport, twilio),
        ("sendgrid", Channel.EMAIL): SendGridEmail(transport, sendgrid),
    }
    lookups: dict[Any, Any] = {
        ("twilio", Channel.SMS): TwilioLookup(lambda: transport, twilio, Channel.SMS),
        ("sendgrid", Channel.EMAIL): SendGridLookup(lambda: transport, sendgrid),
    }
    for channel, provider, address in (("sms", "twilio", NUMBER), ("email", "sendgrid", "hello@seller.example")):
        values = {"provider": provider, "address": address}
        story.write(partial(_change_sender, channel, values))
    for asked in asked_for(story.kit.rulebook):  # real texts leave only where somebody vouches for the campaign
        vouch(story.kit, asked, by="ann")
    story.plan(TEXT_FIRST)
    yield replace(story, kit=replace(story.kit, adapters=adapters, lookups=lookups))
    transport.close()


def _change_sender(channel: str, values: dict[str, str], connection: Connection) -> None:
    connection.execute(t.senders.update().where(t.senders.c.channel == channel).values(**values))


def leaves_without_answer(real: Story, standin: StandIn, **lead: Any) -> str:
    """Let a first message leave, be taken, and never be answered; return its id."""
    standin.faults.add(FaultKind.SILENT, times=1)
    real.arrives(**lead)
    advance(real.kit)
    deliver(real.kit, FIRST)
    (message,) = real.messages(state="sending")
    assert len(standin.account) == 1
    return str(message["id"])


@pytest.mark.parametrize("source", ["text", "web-form"])
def test_what_the_provider_shows_is_accepted_and_no_person_is_asked(real: Story, standin: StandIn, source: str) -> None:
    message_id = leaves_without_answer(real, standin, source=source)

    real.pass_time(FIRST_LOOK)

    assert reconcile(real.kit) == 1
    (taken,) = standin.account.accepted
    message = real.message(id=message_id)
    assert (message["state"], message["provider_id"]) == ("accepted", taken.provider_id)
    assert [row["outcome"] for row in real.rows(t.attempts)] == ["accepted"]
    assert real.tasks(kind="review") == []
    assert len(standin.account) == 1


def test_a_worker_that_died_after_the_call_is_made_up_for_too(real: Story, standin: StandIn) -> None:
    message_id = leaves_without_answer(real, standin, source="text")
    real.write(
        lambda connection: connection.execute(t.messages.update().values(due_at=real.now() + timedelta(seconds=90)))
    )

    real.pass_time(timedelta(seconds=90))
    reconcile(real.kit)

    assert real.message(id=message_id)["state"] == "accepted"


def test_two_same_texts_prove_nothing_and_a_person_is_asked_in_the_end(real: Story, standin: StandIn) -> None:
    message_id = leaves_without_answer(real, standin, source="text")
    (text,) = standin.twilio.texts.find(lambda _text: True)
    standin.twilio.texts.put(replace(text, sid="SM" + "7" * 32))

    real.pass_time(FIRST_LOOK)
    assert reconcile(real.kit) == 0
    assert real.message(id=message_id)["state"] == "sending"
    real.pass_time(RECONCILE_WINDOW)
    assert reconcile(real.kit) == 1

    assert real.message(id=message_id)["state"] == "unknown"
    assert len(real.tasks(kind="review")) == 1
    (attempt,) = real.rows(t.attempts)
    assert "Timeout" in attempt["detail"] or "timeout" in attempt["detail"].lower()


def test_two_of_ours_to_one_number_are_not_told_apart(real: Story, standin: StandIn) -> None:
    leaves_without_answer(real, standin, source="text")
    standin.faults.add(Fault(kind=FaultKind.SILENT, accepts=False), times=1)
    real.plan(
        TEXT_FIRST.replace("text-first", "text-second").replace("'text'", "'second'").replace("hi", "help-answer")
    )
    real.arrives(BOB, phone="+12125550101", source="second")
    advance(real.kit)
    deliver(real.kit, FIRST)

    real.pass_time(FIRST_LOOK)

    assert reconcile(real.kit) == 0
    assert [message["state"] for message in real.messages()] == ["sending", "sending"]


def test_a_text_that_is_another_messages_is_not_this_one(real: Story, standin: StandIn) -> None:
    message_id = leaves_without_answer(real, standin, source="text")
    (taken,) = standin.account.accepted
    other = real.arrives(BOB)
    advance(real.kit)
    real.write(
        lambda connection: connection.execute(
            t.messages.update()
            .where(t.messages.c.lead_id == other)
            .values(provider="twilio", provider_id=taken.provider_id)
        )
    )

    real.pass_time(FIRST_LOOK)

    assert reconcile(real.kit) == 0
    assert real.message(id=message_id)["state"] == "sending"


@pytest.mark.parametrize("kind", [FaultKind.FAIL, FaultKind.RESET_LATE, FaultKind.SILENT, FaultKind.MALFORMED])
def test_a_lookup_that_fails_changes_nothing_and_is_tried_again(real: Story, standin: StandIn, kind: FaultKind) -> None:
    message_id = leaves_without_answer(real, standin, source="text")
    standin.faults.add(kind, reads=True)
    real.pass_time(FIRST_LOOK)

    assert reconcile(real.kit) == 0
    assert real.message(id=message_id)["state"] == "sending"
    standin.faults.clear()
    real.pass_time(LOOK_AGAIN)
    assert reconcile(real.kit) == 1

    assert real.message(id=message_id)["state"] == "accepted"


def test_what_the_provider_never_took_ends_in_doubt_and_is_not_sent_again(real: Story, standin: StandIn) -> None:
    standin.faults.add(Fault(kind=FaultKind.SILENT, accepts=False), times=1)
    real.arrives(source="text")
    advance(real.kit)
    deliver(real.kit, FIRST)

    for _ in range(10):
        real.pass_time(LOOK_AGAIN)
        real.run()

    assert real.message()["state"] == "unknown"
    assert len(standin.account) == 0


def test_an_account_without_a_feed_leaves_it_to_a_person(real: Story, standin: StandIn) -> None:
    message_id = leaves_without_answer(real, standin)
    standin.sendgrid.activity.is_offered = False

    real.pass_time(FIRST_LOOK)
    assert reconcile(real.kit) == 0
    real.pass_time(RECONCILE_WINDOW + SECOND)
    reconcile(real.kit)

    assert real.message(id=message_id)["state"] == "unknown"


def mail_leaves_without_answer(real: Story, standin: StandIn) -> str:
    """Let a mail leave, too, that is never answered; return its id."""
    standin.faults.add(FaultKind.SILENT, times=1)
    real.arrives(BOB)
    advance(real.kit)
    deliver(real.kit, FIRST)
    (message,) = real.messages(channel="email", state="sending")
    return str(message["id"])


@dataclass(kw_only=True)
class Meanwhile:
    """A lookup that finds nothing, and lets something happen before it says so."""

    happens: Callable[[], None]
    asked: int = 0

    def find(self, _sought: Sought) -> str | None:
        """Return nothing, in the end."""
        self.asked += 1
        self.happens()
        return None


def test_a_provider_that_takes_its_time_delays_nothing_else(real: Story, standin: StandIn) -> None:
    leaves_without_answer(real, standin, source="text")
    mail_id = mail_leaves_without_answer(real, standin)
    receive(real.kit, [real.hear(EventKind.DELIVERED, message_id=mail_id)])
    states: list[str] = []
    slow = Meanwhile(happens=lambda: states.append(real.message(id=mail_id)["state"]))
    kit = replace(real.kit, lookups={("twilio", Channel.SMS): slow})

    real.pass_time(FIRST_LOOK)
    reconcile(kit)

    assert states == ["accepted"]


def test_what_is_abandoned_meanwhile_is_looked_at_the_next_time(real: Story, standin: StandIn) -> None:
    leaves_without_answer(real, standin, source="text")
    real.pass_time(FIRST_LOOK)
    mail_id = mail_leaves_without_answer(real, standin)
    slow = Meanwhile(happens=lambda: real.pass_time(FIRST_LOOK))
    kit = replace(real.kit, lookups={("twilio", Channel.SMS): slow})

    reconcile(kit)

    assert slow.asked == 1
    assert real.message(id=mail_id)["due_at"] <= real.now()
