"""Start throw-away PostgreSQL and Redis servers for the tests, and hand out empty databases.

Each server gets a free port of the loopback address, a temporary folder, and an end with the process that started
it. Nothing a machine already runs is touched.
"""

import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import SystemRandom
from typing import Any, NoReturn

import psycopg
import pytest

START_SECONDS_MAX = 30
SERVERS_PORTS = (10_000, 32_000)
POSTGRES_VERSION_MIN = 15
MEMORY_BYTES_MIN = 2 * 1024**3
"""Below this the servers' folders lie on disk: several servers, each with a log of changes of up to some 100 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SqliteFolder:
    """Makes SQLite databases, one file each."""

    folder: Path
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    kind: str = "sqlite"

    def create_database(self, template: str | None = None) -> str:
        """Return the URL of a new database: empty, or a copy of *template*, which nobody may have open."""
        path = self.folder / f"test_{next(self._numbers)}.db"
        if template is not None:
            shutil.copyfile(template.removeprefix("sqlite:///"), path)
        return f"sqlite:///{path}"

    def drop_database(self, url: str) -> None:
        """Remove the database at *url*."""
        path = url.removeprefix("sqlite:///")
        for suffix in ("", "-wal", "-shm"):
            Path(path + suffix).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresServer:
    """Makes databases in one running PostgreSQL server."""

    port: int
    version: str
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    kind: str = "postgresql"

    def create_database(self, template: str | None = None) -> str:
        """Return the URL of a new database: empty, or a copy of *template*, which nobody may be connected to."""
        name = f"test_{next(self._numbers)}"
        source = "template0" if template is None else template.rsplit("/", 1)[1]
        self._execute(f"CREATE DATABASE {name} TEMPLATE {source} STRATEGY FILE_COPY")  # half the work of the usual one
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{name}"

    def drop_database(self, url: str) -> None:
        """Remove the database at *url*, ending any connection that was left open."""
        self._execute(f"DROP DATABASE IF EXISTS {url.rsplit('/', 1)[1]} WITH (FORCE)")

    def _execute(self, statement: str) -> None:
        with psycopg.connect(f"postgresql://postgres@127.0.0.1:{self.port}/postgres", autocommit=True) as connection:
            connection.execute(statement.encode())


DatabaseServer = SqliteFolder | PostgresServer


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Run PostgreSQL until the block ends, however it ends; skip, or fail in CI, where it isn't installed."""
    binaries = _postgres_binaries()
    user = unprivileged_user()
    with folder_of(user) as folder:
        port = free_port()
        _make_cluster(binaries, user, folder)
        with _running_cluster(binaries, user, folder, port):
            yield PostgresServer(port=port, version=postgres_version(binaries))


def _make_cluster(binaries: Path, user: str | None, folder: Path) -> None:
    _run(user, binaries / "initdb", "--pgdata", folder / "cluster", "--username=postgres", "--auth=trust",
         "--encoding=UTF8", "--locale=C", "--no-sync")  # fmt: skip


@contextmanager
def _running_cluster(binaries: Path, user: str | None, folder: Path, port: int) -> Iterator[None]:
    # The folder dies with the server, so there is nothing for fsync or a long log of changes to save.
    options = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": folder, "fsync": "off",
               "full_page_writes": "off", "wal_level": "minimal", "max_wal_senders": 0,
               "max_connections": 200, "shared_buffers": "128MB"}  # fmt: skip
    settings = (f"--{name}={value}" for name, value in options.items())
    command = [binaries / "postgres", "-D", folder / "cluster", *settings]
    with running(user, command, folder / "postgres.log"):
        eventually(lambda: _answers(port), within_seconds=START_SECONDS_MAX)
        yield


@contextmanager
def running_redis() -> Iterator[str]:
    """Run Redis without persistence until the block ends and yield its URL; skip, or fail in CI, if not installed."""
    binary, user, port = _redis_binary(), unprivileged_user(), free_port()
    with folder_of(user) as folder, _running_redis(binary, user, folder, port):
        yield f"redis://127.0.0.1:{port}/0"


def _redis_binary() -> str:
    binary = shutil.which("redis-server") or shutil.which("valkey-server")
    if binary is None:
        skip_unless_ci("redis-server is not installed; scripts/install-services.sh says how")
    return binary


@contextmanager
def _running_redis(binary: str, user: str | None, folder: Path, port: int) -> Iterator[None]:
    command = [binary, "--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no", "--dir", folder]
    with running(user, command, folder / "redis.log"):
        eventually(lambda: accepts(port), within_seconds=START_SECONDS_MAX)
        yield


class Restartable:
    """A server that a test stops and starts again, on the same port with what it had on disk."""

    def __init__(self, url: str, run: Callable[[], AbstractContextManager[None]]) -> None:
        self.url = url
        self._run = run
        self._running = ExitStack()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._running.enter_context(self._run())

    def stop(self) -> None:
        """End it in order, as an upgrade of the machine would."""
        self._running.close()


@contextmanager
def restartable_postgres() -> Iterator[Restartable]:
    """Run PostgreSQL with one empty database until the block ends, to be stopped and started within it."""
    binaries, user = _postgres_binaries(), unprivileged_user()
    with folder_of(user) as folder:
        port = free_port()
        _make_cluster(binaries, user, folder)

        @contextmanager
        def run() -> Iterator[None]:
            with _running_cluster(binaries, user, folder, port):
                yield

        server = Restartable(f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres", run)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def restartable_redis() -> Iterator[Restartable]:
    """Offer Redis, not started yet, to be started and stopped within the block."""
    binary, user, port = _redis_binary(), unprivileged_user(), free_port()
    with folder_of(user) as folder:
        server = Restartable(f"redis://127.0.0.1:{port}/0", lambda: _running_redis(binary, user, folder, port))
        try:
            yield server
        finally:
            server.stop()


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on now, and that no outgoing connection gets meanwhile.

    Those have numbers of their own, from 32768 on; a server that is restarted would find its port taken by one of them.
    """
    while True:
        port = SystemRandom().randrange(*SERVERS_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def eventually(is_so: Callable[[], bool], *, within_seconds: float = 10) -> None:
    """Wait until *is_so* answers yes; for other processes only, whose progress no virtual clock can decide."""
    deadline = time.monotonic() + within_seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"still not so after {within_seconds} s: {is_so}")
        time.sleep(0.02)


def skip_unless_ci(reason: str) -> NoReturn:
    """Skip the test and say why; in CI, where nobody would notice, fail it."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def postgres_version(binaries: Path) -> str:
    """Return the version of the programs in *binaries*, such as 15.4."""
    told = subprocess.run([binaries / "postgres", "--version"], check=True, capture_output=True, text=True).stdout
    found = re.search(r"(\d+)(\.\d+|devel|beta\d|rc\d)", told)
    return found[0] if found else "0"


def newest_postgres() -> Path | None:
    """Return the folder of the newest PostgreSQL programs on this machine, or None if there are none."""
    places = [Path(place).resolve().parent for place in [shutil.which("postgres")] if place]
    places += [place.parent for place in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    return max(places, key=_major_version, default=None)


def _postgres_binaries() -> Path:
    binaries = newest_postgres()
    if binaries is None or _major_version(binaries) < POSTGRES_VERSION_MIN:
        skip_unless_ci(f"PostgreSQL {POSTGRES_VERSION_MIN} is not installed; scripts/install-services.sh says how")
    return binaries


def _major_version(binaries: Path) -> int:
    return int(re.match(r"\d+", postgres_version(binaries))[0])  # type: ignore[index]


def unprivileged_user() -> str | None:
    """Return whom a server runs as: PostgreSQL refuses to be run by root. None means whoever we are."""
    if os.geteuid() != 0:
        return None
    with suppress(KeyError):
        return pwd.getpwnam("postgres").pw_name
    return "nobody"


@contextmanager
def folder_of(user: str | None) -> Iterator[Path]:
    """Make a folder that *user* (None: whoever we are) may write, until the block ends."""
    # Not pytest's own folder: that one is closed to other users, and too deep for the path of a socket.
    with tempfile.TemporaryDirectory(prefix="fifthtouch-", dir=memory(), ignore_cleanup_errors=True) as name:
        if user is not None:
            shutil.chown(name, user)
        yield Path(name)


def memory() -> Path | None:
    """Return the folder that a disk need not write, where a database is copied up to ten times as fast; None: nowhere."""
    folder = Path("/dev/shm")  # noqa: S108 - what is made in it has a name of its own, made by tempfile
    is_roomy = os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > MEMORY_BYTES_MIN
    return folder if is_roomy else None


def _run(user: str | None, *command: object) -> None:
    parts = [str(part) for part in command]
    done = subprocess.run(parts, check=False, capture_output=True, text=True, cwd="/", **_as(user))
    assert done.returncode == 0, done.stdout + done.stderr


def _as(user: str | None) -> dict[str, Any]:
    # Without these, root's groups would come along.
    return {} if user is None else {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


@contextmanager
def running(user: str | None, command: Sequence[object], log: Path) -> Iterator[None]:
    """Run *command* as *user* (None: whoever we are) until the block ends; what it says goes to *log*."""
    with log.open("wb") as output:
        server = subprocess.Popen(
            [*_end_with_us(), *(str(part) for part in command)], stdout=output, stderr=output, cwd="/", **_as(user)
        )
    try:
        yield
    except TimeoutError as error:
        error.add_note(log.read_text(errors="replace"))
        raise
    finally:
        # SIGINT is "fast shutdown" to PostgreSQL and an orderly end to Redis.
        server.send_signal(2)
        try:
            server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _end_with_us() -> list[str]:
    # Linux can end a child when its parent is killed; elsewhere only an orderly end stops the servers.
    return ["setpriv", "--pdeathsig", "INT"] if shutil.which("setpriv") else []


def _answers(port: int) -> bool:
    try:
        psycopg.connect(f"postgresql://postgres@127.0.0.1:{port}/postgres", connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def accepts(port: int) -> bool:
    """Return whether anybody listens on *port* of the loopback address."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return False
    return True
