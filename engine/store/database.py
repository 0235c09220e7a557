"""One door to the database: connections, transactions, locks and the database's own time.

SQLite runs WAL with `synchronous=FULL`, `BEGIN IMMEDIATE` and one writer at a time; PostgreSQL runs READ COMMITTED,
so that a statement begun after a lock sees what the lock waited for.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, func, make_url, select
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError

from engine.clock import Clock
from engine.store import notices
from engine.store.errors import Spoiled, StoreError, Unreachable

__all__ = ["Connection", "Database", "apart", "file_of"]

WRITES = "fifthtouch_writes"
SQLITE_BUSY_SECONDS = 30  # another process may hold the one write lock for a whole import batch
SQLITE_STATEMENTS_KEPT = 1_000  # prepared ones: a list of ids of each length is a statement of its own
STATEMENT_TIMEOUT_MS = 30_000  # no statement of ours runs this long; a stuck one must not hold locks
IDLE_IN_TRANSACTION_MS = 15_000  # nor must a machine that says nothing more: it froze, or its cable was pulled out
LOST_AFTER = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 15_000}
"""After how long each end takes a silent other end for gone: seconds, a count, and milliseconds. Linux waits two hours."""
POSTGRESQL: Mapping[str, object] = {
    "timezone": "UTC",
    "statement_timeout": STATEMENT_TIMEOUT_MS,
    "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION_MS,
    **{f"tcp_{name}": value for name, value in LOST_AFTER.items() if name.startswith("keepalives")},
    "jit": "off",  # to compile a query took up to twenty times as long as to answer it, over a million messages too
}
"""How each session of ours is set."""
CONNECT_TIMEOUT_SECONDS = 5


class Database:
    """A database, and how to talk to it."""

    def __init__(self, url: str, clock: Clock, *, pool_size: int = 10) -> None:
        self.clock = clock
        self.subscriptions = notices.Subscriptions(clock)
        # What happens in virtual time can happen again: it need not outlive a power cut.
        self.engine = (
            _connect_sqlite(url, synchronous="OFF" if clock.is_virtual else "FULL")
            if url.startswith("sqlite")
            else _connect_postgresql(url, pool_size)
        )
        # SQLite's own busy handler polls and starves; threads of one process queue here instead.
        self._writer = Lock() if self.is_sqlite else None

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction that may write; it commits at the end, or rolls back on any exception."""
        if self._writer is None:
            with self._begin(writes=True) as connection:
                yield connection
        else:
            with self._writer, self._begin(writes=True) as connection:
                yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that only reads."""
        with self._begin(writes=False) as connection:
            yield connection

    def now(self, connection: Connection) -> datetime:
        """Return the database's present instant, which all leases and deadlines are counted in.

        SQLite has no clock but this machine's, and a virtual clock overrules any database.
        """
        if self.is_sqlite or self.clock.is_virtual:
            return self.clock.now()
        instant = connection.execute(select(func.clock_timestamp())).scalar_one()
        assert isinstance(instant, datetime)
        return instant

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()

    @contextmanager
    def _begin(self, *, writes: bool) -> Iterator[Connection]:
        try:
            connection = self.engine.connect()
        except DBAPIError as error:  # an OperationalError, or SQLite's word that the file is no database
            raise Unreachable(_unreachable(self.engine, error)) from error
        with connection:
            connection = connection.execution_options(**{WRITES: writes, notices.KEY: self.subscriptions})
            try:
                transaction = connection.begin()
            except DBAPIError as error:  # SQLite's one writer is somebody else, for too long
                raise Unreachable(_unreachable(self.engine, error)) from error
            try:
                with transaction:
                    yield connection
            except DBAPIError as error:
                # A full disk, a file that went away: nothing that trying again would mend. Or a server that went away.
                if (self.is_sqlite and isinstance(error, OperationalError)) or error.connection_invalidated:
                    raise Unreachable(_unreachable(self.engine, error)) from error
                raise


@contextmanager
def apart(connection: Connection) -> Iterator[None]:
    """Do something apart from the rest of a transaction: where it fails it is undone alone, and `Spoiled` is raised.

    Trouble of the database itself is raised as it is: nothing of the transaction can stand then.
    """
    try:
        with connection.begin_nested():
            yield
    except (OperationalError, InterfaceError, StoreError):
        raise
    except Exception as error:
        raise Spoiled(f"{type(error).__name__}: {error}"[:1_000]) from error


def file_of(url: str) -> Path | None:
    """Return the file of an embedded database, or None when *url* is a server's or lives in memory."""
    parsed = _parsed(url)
    is_file = parsed.drivername.startswith("sqlite") and parsed.database not in (None, "", ":memory:")
    return Path(str(parsed.database)) if is_file else None


def _connect_sqlite(url: str, *, synchronous: str) -> Engine:
    options = {
        "timeout": SQLITE_BUSY_SECONDS,
        "check_same_thread": False,
        "cached_statements": SQLITE_STATEMENTS_KEPT,
    }
    engine = create_engine(url, connect_args=options, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        for pragma in ("journal_mode=WAL", f"synchronous={synchronous}", "foreign_keys=ON", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(WRITES, True)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _connect_postgresql(url: str, pool_size: int) -> Engine:
    parsed = _parsed(url)
    if not parsed.drivername.startswith("postgres"):
        message = f"a {parsed.drivername} database is not supported: use postgresql://... or sqlite:///file"
        raise StoreError(message)
    return create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        isolation_level="READ COMMITTED",
        hide_parameters=True,  # an error is logged, and what people wrote belongs in no log
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,  # a restarted server costs one reconnect, not an error
        connect_args={
            "connect_timeout": CONNECT_TIMEOUT_SECONDS,
            "options": " ".join(f"-c {name}={value}" for name, value in POSTGRESQL.items()),
            **LOST_AFTER,
        },
    )


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError) as error:
        message = "DATABASE_URL is not a database address: write postgresql://user:password@host/name or sqlite:///file"
        raise StoreError(message) from error


def _unreachable(engine: Engine, error: DBAPIError) -> str:
    where = engine.url.render_as_string(hide_password=True)
    first_line = str(error.orig).strip().splitlines()[0]
    if engine.dialect.name == "sqlite":
        return (
            f"the database {where} does not answer ({first_line}). Is there such a folder, is the file ours, and does "
            "no other program hold it?"
        )
    return f"the database {where} does not answer ({first_line}). Is it running, and is DATABASE_URL right?"
