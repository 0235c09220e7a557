"""`lead imports` and `lead undo-import`: files that were taken in, and taking one back."""

from dataclasses import asdict
from typing import Annotated

import typer

from engine.cli.complaints import Complaint
from engine.cli.opening import opened_kit
from engine.cli.output import Json, emit, say, table
from engine.cli.whom import ID
from engine.domain.arriving import RowOutcome
from engine.flows.undo_import import NoSuchImport, StillRunning, undo_import
from engine.store import imports
from engine.store.pages import Row

BY = "command-line"


def list_imports(
    import_id: Annotated[str | None, typer.Argument(metavar="[IMPORT]", help="Show the rows of this one.")] = None,
    *,
    outcome: Annotated[RowOutcome | None, typer.Option(help="Only rows that ended so.")] = None,
    json: Json = False,
) -> None:
    """List the files that were taken in, the newest first; or with an id, what became of each row of one."""
    with opened_kit() as kit, kit.database.read() as connection:
        if import_id is not None:
            known = _id(import_id)
            after: int | None = -1
            rows: list[Row] = []
            while after is not None:
                found, after = imports.rows_of(connection, known, outcome=outcome, after_line=after, limit=1_000)
                rows += found
        else:
            rows = list(imports.latest(connection).rows)
    if json:
        for row in rows:
            emit(dict(row))
    elif import_id is None:
        lines = [[row[name] for name in ("id", "at", "by", "file_name", "state", "taken", "total")] for row in rows]
        table(["id", "when", "by", "file", "state", "taken", "rows"], lines, empty="No file was taken in yet.")
    else:
        lines = [[row["line"], row["outcome"], row["lead_id"], row["undone"], _said(row["remarks"])] for row in rows]
        table(["line", "outcome", "lead", "undone", "remarks"], lines, empty="No row of that import fits.")


def undo(
    import_id: Annotated[str, typer.Argument(metavar="IMPORT", help="Its id, from `fifthtouch lead imports`.")],
    *,
    json: Json = False,
) -> None:
    """Take an import back: leads it made are erased, but for those that something has happened to since."""
    with opened_kit() as kit:
        try:
            done = undo_import(kit, _id(import_id), by=BY)
        except NoSuchImport as error:
            raise Complaint(f"there is no import {import_id!r}: see `fifthtouch lead imports`") from error
        except StillRunning as error:
            raise Complaint("that import is under way: wait until it ends") from error
    if json:
        emit(asdict(done))
    else:
        say(f"{done.erased} leads are gone, {done.kept} stay: see `fifthtouch lead imports {import_id}` for why.")


def _said(remarks: list[dict[str, str | None]] | None) -> str:
    return " ".join(f"{one['problem']} {one['remedy']}" for one in remarks or [])


def _id(text: str) -> str:
    known = text.strip().lower()
    if not ID.fullmatch(known):
        raise Complaint(f"{text!r} is no id: see `fifthtouch lead imports`")
    return known
