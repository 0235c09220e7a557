"""Short ways to tell what happens to leads, so that a test of a flow shows only what it is about."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import RowMapping, Table, select

from channels.address import Channel
from channels.events import EventKind, ProviderEvent
from channels.message import MessageId
from consent.facts import Basis
from engine.clock import VirtualClock
from engine.flows.absorb import receive
from engine.flows.draft import Draft, Grant
from engine.flows.enroll import Entry, enroll
from engine.flows.intake import Arrival, receive_leads
from engine.flows.kit import Kit
from engine.flows.rounds import run_due
from engine.flows.withdraw import Stop, withdraw
from engine.store import due
from engine.store import tables as t
from engine.store.database import Connection
from tests.flows.content import publish_plan
from tests.flows.moody import Moody

GRANTED = (Channel.EMAIL, Channel.SMS, Channel.VOICEMAIL, Channel.CALL)
DAY, HOUR, MINUTE, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)


def grants(*channels: Channel) -> tuple[Grant, ...]:
    """Return the strongest permission there is for *channels*."""
    return tuple(Grant(channel=channel, basis=Basis.EXPRESS_WRITTEN, wording="I agree") for channel in channels)


ANN = Draft(
    email="ann@example.com",
    phone="+12125550101",
    first_name="Ann",
    country="US",
    region="NY",
    zone="America/New_York",
    source="web-form",
    grants=grants(*GRANTED),
)
BOB = replace(ANN, email="bob@example.com", phone="+12125550102", first_name="Bob")


@dataclass(kw_only=True)
class Story:
    """A prepared installation, its clock, and the provider that serves it."""

    kit: Kit
    clock: VirtualClock
    provider: Moody
    _numbers: Iterable[int] = field(default_factory=count)

    def arrives(self, draft: Draft = ANN, **changes: Any) -> str:
        """Take in *draft* with *changes*; return the lead's id."""
        return self.arrival(replace(draft, **changes)).lead_id

    def arrival(self, draft: Draft) -> Arrival:
        """Take in *draft*."""
        (arrived,) = receive_leads(self.kit, [draft], recorded_by="form")
        return arrived

    def plan(self, text: str) -> str:
        """Publish the sequence *text*; return its name."""
        return publish_plan(self.kit, text)

    def enters(self, lead_id: str, name: str) -> Entry:
        """Enroll a lead by hand."""
        with self.kit.database.write() as connection:
            (entry,) = enroll(self.kit, connection, [lead_id], name, self.kit.database.now(connection))
        return entry

    def now(self) -> datetime:
        """Return the present instant."""
        return self.clock.now()

    def pass_time(self, duration: timedelta) -> None:
        """Let *duration* pass in which nobody works."""
        self.clock.move_to(self.now() + duration)

    def run(self) -> None:
        """Do what is due now."""
        run_due(self.kit)

    def live(self, duration: timedelta) -> None:
        """Let *duration* pass and do everything when it is due."""
        end = self.now() + duration
        while True:
            run_due(self.kit)
            with self.kit.database.read() as connection:
                coming = due.next_due_at(connection)
            if coming is None or coming > end:
                break
            self.clock.move_to(max(coming, self.now() + SECOND))
        self.clock.move_to(max(end, self.now()))

    def hear(self, kind: EventKind, **what: Any) -> ProviderEvent:
        """Return an event that was not heard before."""
        usual = {"provider": "sandbox", "event_id": f"e{next(iter(self._numbers))}", "kind": kind}
        return ProviderEvent(**{**usual, "channel": Channel.EMAIL, "at": self.now(), **what})

    def happens(self, kind: EventKind, **what: Any) -> ProviderEvent:
        """Let the provider report an event, and absorb it."""
        event = self.hear(kind, **what)
        receive(self.kit, [event])
        self.run()
        return event

    def replies(
        self, text: str, *, to: RowMapping | None = None, channel: Channel = Channel.EMAIL, **what: Any
    ) -> None:
        """Let Ann, or whoever got the message *to*, answer."""
        address = ANN.email if channel is Channel.EMAIL else ANN.phone
        message_id = MessageId(to["id"]) if to is not None else None
        at = self.hear(EventKind.REPLIED, **{"address": address, "message_id": message_id, **what})
        receive(self.kit, [replace(at, text=text, channel=channel)])

    def stops(self, lead_id: str, *channels: Channel) -> None:
        """Let a lead say stop to *channels*, or to everything."""
        withdraw(self.kit, lead_id, Stop(channels=frozenset(channels), source="page", wording="", recorded_by="test"))

    def write(self, act: Callable[[Connection], Any]) -> Any:
        """Do *act* in a transaction of its own."""
        with self.kit.database.write() as connection:
            return act(connection)

    def rows(self, table: Table, **wanted: Any) -> list[RowMapping]:
        """Return the rows of *table* that have the *wanted* values, in the order of their first column."""
        query = select(table).where(*(table.c[name] == value for name, value in wanted.items()))
        with self.kit.database.read() as connection:
            return list(connection.execute(query.order_by(next(iter(table.c)))).mappings())

    def messages(self, **wanted: Any) -> list[RowMapping]:
        """Return messages, oldest first."""
        return sorted(self.rows(t.messages, **wanted), key=lambda row: (row["created_at"], row["id"]))

    def message(self, **wanted: Any) -> RowMapping:
        """Return the one message there is."""
        (found,) = self.messages(**wanted)
        return found

    def enrollment(self, **wanted: Any) -> RowMapping:
        """Return the one enrollment there is."""
        (found,) = self.rows(t.enrollments, **wanted)
        return found

    def tasks(self, **wanted: Any) -> list[RowMapping]:
        """Return tasks, oldest first."""
        return sorted(self.rows(t.tasks, **wanted), key=lambda row: (row["created_at"], row["id"]))

    def task(self, **wanted: Any) -> RowMapping:
        """Return the one task there is."""
        (found,) = self.tasks(**wanted)
        return found

    def lead(self, lead_id: str) -> RowMapping:
        """Return a lead's row."""
        (found,) = self.rows(t.leads, id=lead_id)
        return found

    def states(self, **wanted: Any) -> dict[str, str]:
        """Return the state of each message by its stage."""
        return {row["stage"]: row["state"] for row in self.messages(**wanted)}

    def withdrawn(self, lead_id: str) -> set[str]:
        """Return the channels that were stopped."""
        return {row["channel"] for row in self.rows(t.consent_facts, lead_id=lead_id, kind="withdrawn")}

    def suppressed(self) -> set[tuple[str, str, str]]:
        """Return the suppressions as kind, channel and reason."""
        return {(row["kind"], row["channel"], row["reason"]) for row in self.rows(t.suppressions)}
