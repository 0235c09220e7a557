"""A database full of invented leads with due messages, for experiments on the real flows."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic

from sqlalchemy import text, update

from channels.adapter import Deadline
from channels.address import Channel
from channels.message import MessageId, Outbound, Receipt
from channels.sandbox import NAME as SANDBOX
from consent.facts import Basis
from engine.bootstrap import MACHINE_CHANNELS, World, prepare
from engine.clock import SystemClock
from engine.content.library import load_library
from engine.flows.intake import Draft, Grant, receive_leads
from engine.flows.kit import Kit
from engine.ids import SystemIds
from engine.journal import MemoryJournal
from engine.settings import Settings
from engine.store import tables as t
from tests.shared import REPOSITORY

GRANTS = tuple(
    Grant(channel=channel, basis=Basis.EXPRESS_WRITTEN, wording="I agree to be contacted")
    for channel in (Channel.EMAIL, Channel.SMS, Channel.VOICEMAIL, Channel.CALL)
)


@dataclass(slots=True)
class Witness:
    """An adapter that remembers when each call started and for whom: the only judge of what left."""

    channel: Channel
    name: str = SANDBOX
    seconds_per_call: float = 0.0
    calls: dict[str, list[float]] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def send(self, batch: Sequence[Outbound], deadline: Deadline) -> Iterator[tuple[MessageId, Receipt]]:
        """Take every message whose call may start, and note the instant after the permission."""
        for message in batch:
            if not deadline.may_start(message.attempt_id):
                yield message.id, Receipt.too_late()
                continue
            with self.lock:
                self.calls.setdefault(message.to, []).append(monotonic())
            if self.seconds_per_call:
                SystemClock().sleep(self.seconds_per_call)
            yield message.id, Receipt.accepted(f"witness-{message.attempt_id}")


@contextmanager
def open_town(url: str, witnesses: Sequence[Witness]) -> Iterator[Kit]:
    """Open a kit on a fresh database, with *witnesses* in place of the providers and senders without a limit."""
    clock = SystemClock()
    settings = Settings(database_url=url, secret_key="an experiment's key, thirty-two long")
    world = World(clock=clock, ids=SystemIds(), journal=MemoryJournal(), journals=None)
    adapters = {(witness.name, witness.channel): witness for witness in witnesses}
    library = load_library(REPOSITORY / "templates")
    kit = prepare(settings, world, library=library, adapters=adapters)
    with kit.database.write() as connection:
        connection.execute(update(t.senders).values(rate_per_second=1e6, burst=1e6, tokens=1e6))
    try:
        yield kit
    finally:
        kit.database.close()


def settle(kit: Kit, count: int, *, first: int = 0) -> list[str]:
    """Take *count* leads in, in daylight wherever it is now, and return their ids."""
    zone = waking_zone()
    drafts = [
        Draft(
            email=f"lead{number}@example.com",
            phone=f"+1212555{number % 10_000:04d}" if number < 10_000 else None,
            first_name="Ann",
            country="US",
            region="NY",
            zone=zone,
            source="web-form",
            grants=GRANTS,
        )
        for number in range(first, first + count)
    ]
    arrived = []
    for start in range(0, count, 500):
        arrived += receive_leads(kit, drafts[start : start + 500], recorded_by="experiment")
    return [one.lead_id for one in arrived]


def waking_zone() -> str:
    """Return a zone in which it is about noon, so that no quiet hours stand in the way of the experiment."""
    hour = SystemClock().now().hour
    offset = (hour - 12 + 12) % 24 - 12
    return f"Etc/GMT{offset:+d}" if offset else "Etc/GMT"


def broken_invariants(kit: Kit) -> list[str]:
    """Return what must not be: doubled accepted attempts, messages in no state, attempts without an end."""
    checks = {
        "two live attempts of one message": "select count(*) from (select message_id from attempts where outcome in "
        "('open', 'accepted', 'unknown') group by message_id having count(*) > 1) x",
        "an open attempt whose message is not sending": "select count(*) from attempts a join messages m "
        "on m.id = a.message_id where a.outcome = 'open' and m.state <> 'sending'",
        "an accepted message without an accepted attempt": "select count(*) from messages m where state = 'accepted' "
        "and not exists (select 1 from attempts a where a.message_id = m.id and a.outcome = 'accepted')",
        "two open exclusive enrollments of one lead": "select count(*) from (select lead_id from enrollments where "
        "status not in ('finished', 'stopped') and is_exclusive group by lead_id having count(*) > 1) x",
    }
    with kit.database.read() as connection:
        found = {name: connection.execute(text(query)).scalar_one() for name, query in checks.items()}
    return [f"{name}: {count}" for name, count in found.items() if count]


__all__ = ["MACHINE_CHANNELS", "Witness", "broken_invariants", "open_town", "settle"]
