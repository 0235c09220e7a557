"""Fixtures: a prepared installation for each test, on SQLite and on PostgreSQL in turn, cloned from one that was published."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.bootstrap import MACHINE_CHANNELS, World, open_kit, prepare
from engine.clock import Clock, VirtualClock
from engine.flows.kit import Kit
from engine.ids import SeededIds
from engine.journal import MemoryJournal
from engine.settings import Settings
from tests.databases import START
from tests.flows.content import small_library
from tests.flows.moody import NAME, Moody
from tests.flows.story import Story
from tests.servers import DatabaseServer
from tests.twins import choose_one

ABOUT_LOCKS = (
    "intake",
    "claiming",
    "dispatch",
    "receipts",
    "reconcile",
    "poison",
    "settle_unknown",
    "withdraw",
    "absorb",
    "seal",
    "heard_twice",
    "breaking",
    "failing_over",
    "alerting",
    "hear_again",
    "registries",
    "appointments",
    "moving",
    "again",
)
"""Where the two databases may differ: locks, leases, uniqueness."""

SECRET = "a secret for tests only"  # noqa: S105 - nothing real hides behind it


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Ask one database what both would tell alike."""
    choose_one(items, Path(__file__).parent, both=ABOUT_LOCKS)


def settings_for(url: str) -> Settings:
    """Return the settings of an installation whose database is *url*."""
    return Settings(database_url=url, secret_key=SECRET, _env_file=None)


def world_at(clock: Clock) -> World:
    """Return a world of virtual time, seeded."""
    return World(clock=clock, ids=SeededIds(7, clock.now), journal=MemoryJournal(), journals=None)


@pytest.fixture(scope="session")
def published_template(database_server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the URL of a prepared database that nobody has open: to copy, never to use."""
    url = database_server.create_database()
    library = small_library(tmp_path_factory.mktemp("templates"))
    prepare(settings_for(url), world_at(VirtualClock(START)), library=library).database.close()
    return url


@pytest.fixture
def kit_url(database_server: DatabaseServer, published_template: str) -> Iterator[str]:
    """Return the URL of a prepared database."""
    url = database_server.create_database(published_template)
    yield url
    database_server.drop_database(url)


@pytest.fixture
def provider() -> Moody:
    """Return the provider that takes everything until a test says otherwise."""
    return Moody()


@pytest.fixture
def clock() -> VirtualClock:
    """Stand at START until the test moves it."""
    return VirtualClock(START)


@pytest.fixture
def kit(kit_url: str, clock: VirtualClock, provider: Moody) -> Iterator[Kit]:
    """Return a prepared installation in virtual time."""
    kit = open_moody(kit_url, world_at(clock), provider)
    # The template's ids were minted from the same seed at the same instant.
    yield replace(kit, ids=SeededIds(8, clock.now))
    kit.database.close()


def open_moody(url: str, world: World, provider: Moody) -> Kit:
    """Return a kit on the prepared database at *url*, served by *provider*."""
    adapters = {(NAME, channel): provider.on(channel) for channel in MACHINE_CHANNELS}
    return open_kit(settings_for(url), world, adapters=adapters)


@pytest.fixture
def story(kit: Kit, clock: VirtualClock, provider: Moody) -> Story:
    """Return a story about to begin."""
    return Story(kit=kit, clock=clock, provider=provider)
