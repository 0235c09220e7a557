"""Whether a database is as this release needs it, and how to bring it there.

Migrations only go forward: what a release wrote, an older one can't be trusted to read.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from engine.store import changes
from engine.store.database import Database
from engine.store.errors import NotPrepared, StoreError, TooNew
from engine.store.installation import is_demonstration
from engine.store.partitions import make_partitions
from engine.store.tables import metadata

MIGRATIONS = Path(__file__).parent / "migrations"
POSTGRESQL_VERSION_NUM_MIN = 15_00_00
ADVISORY_LOCK = 0x5_70C4  # any number, as long as nobody else in this database uses it
STATEMENT_TIMEOUT_MS = 600_000  # filling a column of a large table takes its time; so does waiting for another upgrade
LOCK_TIMEOUT_MS = 5_000  # while a migration waits for a table, everybody else waits behind it
LOCK_NOT_AVAILABLE = "55P03"


def upgrade(database: Database) -> str:
    """Bring the tables to this release's version, all steps or none, and return that version.

    Harmless when they are there already, and when several processes do it at once. Raises TooNew.
    """
    with database.write() as connection:
        if not database.is_sqlite:
            _queue_on_postgresql(connection)
        _refuse_newer(current(connection))
        try:
            command.upgrade(_config(connection), "head")
        except DBAPIError as error:
            raise StoreError(_stopped(error)) from error
        make_partitions(connection, database.now(connection))
        changes.prepare(connection)
        return newest()


def check_version(database: Database) -> None:
    """Raise NotPrepared or TooNew, with the remedy, unless the tables are of this release's version."""
    with database.read() as connection:
        found = current(connection)
    _refuse_newer(found)
    if found is None:
        raise NotPrepared("the database has no tables yet: run `fifthtouch db upgrade`")
    if found != newest():
        raise NotPrepared(
            f"the database's tables are of version {found}, this release needs {newest()}: run `fifthtouch db upgrade`"
        )


def current(connection: Connection) -> str | None:
    """Return the version of the tables that are there, None where there are none."""
    return MigrationContext.configure(connection).get_current_revision()


def newest() -> str:
    """Return the version of the tables that this release needs."""
    version = _scripts().get_current_head()
    assert version is not None
    return version


def replace_demonstration(database: Database) -> None:
    """Drop every table and make them again, empty. Refuses unless the database holds only a demonstration."""
    with database.write() as connection:
        if not is_demonstration(connection):
            raise StoreError("the database holds more than a demonstration, so it is not replaced")
        if database.is_sqlite:
            metadata.drop_all(connection)
        else:
            for table in metadata.sorted_tables:
                connection.execute(text(f'DROP TABLE "{table.name}" CASCADE'))
            connection.execute(text("DROP FUNCTION refuse_change()"))
        connection.execute(text("DROP TABLE alembic_version"))
    upgrade(database)


def _queue_on_postgresql(connection: Connection) -> None:
    version = int(connection.execute(text("SHOW server_version_num")).scalar_one())
    if version < POSTGRESQL_VERSION_NUM_MIN:
        raise StoreError(f"this PostgreSQL is version {version // 10_000}: 15 or newer is needed")
    for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
        connection.execute(text(f"SET LOCAL {limit} = {STATEMENT_TIMEOUT_MS}"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": ADVISORY_LOCK})
    connection.execute(text(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}"))


def _stopped(error: DBAPIError) -> str:
    if getattr(error.orig, "sqlstate", None) == LOCK_NOT_AVAILABLE:
        return "a table is in use for too long, nothing was changed: stop the workers, then upgrade again"
    reason = str(error.orig).strip().splitlines()[0]
    return f"the upgrade failed ({reason}) and nothing was changed: is another program's table in this database?"


def _refuse_newer(found: str | None) -> None:
    known = {script.revision for script in _scripts().walk_revisions()}
    if found is not None and found not in known:
        raise TooNew(
            f"the database's tables are of version {found}, this release knows only {newest()}: "
            "install the release that upgraded them, or a newer one"
        )


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(MIGRATIONS))


def _config(connection: Connection) -> Config:
    config = Config(attributes={"connection": connection})
    # Alembic reads % in an option as the start of a variable.
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config
