"""Read a leads file from its bytes to its rows."""

from collections.abc import Iterable, Iterator
from itertools import chain

from engine.leadfile.decode import Unreadable, decode
from engine.leadfile.duplicates import merge_duplicates
from engine.leadfile.headers import Columns
from engine.leadfile.json_lines import records_in
from engine.leadfile.layout import find_layout
from engine.leadfile.places import country_code
from engine.leadfile.records import Record
from engine.leadfile.row import LeadFile, RefusedRow, Row, RowError
from engine.leadfile.rows import row_of


def read(data: bytes, *, country: str | None = None) -> LeadFile:
    """Read the leads in *data*, CSV in whatever encoding and dialect or JSON lines; numbers without `+` are of *country*.

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
        refused: list[RefusedRow] = []
        layout = find_layout(stream, home)
    except Unreadable as unreadable:
        return LeadFile(rows=(), errors=(*errors, unreadable.error))
    errors += layout.errors
    read_rows = _rows(chain(layout.records, stream), layout.columns, home, errors, refused)
    rows, duplicates = merge_duplicates(read_rows)
    errors += duplicates
    if not rows and not errors:
        remedy = "Export the leads again, with one lead a line below the headers."
        errors.append(RowError(line=None, problem="The file holds headers and no leads.", remedy=remedy))
    kept = {row.line for row in rows}
    return LeadFile(
        rows=tuple(rows),
        errors=tuple(sorted(errors, key=lambda error: error.line or 0)),
        titles=layout.columns.titles,
        mapping=_mapping(layout.columns),
        refused=tuple(refused),
        merged=frozenset(one.line for one in duplicates if one.line is not None and one.line not in kept),
    )


def _mapping(columns: Columns) -> tuple[tuple[str, str], ...]:
    """Return what each column was taken for, in the order of the file."""
    found = {place: field.value for field, places in columns.places.items() for place in places}
    for place, permission in columns.permissions:
        names = ", ".join(sorted(stop.value for stop in permission.stops))
        found[place] = f"opt-in: a no is {names}" if permission.grants else names
    return tuple((columns.title(place), found[place]) for place in sorted(found))


def _records(text: str, errors: list[RowError]) -> Iterator[Record]:
    """Yield the records of *text*; what couldn't be read goes to *errors*."""
    for record in records_in(text):
        if isinstance(record, RowError):
            errors.append(record)
        elif not (record.line == 1 and record.cells[0].lower().startswith("sep=")):
            yield record


def _rows(
    records: Iterable[Record],
    columns: Columns,
    country: str | None,
    errors: list[RowError],
    refused: list[RefusedRow],
) -> Iterator[Row]:
    width, before = len(columns.titles), 0
    for record in records:
        if record.is_cut and len(record.cells) < width <= before:
            # The last cell may be half an address, and half an address is somebody else's.
            problem = "The file ends in the middle of this row; it was left out."
            errors.append(RowError(line=record.line, problem=problem, remedy="Export the file again."))
            refused.append(RefusedRow(line=record.line, cells=tuple(record.cells)))
            continue
        before = len(record.cells)
        row, problems = row_of(record, columns, country)
        errors += problems
        if row is not None:
            yield row
        else:
            refused.append(RefusedRow(line=record.line, cells=tuple(record.cells)))
