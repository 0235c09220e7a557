"""`consent import`: put a file's consents and stops on record, with what proves them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.complaints import Complaint
from engine.cli.leads_file import bytes_of_file
from engine.cli.opening import opened_kit
from engine.cli.output import Json, emit, facts, warn
from engine.flows.import_consents import Imported, Outcome, import_consents
from engine.leadfile.consent_rows import ConsentFile, read_consents
from engine.leadfile.row import RowError

SHOWN_MAX = 20


def import_(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A CSV file with headers; - reads standard input.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Try everything, and keep nothing.")] = False,
    country: Annotated[str | None, typer.Option(help="Where numbers without + are, such as US.")] = None,
    by: Annotated[str, typer.Option(help="Who vouches for the file.")] = "import",
    json: Json = False,
) -> None:
    """Put the consents and stops of a CSV file on record; each row is checked, and the same file adds nothing twice."""
    name = "standard input" if file == "-" else Path(file).name
    read = read_consents(bytes_of_file(file), name=name, country=country)
    told: Sequence[Imported] = ()
    if read.rows:
        with opened_kit() as kit:
            told = import_consents(kit, read.rows, by=by, dry_run=dry_run)
    if not read.rows and all(one.line is None for one in read.refused):
        raise Complaint(" ".join(f"{one.problem} {one.remedy}" for one in read.refused))
    counts = Counter(one.outcome for one in told)
    counts[Outcome.REFUSED] += len(read.refused)
    totals = {str(outcome): counts[outcome] for outcome in Outcome}
    if json:
        for one in sorted(_lines(read, told), key=_line):
            emit(one)
        emit({"rows": len(read.rows) + len(read.refused), **totals, "dry_run": dry_run})
    else:
        _tell(read, told)
        facts([*totals.items(), ("dry run", "nothing was kept" if dry_run else "")])
    if counts[Outcome.REFUSED]:
        raise typer.Exit(1)


def _lines(read: ConsentFile, told: Sequence[Imported]) -> list[dict[str, object]]:
    refused = [{**asdict(one), "outcome": Outcome.REFUSED} for one in read.refused]
    remarks: dict[int | None, list[str]] = {}
    for remark in read.remarks:
        remarks.setdefault(remark.line, []).append(f"{remark.problem} {remark.remedy}")
    return refused + [{**asdict(one), "remarks": remarks.get(one.line, [])} for one in told]


def _line(one: dict[str, object]) -> int:
    return int(str(one["line"] or 0))


def _tell(read: ConsentFile, told: Sequence[Imported]) -> None:
    said = [_in_words(one) for one in (*read.refused, *read.remarks)]
    said += [f"line {one.line}: {one.detail} {one.remedy}" for one in told if one.detail]
    for text in said[:SHOWN_MAX]:
        warn(text)
    if len(said) > SHOWN_MAX:
        warn(f"... and {len(said) - SHOWN_MAX} more; --json shows them all")


def _in_words(error: RowError) -> str:
    where = f"line {error.line}" if error.line else "the file"
    column = f", {error.column}" if error.column else ""
    return f"{where}{column}: {error.problem} {error.remedy}"
