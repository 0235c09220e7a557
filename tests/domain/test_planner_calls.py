"""Where the end of a voicemail's call sends a lead, and for how long it is waited for."""

from datetime import datetime

import pytest

from channels.address import Channel
from channels.events import CallOutcome
from engine.domain.conditions import holds
from engine.domain.decision import Move, Reason, Wait
from engine.domain.message import Delivery, MessageState
from engine.domain.planner import decide, follow
from engine.domain.sequence import END, SendTouch, StageId
from engine.domain.timing import parse_delay
from tests.domain.walks import DAY, EMAIL, HOUR, MINUTE, MONDAY, SMS, at, facts, message, plan, stage

B, C, D = StageId("b"), StageId("c"), StageId("d")
TIP = SendTouch(
    channel=Channel.VOICEMAIL,
    template="tip",
    patience=parse_delay("2 hours"),
    outcomes={"human": C, "busy": C, "none": END},
)
PLAN = plan(stage("a", TIP, otherwise=D), stage("b", SMS), stage("c", SMS), stage("d", EMAIL))
LEFT_AT = MONDAY + MINUTE


@pytest.mark.parametrize(
    ("outcome", "delivery", "to", "reason"),
    [
        (CallOutcome.HUMAN, Delivery.DELIVERED, C, Reason.OUTCOME),
        (CallOutcome.BUSY, Delivery.UNDELIVERED, C, Reason.OUTCOME),
        (CallOutcome.MACHINE, Delivery.DELIVERED, B, Reason.TOUCHED),
        (CallOutcome.NO_ANSWER, Delivery.UNDELIVERED, D, Reason.BOUNCED),
        (None, Delivery.BOUNCED, D, Reason.BOUNCED),
    ],
    ids=["named", "named although undelivered", "not named, arrived", "not named, undelivered", "dead number"],
)
def test_a_call_leads_where_its_end_says(
    outcome: CallOutcome | None, delivery: Delivery, to: StageId, reason: Reason
) -> None:
    known = facts(messages=(message("a", channel=Channel.VOICEMAIL, delivery=delivery, outcome=outcome),))

    decision = decide(at("a"), PLAN, known, MONDAY + HOUR)

    assert isinstance(decision, Move)
    assert (decision.to, decision.reason, decision.anchor_at) == (to, reason, LEFT_AT)


@pytest.mark.parametrize("state", [MessageState.ACCEPTED, MessageState.UNKNOWN])
def test_the_end_of_a_call_is_waited_for_as_long_as_patience_lasts(state: MessageState) -> None:
    known = facts(messages=(message("a", state, channel=Channel.VOICEMAIL),))

    assert decide(at("a"), PLAN, known, MONDAY + HOUR) == Wait(until=LEFT_AT + 2 * HOUR, reason=Reason.CALL_OPEN)
    decision = decide(at("a"), PLAN, known, LEFT_AT + 2 * HOUR)
    assert isinstance(decision, Move)
    assert (decision.to, decision.reason) == (END, Reason.TIMEOUT)


def test_nobody_waits_for_an_end_that_no_stage_is_named_for() -> None:
    sequence = plan(stage("a", SendTouch(channel=Channel.VOICEMAIL, template="tip")), stage("b", SMS))
    known = facts(messages=(message("a", channel=Channel.VOICEMAIL),))

    decision = decide(at("a"), sequence, known, MONDAY + HOUR)

    assert isinstance(decision, Move)
    assert (decision.to, decision.reason) == (B, Reason.TOUCHED)


@pytest.mark.parametrize("state", [MessageState.SKIPPED, MessageState.FAILED, MessageState.CANCELLED])
def test_a_call_that_was_never_made_goes_where_otherwise_says(state: MessageState) -> None:
    decision = decide(at("a"), PLAN, facts(messages=(message("a", state, channel=Channel.VOICEMAIL),)), MONDAY + HOUR)

    assert isinstance(decision, Move)
    assert (decision.to, decision.reason) == (D, Reason.SKIPPED)


def test_an_end_that_has_counted_does_not_turn_the_walk_a_second_time() -> None:
    busy = message("a", channel=Channel.VOICEMAIL, delivery=Delivery.UNDELIVERED, outcome=CallOutcome.BUSY)
    known = facts(messages=(busy,))
    turn = decide(at("a"), PLAN, known, MONDAY + HOUR)
    assert isinstance(turn, Move)

    walked = follow(at("a"), turn, known, MONDAY)

    assert walked.came_from is None
    assert not isinstance(decide(walked, PLAN, known, MONDAY + HOUR), Move)


@pytest.mark.parametrize("outcome", list(CallOutcome))
def test_conditions_and_waits_may_ask_how_calls_ended(outcome: CallOutcome) -> None:
    known = facts(messages=(message("a", channel=Channel.VOICEMAIL, outcome=outcome),))
    asked: datetime = MONDAY + DAY

    assert [one for one in CallOutcome if holds(f"lead.happened('{one}')", known, asked)] == [outcome]
