"""A kit on a real, published database, an app on it, and a browser on this machine."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from engine.bootstrap import World, open_kit, prepare
from engine.clock import Clock, VirtualClock
from engine.domain.access import Role
from engine.flows.kit import Kit
from engine.ids import SeededIds
from engine.journal import MemoryJournal
from engine.settings import Settings
from engine.web.app import create_app
from tests.databases import START, clock
from tests.servers import DatabaseServer, SqliteFolder
from tests.twins import choose_one
from tests.web.signing import CHEAP, HERE, signed_in_to

__all__ = ["HERE", "clock"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Ask one database what both would tell alike."""
    choose_one(items, Path(__file__).parent)


SECRET = "a secret for tests only, as long as it should be"  # noqa: S105 - it opens nothing


def world(clock: Clock) -> World:
    """Return a world that stands where *clock* does."""
    return World(clock=clock, ids=SeededIds(5, clock.now), journal=MemoryJournal(), journals=None)


def settings_for(url: str, **changes: Any) -> Settings:
    """Return settings for the database at *url*."""
    return Settings(database_url=url, secret_key=SECRET, **changes)


@pytest.fixture(scope="session")
def published_template(database_server: DatabaseServer) -> str:
    """Return the URL of a database with the shipped templates published: to copy, never to use."""
    url = database_server.create_database()
    prepare(settings_for(url), world(VirtualClock(START))).database.close()
    return url


@pytest.fixture(scope="session")
def embedded_template(sqlite_folder: SqliteFolder) -> str:
    """Return the URL of an embedded database with the shipped templates published: to copy, never to use."""
    url = sqlite_folder.create_database()
    prepare(settings_for(url), world(VirtualClock(START))).database.close()
    return url


@pytest.fixture
def settings(database_server: DatabaseServer, published_template: str) -> Iterator[Settings]:
    """Return settings for a published database of this test's own."""
    url = database_server.create_database(published_template)
    yield settings_for(url)
    database_server.drop_database(url)


@pytest.fixture
def kit(settings: Settings, clock: Clock) -> Iterator[Kit]:
    """Return a kit on a published database."""
    kit = open_kit(settings, world(clock))
    yield kit
    kit.database.close()


@pytest.fixture
def app(kit: Kit, settings: Settings) -> FastAPI:
    """Return the app."""
    return create_app(kit, settings, passwords=CHEAP)


@pytest.fixture
def browser(app: FastAPI) -> TestClient:
    """Return a browser whose forms stand on our own pages, signed in as an admin."""
    return signed_in_to(app)


@pytest.fixture
def signed_in(app: FastAPI) -> Callable[[Role | str], TestClient]:
    """Return what makes a browser that is signed in with a role."""
    return lambda role: signed_in_to(app, role)
