"""`registry`: copies of public lists of numbers that must not be called."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from channels.address import Address, AddressKind, mask
from consent.rulebook import Rulebook
from engine.cli.apps import noun
from engine.cli.complaints import Complaint
from engine.cli.instants import instant_at
from engine.cli.opening import opened_kit
from engine.cli.output import Json, emit, facts, say, table, warn
from engine.flows import registries as lists
from engine.flows.registries import Held, RefusedCopy, Registry
from engine.store import registries

app = noun()
APPS = {"registry": app}

BAD_SHOWN = 10  # a person mends a file by its first few lines; --json tells more


@app.callback()
def registry() -> None:
    """Look after our copies of do-not-call lists."""


@app.command("import")
def import_(
    name: Annotated[str, typer.Argument(help="Which list, by the name its rules use: see `registry list`.")],
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The file as its keeper hands it out.")],
    *,
    as_of: Annotated[
        str | None, typer.Option(metavar="DATE", help="When the list was drawn up; else the file's own date.")
    ] = None,
    full: Annotated[bool, typer.Option("--full/--changes", help="The whole list, or A and D lines.")] = True,
    force: Annotated[bool, typer.Option(help="Take it also if it is older, half as long, or hard to read.")] = False,
    by: Annotated[str, typer.Option(help="Who says so, for the audit log.")] = "command-line",
    json: Json = False,
) -> None:
    """Take in a copy of a list; from its end on every touch is asked by it."""
    with opened_kit() as kit:
        wanted = _named(kit.rulebook, name)
        drawn_up = instant_at(as_of) if as_of else datetime.fromtimestamp(file.stat().st_mtime, tz=UTC)
        try:
            with file.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
                taken = lists.take_in(
                    kit, wanted, lines, as_of=drawn_up, is_full=full, source=file.name, by=by, force=force
                )
        except RefusedCopy as error:
            raise Complaint(str(error)) from error
    if json:
        bad = [{"line": one.line, "problem": one.problem} for one in taken.bad]
        told = {"registry": name, "as_of": taken.as_of, "entries": taken.entries, "lines": taken.lines}
        emit({**told, "bad_lines": taken.bad_count, "bad": bad})
        return
    for one in taken.bad[:BAD_SHOWN]:
        warn(f"line {one.line}: {one.problem}")
    if taken.bad_count:
        warn(f"{taken.bad_count} of {taken.lines} lines could not be read.")
    say(f"{name} of {taken.as_of:%Y-%m-%d} is in force: {taken.entries} numbers.")


@app.command("list")
def list_(*, json: Json = False) -> None:
    """Show every list the rulebook asks about, how old our copy is, and when it is too old."""
    with opened_kit() as kit, kit.database.read() as connection:
        now = kit.database.now(connection)
        found = lists.held(connection, kit.rulebook)
    if json:
        for one in found:
            emit(_row(one, now))
        return
    rows = [
        (
            one.registry.name,
            f"{one.as_of:%Y-%m-%d}" if one.as_of else "never",
            one.entries,
            f"{one.stale_at:%Y-%m-%d}" if one.stale_at else "",
            _state(one, now),
            one.registry.rules,
        )
        for one in found
    ]
    table(["list", "copy of", "numbers", "stale from", "state", "rules"], rows, empty="The rulebook asks for no list.")


@app.command()
def check(
    number: Annotated[str, typer.Argument(help="With + and country code.")],
    *,
    json: Json = False,
) -> None:
    """Say which lists a number is on, and since when."""
    address = Address.phone(number)
    with opened_kit() as kit, kit.database.read() as connection:
        now = kit.database.now(connection)
        listed = registries.listings(connection, kit.address_key.key_of(AddressKind.PHONE, address.value))
        found = lists.held(connection, kit.rulebook)
    if json:
        for one in found:
            emit({**_row(one, now), "listed_at": listed.get(one.registry.name)})
        return
    say(f"{mask(address.value)}:")
    facts((one.registry.name, _said(one, listed.get(one.registry.name), now)) for one in found)


def _named(rulebook: Rulebook, name: str) -> Registry:
    known = lists.known(rulebook)
    if name not in known:
        names = ", ".join(known) or "none at all"
        raise Complaint(f"no rule asks about a list {name!r}: the rulebook knows {names}")
    return known[name]


def _row(one: Held, now: datetime) -> dict[str, object]:
    return {
        "registry": one.registry.name,
        "as_of": one.as_of,
        "age_days": (now - one.as_of).days if one.as_of else None,
        "imported_at": one.imported_at,
        "entries": one.entries,
        "rules": list(one.registry.rules),
        "fresh_days": one.registry.fresh_for.days if one.registry.fresh_for else None,
        "stale_at": one.stale_at,
        "is_stale": one.is_stale(now),
    }


def _state(one: Held, now: datetime) -> str:
    if one.is_stale(now):
        return "stale: its rules block" if one.as_of else "missing: its rules block"
    return "good" if one.as_of else "missing: nobody is found on it"


def _said(one: Held, listed_at: datetime | None, now: datetime) -> str:
    on = f"listed since {listed_at:%Y-%m-%d}" if listed_at else "not listed"
    return f"{on}; copy {_state(one, now)}"
