"""Read a public list of numbers that must not be called, line by line, in the shapes their keepers hand them out.

One number a line, with or without further columns; area code and number in two columns, as the United States' list; a date
of listing in any later column; in files of changes, A for added and D for deleted. A million lines are never held at once.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from channels.address import InvalidAddress, canonical_phone

NORTH_AMERICA = frozenset({"US", "CA"})
_DELIMITERS = ",;\t|"
_NATIONAL = re.compile(r"1?([2-9]\d\d[2-9]\d{6})")  # the North American Numbering Plan
_DATE = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:[T ].*)?")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: .*)?")
_SPOKEN = str.maketrans("", "", " .-()\u00a0")
_CELL_CHARACTERS_MAX = 200  # more is no list of numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One number of the list, E.164; *listed_at* None where the list doesn't say, *is_deleted* None without a flag."""

    line: int
    number: str
    listed_at: datetime | None
    is_deleted: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BadLine:
    """A line that holds no number, and why."""

    line: int
    problem: str


def read_lines(lines: Iterable[str], country: str | None) -> Iterator[Listed | BadLine]:
    """Yield what each of *lines* says, empty ones and a header left out; *country* is whose national numbers they are."""
    first = True
    for number, line in enumerate(lines, start=1):
        text = line.strip("\ufeff\r\n\t ")
        if not text:
            continue
        is_header = first and not any(character.isdigit() for character in text)
        first = False
        if not is_header:
            yield _read(number, text, country)


def _read(number: int, text: str, country: str | None) -> Listed | BadLine:
    cells = _cells(text)
    if len(text) > _CELL_CHARACTERS_MAX:
        return BadLine(line=number, problem="it is too long")
    if len(cells) > 1 and re.fullmatch(r"\d{3}", cells[0]) and re.fullmatch(r"\d{3}[-. ]?\d{4}", cells[1]):
        cells = [cells[0] + cells[1], *cells[2:]]
    try:
        found = _canonical(cells[0], country)
    except InvalidAddress as error:
        return BadLine(line=number, problem=str(error))
    flags = {cell.upper() for cell in cells[1:]} & {"A", "D"}
    if len(flags) > 1:
        return BadLine(line=number, problem="it says both A and D")
    dates = [one for one in (_date(cell, country) for cell in cells[1:]) if one is not None]
    return Listed(
        line=number, number=found, listed_at=min(dates, default=None), is_deleted="D" in flags if flags else None
    )


def _cells(text: str) -> list[str]:
    delimiter = next((one for one in _DELIMITERS if one in text), None)
    if delimiter is None:
        return [text.strip('"')]
    try:
        return [cell.strip() for cell in next(csv.reader([text], delimiter=delimiter))]
    except csv.Error:
        return [text]


def _canonical(text: str, country: str | None) -> str:
    # These numbers have one shape only, and reading them as any number would cost ten times as much.
    if country in NORTH_AMERICA and (plain := _NATIONAL.fullmatch(text.translate(_SPOKEN).removeprefix("+"))):
        return f"+1{plain[1]}"
    return canonical_phone(text, country)


def _date(text: str, country: str | None) -> datetime | None:
    """Return the start of the day that *text* names; the United States write the month first."""
    try:
        if found := _DATE.fullmatch(text):
            day = date(*(int(part) for part in found.groups()))
        elif found := _SLASHED.fullmatch(text):
            one, other, year = (int(part) for part in found.groups())
            day = date(year, one, other) if country == "US" else date(year, other, one)
        else:
            return None
    except ValueError:
        return None
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
