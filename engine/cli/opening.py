"""Open the database for one command."""

from collections.abc import Iterator
from contextlib import contextmanager

from engine import logs
from engine.bootstrap import World, open_kit, prepare
from engine.cli.complaints import Complaint
from engine.cli.output import warn
from engine.clock import SystemClock
from engine.flows.kit import Kit
from engine.ids import SystemIds
from engine.journal import MemoryJournal
from engine.settings import LogLevel, Settings, read_settings
from engine.store.database import file_of


def settings_now(*, is_service: bool = False) -> Settings:
    """Return what the environment says, with logging set up; only a service tells its story unasked."""
    settings = read_settings()
    is_chosen = is_service or "log_level" in settings.model_fields_set
    logs.configure(settings.log_level if is_chosen else LogLevel.WARNING, settings.log_format)
    file_of(settings.database_url)  # an address that can't be read is told before anything begins
    return settings


@contextmanager
def opened_kit(*, make: bool = False) -> Iterator[Kit]:
    """Open a kit on the database; with *make*, an embedded one that isn't there yet is made and the templates published.

    Raises `Complaint` where there is no file, so that looking never leaves an empty database behind.
    """
    settings = settings_now()
    path = file_of(settings.database_url)
    is_new = path is not None and not path.exists()
    if is_new and not make:
        raise Complaint(f"there is no database at {path}: run `fifthtouch up` or `fifthtouch demo` first")
    # A command only reads and writes rows; what it makes due is sent by the workers, who keep a journal.
    world = World(clock=SystemClock(), ids=SystemIds(), journal=MemoryJournal(), journals=None)
    if is_new:
        warn(f"Making the database {path}.")
        kit = prepare(settings, world)
    else:
        kit = open_kit(settings, world)
    try:
        yield kit
    finally:
        kit.database.close()
