"""Records from either kind of file: CSV, or JSON lines, where each line is one object and its keys are the headers."""

import json
from collections.abc import Iterator, Mapping
from io import StringIO
from typing import Any

from engine.leadfile.dialect import delimiter_of
from engine.leadfile.records import Record, records_of
from engine.leadfile.row import RowError

KEYS_MAX = 200
_REMEDY = 'Write one lead a line, as in {"email": "ann@example.com", "first_name": "Ann"}.'


def records_in(text: str) -> Iterator[Record | RowError]:
    """Yield the records of *text*, the headers first, and an error for what could not be read."""
    if is_json_lines(text):
        yield from _objects(text)
    else:
        yield from records_of(text, delimiter_of(text))


def is_json_lines(text: str) -> bool:
    """Return whether the first line of *text* that holds anything is one JSON object."""
    first = next((line for line in StringIO(text) if line.strip("\ufeff \t\r\n")), "")
    return first.lstrip("\ufeff \t")[:1] == "{" and _object(first.lstrip("\ufeff")) is not None


def _objects(text: str) -> Iterator[Record | RowError]:
    read: list[tuple[int, Mapping[str, str]]] = []
    titles: dict[str, None] = {}
    errors: list[RowError] = []
    for number, line in enumerate(StringIO(text), start=1):
        if not line.strip():
            continue
        found = _object(line)
        if found is None or len(titles | dict.fromkeys(found)) > KEYS_MAX:
            problem = "This line is no JSON object." if found is None else f"There are more than {KEYS_MAX} keys."
            errors.append(RowError(line=number, problem=f"{problem} It was left out.", remedy=_REMEDY))
            continue
        titles |= dict.fromkeys(found)
        read.append((number, found))
    if read:
        yield Record(0, list(titles), after_break=False, is_cut=False)
    for number, told in read:
        yield Record(number, [told.get(title, "") for title in titles], after_break=False, is_cut=False)
    yield from errors


def _object(line: str) -> dict[str, str] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    cells: dict[str, str] = {}
    for name, value in found.items():
        if isinstance(value, dict):  # "address": {"country": "US"} is a column called address country
            cells |= {f"{name} {inner}": _text(each) for inner, each in value.items()}
        else:
            cells[name] = _text(value)
    return cells


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_text(one) for one in value)
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)
