"""The sandbox keeps the promises of every adapter, and its own: a record of what it got, and scripts for a trial."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from channels.address import Channel
from channels.events import EventKind
from channels.message import AttemptId, Fault, Outbound, Receipt, ReceiptKind
from channels.sandbox import MemoryAccount, Refusal, Sandbox, take_everything
from channels.sandbox_script import answer_as_scripted, refuse_as_scripted
from tests.channels.contract import PROMISES, Bench, CountingDeadline, MakeBench, Mood, batch_for, send_all
from tests.databases import START

CHANNELS = (Channel.EMAIL, Channel.SMS, Channel.VOICEMAIL)


def refuse_everything(_message: Outbound) -> Receipt | None:
    return Receipt.refused(Fault.DEAD_ADDRESS, "nobody lives there")


def answer_nothing(_message: Outbound) -> Receipt | None:
    return Receipt.unknown("no answer came")


REFUSALS: dict[Mood, Refusal] = {
    Mood.WILLING: take_everything,
    Mood.REFUSING: refuse_everything,
    Mood.SILENT: answer_nothing,
}


def bench_on(channel: Channel, refuse: Refusal) -> Bench:
    account = MemoryAccount()
    return Bench(adapter=Sandbox(channel, account, refuse), arrived=lambda: [message.id for message in account.kept])


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_the_sandbox_keeps_the_promises_of_an_adapter(promise: Callable[[MakeBench], None], channel: Channel) -> None:
    promise(lambda mood: bench_on(channel, REFUSALS[mood]))


def message_to(address: str, channel: Channel) -> Outbound:
    [message] = batch_for(channel, size=1)
    return Outbound(
        id=message.id,
        attempt_id=AttemptId("an-attempt"),
        channel=channel,
        to=address,
        to_name="Ann",
        sender=message.sender,
        sender_name="Seller",
        content=message.content,
    )


def test_a_refused_message_is_not_in_the_account() -> None:
    bench = bench_on(Channel.EMAIL, refuse_everything)

    send_all(bench, batch_for(Channel.EMAIL), CountingDeadline(bench))

    assert list(bench.arrived()) == []


@pytest.mark.parametrize(
    ("address", "channel", "expected"),
    [
        ("ann@example.com", Channel.EMAIL, ["delivered"]),
        ("bounce+ann@example.com", Channel.EMAIL, ["bounced"]),
        ("defer+ann@example.com", Channel.EMAIL, ["deferred", "delivered"]),
        ("open+ann@example.com", Channel.EMAIL, ["delivered", "opened"]),
        ("click+ann@example.com", Channel.EMAIL, ["delivered", "opened", "clicked"]),
        ("stop+ann@example.com", Channel.EMAIL, ["delivered", "opened", "unsubscribed"]),
        ("complain+ann@example.com", Channel.EMAIL, ["delivered", "opened", "complained"]),
        ("ask+ann@example.com", Channel.EMAIL, ["delivered", "opened", "replied"]),
        ("later+ann@example.com", Channel.EMAIL, ["delivered", "opened", "replied"]),
        ("away+ann@example.com", Channel.EMAIL, ["delivered", "replied"]),
        ("ann+bounce@example.com", Channel.EMAIL, ["delivered"]),
        ("stop@example.com", Channel.EMAIL, ["delivered"]),
        ("+15035550100", Channel.SMS, ["delivered"]),
        ("+15035550191", Channel.SMS, ["undelivered"]),
        ("+15035550193", Channel.SMS, ["delivered", "replied"]),
        ("+15035550196", Channel.SMS, ["delivered", "replied"]),
        ("+15035550191", Channel.VOICEMAIL, ["undelivered"]),
        ("+15035550193", Channel.VOICEMAIL, ["delivered", "unsubscribed"]),
        ("+15035550194", Channel.VOICEMAIL, ["delivered"]),
        ("+12025550193", Channel.SMS, ["delivered", "replied"]),
        ("+442071838793", Channel.SMS, ["delivered"]),  # a real number's last digits mean nothing
    ],
)
def test_an_address_names_what_happens_in_a_trial(address: str, channel: Channel, expected: list[str]) -> None:
    told = answer_as_scripted(message_to(address, channel), START)

    assert [one.event.kind.value for one in told] == expected
    assert all(START < one.event.at <= one.at for one in told)


def test_a_person_who_tries_it_does_not_wait_long_for_the_delivery() -> None:
    [told] = answer_as_scripted(message_to("ann@example.com", Channel.EMAIL), START)

    assert told.event.kind is EventKind.DELIVERED
    assert told.at - START <= timedelta(seconds=5)


@pytest.mark.parametrize(
    ("address", "channel"), [("refuse+ann@example.com", Channel.EMAIL), ("+15035550192", Channel.SMS)]
)
def test_an_address_can_ask_to_be_refused(address: str, channel: Channel) -> None:
    refusal = refuse_as_scripted(message_to(address, channel))

    assert refusal is not None
    assert refusal.kind is ReceiptKind.REFUSED
    assert refuse_as_scripted(message_to("ann@example.com", Channel.EMAIL)) is None
