"""`event`: what providers told that could not be absorbed or read, and another try after a mend."""

from dataclasses import asdict
from typing import Annotated

import typer

from engine.cli.apps import noun
from engine.cli.complaints import Complaint
from engine.cli.instants import instant_at
from engine.cli.opening import opened_kit, settings_now
from engine.cli.output import Json, emit, say, table
from engine.cli.whom import ID
from engine.flows.hear_again import NotHeard, hear_again, list_set_aside

app = noun()
APPS = {"event": app}

Since = Annotated[str | None, typer.Option(metavar="INSTANT", help="Only what came from then on.")]


@app.callback()
def event() -> None:
    """See what providers told that was set aside, and hear it again."""


@app.command("list")
def list_(
    *,
    problem: Annotated[bool, typer.Option("--problem", help="Those set aside; the others: `fifthtouch why`.")] = False,
    since: Since = None,
    json: Json = False,
) -> None:
    """Show the events that could not be absorbed, and the callbacks that could not be read."""
    if not problem:
        raise Complaint("only what was set aside is listed here, with --problem; for the others see `fifthtouch why`")
    with opened_kit() as kit:
        found = list_set_aside(kit, since=None if since is None else instant_at(since))
    if json:
        for one in found:
            emit(asdict(one))
        return
    rows = [
        (one.id, "callback" if one.is_callback else "event", one.provider, one.what, one.at, one.problem)
        for one in found
    ]
    table(["id", "", "provider", "what", "came", "problem"], rows, empty="Nothing was set aside.")


@app.command()
def replay(
    event_ids: Annotated[list[str] | None, typer.Argument(metavar="EVENT", help="Their ids.")] = None,
    *,
    since: Since = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be heard again.")] = False,
    by: Annotated[str, typer.Option(help="Who says so, for the audit log.")] = "command-line",
    json: Json = False,
) -> None:
    """Absorb or read again what was set aside, after its cause was mended; what was heard already changes nothing."""
    if bool(event_ids) == (since is not None):
        raise Complaint("name events, or from when on they came with --since 2026-03-01T00:00:00Z, and not both")
    chosen = [_id(text) for text in event_ids] if event_ids else None
    domain = settings_now().reply_domain
    with opened_kit() as kit:
        found = list_set_aside(kit, only=chosen, since=None if since is None else instant_at(since))
        missing = sorted(set(chosen or ()) - {one.id for one in found})
        if missing:
            raise Complaint(f"{missing[0]} was not set aside: see `fifthtouch event list --problem`")
        for one in found:
            why_not = ""
            if not dry_run:
                try:
                    hear_again(kit, one, by=by, domain=domain)
                except NotHeard as error:
                    why_not = error.why
            is_replayed = not dry_run and not why_not
            if json:
                emit({"id": one.id, "replayed": is_replayed, "why_not": why_not})
            else:
                say(f"{one.id}: {why_not or ('is heard' if is_replayed else 'would be heard again')}")


def _id(text: str) -> str:
    event_id = text.strip().lower()
    if not ID.fullmatch(event_id):
        raise Complaint(f"{text!r} is no id: see `fifthtouch event list --problem`")
    return event_id
