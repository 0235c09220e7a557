"""Months of invented follow-up keep every promise, on both databases, and the same seed tells the same story."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from channels.address import Channel
from engine.bootstrap import prepare
from engine.domain.message import OPEN_STATES, MessageState
from engine.flows.kit import Kit
from engine.settings import Settings
from engine.simulation.run import Progress, virtual_world
from engine.simulation.simulate import Plan, simulate
from engine.simulation.summary import Summary
from engine.store import tables as t
from engine.store.touch_list import Touch, list_touches
from tests.servers import DatabaseServer, PostgresServer
from tests.simulation.worlds import lived, stops, touches_after_a_stop

SMALL = Plan(leads=24, days=40, seed=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A world that has been lived in."""

    kit: Kit
    summary: Summary


@pytest.fixture(scope="module")
def world(database_server: DatabaseServer) -> Iterator[World]:
    """Return one lived world, looked at by every test here; nobody changes it."""
    url = database_server.create_database()
    with lived(url, SMALL) as (kit, summary):
        yield World(kit=kit, summary=summary)
    database_server.drop_database(url)


def test_the_promises_hold(world: World) -> None:
    assert world.summary.duplicates == 0
    assert world.summary.sent_after_opt_out == 0
    assert world.summary.forgotten == 0


def test_every_channel_is_used_and_leads_answer(world: World) -> None:
    assert world.summary.leads == SMALL.leads
    assert all(world.summary.touches[channel] > 0 for channel in ("email", "sms", "voicemail", "call"))
    assert world.summary.held > 0
    assert world.summary.skipped > 0
    assert world.summary.replies > 0
    assert world.summary.opt_outs > 0


def test_nothing_reached_a_lead_after_a_stop_by_an_account_of_its_own(world: World) -> None:
    """Read from what the sandbox told and got, so that an error of the ledger cannot hide one of the gate."""
    with world.kit.database.read() as connection:
        assert stops(connection) != []
        assert touches_after_a_stop(connection) == []


def test_what_the_engine_counts_as_sent_is_what_the_sandbox_got(world: World) -> None:
    with world.kit.database.read() as connection:
        ours = set(
            connection.execute(select(t.messages.c.id).where(t.messages.c.state == MessageState.ACCEPTED)).scalars()
        )
        theirs = list(connection.execute(select(t.sandbox_messages.c.message_id)).scalars())

    assert sorted(theirs) == sorted(ours)


def test_every_message_has_ended_or_has_a_next_time_or_rests_with_its_lead(world: World) -> None:
    table = t.messages
    query = (
        select(table.c.id, t.enrollments.c.status)
        .join(t.enrollments, t.enrollments.c.id == table.c.enrollment_id)
        .where(table.c.state.in_(sorted(OPEN_STATES)), table.c.due_at.is_(None))
    )
    with world.kit.database.read() as connection:
        timeless = connection.execute(query).all()

    assert [row for row in timeless if row.status not in ("paused", "snoozed", "out_of_office")] == []


def test_nothing_that_is_due_was_left(world: World) -> None:
    end = SMALL.end - timedelta(hours=2)
    with world.kit.database.read() as connection:
        late = connection.execute(
            select(func.count()).select_from(t.enrollments).where(t.enrollments.c.due_at < end)
        ).scalar_one()
        unabsorbed = connection.execute(
            select(func.count()).select_from(t.provider_events).where(t.provider_events.c.applied_at.is_(None))
        ).scalar_one()

    assert (late, unabsorbed) == (0, 0)


def test_the_first_touch_comes_within_seconds(world: World) -> None:
    """For those who asked by a form, at any hour: an imported list asked nothing just now."""
    query = select(t.leads.c.created_at, t.leads.c.first_touch_at).where(
        t.leads.c.source == "web-form", t.leads.c.first_touch_at.is_not(None)
    )
    with world.kit.database.read() as connection:
        waits = sorted(row.first_touch_at - row.created_at for row in connection.execute(query))

    assert waits[len(waits) * 3 // 4] <= timedelta(seconds=10)


def test_every_fact_stands_in_the_chain(world: World) -> None:
    with world.kit.database.read() as connection:
        facts = connection.execute(select(func.count()).select_from(t.consent_facts)).scalar_one()
        sealed = connection.execute(select(func.count()).select_from(t.sealed_facts)).scalar_one()

    assert sealed == facts > 0


def touches_of(url: str, plan: Plan) -> list[Touch]:
    with lived(url, plan) as (kit, _), kit.database.read() as connection:
        return list_touches(connection)


@pytest.mark.postgres
@pytest.mark.slow
def test_the_same_seed_gives_the_same_touches(postgres_server: PostgresServer, tmp_path: Path) -> None:
    """On whichever database."""
    plan = Plan(leads=12, days=21, seed=5)
    url = postgres_server.create_database()

    first = touches_of(url, plan)

    assert {touch.channel for touch in first} >= {Channel.EMAIL, Channel.SMS, Channel.VOICEMAIL, Channel.CALL}
    assert touches_of(f"sqlite:///{tmp_path / 'again.db'}", plan) == first
    postgres_server.drop_database(url)


def test_another_seed_gives_other_touches(tmp_path: Path) -> None:
    one, other = (
        touches_of(f"sqlite:///{tmp_path / f'{seed}.db'}", Plan(leads=3, days=4, seed=seed)) for seed in (1, 2)
    )

    assert [] != one != other != []


@pytest.mark.parametrize("seed", range(20))
def test_a_seed_starts_on_a_monday_morning(seed: int) -> None:
    plan = Plan(leads=1, days=180, seed=seed)

    assert plan.start == Plan(leads=1, days=180, seed=seed).start
    assert plan.start.weekday() == 0
    assert plan.start.hour == 16


def test_seeds_start_at_different_times() -> None:
    assert len({Plan(leads=1, days=1, seed=seed).start for seed in range(40)}) > 8


def test_whoever_watches_sees_it_move_to_its_end(tmp_path: Path) -> None:
    plan = Plan(leads=2, days=5, seed=3)
    seen: list[Progress] = []
    start = virtual_world(plan.seed, plan.start)
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'watched.db'}", _env_file=None)
    kit = prepare(settings, start)

    simulate(kit, start, plan, watch=seen.append)
    kit.database.close()

    assert [one.share for one in seen] == sorted(one.share for one in seen)
    assert seen[-1] == Progress(at=plan.end, share=1.0)
