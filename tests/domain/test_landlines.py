"""A number that is surely a fixed line is not texted: the stage is on record as skipped, and goes on by another way."""

import pytest

from channels.address import Channel
from engine.domain.decision import Reason, Send, Skip
from engine.domain.planner import decide
from tests.domain.walks import MONDAY, SMS, at, facts, plan, stage

TEXT = plan(stage("text", SMS))


def test_a_text_to_a_landline_is_skipped_with_its_reason() -> None:
    decision = decide(at("text"), TEXT, facts(lead={"phone": "+442079460018"}), MONDAY)

    assert decision == Skip(channel=Channel.SMS, template="hello-text", reason=Reason.LANDLINE)


@pytest.mark.parametrize("phone", ["+12125550101", "+447911123456", "+447700900123", "+18005550101"])
def test_a_number_that_may_take_texts_is_tried(phone: str) -> None:
    """In North America nobody can tell a mobile from a fixed line by its number."""
    decision = decide(at("text"), TEXT, facts(lead={"phone": phone}), MONDAY)

    assert decision == Send(channel=Channel.SMS, template="hello-text")
