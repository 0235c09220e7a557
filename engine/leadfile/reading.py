"""Read a leads file from its bytes to its rows."""

from collections.abc import Iterable, Iterator
from itertools import chain

from engine.leadfile.decode import Unreadable, decode
from engine.leadfile.dialect import delimiter_of
from engine.leadfile.duplicates import merge_duplicates
from engine.leadfile.headers import Columns
from engine.leadfile.layout import find_layout
from engine.leadfile.places import country_code
from engine.leadfile.records import Record, records_of
from engine.leadfile.row import LeadFile, Row, RowError
from engine.leadfile.rows import row_of


def read(data: bytes, *, country: str | None = None) -> LeadFile:
    """Read the leads in *data*, a CSV file in whatever encoding and dialect; numbers without `+` are of *country*.

    Never raises for what the file holds: what can't be used is among the errors.
    """
    home = country_code(country) if country else None
    errors: list[RowError] = []
    if country and home is None:
        problem = "No country is called so, so numbers are read as if none was given."
        errors.append(
            RowError(line=None, value=country[:80], problem=problem, remedy="Write a two-letter code, as US.")
        )
    try:
        text, doubts = decode(data)
        errors += doubts
        stream = _records(text, errors)
        layout = find_layout(stream, home)
    except Unreadable as unreadable:
        return LeadFile(rows=(), errors=(*errors, unreadable.error))
    errors += layout.errors
    rows, duplicates = merge_duplicates(_rows(chain(layout.records, stream), layout.columns, home, errors))
    errors += duplicates
    if not rows and not errors:
        remedy = "Export the leads again, with one lead a line below the headers."
        errors.append(RowError(line=None, problem="The file holds headers and no leads.", remedy=remedy))
    return LeadFile(rows=tuple(rows), errors=tuple(sorted(errors, key=lambda error: error.line or 0)))


def _records(text: str, errors: list[RowError]) -> Iterator[Record]:
    """Yield the records of *text*; what couldn't be read goes to *errors*."""
    for record in records_of(text, delimiter_of(text)):
        if isinstance(record, RowError):
            errors.append(record)
        elif not (record.line == 1 and record.cells[0].lower().startswith("sep=")):
            yield record


def _rows(records: Iterable[Record], columns: Columns, country: str | None, errors: list[RowError]) -> Iterator[Row]:
    width, before = len(columns.titles), 0
    for record in records:
        if record.is_cut and len(record.cells) < width <= before:
            # The last cell may be half an address, and half an address is somebody else's.
            problem = "The file ends in the middle of this row; it was left out."
            errors.append(RowError(line=record.line, problem=problem, remedy="Export the file again."))
            continue
        before = len(record.cells)
        row, problems = row_of(record, columns, country)
        errors += problems
        if row is not None:
            yield row
