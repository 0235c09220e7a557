"""What every test stands on: a clean environment, no network, and servers on request."""

import gc
import logging
import os
import sqlite3
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import hypothesis
import pytest
import structlog
from hypothesis.database import DirectoryBasedExampleDatabase

from engine import logs
from tests import loopback, servers
from tests.mailboxes import MailboxServer, running_mailbox_server
from tests.servers import DatabaseServer, PostgresServer, SqliteFolder
from tests.shared import REPOSITORY

# A developer's own settings or keys must not decide whether a test passes, nor reach a provider.
STRAY_PREFIXES = ("FIFTHTOUCH_", "SENDGRID_", "TWILIO_", "SMTP_", "DATABASE_URL", "REDIS_URL", "PORT", "dramatiq_")
for name in [name for name in os.environ if name.startswith(STRAY_PREFIXES)]:
    del os.environ[name]

# Databases and journals of one file each lie there, too, and are gone with the run that made them.
if (roomy := servers.memory()) is not None:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(roomy))

# Speed is measured by benchmarks; a slow machine must not fail a property. CI tries more examples.
EXAMPLES = DirectoryBasedExampleDatabase(REPOSITORY / ".hypothesis" / "examples")
hypothesis.settings.register_profile("dev", deadline=None, max_examples=50, database=EXAMPLES)
# The same examples every time: a change fails for what it changed. New ones are looked for at every desk.
hypothesis.settings.register_profile(
    "ci", deadline=None, max_examples=25, database=None, print_blob=True, derandomize=True
)
# `make mutants`: each change is asked about by many tests, so few examples of each must do.
hypothesis.settings.register_profile("mutants", deadline=None, max_examples=8, database=None, derandomize=True)
# `make fuzz`: as many as an hour or a night has room for.
hypothesis.settings.register_profile("fuzz", deadline=None, max_examples=500, database=EXAMPLES, print_blob=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "dev")


def pytest_configure() -> None:
    loopback.install()


def pytest_collection_finish() -> None:
    """Let Python's collector leave alone what lives as long as the tests: going through it again and again is a fifth of their time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def pytest_report_header() -> list[str]:
    """Print the versions that decide how a failure is read."""
    packages = ("sqlalchemy", "alembic", "psycopg", "dramatiq", "redis", "hypothesis", "phonenumbers", "holidays")
    postgres = servers.newest_postgres()
    return [
        f"sqlite {sqlite3.sqlite_version}",
        f"postgresql {servers.postgres_version(postgres) if postgres else 'not installed'}",
        "packages: " + ", ".join(f"{package} {version(package)}" for package in packages),
        f"examples per property: {hypothesis.settings().max_examples}",
    ]


@pytest.fixture(scope="session", autouse=True)
def _elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Work in an empty folder, so that a test neither reads the checkout's .env nor leaves a database in it."""
    before = Path.cwd()
    os.chdir(tmp_path_factory.mktemp("working-directory"))
    yield
    os.chdir(before)


@pytest.fixture(autouse=True)
def _logging() -> Iterator[None]:
    """Undo what a test, or a command that it ran in this process, set up for logging."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logs.unbind_all()
    structlog.reset_defaults()


@pytest.fixture(autouse=True)
def _network(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let tests marked live reach their provider."""
    if request.node.get_closest_marker("live") is None:
        yield
        return
    with loopback.lowered():
        yield


@pytest.fixture
def workdir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test an empty working directory of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def sqlite_folder() -> Iterator[SqliteFolder]:
    """Return where SQLite databases are made."""
    with servers.folder_of(None) as folder:
        yield SqliteFolder(folder=folder)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Return a PostgreSQL server that ends with the tests."""
    with servers.running_postgres() as server:
        yield server


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_server(request: pytest.FixtureRequest) -> DatabaseServer:
    """Return each kind of database server in turn; migrate a template once, then clone it."""
    name = "sqlite_folder" if request.param == "sqlite" else "postgres_server"
    server: DatabaseServer = request.getfixturevalue(name)
    return server


@pytest.fixture
def database_url(database_server: DatabaseServer) -> Iterator[str]:
    """Return the URL of an empty database, on SQLite and on PostgreSQL in turn."""
    url = database_server.create_database()
    yield url
    database_server.drop_database(url)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """Return the URL of a Redis server that ends with the tests."""
    with servers.running_redis() as url:
        yield url


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """Return the URL of a Redis with nothing in it. Ask for it with the `redis` marker."""
    import redis

    with redis.Redis.from_url(redis_server) as connection:
        connection.flushall()
    return redis_server


@pytest.fixture(scope="session")
def mailbox_server() -> Iterator[MailboxServer]:
    """Return a server of mailboxes that ends with the tests."""
    with running_mailbox_server() as server:
        yield server
