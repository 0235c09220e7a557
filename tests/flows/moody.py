"""A provider that misbehaves on demand and keeps its own account of what it took."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from channels.adapter import Deadline
from channels.address import Channel
from channels.message import MessageId, Outbound, Receipt

NAME = "sandbox"  # it stands in for the sandbox, whose senders every installation has


class WorkerDied(Exception):
    """The process ended here, as far as the flow can tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mood:
    """How the provider meets one message: whether it takes it, and what the worker hears of that."""

    takes: bool = True
    receipt: Receipt | None = None  # None: the true one
    dies_before_call: bool = False
    dies_before_receipt: bool = False


KIND = Mood()
LOST_ANSWER = Mood(receipt=Receipt.unknown("the connection was reset"))
LOST_REQUEST = Mood(takes=False, receipt=Receipt.unknown("the connection was reset"))
NO_CONNECTION = Mood(takes=False, receipt=Receipt.never_started("no connection"))
DEATH_BEFORE_CALL = Mood(takes=False, dies_before_call=True)
DEATH_AFTER_CALL = Mood(dies_before_receipt=True)


@dataclass(kw_only=True)
class Moody:
    """Serves every channel; `mood_for` decides how each message is met.

    `before_call` sees each message before the deadline is asked, `after_call` between the call and its receipt.
    """

    mood_for: Callable[[Outbound], Mood] = lambda _message: KIND
    before_call: Callable[[Outbound], object] = lambda _message: None
    after_call: Callable[[Outbound], object] = lambda _message: None
    taken: list[Outbound] = field(default_factory=list)
    name: str = NAME

    def on(self, channel: Channel) -> "MoodyChannel":
        """Return its adapter for *channel*."""
        return MoodyChannel(self, channel)


@dataclass(frozen=True)
class MoodyChannel:
    """The adapter of one channel."""

    moody: Moody
    channel: Channel
    name: str = NAME

    def send(self, batch: Sequence[Outbound], deadline: Deadline) -> Iterator[tuple[MessageId, Receipt]]:
        """Meet every message of *batch* as the mood of the moment wants."""
        for message in batch:
            mood = self.moody.mood_for(message)
            if mood.dies_before_call:
                raise WorkerDied
            self.moody.before_call(message)
            if not deadline.may_start(message.attempt_id):
                yield message.id, Receipt.too_late()
                continue
            if mood.takes:
                self.moody.taken.append(message)
            self.moody.after_call(message)
            if mood.dies_before_receipt:
                raise WorkerDied
            yield message.id, mood.receipt or Receipt.accepted(f"provider-{message.attempt_id}")
