"""What every adapter promises, whoever the provider is: one list, run for each of them.

A test module of an adapter says how to make it, and how to see what reached its wire, by a function from a `Mood` to a
`Bench`; then it runs `PROMISES` on that.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from channels.adapter import Adapter
from channels.address import Channel
from channels.message import (
    AttemptId,
    Content,
    EmailContent,
    Fault,
    MessageId,
    Outbound,
    Receipt,
    ReceiptKind,
    TextContent,
    VoicemailContent,
)


class Mood(StrEnum):
    """How the provider on the far side of the wire behaves."""

    WILLING = "willing"  # takes everything
    REFUSING = "refusing"  # refuses everything, for good
    SILENT = "silent"  # takes the request and never answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """An adapter and its wire: *arrived* tells which messages the far side has seen so far, each as often as it came."""

    adapter: Adapter
    arrived: Callable[[], Sequence[MessageId]]


MakeBench = Callable[[Mood], Bench]


@dataclass(slots=True)
class CountingDeadline:
    """Lets the first *open_for* calls start, and notes what had reached the wire when it was asked."""

    bench: Bench
    open_for: int = 1_000_000
    asked: list[AttemptId] = field(default_factory=list)
    arrived_before: dict[AttemptId, set[MessageId]] = field(default_factory=dict)

    def may_start(self, attempt_id: AttemptId) -> bool:
        """Return whether this call is among the first ones."""
        self.asked.append(attempt_id)
        self.arrived_before[attempt_id] = set(self.bench.arrived())
        return len(self.asked) <= self.open_for


CONTENTS: dict[Channel, Content] = {
    Channel.EMAIL: EmailContent(subject="Your question", html="<p>An answer.</p>", text="An answer."),
    Channel.SMS: TextContent(body="An answer."),
    Channel.VOICEMAIL: VoicemailContent(script="An answer."),
}


def batch_for(channel: Channel, size: int = 5) -> list[Outbound]:
    """Return *size* messages to addresses that reach nobody."""
    return [
        Outbound(
            id=MessageId(f"00000000-0000-7000-8000-00000000000{number}"),
            attempt_id=AttemptId(f"00000000-0000-7000-8000-0000000000a{number}"),
            channel=channel,
            to=f"lead{number}@example.com" if channel is Channel.EMAIL else f"+1503555012{number}",
            to_name=f"Lead {number}",
            sender="hello@seller.example" if channel is Channel.EMAIL else "+15035550199",
            sender_name="Seller",
            content=CONTENTS[channel],
        )
        for number in range(size)
    ]


def send_all(bench: Bench, batch: Sequence[Outbound], deadline: CountingDeadline) -> dict[MessageId, Receipt]:
    """Send *batch* and return the receipts, having seen that each message got exactly one."""
    told = list(bench.adapter.send(batch, deadline))
    assert sorted(message_id for message_id, _ in told) == sorted(message.id for message in batch)
    return dict(told)


def says_which_channel_it_serves(make: MakeBench) -> None:
    adapter = make(Mood.WILLING).adapter

    assert adapter.channel in CONTENTS
    assert adapter.name == adapter.name.lower() != ""


def gives_each_message_one_receipt(make: MakeBench) -> None:
    bench = make(Mood.WILLING)
    batch = batch_for(bench.adapter.channel)

    receipts = send_all(bench, batch, CountingDeadline(bench))

    assert {receipt.kind for receipt in receipts.values()} == {ReceiptKind.ACCEPTED}
    assert sorted(bench.arrived()) == sorted(message.id for message in batch)


def gives_each_accepted_message_an_id_of_the_providers_own(make: MakeBench) -> None:
    bench = make(Mood.WILLING)
    batch = batch_for(bench.adapter.channel)

    receipts = send_all(bench, batch, CountingDeadline(bench))

    assert all(receipt.provider_id for receipt in receipts.values())
    assert len({receipt.provider_id for receipt in receipts.values()}) == len(batch)


def makes_no_call_for_an_empty_batch(make: MakeBench) -> None:
    bench = make(Mood.WILLING)
    deadline = CountingDeadline(bench)

    assert send_all(bench, [], deadline) == {}
    assert deadline.asked == []


def asks_once_for_each_call_before_its_first_byte(make: MakeBench) -> None:
    bench = make(Mood.WILLING)
    batch = batch_for(bench.adapter.channel)
    deadline = CountingDeadline(bench)

    send_all(bench, batch, deadline)

    assert sorted(deadline.asked) == sorted(message.attempt_id for message in batch)
    assert [one.id for one in batch if one.id in deadline.arrived_before[one.attempt_id]] == []


def sends_nothing_after_the_deadline(make: MakeBench) -> None:
    bench = make(Mood.WILLING)

    receipts = send_all(bench, batch_for(bench.adapter.channel), CountingDeadline(bench, open_for=0))

    assert {receipt.kind for receipt in receipts.values()} == {ReceiptKind.NEVER_STARTED}
    assert list(bench.arrived()) == []


def sends_what_may_start_of_a_batch_that_the_deadline_cuts(make: MakeBench) -> None:
    bench = make(Mood.WILLING)
    deadline = CountingDeadline(bench, open_for=2)

    receipts = send_all(bench, batch_for(bench.adapter.channel), deadline)

    started = {message_id for message_id, receipt in receipts.items() if receipt.kind is ReceiptKind.ACCEPTED}
    assert len(started) == 2
    assert sorted(bench.arrived()) == sorted(started)
    assert [one.kind for key, one in receipts.items() if key not in started] == [ReceiptKind.NEVER_STARTED] * 3


def tells_a_refusal_with_its_fault_and_does_not_try_again(make: MakeBench) -> None:
    bench = make(Mood.REFUSING)
    batch = batch_for(bench.adapter.channel)
    deadline = CountingDeadline(bench)

    receipts = send_all(bench, batch, deadline)

    assert {receipt.kind for receipt in receipts.values()} == {ReceiptKind.REFUSED}
    assert all(isinstance(receipt.fault, Fault) for receipt in receipts.values())
    assert len(deadline.asked) == len(batch)


def says_that_it_does_not_know_when_no_answer_comes(make: MakeBench) -> None:
    bench = make(Mood.SILENT)
    batch = batch_for(bench.adapter.channel)
    deadline = CountingDeadline(bench)

    receipts = send_all(bench, batch, deadline)

    assert {receipt.kind for receipt in receipts.values()} == {ReceiptKind.UNKNOWN}
    assert len(deadline.asked) == len(batch)


def sends_the_same_again_when_told_to(make: MakeBench) -> None:
    """Whether something may be sent again is not the adapter's to decide, so it remembers nothing."""
    bench = make(Mood.WILLING)
    batch = batch_for(bench.adapter.channel, size=2)

    send_all(bench, batch, CountingDeadline(bench))
    send_all(bench, batch[::-1], CountingDeadline(bench))

    assert sorted(bench.arrived()) == sorted([message.id for message in batch] * 2)


PROMISES: tuple[Callable[[MakeBench], None], ...] = (
    says_which_channel_it_serves,
    gives_each_message_one_receipt,
    gives_each_accepted_message_an_id_of_the_providers_own,
    makes_no_call_for_an_empty_batch,
    asks_once_for_each_call_before_its_first_byte,
    sends_nothing_after_the_deadline,
    sends_what_may_start_of_a_batch_that_the_deadline_cuts,
    tells_a_refusal_with_its_fault_and_does_not_try_again,
    says_that_it_does_not_know_when_no_answer_comes,
    sends_the_same_again_when_told_to,
)
