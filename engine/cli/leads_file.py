"""`lead import`: read a file of leads, show what is in it, and take them in."""

import stat
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.complaints import Complaint
from engine.cli.output import Json, emit, facts, say, table, warn
from engine.leadfile import LeadFile, RowError, read, to_json

BYTES_MAX = 512 * 1024 * 1024  # it is read whole; more rows are better loaded in parts
SHOWN_MAX = 20


def import_(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A CSV file with headers, or JSON lines; - reads standard input.")
    ],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be taken in.")] = False,
    country: Annotated[str | None, typer.Option(help="Where numbers without + are, when the row doesn't say.")] = None,
    source: Annotated[str | None, typer.Option(help="Where this list came from; kept with each lead.")] = None,
    sequence: Annotated[
        str | None, typer.Option(help="Let them enter this sequence instead of those for new leads.")
    ] = None,
    json: Json = False,
) -> None:
    """Take in the leads of a file, and keep what became of each row; stops are honoured, permission is never made up."""
    leadfile, data = _read(file, country)
    if leadfile.rows and not dry_run:
        name = "standard input" if file == "-" else Path(file).name
        _take_in(leadfile, data, name, source or Path(file).name, sequence, country, json=json)
    elif json:
        emit(to_json(leadfile))
    else:
        _tell_file(leadfile)
    if not leadfile.rows:
        raise typer.Exit(2)


def read_file(file: str, country: str | None) -> LeadFile:
    """Return what *file* holds; what keeps it from being read at all is an error in it too."""
    return _read(file, country)[0]


def _read(file: str, country: str | None) -> tuple[LeadFile, bytes]:
    """Return what *file* holds, and its bytes; what keeps it from being read at all is an error in it too."""
    try:
        content = sys.stdin.buffer.read(BYTES_MAX + 1) if file == "-" else _bytes_of(Path(file))
    except OSError as error:
        problem = f"The file can't be read: {error.strerror or error}."
        return _unreadable(problem, "Check its name and who may read it."), b""
    except ValueError as error:
        return _unreadable(str(error), "Name a CSV file."), b""
    if len(content) > BYTES_MAX:
        problem = f"The file is larger than {BYTES_MAX // 2**20} MB."
        return _unreadable(problem, "Split it, each part with the headers."), b""
    return read(content, country=country), content


def bytes_of_file(file: str) -> bytes:
    """Return what *file* holds, - for standard input; raises `Complaint` where it can't be read."""
    try:
        content = sys.stdin.buffer.read(BYTES_MAX + 1) if file == "-" else _bytes_of(Path(file))
    except (OSError, ValueError) as error:
        raise Complaint(f"{file}: {getattr(error, 'strerror', None) or error} Name a CSV file.") from error
    if len(content) > BYTES_MAX:
        raise Complaint(f"{file} is larger than {BYTES_MAX // 2**20} MB: split it, each part with the headers")
    return content


def _bytes_of(path: Path) -> bytes:
    # Anything but a file might never end, or never begin.
    if not stat.S_ISREG(path.stat().st_mode):
        raise ValueError("This is a folder." if path.is_dir() else "This is no ordinary file.")
    with path.open("rb") as opened:
        return opened.read(BYTES_MAX + 1)


def _unreadable(problem: str, remedy: str) -> LeadFile:
    return LeadFile(rows=(), errors=(RowError(line=None, problem=problem, remedy=remedy),))


def _tell_file(leadfile: LeadFile) -> None:
    rows = [
        (
            row.line,
            f"{row.first_name or ''} {row.last_name or ''}".strip(),
            row.email,
            row.phone_e164,
            row.country,
            _stops(row),
        )
        for row in leadfile.rows[:SHOWN_MAX]
    ]
    table(["line", "name", "email", "phone", "country", "stops"], rows, empty="There is no usable row.")
    if len(leadfile.rows) > SHOWN_MAX:
        say(f"... and {len(leadfile.rows) - SHOWN_MAX} more")
    say(f"{len(leadfile.rows)} usable rows, {len(leadfile.errors)} remarks")
    tell_errors(leadfile)


def tell_errors(leadfile: LeadFile) -> None:
    """Write what was lost, changed or doubtful to standard error."""
    for error in leadfile.errors[:SHOWN_MAX]:
        where = f"line {error.line}" if error.line else "the file"
        column = f", {error.column}" if error.column else ""
        warn(f"{where}{column}: {error.problem} {error.remedy}")
    if len(leadfile.errors) > SHOWN_MAX:
        warn(f"... and {len(leadfile.errors) - SHOWN_MAX} more; --json shows them all")


def _stops(row: object) -> str:
    names = {"suppress_email": "email", "suppress_sms": "text", "suppress_voice": "voice"}
    return ", ".join(word for name, word in names.items() if getattr(row, name))


def _take_in(
    leadfile: LeadFile,
    data: bytes,
    name: str,
    source: str,
    sequence: str | None,
    country: str | None,
    *,
    json: bool,
) -> None:
    # The dry run must not wait for what only a database needs.
    from engine.cli.opening import opened_kit
    from engine.cli.progress import progress_bar
    from engine.flows.import_runs import FileRun, import_file
    from engine.flows.shelf import Missing

    run = FileRun(name=name, data=data, source=source, by="command-line", country=country, sequence=sequence)
    with opened_kit(make=True) as kit, progress_bar("Taking leads in", len(leadfile.rows)) as show:
        try:
            done = import_file(kit, run, leadfile, progress=show)
        except Missing as missing:
            raise Complaint(f"there is no sequence {sequence!r}: see `fifthtouch sequence list`") from missing
    told = {**asdict(done.leads), "consents": done.consents, "import_id": done.import_id}
    if json:
        emit({**told, "errors": to_json(leadfile)["errors"]})
        return
    facts(list(told.items()))
    tell_errors(leadfile)
    say(f"What became of each row is kept. To take it back: fifthtouch lead undo-import {done.import_id}")
