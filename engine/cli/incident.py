"""`incident`: what went wrong, whether staff were told, and a person's word that it is over."""

from dataclasses import asdict
from typing import Annotated

import typer

from engine.cli.apps import noun
from engine.cli.complaints import Complaint
from engine.cli.opening import opened_kit
from engine.cli.output import Json, emit, say, table
from engine.cli.whom import ID
from engine.flows.incidents import NoSuchIncident, close_by_hand
from engine.store import incidents

app = noun()
APPS = {"incident": app}

ROWS_MAX = 50


@app.callback()
def incident() -> None:
    """See what went wrong, and say that it is over."""


@app.command("list")
def list_(
    *,
    only_open: Annotated[bool, typer.Option("--open", help="Only what is not over.")] = False,
    json: Json = False,
) -> None:
    """List incidents: the open ones, the oldest first; or the latest of all."""
    with opened_kit() as kit, kit.database.read() as connection:
        found = incidents.open_ones(connection) if only_open else incidents.latest(connection, limit=ROWS_MAX)
    if json:
        for one in found:
            emit(asdict(one))
        return
    rows = [(one.id, one.kind, one.detail, one.count, one.opened_at, one.told_at, one.closed_at) for one in found]
    table(["id", "kind", "what", "times", "since", "told", "closed"], rows, empty="Nothing went wrong.")


@app.command()
def close(
    incident_id: Annotated[str, typer.Argument(metavar="INCIDENT", help="Its id, from `fifthtouch incident list`.")],
    *,
    by: Annotated[str, typer.Option(help="Who says so, for the audit log.")] = "command-line",
    json: Json = False,
) -> None:
    """Say that it is over; where its cause lasts, it opens anew."""
    known = incident_id.strip().lower()
    if not ID.fullmatch(known):
        raise Complaint(f"{incident_id!r} is no id: see `fifthtouch incident list`")
    with opened_kit() as kit:
        try:
            is_closed = close_by_hand(kit, known, by=by)
        except NoSuchIncident as error:
            raise Complaint(f"there is no incident {incident_id!r}: see `fifthtouch incident list`") from error
    if json:
        emit({"id": known, "closed": is_closed})
    else:
        say("It is closed." if is_closed else "It was closed before.")
