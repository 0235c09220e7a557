"""Whom a rehearsal is for: invented people, the rows of a leads file, or a copy of the installation's own leads."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from pydantic import SecretStr

from channels.sandbox import NAME as SANDBOX
from engine.bootstrap import World, prepare, state_folder
from engine.clock import SystemClock
from engine.content.library import Library
from engine.flows.enroll import Entry, enroll
from engine.flows.import_leads import import_leads
from engine.flows.intake import receive_leads
from engine.flows.kit import Kit
from engine.leadfile import LeadFile
from engine.settings import Settings
from engine.simulation.appointments import suppose_dates
from engine.simulation.people import Person, invent
from engine.store import copying, schema, senders
from engine.store.database import Database, file_of
from engine.store.errors import StoreError

SECRET = "rehearsal"  # noqa: S105 - of a database that is gone when the rehearsal is


@dataclass(frozen=True, slots=True, kw_only=True)
class Invented:
    """So many invented people, who are all there at the start."""

    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The leads of a file, taken in as `lead import` does: a list brings stops, and no permission."""

    leadfile: LeadFile
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """The newest *limit* open leads of the installation that *settings* name, as they stand there.

    Its database is only read.
    """

    settings: Settings
    limit: int


Audience = Invented | Listed | Installed


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A throw-away installation with its audience: who has yet to come, and how they are taken in."""

    kit: Kit
    people: Sequence[Person]
    take_in: Callable[[Kit, Sequence[Person]], object]
    refused: Sequence[Entry]  # who did not enter, of those who are there already


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What a rehearsal is about, whoever it is for."""

    library: Library
    sequence: str
    seed: int
    start: datetime
    days: int


def set_up(audience: Audience, frame: Frame, world: World, folder: Path) -> Stage:
    """Make a throw-away installation in *folder*, with *audience* in it; raises `Missing` for an unknown sequence."""
    url = f"sqlite:///{folder / 'rehearsal.db'}"
    match audience:
        case Invented(count=count):
            kit = prepare(_settings(url, SECRET), world, library=frame.library)
            interests = list(frame.library.brand.interests)
            people = invent(
                count, seed=frame.seed, start=frame.start, days=frame.days, interests=interests, at_once=True
            )
            return Stage(kit=kit, people=people, take_in=partial(enter, frame.sequence), refused=())
        case Listed(leadfile=leadfile, source=source):
            kit = prepare(_settings(url, SECRET), world, library=frame.library)
            import_leads(kit, leadfile, source=source, recorded_by="rehearsal", sequence=frame.sequence)
            return Stage(kit=kit, people=(), take_in=_nobody_comes, refused=())
        case Installed():
            return _copy(audience, frame, world, url)


def enter(sequence: str, kit: Kit, people: Sequence[Person]) -> None:
    """Take *people* in and let them enter *sequence*, and nothing else."""
    arrivals = receive_leads(kit, [person.draft for person in people], recorded_by="rehearsal", enter=False)
    with kit.database.write() as connection:
        lead_ids, now = [one.lead_id for one in arrivals], kit.database.now(connection)
        suppose_dates(kit, connection, lead_ids, sequence, now)
        enroll(kit, connection, lead_ids, sequence, now)


def _nobody_comes(_kit: Kit, _people: Sequence[Person]) -> None:
    return


def _copy(audience: Installed, frame: Frame, world: World, url: str) -> Stage:
    there = _read_only(audience.settings.database_url)
    secret = _secret_of(audience.settings)
    target = Database(url, world.clock)
    schema.upgrade(target)
    source = Database(there, SystemClock())
    try:
        schema.check_version(source)
        with source.read() as reading, target.write() as writing:
            lead_ids = copying.copy_leads(reading, writing, limit=audience.limit)
    finally:
        source.close()
        target.close()
    kit = prepare(_settings(url, secret), world, library=frame.library)
    with kit.database.write() as connection:
        copying.let_all_send(connection)
        ways = {(one.provider, one.channel) for one in senders.all_senders(connection)}
        entries = enroll(kit, connection, lead_ids, frame.sequence, kit.database.now(connection))
    # Its own providers' names stay, so that the gate asks what it asks of them; behind each stands the sandbox.
    stand_ins = {(provider, channel): kit.adapters[SANDBOX, channel] for provider, channel in ways}
    refused = [one for one in entries if not one.answer.enters]
    return Stage(
        kit=replace(kit, adapters=stand_ins | dict(kit.adapters)), people=(), take_in=_nobody_comes, refused=refused
    )


def _settings(url: str, secret: str) -> Settings:
    """Return settings for the throw-away database; rules of one's own and the public address are the environment's."""
    return Settings(database_url=url, secret_key=SecretStr(secret))


def _secret_of(settings: Settings) -> str:
    """Return the installation's secret without making one: keys of addresses are made with it."""
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value()
    try:
        return (state_folder(settings) / "secret.key").read_text().strip()
    except OSError as error:
        raise StoreError("the installation's secret key is not there: set FIFTHTOUCH_SECRET_KEY") from error


def _read_only(url: str) -> str:
    """Return *url* so that an embedded database can't be written by it; raises `StoreError` where there is none."""
    path = file_of(url)
    if path is None:
        return url
    if not path.is_file():
        raise StoreError(f"there is no database at {path}: run `fifthtouch up` or `fifthtouch demo` first")
    return f"sqlite:///file:{path.absolute()}?mode=ro&uri=true"
