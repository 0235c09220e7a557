"""Fixtures: a migrated database for each test, on SQLite and on PostgreSQL in turn.

The migrations run once; each test gets a copy. Import the fixtures into a folder's conftest to use them there.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from engine.clock import Clock, SystemClock, VirtualClock
from engine.store import schema
from engine.store.database import Database
from tests.servers import DatabaseServer

START = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # a Monday, ten in the morning in New York
KEY = b"a key for tests only"
KEY_ID = "test"


@pytest.fixture
def clock() -> Clock:
    """Stand at START until the test moves it; override this fixture to test with the real clock."""
    return VirtualClock(START)


@pytest.fixture(scope="session")
def migrated_template(database_server: DatabaseServer) -> str:
    """Return the URL of a migrated, empty database that nobody has open: to copy, never to use."""
    url = database_server.create_database()
    database = Database(url, SystemClock())
    schema.upgrade(database)
    database.close()
    return url


@pytest.fixture
def migrated_url(database_server: DatabaseServer, migrated_template: str) -> Iterator[str]:
    """Return the URL of a migrated, empty database."""
    url = database_server.create_database(migrated_template)
    yield url
    database_server.drop_database(url)


@pytest.fixture
def database(migrated_url: str, clock: Clock) -> Iterator[Database]:
    """Return a migrated, empty database."""
    database = Database(migrated_url, clock)
    yield database
    database.close()
