"""`doctor`: what is wrong with this installation, and what to do."""

import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime, timedelta

import typer

from channels.errors import ChannelError
from engine.bootstrap import MACHINE_CHANNELS, World, open_kit, state_folder
from engine.cli import doctor_live
from engine.cli.apps import one_command
from engine.cli.attest import missing_for, told_missing
from engine.cli.complaints import Complaint, complaint_of
from engine.cli.content import read_in
from engine.cli.doctor_live import examine_live, look_outside
from engine.cli.findings import Finding, asked, well, wrong
from engine.cli.opening import settings_now
from engine.cli.output import Json, emit, say
from engine.clock import SystemClock
from engine.content.checks import check_library
from engine.content.library import load_library
from engine.content.problems import errors_among
from engine.flows import registries
from engine.flows.kit import Kit
from engine.ids import SystemIds
from engine.jobs import declare, make_brokers
from engine.journal import MemoryJournal
from engine.settings import Settings
from engine.store import contents, errands, incidents, installation, reports, schema, senders
from engine.store.database import Database, file_of
from engine.store.errors import StoreError

app = one_command()
APPS = {"doctor": app}

SKEW_MAX = timedelta(seconds=2)  # as long as a call may still start after its attempt was written
MAILBOX_LATE = timedelta(minutes=15)  # it is read every minute, a large mail may take a few


@app.command()
def doctor(*, json: Json = False) -> None:
    """Say what is wrong with this installation, and what to do."""
    findings = list(examine(settings_now()))
    for one in findings:
        if json:
            emit(asdict(one))
        else:
            say(f"{'ok   ' if one.ok else 'WRONG'}  {one.check}: {one.detail}{f' {one.remedy}' if one.remedy else ''}")
    wrong = sum(not one.ok for one in findings)
    if not json:
        say()
        say("All is well." if wrong == 0 else f"{wrong} of {len(findings)} need you.")
    if wrong:
        raise typer.Exit(1)


def examine(settings: Settings, outside: doctor_live.Outside | None = None) -> Iterator[Finding]:
    """Yield what is found, the foundation first; what stands on something broken is left out.

    Without *outside* the real one is asked, as far as keys are set.
    """
    yield well("python", f"{sys.version_info.major}.{sys.version_info.minor}")
    yield asked("templates", _templates)
    yield asked("secret key", lambda: _key_file(settings))
    database = asked("database", lambda: _database(settings))
    yield database
    if not database.ok:
        return
    here = World(clock=SystemClock(), ids=SystemIds(), journal=MemoryJournal(), journals=None)
    try:
        kit = open_kit(settings, here)
    except (StoreError, ChannelError, OSError) as error:
        yield wrong("installation", complaint_of(error) or repr(error), "")
        return
    try:
        for name, look in _LOOKS:
            yield asked(name, lambda look=look: look(kit, settings))  # type: ignore[misc]
        with kit.database.read() as connection:
            found = senders.all_senders(connection)
        yield from examine_live(settings, found, outside or look_outside())
    finally:
        kit.database.close()


def _templates() -> tuple[bool, str, str]:
    library = load_library()
    problems = [*check_library(library)]
    for name, text in library.sequences.items():
        problems += read_in(library, text, library.file(f"sequences/{name}.yaml"))[1]
    errors = errors_among(problems)
    detail = f"{len(library.messages)} messages and {len(library.sequences)} sequences in {library.place}"
    told = f"{detail}; {len(errors)} errors, the first: {errors[0]}" if errors else detail
    return not errors, told, "See `fifthtouch template check` and `fifthtouch sequence check`."


def _key_file(settings: Settings) -> tuple[bool, str, str]:
    if settings.secret_key is not None:
        return True, "from FIFTHTOUCH_SECRET_KEY", ""
    path = state_folder(settings) / "secret.key"
    if not path.exists():
        return True, "will be made with the database", ""
    is_private = stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
    return is_private, f"in {path}", f"Others may read it: run `chmod 600 {path}`."


def _database(settings: Settings) -> tuple[bool, str, str]:
    path = file_of(settings.database_url)
    if path is not None and not path.exists():
        raise Complaint(f"there is none at {path}: run `fifthtouch up` or `fifthtouch demo` first")
    database = Database(settings.database_url, SystemClock())
    try:
        schema.check_version(database)
        return True, f"{'SQLite' if database.is_sqlite else 'PostgreSQL'}, version {schema.newest()}", ""
    finally:
        database.close()


def _clock(kit: Kit, _settings: Settings) -> tuple[bool, str, str]:
    with kit.database.read() as connection:
        before = kit.clock.now()
        theirs = kit.database.now(connection)
    skew = max(theirs - kit.clock.now(), before - theirs, timedelta())
    detail = f"{skew.total_seconds():g} s apart from the database's"
    return skew <= SKEW_MAX, detail, "Set this machine's clock by NTP: deadlines are counted with both."


def _queue(kit: Kit, settings: Settings) -> tuple[bool, str, str]:
    if settings.redis_url is None:
        return True, "inside the one process of `fifthtouch up`", ""
    answers = declare(make_brokers(settings.redis_url), kit).has_room("advance")
    detail = "Redis answers" if answers else "Redis does not answer, or nobody works off its bells"
    return answers, detail, "Is Redis running, is REDIS_URL right, and is there a worker? Nothing is lost meanwhile."


def _published(kit: Kit, _settings: Settings) -> tuple[bool, str, str]:
    with kit.database.read() as connection:
        rows = contents.sequences(connection)
    paused = [row["name"] for row in rows if row["is_paused"]]
    told = f"{len(rows)} published" + (f", paused: {', '.join(paused)}" if paused else "")
    return bool(rows), told, "Run `fifthtouch sequence publish`."


def _senders(kit: Kit, _settings: Settings) -> tuple[bool, str, str]:
    with kit.database.read() as connection:
        found = senders.all_senders(connection)
    awake = {one.channel for one in found if not one.rests_for}
    deaf = sorted(
        {f"{one.provider} for {one.channel}" for one in found if (one.provider, one.channel) not in kit.adapters}
    )
    if deaf:
        return False, f"no adapter: {', '.join(deaf)}", "Set the provider's keys."
    missing = [channel for channel in MACHINE_CHANNELS if channel not in awake]
    told = f"none for {', '.join(missing)}" if missing else f"{len(found)}, for every channel"
    resting = [
        f"{one.address} ({one.channel}) rests: {one.rests_for.replace('_', ' ')}" for one in found if one.rests_for
    ]
    failing = [f"the provider of {one.address} ({one.channel}) fails: {one.fails_by}" for one in found if one.fails_by]
    remedy = "See `fifthtouch live status`; add one with `fifthtouch sender add`, or resume one that rests."
    if failing:
        remedy = "Its messages wait and one is tried now and then; `fifthtouch sender resume` tries all at once."
    return not missing and not failing, "; ".join([told, *resting, *failing]), remedy


def _sending(kit: Kit, _settings: Settings) -> tuple[bool, str, str]:
    with kit.database.read() as connection:
        one = installation.read(connection)
    told = "stopped by its switch" if one.is_sending_stopped else "on"
    demonstration = ", a demonstration" if one.is_demonstration else ""
    return not one.is_sending_stopped, told + demonstration, "Start it again with `fifthtouch sending start`."


def _backlog(kit: Kit, _settings: Settings) -> tuple[bool, str, str]:
    with kit.database.read() as connection:
        is_demonstration = installation.is_demonstration(connection)
        counts = reports.audit(connection, kit.database.now(connection))
    told = f"{counts['leads']} leads, {counts['overdue']} overdue, {counts['forgotten']} forgotten"
    if is_demonstration:
        return counts["forgotten"] == 0, told + " (a demonstration: its time stands still)", ""
    is_well = counts["overdue"] == 0 and counts["forgotten"] == 0
    return is_well, told, "Is `fifthtouch up`, or a worker and the clock, running? See `fifthtouch audit`."


def _answers(kit: Kit, settings: Settings) -> tuple[bool, str, str]:
    """Say when the mailbox was last read, and what keeps us from it."""
    if settings.imap_url is None:
        return True, "no mailbox is read", ""
    with kit.database.read() as connection:
        noted = errands.noted(connection, errands.MAILBOX)
        now = kit.database.now(connection)
    read_at = noted.get("read_at")
    told = f"last read {read_at}" if read_at else "not read yet"
    if noted.get("trouble"):
        told += f"; {noted['trouble']}"
    is_fresh = isinstance(read_at, str) and now - datetime.fromisoformat(read_at) < MAILBOX_LATE
    is_well = not noted.get("trouble") and (is_fresh or not read_at)
    return is_well, told, "Is `fifthtouch up`, or a worker and the clock, running? Nothing is lost meanwhile."


def _alerts(kit: Kit, _settings: Settings) -> tuple[bool, str, str]:
    """Say who is told of incidents, and whether they were reached the last time."""
    if kit.alarm is None:
        return True, "nobody is told of incidents: FIFTHTOUCH_ALERT_URLS is not set", ""
    with kit.database.read() as connection:
        noted = errands.noted(connection, errands.ALERTS)
    trouble = noted.get("trouble") or ", ".join(f"{one} did not take it" for one in noted.get("deaf", []))
    told = f"{', '.join(kit.alarm.names())}" + (f"; {trouble}" if trouble else "")
    return not trouble, told, "Try `fifthtouch alert test`. Nothing is lost meanwhile: see `fifthtouch incident list`."


def _incidents(kit: Kit, _settings: Settings) -> tuple[bool, str, str]:
    with kit.database.read() as connection:
        found = incidents.open_ones(connection)
    told = "; ".join(one.detail for one in found[:5]) or "none open"
    return not found, f"{len(found)} open: {told}" if found else told, "See `fifthtouch incident list --open`."


def _attestations(kit: Kit, _settings: Settings) -> tuple[bool, str, str]:
    with kit.database.read() as connection:
        live = {one.channel for one in senders.all_senders(connection) if one.is_live}
    if not live:
        return True, "nothing goes out to real people yet", ""
    sentences = told_missing(missing_for(kit, live))
    return not sentences, "; ".join(sentences) or "everything that is asked for", "See `fifthtouch attest list`."


def _registries(kit: Kit, _settings: Settings) -> tuple[bool, str, str]:
    with kit.database.read() as connection:
        now = kit.database.now(connection)
        found = registries.held(connection, kit.rulebook)
    stale = [
        f"{one.registry.name} since {one.stale_at:%Y-%m-%d}" for one in found if one.stale_at and one.is_stale(now)
    ]
    told = f"{sum(one.as_of is not None for one in found)} of {len(found)} do-not-call lists are here"
    remedy = "Their rules block: take a new copy in with `fifthtouch registry import NAME FILE`."
    return not stale, "; ".join([told, *(f"stale: {one}" for one in stale)]), remedy


_LOOKS: tuple[tuple[str, Callable[[Kit, Settings], tuple[bool, str, str]]], ...] = (
    ("clock", _clock),
    ("queue", _queue),
    ("sequences", _published),
    ("senders", _senders),
    ("sending", _sending),
    ("answers by mail", _answers),
    ("leads", _backlog),
    ("attestations", _attestations),
    ("do-not-call lists", _registries),
    ("alerts", _alerts),
    ("incidents", _incidents),
)
