"""Up to when an installation has lived: a demonstration's time stands still at its end."""

from datetime import UTC, datetime, timedelta

import pytest

from engine.store import installation
from engine.store.database import Database

START = datetime(2026, 3, 2, tzinfo=UTC)
LATER = START + timedelta(days=400)


@pytest.mark.parametrize(
    ("notes", "until"),
    [
        ({"start": START.isoformat(), "days": 30}, START + timedelta(days=30)),
        ({"start": START.isoformat(), "days": 1_000}, LATER),
        ({}, LATER),
        ({"start": 1, "days": "x"}, LATER),
    ],
    ids=["over", "not over", "unfinished", "unreadable"],
)
def test_a_demonstration_has_lived_until_its_end(database: Database, notes: dict[str, object], until: datetime) -> None:
    with database.write() as connection:
        installation.ensure(connection, key=b"key", key_id="k", now=START)
        installation.mark_demonstration(connection, notes)

        assert installation.lived_until(connection, LATER) == until


def test_a_real_installation_lives_now(database: Database) -> None:
    with database.write() as connection:
        installation.ensure(connection, key=b"key", key_id="k", now=START)

        assert installation.lived_until(connection, LATER) == LATER
