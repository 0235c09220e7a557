"""Tests that both databases would answer alike: each is asked of one of them, by a dice that always falls the same way.

At a desk `make check` asks SQLite, the quicker one. `make test` asks the one that the dice chose, so that half of them meet a
real PostgreSQL; `make test-twins` asks the other.
"""

from collections.abc import Collection, Iterable
from pathlib import Path
from zlib import crc32

import pytest

SQLITE, POSTGRES = "[sqlite", "[postgresql"


def choose_one(items: Iterable[pytest.Item], folder: Path, *, both: Collection[str] = ()) -> None:
    """Mark what *folder*'s own tests need not ask; the modules *both* names, without `test_`, ask both databases."""
    for item in items:
        kind = next((each for each in (SQLITE, POSTGRES) if each in item.name), None)
        is_here = item.path.parent == folder and item.path.stem.removeprefix("test_") not in both
        if kind is None or not is_here:
            continue
        if kind is POSTGRES:
            item.add_marker(pytest.mark.slow)
        if kind is not _dice(item.nodeid.replace(kind, "")):
            item.add_marker(pytest.mark.twin)


def _dice(name: str) -> str:
    return (SQLITE, POSTGRES)[crc32(name.encode()) % 2]
