"""The federal calling hours in every sort of time zone, asked as a person would ask about an invented lead."""

import json
from datetime import datetime
from functools import cache
from typing import Any

import pytest

from channels.address import Channel
from consent.facts import GateFacts, Purpose, Request
from consent.jurisdiction import candidates
from tests.consent import asking
from tests.shared import shared_file


@cache
def rows() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(shared_file("vectors/quiet_hours_vectors.json").read_text("utf-8"))
    return found


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.VOICEMAIL, Channel.CALL])
@pytest.mark.parametrize("region", [None, "OH"])
def test_the_federal_rule_allows_from_8_to_21_and_the_outcome_is_never_looser(
    channel: Channel, region: str | None
) -> None:
    for row in rows():
        jurisdictions, zones = candidates("US", region, given_zone=row["zone"])
        question = Request(
            channel=channel, purpose=Purpose.MARKETING, address="+1", jurisdictions=jurisdictions, zones=zones
        )
        now = datetime.fromisoformat(row["utc"])

        for facts in (GateFacts(), GateFacts(consents=(asking.granted(channel),))):
            answer = asking.ask(question, facts, now)

            allowed = row["tcpa_8_to_21_allowed"]
            assert asking.rule(answer, "US-TCPA-HOURS").outcome == ("allow" if allowed else "hold"), row
            assert allowed or answer.outcome != "allow", row
