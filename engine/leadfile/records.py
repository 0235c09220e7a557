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
    for breaks in range(BREAKS_MAX + 1):
        broken_at = yield from _until_break(lines, start, delimiter, after_break=breaks > 0)
        if broken_at is None:
            return
        yield _break_error(lines, broken_at)
        start = broken_at + 1
    yield RowError(
        line=start,
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


def _break_error(lines: list[str], at: int) -> RowError:
    if len(lines[at]) > csv.field_size_limit():
        return RowError(
            line=at + 1,
            problem=f"A cell is longer than {csv.field_size_limit():,} characters; the row was left out.",
            remedy="Shorten the cell.",
        )
    return RowError(
        line=at + 1,
        problem="A quote is opened in this row and never closed; the row was left out.",
        remedy="The file may have been cut off: export it again, or close the quote. Check the rows after this one.",
    )
