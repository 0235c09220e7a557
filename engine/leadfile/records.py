"""Part the text of a leads file into records, and go on after a quote that nobody closed."""

import csv
from collections.abc import Generator, Iterator
from io import StringIO
from itertools import chain, islice
from typing import NamedTuple

from engine.leadfile.row import RowError

BREAKS_MAX = 100  # unclosed quotes to get over; each costs a second look at up to one cell's worth of text


class Record(NamedTuple):
    """The cells of one row, and where it begins."""

    line: int
    cells: list[str]
    after_break: bool  # a quote before it was never closed, so only a full row may be believed
    is_cut: bool  # the file ends in it without an end of line


def records_of(text: str, delimiter: str) -> Iterator[Record | RowError]:
    """Yield the records of *text* that hold anything, in order, and an error for what could not be read."""
    # Only these ends of line part rows: `splitlines` would also part them at form feeds and Unicode separators.
    lines = list(StringIO(text, newline=""))
    start = 0
    breaks = 0
    while breaks <= BREAKS_MAX:
        broken_at = yield from _until_break(lines, start, delimiter, after_break=breaks > 0)
        if broken_at is None:
            return
        is_long = len(lines[broken_at]) > csv.field_size_limit()
        yield _long_cell(broken_at + 1) if is_long else _open_quote(broken_at + 1)
        breaks += not is_long
        start = broken_at + 1
    yield RowError(
        line=start + 1,
        problem="Too many quotes are opened and never closed; the rest of the file was not read.",
        remedy="Export the file again with every cell in quotes, or with none.",
    )


def _until_break(
    lines: list[str], start: int, delimiter: str, *, after_break: bool
) -> Generator[Record, None, int | None]:
    """Yield records from line *start* on; return the line where a quote is never closed, None at the end."""
    is_cut_off = bool(lines) and not lines[-1].endswith(("\n", "\r"))
    # An empty line behind the last: a record that swallows it was still inside quotes when the file ended.
    feed = chain(islice(lines, start, None), ("\n", "\n") if is_cut_off else ("\n",))
    reader = csv.reader(feed, delimiter=delimiter, skipinitialspace=True)
    first = start
    while True:
        try:
            cells = next(reader, None)
        except csv.Error:
            return first
        if cells is None:
            return None
        after = start + reader.line_num
        if after > len(lines) and first < len(lines):
            return first
        if any(cells):
            yield Record(first + 1, cells, after_break, is_cut_off and after == len(lines))
        first = after


def _long_cell(line: int) -> RowError:
    return RowError(
        line=line,
        problem=f"A cell is longer than {csv.field_size_limit():,} characters; the row was left out.",
        remedy="Shorten the cell.",
    )


def _open_quote(line: int) -> RowError:
    return RowError(
        line=line,
        problem="A quote is opened in this row and never closed; the row was left out.",
        remedy="The file may have been cut off: export it again, or close the quote. Check the rows after this one.",
    )
