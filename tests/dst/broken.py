"""Installations that are wrong on purpose, one promise each: a simulation that does not catch them proves nothing."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from sqlalchemy import update

from channels.adapter import Adapter, Deadline
from channels.address import Channel
from channels.events import ProviderEvent
from channels.message import AttemptId, Fault, MessageId, Outbound, Receipt, ReceiptKind
from consent.rulebook import Rulebook
from engine.clock import Clock
from engine.domain.pacing import Pace
from engine.flows import deliver as delivering
from engine.flows.absorb import receive
from engine.flows.claiming import LANES, Claim, claim
from engine.flows.dispatch import Prepared, commit_attempts
from engine.flows.going_live import switch_sending
from engine.flows.kit import Kit
from engine.flows.receipts import record
from engine.flows.withdraw import Stop, carry_out, lock_covered, withdraw
from engine.store import attempts, senders
from engine.store import tables as t
from tests.dst.crowd import Crowd
from tests.dst.town import Flow, Variant

Deliver = Callable[[Kit, str], int]


def _in_each_lane(deliver: Deliver) -> Mapping[str, Flow]:
    return {f"deliver.{lane}": lambda kit, lane=lane: deliver(kit, lane) for lane in LANES}  # type: ignore[misc]


def _claimed(kit: Kit, lane: str) -> Iterator[tuple[Claim, list[Prepared]]]:
    for taken in claim(kit, lane, 200):
        prepared, _ = delivering._prepare(kit, taken)
        yield taken, prepared


def _adapter(kit: Kit, taken: Claim) -> Adapter:
    return kit.adapters[taken.sender.provider, taken.sender.channel]


@dataclass(frozen=True)
class Always:
    """Lets every call start."""

    def may_start(self, _attempt_id: AttemptId) -> bool:
        """Say yes."""
        return True


def _call_first(kit: Kit, lane: str) -> int:
    for taken, prepared in _claimed(kit, lane):
        outbound = [_outbound(kit, one) for one in prepared]
        receipts = dict(_adapter(kit, taken).send(outbound, Always()))
        going = commit_attempts(kit, taken.token, prepared)
        record(kit, taken.sender, [(one, receipts[one.id]) for one in going])
    return 0


def _outbound(kit: Kit, one: Prepared) -> Outbound:
    lead, channel = one.lead.lead, one.message.channel
    return Outbound(
        id=one.message.id,
        attempt_id=AttemptId(kit.ids.new()),
        channel=channel,
        to=(lead.email if channel is Channel.EMAIL else lead.phone) or "",
        to_name="",
        sender=one.sender.address,
        sender_name="",
        content=one.content,
    )


def _without_lease(kit: Kit, lane: str) -> int:
    for taken, prepared in _claimed(kit, lane):
        with kit.database.write() as connection:
            ours = {"state": "claimed", "claimed_by": taken.token, "due_at": taken.at, "ended_at": None}
            connection.execute(update(t.messages).where(t.messages.c.id.in_(taken.message_ids)).values(**ours))
        going = {one.id: one for one in commit_attempts(kit, taken.token, prepared)}
        for message_id, receipt in _adapter(kit, taken).send(list(going.values()), Always()):
            record(kit, taken.sender, [(going[message_id], receipt)])
    return 0


NO_RULES = Rulebook(rules=(), version="none", jurisdictions=frozenset())


def _ungated(kit: Kit, lane: str) -> int:
    return delivering.deliver(replace(kit, rulebook=NO_RULES), lane)


@dataclass(frozen=True)
class Hopeful:
    """An adapter that takes a time-out for a refusal."""

    real: Adapter

    @property
    def name(self) -> str:
        """The real one's."""
        return self.real.name

    @property
    def channel(self) -> Channel:
        """The real one's."""
        return self.real.channel

    def send(self, batch: Sequence[Outbound], deadline: Deadline) -> Iterator[tuple[MessageId, Receipt]]:
        """Send *batch*, and ask for another try where no answer came."""
        for message_id, receipt in self.real.send(batch, deadline):
            is_unknown = receipt.kind is ReceiptKind.UNKNOWN
            yield message_id, Receipt.refused(Fault.TRANSIENT, "time-out") if is_unknown else receipt


def _forgetful(crowd: Crowd) -> None:
    numbers = count()

    def receive_anew(kit: Kit, events: Sequence[ProviderEvent]) -> int:
        return receive(kit, [replace(one, event_id=f"{one.event_id}-{next(numbers)}") for one in events])

    crowd.receive = receive_anew


@dataclass(frozen=True)
class Impatient:
    """A clock on which nobody waits."""

    real: Clock
    is_virtual: bool = True

    def now(self) -> object:
        """Return the present instant."""
        return self.real.now()

    def monotonic(self) -> float:
        """Return the real one's."""
        return self.real.monotonic()

    def sleep(self, seconds: float) -> None:
        """Do not."""


def _hasty(kit: Kit) -> Kit:
    return replace(kit, clock=Impatient(kit.clock))  # type: ignore[arg-type]


def _without_wait(crowd: Crowd) -> None:
    def withdraw_at_once(kit: Kit, lead_id: str, stop: Stop) -> None:
        withdraw(_hasty(kit), lead_id, stop)

    crowd.withdraw = withdraw_at_once
    crowd.receive = lambda kit, events: receive(_hasty(kit), events)


BETWEEN_SECONDS = 0.35  # what a lock would have kept others from doing meanwhile


def _without_lock(crowd: Crowd) -> None:
    """Look for calls under way, and only then put the stop on record: with locks nothing comes between the two."""

    def withdraw_unlocked(kit: Kit, lead_id: str, stop: Stop) -> None:
        with kit.database.read() as connection:
            call_by = attempts.latest_call_by(connection, {lead_id}, ())
        kit.clock.sleep(BETWEEN_SECONDS)
        with kit.database.write() as connection:
            covered = lock_covered(connection, lead_id, stop)
            carry_out(kit, connection, covered, stop, kit.database.now(connection), speaker_id=lead_id)
        kit.wait_out(call_by)

    crowd.withdraw = withdraw_unlocked


def _switch_without_wait(crowd: Crowd) -> None:
    def switch_at_once(kit: Kit, is_stopped: bool) -> None:  # noqa: FBT001 - as the crowd asks for it
        switch_sending(_hasty(kit), is_stopped=is_stopped, by="ann")

    crowd.switch = switch_at_once
    crowd.switched = 0.8  # so often that few seeds are needed


def _forgetting_words(kit: Kit, lane: str) -> int:
    with kit.database.write() as connection:
        connection.execute(update(t.messages).values(text_hash=None))
    return delivering.deliver(kit, lane)


class OwnPace:
    """Remembers in each process, and only there, what a sender may send."""

    def __init__(self) -> None:
        self._known: dict[tuple[Path | None, str, str], Pace] = {}

    def deliver(self, kit: Kit, lane: str) -> int:
        """Deliver as if this process were the only one."""
        process = kit.journal.name.rsplit("-", 1)[0]
        with kit.database.write() as connection:
            for sender in senders.all_senders(connection):
                pace = self._known.get((kit.journals, process, sender.id), sender.pace)
                senders.save_pace(connection, sender.id, pace)
        done = delivering.deliver(kit, lane)
        with kit.database.read() as connection:
            for sender in senders.all_senders(connection):
                self._known[kit.journals, process, sender.id] = sender.pace
        return done


@dataclass(frozen=True, kw_only=True)
class Broken:
    """A variant of the product, the word by which the judge's verdict on it is known, and a seed that led to it once."""

    variant: Variant
    sign: str
    seed: int  # looked at first, since it saves time; any other may catch it as well


BROKEN: Mapping[str, Broken] = {
    "the attempt is written after the call": Broken(
        variant=Variant(flows=_in_each_lane(_call_first)), sign="without an attempt on record", seed=0
    ),
    "nobody looks whose lease it is": Broken(
        variant=Variant(flows=_in_each_lane(_without_lease)), sign="to claimed", seed=20
    ),
    "the gate is asked once": Broken(variant=Variant(flows=_in_each_lane(_ungated)), sign="touches within", seed=3),
    "a time-out is tried again": Broken(variant=Variant(adapt=Hopeful), sign="and the provider has it", seed=8),
    "events are not told apart": Broken(variant=Variant(crowd=_forgetful), sign="acts twice", seed=2),
    "a stop does not wait": Broken(variant=Variant(crowd=_without_wait), sign="after an answered stop", seed=23),
    "a stop takes no lock": Broken(variant=Variant(crowd=_without_lock), sign="after an answered stop", seed=247),
    "the switch does not wait": Broken(
        variant=Variant(crowd=_switch_without_wait), sign="after all sending was stopped", seed=23
    ),
    "nobody remembers the words": Broken(
        variant=Variant(flows=_in_each_lane(_forgetting_words)), sign="the same words twice", seed=5
    ),
    "every process has a pace of its own": Broken(
        variant=Variant(flows=_in_each_lane(OwnPace().deliver)), sign="called more than", seed=5
    ),
}
