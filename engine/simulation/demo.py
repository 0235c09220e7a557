"""The demonstration: months of invented follow-up in this folder's database, for a person to look around in afterwards."""

import os
from pathlib import Path

from engine.bootstrap import prepare
from engine.clock import Clock
from engine.settings import Settings
from engine.simulation.run import Watch, virtual_world
from engine.simulation.simulate import Plan, in_silence, simulate
from engine.simulation.summary import Summary
from engine.store import installation, schema
from engine.store.database import Database, file_of
from engine.store.errors import StoreError

LEADS, DAYS, SEED = 200, 180, 7


def run_demo(
    settings: Settings, *, leads: int = LEADS, days: int = DAYS, seed: int = SEED, progress: Watch = in_silence
) -> Summary:
    """Fill the database of *settings* with a demonstration and return its summary, which the database keeps too.

    Replaces a database that holds only a demonstration; raises `StoreError`, and changes nothing, on any other.
    """
    plan = Plan(leads=leads, days=days, seed=seed)
    world = virtual_world(seed, plan.start)
    _make_room(settings, world.clock)
    kit = prepare(settings, world)
    try:
        with kit.database.write() as connection:
            # At once: a demonstration that was interrupted may be replaced as well.
            installation.mark_demonstration(connection)
        summary = simulate(kit, world, plan, watch=progress)
        with kit.database.write() as connection:
            installation.mark_demonstration(connection, summary.to_json())
    finally:
        kit.database.close()
    return summary


def _make_room(settings: Settings, clock: Clock) -> None:
    """Empty the database if it holds a demonstration; raise `StoreError` if it holds anything else."""
    path = file_of(settings.database_url)
    if path is not None:
        _check_folder(path)
        if not path.exists():
            return
    database = Database(settings.database_url, clock)
    try:
        if _is_used(database):
            schema.replace_demonstration(database)
    finally:
        database.close()


def _check_folder(path: Path) -> None:
    folder = path.absolute().parent
    if not folder.is_dir():
        raise StoreError(f"there is no folder {folder}: make it, or name another database in DATABASE_URL")
    if path.is_dir():
        raise StoreError(f"{path} is a folder: name a file in DATABASE_URL")
    if not os.access(folder, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise StoreError(f"{path} may not be written: run the demonstration in a folder of your own")


def _is_used(database: Database) -> bool:
    """Return whether there is a demonstration to replace; raises `StoreError` where anything else would be lost."""
    with database.read() as connection:
        if schema.current(connection) is None:
            return False  # new; where another program's tables are in the way, the upgrade says so and changes nothing
    schema.check_version(database)
    with database.read() as connection:
        if not installation.is_demonstration(connection):
            where = database.engine.url.render_as_string(hide_password=True)
            message = (
                f"{where} holds more than a demonstration, so it is left as it is: run `fifthtouch demo` in another "
                "folder, or set DATABASE_URL"
            )
            raise StoreError(message)
    return True
