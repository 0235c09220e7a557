"""A house to look at: a few dozen leads who went some days through the real flows, and the app that shows them."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache

import uvicorn
from playwright.sync_api import BrowserContext
from sqlalchemy import select
from starlette.routing import BaseRoute

from channels.address import Channel
from channels.events import EventKind, ProviderEvent
from channels.message import MessageId
from channels.sandbox import NAME as SANDBOX
from engine.bootstrap import World, open_kit, prepare
from engine.clock import VirtualClock
from engine.domain.access import Role
from engine.domain.incident import IncidentKind
from engine.flows.absorb import absorb, receive
from engine.flows.draft import Draft
from engine.flows.entrance import Entrance
from engine.flows.incidents import raise_incident
from engine.flows.intake import receive_leads
from engine.flows.kit import Kit
from engine.flows.unsettled import review_task
from engine.ids import SeededIds
from engine.journal import MemoryJournal
from engine.settings import Settings
from engine.store import messages, tasks
from engine.store import tables as t
from engine.store.attempts import UNKNOWN
from engine.web.app import create_app
from engine.web.console.content.desk import Bench
from tests.browser.people import HOSTILE, arrivals
from tests.servers import eventually
from tests.web.scenes import message_of, work
from tests.web.signing import CHEAP, session_for

SECRET = "a secret for tests only, as long as it should be"  # noqa: S105 - it opens nothing
BEGINS = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # a Monday, seven in the morning in Oregon
ROUNDS = (0, 4, 20, 4, 20, 4, 24)  # hours apart: each day before texts may be sent there, and after
NOW = BEGINS + timedelta(hours=sum(ROUNDS), minutes=15)
"""The instant at which the house is looked at."""

LATE = 20
"""From this place in the list on, people arrive when the others have been here for days."""

REPLIES = (
    (0, "email", "How much is it for a house of 1,800 square feet? We could do Thursday after 4."),
    (1, "sms", "Yes please, call me tomorrow"),
    (4, "email", "I am out of the office until 16 March. In urgent cases write to my colleague."),
    (8, "email", "Not now, try me again in three months."),
    (10, "sms", "STOP"),
    (12, "email", "We went with somebody else, thank you."),
)
"""Whose first message on a channel is answered, and how."""

HAPPENINGS = (
    (1, "email", EventKind.DELIVERED), (1, "email", EventKind.OPENED), (2, "email", EventKind.DELIVERED),
    (2, "email", EventKind.CLICKED), (9, "email", EventKind.BOUNCED), (11, "email", EventKind.COMPLAINED),
    (13, "sms", EventKind.UNDELIVERED), (15, "email", EventKind.UNSUBSCRIBED),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """An app that is served, what stands behind it, and who lives there."""

    url: str
    kit: Kit
    clock: VirtualClock
    settings: Settings
    entrance: Entrance
    routes: tuple[BaseRoute, ...]  # everything the app answers
    lead_ids: tuple[str, ...]  # in the order of `people.NAMES`

    def message(self, number: int, channel: str = "email", state: str = "accepted") -> str:
        """Return the id of the first message of the lead at place *number*."""
        return message_of(self.kit, self.lead_ids[number], channel, state)

    def open_task(self, kind: str = "call") -> str:
        """Return the id of the oldest open task of *kind*."""
        table = t.tasks
        query = select(table.c.id).where(table.c.kind == kind, table.c.state == "open").order_by(table.c.id)
        with self.kit.database.read() as connection:
            found: str = connection.execute(query.limit(1)).scalar_one()
        return found

    def work(self, *, hours: float = 0) -> None:
        """Let the engine do what is due *hours* from now."""
        self.clock.move_to(self.clock.now() + timedelta(hours=hours))
        work(self.kit)


def settings_for(url: str) -> Settings:
    """Return the settings of a house whose database is at *url*."""
    return Settings(database_url=url, secret_key=SECRET)


def build(url: str, *, kindly: bool = False) -> list[str]:
    """Make the database at *url*, and let everybody live in it; return the ids of the leads.

    With *kindly*, as for pictures, nobody wishes us ill.
    """
    clock = VirtualClock(BEGINS)
    kit = prepare(settings_for(url), _world(clock))
    people = arrivals(kindly=kindly)
    arrived = receive_leads(kit, people[:LATE], recorded_by="form:quote")
    for hours in ROUNDS:
        clock.move_to(clock.now() + timedelta(hours=hours))
        work(kit)
    arrived += receive_leads(kit, people[LATE:-1], recorded_by="form:quote")
    clock.move_to(NOW)
    work(kit)
    arrived += receive_leads(kit, people[-1:], recorded_by="form:quote")
    lead_ids = [arrival.lead_id for arrival in arrived]
    _let_happen(kit, lead_ids, people, "Could you come on Friday?" if kindly else HOSTILE)
    _leave_in_doubt(kit, lead_ids[16])
    with kit.database.write() as connection:
        raise_incident(
            kit,
            connection,
            IncidentKind.SENDER_FAILING,
            "a-sender",
            f"smtp for {'hello@example.com' if kindly else HOSTILE} keeps failing",
        )
    kit.database.close()
    return lead_ids


@contextmanager
def open_house(url: str, lead_ids: list[str]) -> Iterator[House]:
    """Serve the house whose database is at *url* until the block ends."""
    clock = VirtualClock(NOW + timedelta(minutes=2))
    settings = settings_for(url)
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        here = f"http://127.0.0.1:{listener.getsockname()[1]}"
        settings = settings.model_copy(update={"public_url": here})
        kit = open_kit(settings, _world(clock, seed=6))
        app = create_app(kit, settings, passwords=CHEAP)
        app.state.desk = replace(app.state.desk, bench=_bench())
        config = uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=0, access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        eventually(lambda: server.started)
        try:
            yield House(
                url=here,
                kit=kit,
                clock=clock,
                settings=settings,
                entrance=app.state.edge.entrance,
                routes=tuple(app.routes),
                lead_ids=tuple(lead_ids),
            )
        finally:
            server.should_exit = server.force_exit = True
            thread.join(timeout=10)
            kit.database.close()


def sign_in(house: House, context: BrowserContext, role: Role) -> None:
    """Let whoever uses *context* be signed in to *house* as *role*."""
    context.add_cookies([{"name": "session", "value": session_for(house.kit, role), "url": house.url}])


@cache
def _bench() -> Bench:
    """Return the shipped templates, which take seconds to read and check, for all houses of this process."""
    return Bench(None)


def _world(clock: VirtualClock, seed: int = 5) -> World:
    return World(clock=clock, ids=SeededIds(seed, clock.now), journal=MemoryJournal(), journals=None)


def _let_happen(kit: Kit, lead_ids: list[str], people: list[Draft], words: str) -> None:
    """Let leads open, click, answer, stop and complain, each about the first message of a channel."""
    acts = [(number, channel, EventKind.REPLIED, text) for number, channel, text in (*REPLIES, (22, "email", words))]
    acts += [(number, channel, kind, "") for number, channel, kind in HAPPENINGS]
    events = [
        ProviderEvent(
            provider=SANDBOX,
            event_id=f"house-{kit.ids.new()}",
            kind=kind,
            channel=Channel(channel),
            at=kit.clock.now(),
            message_id=MessageId(message_of(kit, lead_ids[number], channel)),
            address=people[number].email if channel == Channel.EMAIL else people[number].phone,
            text=text or None,
        )
        for number, channel, kind, text in acts
    ]
    receive(kit, events)
    absorb(kit)


def _leave_in_doubt(kit: Kit, lead_id: str) -> None:
    """Leave one message of which nobody knows whether it arrived."""
    message_id = message_of(kit, lead_id)
    unknown = {"state": "unknown", "provider": None, "provider_id": None, "accepted_at": None, "delivery": "none"}
    with kit.database.write() as connection:
        connection.execute(t.attempts.update().where(t.attempts.c.message_id == message_id).values(outcome=UNKNOWN))
        connection.execute(t.messages.update().where(t.messages.c.id == message_id).values(**unknown))
        (stored,) = messages.load(connection, [MessageId(message_id)]).values()
        tasks.insert(connection, [review_task(kit, stored, kit.clock.now())])
