"""Stops of every kind while workers send, clocks tick and callbacks come: no call starts after one was acknowledged.

`make chaos` tries a thousand of them while processes die and the network fails; here sixty, with all well.
"""

from pathlib import Path
from random import Random
from threading import Event

import pytest

from engine.clock import SystemClock
from tests.acceptance.production.places import place_awake_at
from tests.chaos.wire import laid_wires
from tests.running.house import House, open_house
from tests.running.stops import DOORS, PLAN, Stops, lead_of
from tests.servers import eventually

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.slow]

LEADS, STOPS, SPREAD_SECONDS = 200, 40, 7.0
RATE, TEXT_RATE = 12.0, 4.0  # a second: so slow that something waits and something is under way at every stop
STILL_SENT = 10  # to others, after the last stop: by then a late call would have been seen
START_SECONDS_MAX = 240
NEED_A_PHONE = {"text", "console"}


def start_all(house: House) -> None:
    for words in (("web",), ("work",), ("work",), ("work", "--lane", "first"), ("tick",)):
        house.start(*words)


def test_no_call_starts_after_a_stop_was_acknowledged_whatever_the_message_was_doing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    place = place_awake_at(SystemClock().now())
    with (
        laid_wires() as wires,
        open_house(tmp_path, with_callbacks=True, rate=RATE, text_rate=TEXT_RATE, plan=PLAN) as house,
    ):
        house.detours |= {
            "FIFTHTOUCH_SENDGRID_URL": wires.around(house.standin.sendgrid_url, is_provider=True),
            "FIFTHTOUCH_TWILIO_URL": wires.around(house.standin.twilio_url, is_provider=True),
        }
        house.leads_arrive(LEADS, who=lambda number: lead_of(number, place, phone_every=1))
        start_all(house)
        eventually(lambda: house.states()["accepted"] > 0, within_seconds=START_SECONDS_MAX)
        stops = Stops(house=house, chance=Random(7))

        stops.run(STOPS, SPREAD_SECONDS, Event())
        before = house.states()["accepted"]
        eventually(lambda: house.states()["accepted"] >= before + STILL_SENT, within_seconds=60)

        calls = wires.witness.calls()
        assert len(stops.told) == STOPS
        assert {one.door for one in stops.told} >= (set(DOORS) if place is not None else set(DOORS) - NEED_A_PHONE)
        assert stops.states["scheduled"] > 0
        assert calls.keys() >= {str(one.message_id) for one in house.standin.account.accepted}
        assert stops.broken_by(calls) == []
