"""How long proof of consent outlives a consent: as long as the longest law that may hold, and no longer."""

from datetime import UTC, datetime

import pytest

from channels.address import Channel
from engine.domain.retention import proof_kept_until

ENDED = datetime(2026, 2, 28, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("channel", "places", "year", "rule"),
    [
        (Channel.SMS, {"US", "US-OH"}, 2031, "US-TSR-CONSENT-RECORD"),
        (Channel.CALL, {"DE", "EU"}, 2031, "DE-UWG-7A"),
        (Channel.EMAIL, {"CA", "CA-ON"}, 2029, "CA-CASL-ONUS"),
        (Channel.SMS, {"CA", "US"}, 2031, "US-TSR-CONSENT-RECORD"),
    ],
)
def test_the_longest_law_counts(channel: Channel, places: set[str], year: int, rule: str) -> None:
    assert proof_kept_until(channel, places, ENDED) == (ENDED.replace(year=year), rule)


@pytest.mark.parametrize(
    ("channel", "places"),
    [(Channel.EMAIL, {"US"}), (Channel.EMAIL, {"DE"}), (Channel.SMS, {"FR", "EU"}), (Channel.SMS, set[str]())],
)
def test_where_no_law_asks_for_it_nothing_is_kept(channel: Channel, places: set[str]) -> None:
    assert proof_kept_until(channel, places, ENDED) is None
