"""`emergency`: declared emergencies, in which nobody may be solicited."""

from datetime import datetime
from typing import Annotated

import typer

from engine.cli.apps import noun
from engine.cli.complaints import Complaint
from engine.cli.instants import instant_at
from engine.cli.opening import opened_kit
from engine.cli.output import Json, emit, say, table
from engine.flows import emergencies as flow
from engine.flows.emergencies import NoSuchPlace
from engine.store import emergencies

app = noun()
APPS = {"emergency": app}

By = Annotated[str, typer.Option(help="Who says so, for the audit log.")]


@app.callback()
def emergency() -> None:
    """Record declared emergencies, in which nobody may be solicited."""


@app.command()
def add(
    place: Annotated[str, typer.Argument(help="A state or country, such as US-NY; counties aren't told apart.")],
    *,
    since: Annotated[str, typer.Option("--from", metavar="DATE", help="Since when.")],
    note: Annotated[str, typer.Option(help="What was declared, and where one can read it.")],
    by: By,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Until when, if that was said.")] = None,
    json: Json = False,
) -> None:
    """Put a declared emergency on record; its rules count from then on."""
    starts_at, ends_at = instant_at(since), instant_at(until) if until else None
    if ends_at is not None and ends_at <= starts_at:
        raise Complaint(f"--until {until} is not after --from {since}")
    try:
        where = flow.place_named(place)
    except NoSuchPlace as error:
        raise Complaint(str(error)) from error
    with opened_kit() as kit:
        rules = flow.rules_for(kit.rulebook, where)
        emergency_id = flow.declare(kit, where, starts_at=starts_at, ends_at=ends_at, note=note, by=by)
    if json:
        emit({"id": emergency_id, "place": where, "starts_at": starts_at, "ends_at": ends_at, "rules": rules})
        return
    say(f"Recorded: an emergency in {where} from {starts_at:%Y-%m-%d}, {emergency_id}.")
    say(f"Rules that look at it: {', '.join(rules)}." if rules else f"No rule looks at emergencies in {where} yet.")


@app.command("list")
def list_(*, json: Json = False) -> None:
    """Show every emergency on record, the latest first."""
    with opened_kit() as kit, kit.database.read() as connection:
        now = kit.database.now(connection)
        found = [dict(row) for row in emergencies.everything(connection)]
    if json:
        for one in found:
            emit({**one, "lasts": _state(one["starts_at"], one["ends_at"], now) == "lasts"})
        return
    rows = [
        (one["id"], one["place"], one["starts_at"], one["ends_at"], _state(one["starts_at"], one["ends_at"], now), one["note"])
        for one in found
    ]  # fmt: skip
    table(["id", "place", "from", "until", "state", "note"], rows, empty="No emergency is on record.")


@app.command()
def end(
    emergency_id: Annotated[str, typer.Argument(metavar="ID", help="Which: see `emergency list`.")],
    *,
    by: By = "command-line",
    json: Json = False,
) -> None:
    """End an emergency now."""
    with opened_kit() as kit:
        if not flow.end(kit, emergency_id, by=by):
            raise Complaint(f"no emergency {emergency_id!r} lasts: see `fifthtouch emergency list`")
    if json:
        emit({"id": emergency_id, "ended": True})
    else:
        say("Ended: its rules count no more.")


def _state(starts_at: datetime, ends_at: datetime | None, now: datetime) -> str:
    if ends_at is not None and ends_at <= now:
        return "over"
    return "lasts" if starts_at <= now else "to come"
