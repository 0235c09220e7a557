"""The provider of every channel, as it really behaves: it keeps its own account, which judges, and reports when it likes."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import Protocol

from channels.adapter import Deadline
from channels.address import Channel
from channels.events import EventKind, ProviderEvent
from channels.message import Fault, MessageId, Outbound, Receipt
from tests.dst.world import World, short
from tests.flows.moody import NAME

REFUSALS = (
    Receipt.refused(Fault.THROTTLED, "429", retry_after_seconds=20),
    Receipt.refused(Fault.THROTTLED, "429", retry_after_seconds=900),
    Receipt.refused(Fault.TRANSIENT, "450"),
    Receipt.refused(Fault.CONFIGURATION, "401"),
    Receipt.refused(Fault.CONTENT, "spam"),
    Receipt.refused(Fault.DEAD_ADDRESS, "nobody there"),
    Receipt.refused(Fault.UNCLASSIFIED, "30999"),
)
DELIVERIES = (EventKind.DELIVERED, EventKind.DELIVERED, EventKind.DELIVERED, EventKind.UNDELIVERED, EventKind.BOUNCED)
REACTIONS = (EventKind.OPENED, EventKind.CLICKED, EventKind.REPLIED, EventKind.UNSUBSCRIBED, EventKind.COMPLAINED)
REPLIES = ("STOP", "Leave me alone", "How much is it?", "Not now, try me again in three weeks", "The blue one")
NO_ANSWER_SECONDS = 30.0  # when an adapter gives up on an answer


class Witness(Protocol):
    """Who is told of each call as it starts."""

    def called(self, message: Outbound) -> None:
        """Judge a call whose first byte leaves now."""
        ...

    def taken(self, message: Outbound) -> None:
        """Hear that the provider took it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call as the provider saw it; *receipt* is what it would answer."""

    message: Outbound
    at: datetime
    receipt: Receipt
    is_taken: bool
    is_silent: bool = False


class Provider:
    """The account of one provider for all channels."""

    def __init__(self, world: World, witness: Witness) -> None:
        self.calls: list[Call] = []
        self.taken: Counter[str] = Counter()
        self._world = world
        self._witness = witness
        self._outbox: list[tuple[datetime, int, ProviderEvent]] = []
        self._told = 0

    def on(self, channel: Channel) -> "ChannelOfProvider":
        """Return its adapter for *channel*."""
        return ChannelOfProvider(self, self._world, channel)

    def take(self, message: Outbound) -> Call:
        """Meet a call: accept, refuse, or say nothing, whether it was taken or not."""
        world = self._world
        self._witness.called(message)
        receipt = Receipt.accepted(f"p-{message.attempt_id}")
        if world.chance(world.weather.refusal):
            receipt = world.random.choice(REFUSALS)
        is_silent = world.chance(world.weather.silence)
        is_taken = receipt.fault is None and not (is_silent and world.random.random() < 0.5)
        call = Call(message=message, at=world.now, receipt=receipt, is_taken=is_taken, is_silent=is_silent)
        self.calls.append(call)
        heard = "says nothing" if is_silent else receipt.fault or "accepted"
        world.say(f"calls the provider for {short(message.id)}: {'taken' if is_taken else 'not taken'}, {heard}")
        if is_taken:
            self.taken[message.id] += 1
            self._witness.taken(message)
            self._plan_reports(message)
        return call

    def posts(self, limit: int) -> list[ProviderEvent]:
        """Return up to *limit* events that the provider would post by now."""
        due: list[ProviderEvent] = []
        while self._outbox and self._outbox[0][0] <= self._world.now and len(due) < limit:
            due.append(heappop(self._outbox)[2])
        return due

    def post_again(self, events: Sequence[ProviderEvent]) -> None:
        """Post again what nobody confirmed."""
        for event in events:
            self._put(event, self._world.now + timedelta(seconds=self._world.random.uniform(1, 30)))

    def posts_next_at(self) -> datetime | None:
        """Return when there will be something to post."""
        return self._outbox[0][0] if self._outbox else None

    def event(self, kind: EventKind, channel: Channel, **what: object) -> ProviderEvent:
        """Return an event that nobody was told yet; `extra` names it for the judge, whatever becomes of its id."""
        self._told += 1
        names = {"event_id": f"e{self._told}", "extra": {"told": self._told}}
        return ProviderEvent(provider=NAME, kind=kind, channel=channel, at=self._world.now, **names, **what)  # type: ignore[arg-type]

    def _plan_reports(self, message: Outbound) -> None:
        world, random = self._world, self._world.random
        kinds = [random.choice(DELIVERIES)]
        if random.random() < 0.2:
            kinds.insert(0, EventKind.DEFERRED)
        if random.random() < 0.4:
            kinds.append(random.choice(REACTIONS))
        for kind in kinds:
            self._report(message, kind)
        if world.chance(world.weather.flood):
            world.say("a flood of reports is on its way")
            for _ in range(300):
                self._report(message, EventKind.OPENED)

    def _report(self, message: Outbound, kind: EventKind) -> None:
        world, random = self._world, self._world.random
        text = random.choice(REPLIES) if kind is EventKind.REPLIED else None
        event = self.event(kind, message.channel, message_id=MessageId(message.id), address=message.to, text=text)
        if world.chance(world.weather.lost_callback):
            return
        self._put(event, world.now + timedelta(seconds=random.uniform(0.05, 60)))
        if world.chance(world.weather.late_callback):
            self._put(event, world.now + timedelta(hours=random.uniform(0.1, 30)))
        if world.chance(world.weather.doubled_callback):
            self._put(event, world.now + timedelta(seconds=random.uniform(0.05, 3)))

    def _put(self, event: ProviderEvent, at: datetime) -> None:
        number: int = event.extra["told"]
        heappush(self._outbox, (at, number * 1_000_000 + len(self._outbox), event))


@dataclass(frozen=True)
class ChannelOfProvider:
    """The adapter of one channel: a call at a time, or all in flight together."""

    provider: Provider
    world: World
    channel: Channel
    name: str = NAME

    def send(self, batch: Sequence[Outbound], deadline: Deadline) -> Iterator[tuple[MessageId, Receipt]]:
        """Call for every message of *batch* that may start; yield receipts as they come, in any order."""
        world = self.world
        waiting: list[Call] = []
        together = world.is_faulty and world.random.random() < 0.5
        for message in batch:
            world.point("between attempt and call", to=message.to)
            if world.chance(world.weather.no_connection):
                yield message.id, Receipt.never_started("no connection")
                continue
            if not deadline.may_start(message.attempt_id):
                world.say(f"may not call for {short(message.id)} any more")
                yield message.id, Receipt.too_late()
                continue
            waiting.append(self.provider.take(message))
            if not together:
                yield self._answer(waiting.pop())
        world.random.shuffle(waiting)
        for call in waiting:
            yield self._answer(call)

    def _answer(self, call: Call) -> tuple[MessageId, Receipt]:
        self.world.point("between call and receipt", to=call.message.to)
        if not call.is_silent:
            return call.message.id, call.receipt
        if self.world.random.random() < 0.5:
            self.world.rest(NO_ANSWER_SECONDS)
        return call.message.id, Receipt.unknown("no answer")
