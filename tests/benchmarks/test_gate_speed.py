"""What a decision of the gate costs, in microseconds of processor time."""

import sys
from datetime import timedelta
from time import process_time

import pytest

from channels.address import Channel
from consent.facts import GateFacts, Request
from consent.gate import decide
from consent.jurisdiction import candidates
from consent.rulebook import load_rulebook
from tests.consent import asking

pytestmark = pytest.mark.benchmark

LEADS = 200
ROUNDS = 50


def question(channel: Channel, lead: int) -> Request:
    """Ask about a lead in one of forty states, whose number is from another one for every third."""
    region = sorted(["FL", "TX", "OH", "CA", "NY", "WA", "GA", "IL"])[lead % 8]
    phone = "+13055550123" if lead % 3 == 0 else None
    jurisdictions, zones = candidates("US", region, phone=phone)
    plain = asking.request(channel)
    return Request(
        channel=channel,
        purpose=plain.purpose,
        address=f"lead {lead}",
        jurisdictions=jurisdictions,
        zones=zones,
        planned_at=asking.MONDAY,
    )


@pytest.mark.parametrize("hour", [17, 3], ids=["by day", "at night"])
@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.SMS, Channel.CALL])
def test_a_batch_of_two_hundred(channel: Channel, hour: int) -> None:
    rulebook = load_rulebook()
    questions = [question(channel, lead) for lead in range(LEADS)]
    seen = (*asking.touches(Channel.EMAIL, 30, 60, 200), *asking.touches(Channel.SMS, 50))
    facts = GateFacts(consents=(asking.granted(channel), asking.granted(Channel.EMAIL)), touches=seen)

    started = process_time()
    for tick in range(ROUNDS):
        # Every claim has an instant of its own, so nothing is remembered from the one before.
        now = asking.MONDAY.replace(hour=hour) + timedelta(seconds=tick)
        for asked in questions:
            decide(asked, facts, rulebook, now)
    microseconds = (process_time() - started) / (LEADS * ROUNDS) * 1e6

    sys.stderr.write(f"\n{channel} at {hour:02}:00 UTC: {microseconds:.0f} µs a decision")
    assert microseconds < 1_000  # a mistake of an order of magnitude shows, a slow machine doesn't fail
