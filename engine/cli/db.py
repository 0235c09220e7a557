"""`db`: bring the database to this release's version."""

from engine.cli.apps import noun
from engine.cli.opening import settings_now
from engine.cli.output import Json, emit, say
from engine.clock import SystemClock
from engine.store import schema
from engine.store.database import Database

app = noun()
APPS = {"db": app}


@app.callback()
def db() -> None:
    """Look after the database."""


@app.command()
def upgrade(*, json: Json = False) -> None:
    """Bring the tables to this release's version; harmless when they are."""
    database = Database(settings_now().database_url, SystemClock())
    try:
        version = schema.upgrade(database)
    finally:
        database.close()
    if json:
        emit({"version": version})
    else:
        say(f"The database is of version {version}.")
