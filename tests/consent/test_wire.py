"""The answer as JSON."""

import json
from datetime import datetime

from channels.address import Channel
from consent.facts import GateFacts
from consent.wire import to_json
from tests.consent import asking


def test_an_answer_becomes_plain_json() -> None:
    night = datetime.fromisoformat("2026-11-23T23:00-05:00")
    facts = GateFacts(consents=(asking.granted(),))
    answer = asking.ask(asking.request(zones=("America/New_York",)), facts, night)

    page = json.loads(json.dumps(to_json(answer)))

    assert (page["outcome"], page["until"], page["reason"]) == ("hold", "2026-11-24T13:00:00+00:00", "quiet_hours")
    assert page["rulebook"] == answer.rulebook
    assert page["evidence"][0] == {"value": "US-OH", "source": "address"}
    federal = next(rule for rule in page["rules"] if rule["id"] == "US-TCPA-HOURS")
    assert federal["answer"] == "hold"
    assert federal["inputs"] == {"local": {"America/New_York": "2026-11-23T23:00-05:00"}}
    assert federal["citation"].startswith("47 CFR")


def test_every_rule_can_be_told() -> None:
    for channel in Channel:
        for place in ("US-FL", "US", "CA", "FR", "GB", "JP"):
            for facts in (GateFacts(), GateFacts(consents=(asking.granted(channel), asking.withdrawn(channel)))):
                page = to_json(asking.ask(asking.request(channel, place), facts))

                assert json.loads(json.dumps(page)) == page
