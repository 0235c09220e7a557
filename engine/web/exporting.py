"""Rows as files: CSV that no spreadsheet takes for formulas, and JSON lines; each line is made when it is sent."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from fastapi.responses import StreamingResponse

from engine.store.pages import Row
from engine.web.listing import plain

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What makes a spreadsheet calculate a cell; it takes the wide forms of East Asian type for the same signs."""

CHUNK_CHARACTERS = 64 * 1024  # a packet for each row would cost more than the rows

CSV = "text/csv; charset=utf-8"
JSON_LINES = "application/jsonl; charset=utf-8"


def csv_lines(columns: Sequence[str], rows: Iterable[Row | Mapping[str, Any]]) -> Iterator[str]:
    """Yield a head line of *columns*, then a line a row; a column that a row lacks is empty there.

    Instants are ISO 8601, lists and mappings JSON. Cells and heads that a spreadsheet would calculate begin with an
    apostrophe.
    """
    line = _Line()
    writer = csv.writer(line)  # lines end with CR LF, as RFC 4180 wants
    writer.writerow([cell(column) for column in columns])  # a column may be called as in somebody's file
    yield line.text
    for row in rows:
        writer.writerow([cell(row.get(column)) for column in columns])
        yield line.text


def json_lines(rows: Iterable[Row | Mapping[str, Any]]) -> Iterator[str]:
    """Yield each row as one line of JSON; instants as ISO 8601."""
    for row in rows:
        yield json.dumps(plain(row), ensure_ascii=False, default=str) + "\n"


def cell(value: Any) -> str | int | float:
    """Return *value* as it may stand in a CSV file that somebody opens in a spreadsheet."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    text = value if isinstance(value, str) else json.dumps(plain(value), ensure_ascii=False, default=str)
    return f"'{text}" if text.lstrip(" \u00a0").startswith(FORMULA_STARTS) else text


def as_file(lines: Iterable[str], *, name: str, media_type: str) -> StreamingResponse:
    """Return *lines* as a file to save under *name*, sent while they are made."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_chunks(lines), media_type=media_type, headers=headers)


def _chunks(lines: Iterable[str]) -> Iterator[str]:
    waiting: list[str] = []
    size = 0
    for line in lines:
        waiting.append(line)
        size += len(line)
        if size >= CHUNK_CHARACTERS:
            yield "".join(waiting)
            waiting, size = [], 0
    yield "".join(waiting)


class _Line:
    """A file that holds the one line that was written last."""

    text = ""

    def write(self, text: str) -> None:
        """Take a line."""
        self.text = text
