"""`event`: say what happened to a lead; see what providers told that was set aside, and hear it again."""

import re
from dataclasses import asdict
from typing import Annotated

import typer

from engine.cli.apps import noun
from engine.cli.complaints import Complaint
from engine.cli.instants import instant_at
from engine.cli.opening import opened_kit, settings_now
from engine.cli.output import Json, emit, facts, say, table
from engine.cli.whom import ID, lead_named
from engine.flows.appointments import dates_known
from engine.flows.enroll import Entry
from engine.flows.happen import OURS, happen
from engine.flows.hear_again import NotHeard, hear_again, list_set_aside

app = noun()
APPS = {"event": app}

Since = Annotated[str | None, typer.Option(metavar="INSTANT", help="Only what came from then on.")]


@app.callback()
def event() -> None:
    """Say what happened to a lead; see what providers told that was set aside, and hear it again."""


@app.command()
def tell(
    who: Annotated[str, typer.Argument(metavar="LEAD", help="Id, email or phone.")],
    name: Annotated[str, typer.Argument(help="What happened, by a name of your own: booked, visited-pricing ...")],
    *,
    at: Annotated[
        str | None, typer.Option(metavar="DATE", help="The appointment it is about, as 2026-03-05T14:00:00-05:00.")
    ] = None,
    date: Annotated[
        list[str] | None, typer.Option(metavar="NAME=DATE", help="Another date that a sequence goes by.")
    ] = None,
    no_date: Annotated[bool, typer.Option("--no-date", help="The appointment was called off.")] = False,
    happened_at: Annotated[
        str | None, typer.Option("--when", metavar="INSTANT", help="When it happened; else now.")
    ] = None,
    json: Json = False,
) -> None:
    """Say what happened to a lead: sequences wait for it, branch on it, end and begin by it, or go by its date."""
    if name in OURS:
        raise Complaint(f"'{name}' can't be told from outside. {OURS[name]}")
    if not NAME.fullmatch(name):
        raise Complaint(f"{name!r} can't be a name: use small letters, digits and single dashes, as in quote-sent")
    if at is not None and no_date:
        raise Complaint("there is a date, or there is none: give --at or --no-date")
    detail = {**dict(_named_date(text) for text in date or ()), **({"at": at} if at is not None or no_date else {})}
    with opened_kit() as kit, kit.database.write() as connection:
        lead_id, now = lead_named(connection, who).lead.id, kit.database.now(connection)
        instant = now if happened_at is None else instant_at(happened_at)
        if instant > now:
            raise Complaint("what lies ahead has not happened yet: leave --when out, and give a date with --at")
        unknown = {key for key in detail if key != "at"} - dates_known(kit, connection, lead_id)
        if unknown:
            raise Complaint(
                f"no sequence goes by a date {min(unknown)!r}: write date: {min(unknown)} in its head first"
            )
        event_id, entries = happen(kit, connection, lead_id, name, at=instant, detail=detail, now=now)
    if json:
        emit(
            {
                "id": event_id,
                "lead_id": lead_id,
                "name": name,
                "at": instant,
                "entries": [_entry(one) for one in entries],
            }
        )
        return
    say(f"{name} is on record.")
    facts(
        (one.sequence, "begins now" if one.enrollment_id else f"not entered: {one.answer.reason} {one.answer.detail}")
        for one in entries
    )


NAME = re.compile(r"[a-z0-9]+(?:[-_.][a-z0-9]+)*")


def _named_date(text: str) -> tuple[str, str]:
    name, equals, date = text.partition("=")
    if not equals or not name.strip():
        raise Complaint(f"cannot read {text!r}: write the date's name and the date, as in renewal=2026-03-05")
    return name.strip(), date.strip()


def _entry(entry: Entry) -> dict[str, object]:
    return {
        "sequence": entry.sequence,
        "enrollment_id": entry.enrollment_id,
        "reason": entry.answer.reason,
        "detail": entry.answer.detail,
    }


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
