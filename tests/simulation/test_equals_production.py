"""A rehearsal shows what the engine then does: the same touches, as the rehearsal on SQLite and production on PostgreSQL.

Both meet the same invented leads. Over 90 days from here daylight saving ends in Europe and in America, and
the holidays of an autumn pass.
"""

import os
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

import pytest

from engine.content.library import load_library
from engine.simulation.behaviour import TYPICAL
from engine.simulation.trial import try_out
from engine.store.touch_list import Touch
from tests.servers import PostgresServer
from tests.simulation.production import live_through

AUTUMN = datetime(2026, 9, 28, 15, 0, tzinfo=UTC)
DAYS, SEED = 90, 3
SEQUENCE = "instant-answer"  # it hands over to the five days, the weeks and the long game
LEADS = int(os.environ.get("REHEARSED_LEADS", "8"))
"""How many are compared; `make rehearsal` compares 1,000."""


@pytest.mark.slow
@pytest.mark.postgres
def test_the_engine_does_what_the_rehearsal_showed(postgres_server: PostgresServer) -> None:
    library, url = load_library(), postgres_server.create_database()

    shown = try_out(library, SEQUENCE, leads=LEADS, days=DAYS, seed=SEED, start=AUTUMN, behaviour=TYPICAL).touches
    done = live_through(url, library, SEQUENCE, leads=LEADS, days=DAYS, seed=SEED, start=AUTUMN, behaviour=TYPICAL)

    assert len(shown) > LEADS
    assert differences(shown, done) == []
    postgres_server.drop_database(url)


def differences(shown: Iterable[Touch], done: Iterable[Touch]) -> list[str]:
    """Return each touch that only one of the two has, by lead, stage, channel, state, reason and the second."""
    before, after = Counter(map(_said, shown)), Counter(map(_said, done))
    only_shown = [f"only rehearsed: {one}" for one in (before - after).elements()]
    return sorted(only_shown + [f"only done: {one}" for one in (after - before).elements()])


def _said(one: Touch) -> str:
    at = "never" if one.at is None else one.at.isoformat(timespec="seconds")
    return f"{one.to} {one.sequence}/{one.stage} {one.channel} {one.template} {one.state} {one.reason} at {at}"
