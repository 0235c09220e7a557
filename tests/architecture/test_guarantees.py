"""The page of guarantees names tests that are there, and leaves no promise without one."""

import ast
import re

import pytest

from tests.shared import REPOSITORY

PAGE = (REPOSITORY / "docs" / "explanation" / "delivery-guarantees.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))
ROWS = [
    line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith(("| promise", "| evidence"))
]


@pytest.mark.parametrize(("file", "name"), NAMED, ids=[name for _, name in NAMED])
def test_a_test_that_the_page_names_is_there(file: str, name: str) -> None:
    tree = ast.parse((REPOSITORY / file).read_text(encoding="utf-8"))

    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("row", ROWS, ids=[row[2:40] for row in ROWS])
def test_every_promise_names_a_test(row: str) -> None:
    assert "::test_" in row


def test_the_page_is_read_at_all() -> None:
    assert len(NAMED) > 30
    assert len(ROWS) > 12
