"""Pace: four workers together keep a sender's segments a second and its limit a day, and a backlog drains at pace."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

import pytest

from channels.address import Channel
from channels.message import Outbound, TextContent
from channels.segments import count_segments
from engine.clock import VirtualClock
from engine.flows.advance import advance
from engine.flows.claiming import MAIN
from engine.flows.deliver import deliver
from engine.flows.enroll import enroll
from engine.flows.intake import receive_leads
from engine.flows.kit import Kit
from engine.flows.publish import publish
from engine.ids import SystemIds
from engine.store import tables as t
from tests.content.builders import library
from tests.databases import START
from tests.flows.conftest import open_moody, world_at
from tests.flows.content import FILES, publish_plan
from tests.flows.moody import Moody
from tests.flows.story import ANN, SECOND
from tests.servers import PostgresServer

RATE = 3.75
WORKERS = 4
ONE_SEGMENT, THREE_SEGMENTS = "Hi, this is {{ brand.name }}. Reply STOP to end.", "Hello there, dear lead. " * 16
PLAN = "name: bulk\nenter: {when: manual}\nexclusive: no\nwindow: any\nstages: [{id: text, sms: hi}]"


class Ledger:
    """What the provider accepted and when: the only judge."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._lock = Lock()
        self.taken: list[tuple[datetime, int]] = []

    def note(self, message: Outbound) -> None:
        """Note a text that the provider took."""
        assert isinstance(message.content, TextContent)
        with self._lock:
            self.taken.append((self._clock.now(), count_segments(message.content.body).segments))

    def segments(self, since: datetime, until: datetime) -> int:
        """Return how many segments were taken in a stretch of time."""
        return sum(segments for at, segments in self.taken if since <= at < until)


@pytest.fixture
def pg_kit(postgres_server: PostgresServer, published_template: str) -> Iterator[tuple[Kit, VirtualClock, Ledger]]:
    """Return an installation on PostgreSQL in virtual time, and its provider's ledger."""
    if not published_template.startswith("postgresql"):
        pytest.skip("one writer at a time: four workers together are PostgreSQL's")
    url = postgres_server.create_database(published_template)
    clock = VirtualClock(START)
    ledger = Ledger(clock)
    kit = open_moody(url, world_at(clock), Moody(after_call=ledger.note))
    yield replace(kit, ids=SystemIds()), clock, ledger
    kit.database.close()
    postgres_server.drop_database(url)


def wait_in_line(kit: Kit, how_many: int) -> None:
    """Let *how_many* leads have a text due."""
    publish_plan(kit, PLAN)
    drafts = [
        replace(ANN, email=None, phone=f"+1212{200 + number // 10_000:03d}{number % 10_000:04d}", source="import")
        for number in range(how_many)
    ]
    ids = [one.lead_id for one in receive_leads(kit, drafts, recorded_by="import")]
    with kit.database.write() as connection:
        enroll(kit, connection, ids, "bulk", kit.database.now(connection))
    while advance(kit):
        pass


def set_pace(kit: Kit, **values: Any) -> None:
    """Set the pace of the sender of texts, as a live one's would be."""
    usual = {"rate_per_second": RATE, "burst": 1.0, "tokens": 1.0, "tokens_at": kit.clock.now(), "sent_today": 0}
    with kit.database.write() as connection:
        connection.execute(t.senders.update().where(t.senders.c.channel == Channel.SMS).values(**{**usual, **values}))


def work(kit: Kit, clock: VirtualClock, seconds: int) -> None:
    """Let four workers answer a bell a second, which comes a little late each time, together."""
    with ThreadPoolExecutor(WORKERS) as threads:
        for _ in range(seconds):
            for done in [threads.submit(deliver, kit, MAIN) for _ in range(WORKERS)]:
                done.result()
            clock.move_to(clock.now() + SECOND)


def say(kit: Kit, text: str, folder: Any) -> None:
    """Publish *text* as what the texts say."""
    publish(kit, library(folder, {**FILES, "sms/hi.txt": text}))


@pytest.mark.postgres
@pytest.mark.parametrize("text", [ONE_SEGMENT, THREE_SEGMENTS], ids=["short", "three segments"])
def test_four_workers_together_keep_the_pace_to_one_percent(
    pg_kit: tuple[Kit, VirtualClock, Ledger], tmp_path: Any, text: str
) -> None:
    kit, clock, ledger = pg_kit
    say(kit, text, tmp_path)
    seconds = 160
    wait_in_line(kit, int(RATE * seconds / count_segments(text).segments) + 60)
    set_pace(kit)

    work(kit, clock, seconds)

    sent = ledger.segments(START, START + timedelta(seconds=seconds))
    assert sent == pytest.approx(RATE * seconds, rel=0.01)
    for start in range(0, seconds - 60, 10):
        since = START + timedelta(seconds=start)
        assert ledger.segments(since, since + timedelta(seconds=60)) <= RATE * 60 + 12


@pytest.mark.postgres
@pytest.mark.parametrize("text", [ONE_SEGMENT, THREE_SEGMENTS], ids=["short", "three segments"])
def test_four_workers_together_never_exceed_the_day(
    pg_kit: tuple[Kit, VirtualClock, Ledger], tmp_path: Any, text: str
) -> None:
    kit, clock, ledger = pg_kit
    say(kit, text, tmp_path)
    wait_in_line(kit, 260)
    set_pace(kit, rate_per_second=40.0, burst=40.0, tokens=40.0, daily_max=200)

    work(kit, clock, 30)

    assert 198 <= ledger.segments(START, clock.now()) <= 200


@pytest.mark.postgres
def test_a_backlog_held_by_quiet_hours_drains_at_pace(pg_kit: tuple[Kit, VirtualClock, Ledger]) -> None:
    """New York may be texted from eight: what waited all night does not burst out then."""
    kit, clock, ledger = pg_kit
    night = START + timedelta(hours=14)  # midnight in New York
    clock.move_to(night)
    wait_in_line(kit, 400)
    set_pace(kit)
    work(kit, clock, 5)
    assert ledger.taken == []
    morning = night + timedelta(hours=8)
    clock.move_to(morning)

    work(kit, clock, 100)

    assert ledger.segments(morning, clock.now()) == pytest.approx(RATE * 100, rel=0.01)
    assert ledger.segments(morning, morning + 10 * SECOND) <= RATE * 10 + 4
