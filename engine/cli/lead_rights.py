"""`lead export` and `lead erase`: what a person may ask of whoever keeps data about them."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.complaints import Complaint
from engine.cli.opening import opened_kit
from engine.cli.output import Json, emit, facts, page_of, say, shown, table
from engine.cli.whom import lead_named
from engine.flows.erasing import erase as erase_person
from engine.flows.erasing import everything_about

Who = Annotated[str, typer.Argument(metavar="LEAD", help="Id, email or phone.")]


def export(
    who: Who,
    *,
    out: Annotated[Path | None, typer.Option(help="Write it into this file; else it is printed.")] = None,
    json: Json = False,
) -> None:
    """Give a person all that is kept about them, as JSON."""
    with opened_kit() as kit:
        with kit.database.read() as connection:
            lead_id = lead_named(connection, who).lead.id
        told = everything_about(kit, lead_id)
    if out is None:
        emit(told)
        return
    try:
        out.write_text(page_of(told), encoding="utf-8")
    except OSError as error:
        raise Complaint(f"{out} can't be written ({error.strerror}): name a file in a folder that is there") from error
    if json:
        emit({"lead_id": lead_id, "file": str(out), "rows": {name: len(rows) for name, rows in told.items()}})
        return
    say(f"Wrote {out}.")


def erase(
    who: Who,
    *,
    by: Annotated[str, typer.Option(help="Who carries it out, for the audit log.")] = "command-line",
    even_proof: Annotated[
        bool, typer.Option("--even-proof", help="Erase proof of consent too, where a law would have you keep it.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Yes, for good.")] = False,
    json: Json = False,
) -> None:
    """Stop everything for a person and erase what names them; it can't be undone."""
    if not yes:
        raise Complaint(f"erasing {who} can't be undone: see `fifthtouch lead show {who}` first, then add --yes")
    with opened_kit() as kit:
        with kit.database.read() as connection:
            lead_id = lead_named(connection, who).lead.id
        done = erase_person(kit, lead_id, by=by, keeps_proof=not even_proof)
    if json:
        emit(asdict(done))
        return
    say(f"Erased. Nothing more leaves for lead {done.lead_id}.")
    facts([*done.touched.items(), ("raw callbacks", done.callbacks)])
    say()
    rows = [(one.what, shown(one.until) if one.until else "for good", one.rule, one.why) for one in done.kept]
    table(["kept", "until", "rule", "why"], rows, empty="Nothing is kept.")
