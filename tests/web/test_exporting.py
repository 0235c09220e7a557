"""Exports: inert in a spreadsheet, whole in JSON, and made a line at a time."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.web.exporting import FORMULA_STARTS, csv_lines, json_lines


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+1 503 555 0100", "'+1 503 555 0100"),
        ("-2", "'-2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("  =1", "'  =1"),
        ("Ana = Bo", "Ana = Bo"),
        (-2, "-2"),
        (None, ""),
        (True, "true"),
        (datetime(2026, 3, 2, 15, 0, tzinfo=UTC), "2026-03-02T15:00:00+00:00"),
        (["a", "b"], '["a", "b"]'),
    ],
)
def test_a_cell_is_inert(value: object, cell: str) -> None:
    assert [["word"], [cell]] == read(csv_lines(["word"], [{"word": value}]))


@given(st.lists(st.text(), min_size=1))
def test_no_text_begins_a_formula_and_none_is_lost(words: list[str]) -> None:
    rows = read(csv_lines(["word"], [{"word": word} for word in words]))[1:]

    found = [row[0] if row else "" for row in rows]
    assert not [cell for cell in found if cell.startswith(FORMULA_STARTS)]
    assert words == [found[at][1:] if found[at] != word else word for at, word in enumerate(words)]


def test_a_head_is_inert() -> None:
    assert read(csv_lines(["=1+1"], [{"=1+1": "a"}])) == [["'=1+1"], ["a"]]


def test_a_column_that_a_row_lacks_is_empty() -> None:
    assert read(csv_lines(["a", "b"], [{"b": 2, "c": 3}])) == [["a", "b"], ["", "2"]]


def test_json_lines_keep_what_is_there() -> None:
    at = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)

    [line] = json_lines([{"at": at, "name": "=Zoë\n", "rules": [{"id": 1}]}])

    assert {"at": at.isoformat(), "name": "=Zoë\n", "rules": [{"id": 1}]} == json.loads(line)


def test_a_line_is_made_only_when_it_is_asked_for() -> None:
    made = []

    def rows() -> Iterator[dict[str, int]]:
        for number in range(10):
            made.append(number)
            yield {"number": number}

    lines = csv_lines(["number"], rows())

    assert [next(lines) for _ in range(3)] == ["number\r\n", "0\r\n", "1\r\n"]
    assert made == [0, 1]


def read(lines: Iterator[str]) -> list[list[str]]:
    return list(csv.reader(io.StringIO("".join(lines), newline="")))
