"""The planner's answer for each state and history, one sentence each."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from channels.address import Channel
from engine.domain.decision import Assign, Finish, Move, Reason, Send, Skip, Wait
from engine.domain.enrollment import EnrollmentStatus
from engine.domain.lead import LeadStatus
from engine.domain.message import Delivery, MessageState
from engine.domain.planner import decide, walk
from engine.domain.sequence import END, StageId, TaskTouch
from engine.domain.task import TaskKind, TaskOutcome, TaskState
from engine.domain.timing import parse_delay, parse_window
from tests.domain.walks import (
    CALL,
    DAY,
    EMAIL,
    HOUR,
    MINUTE,
    MONDAY,
    SMS,
    at,
    facts,
    happening,
    message,
    plan,
    stage,
    task,
)

A, B, C = StageId("a"), StageId("b"), StageId("c")
ONE = plan(stage("a", EMAIL, "3 hours"), stage("b", SMS, "1 hour"))


@pytest.mark.parametrize("status", [EnrollmentStatus.FINISHED, EnrollmentStatus.STOPPED])
def test_an_ended_enrollment_stays_ended(status: EnrollmentStatus) -> None:
    decision = decide(at("a", status=status), ONE, facts(happenings=(happening("booked"),)), MONDAY + DAY)

    assert decision == Finish(reason=Reason.ENDED, detail=status)


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("booked", facts(happenings=(happening("booked"),))),
        ("customer", facts(lead={"status": LeadStatus.CUSTOMER})),
        ("opted_out", facts(opted_out=True)),
        ("visited-pricing", facts(happenings=(happening("visited-pricing"),))),
        ("not_now", facts(tasks=(task("z", TaskState.DONE, outcome=TaskOutcome.NOT_NOW),))),
        ("clicked", facts(messages=(message("z", clicked_at=MONDAY + HOUR),))),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_leave_rule_that_holds_stops_the_enrollment(name: str, known: object) -> None:
    sequence = replace(ONE, leave=frozenset({name, "never-happens"}))

    decision = decide(at("a"), sequence, known, MONDAY + 2 * HOUR)  # type: ignore[arg-type]

    assert decision == Finish(reason=Reason.LEFT, stopped=True, detail=name)


def test_what_happened_before_the_start_or_started_it_is_no_reason_to_leave() -> None:
    sequence = replace(ONE, leave=frozenset({"booked"}))
    known = facts(happenings=(happening("booked", MONDAY - DAY), happening("booked", MONDAY - HOUR)))

    assert decide(at("a"), sequence, known, MONDAY) == Wait(until=MONDAY + 3 * HOUR, reason=Reason.DELAY)


@pytest.mark.parametrize("status", [EnrollmentStatus.PAUSED, EnrollmentStatus.SNOOZED, EnrollmentStatus.OUT_OF_OFFICE])
def test_a_resting_enrollment_waits_for_its_date_or_for_a_person_and_then_goes_on(status: EnrollmentStatus) -> None:
    until = MONDAY + 30 * DAY

    assert decide(at("a", status=status, due_at=until), ONE, facts(), MONDAY + DAY) == Wait(
        until=until, reason=Reason.RESTING, detail=status
    )
    assert decide(at("a", status=status, due_at=None), ONE, facts(), until) == Wait(
        until=None, reason=Reason.RESTING, detail=status
    )
    assert decide(at("a", status=status, due_at=until), ONE, facts(), until) == Send(
        channel=Channel.EMAIL, template="hello"
    )


def test_a_resting_enrollment_can_still_leave() -> None:
    resting = at("a", status=EnrollmentStatus.SNOOZED, due_at=MONDAY + DAY)

    assert decide(resting, ONE, facts(opted_out=True), MONDAY) == Finish(
        reason=Reason.LEFT, stopped=True, detail="opted_out"
    )


def test_the_end_completes_and_a_lost_stage_stops() -> None:
    assert decide(at(END), ONE, facts(), MONDAY) == Finish(reason=Reason.COMPLETED)
    assert decide(at("gone"), ONE, facts(), MONDAY) == Finish(reason=Reason.LOST_STAGE, stopped=True, detail="gone")


def test_a_touch_waits_for_its_delay_and_is_then_made() -> None:
    assert decide(at("a"), ONE, facts(), MONDAY) == Wait(until=MONDAY + 3 * HOUR, reason=Reason.DELAY)
    assert decide(at("a"), ONE, facts(), MONDAY + 3 * HOUR) == Send(channel=Channel.EMAIL, template="hello")


def test_a_touch_due_outside_its_window_waits_for_the_window() -> None:
    sequence = plan(stage("a", EMAIL, "9 hours"), window=parse_window({"hours": "09:00-18:00"}))
    due_at, opens_at = MONDAY + 9 * HOUR, MONDAY + 23 * HOUR

    assert decide(at("a"), sequence, facts(), MONDAY) == Wait(until=opens_at, reason=Reason.DELAY)
    assert decide(at("a"), sequence, facts(), due_at) == Wait(until=opens_at, reason=Reason.WINDOW)


def test_a_touch_whose_time_passed_unnoticed_still_keeps_its_window() -> None:
    sequence = plan(stage("a", EMAIL), window=parse_window({"hours": "09:00-18:00"}))
    friday_night = datetime(2026, 3, 6, 22, 0, tzinfo=UTC)

    decision = decide(at("a"), sequence, facts(), friday_night)

    assert decision == Wait(until=datetime(2026, 3, 7, 9, 0, tzinfo=UTC), reason=Reason.WINDOW)


def test_a_stage_window_of_any_beats_the_sequence_window() -> None:
    sequence = plan(stage("a", EMAIL, window=parse_window("any")), window=parse_window({"hours": "03:00-04:00"}))

    assert decide(at("a"), sequence, facts(), MONDAY) == Send(channel=Channel.EMAIL, template="hello")


def test_delays_of_days_spread_a_little_and_shorter_or_timed_ones_do_not() -> None:
    spread = {
        decide(at("a", id=f"e{number}"), plan(stage("a", EMAIL, "1 day")), facts(), MONDAY) for number in range(50)
    }
    instants = [wait.until for wait in spread if isinstance(wait, Wait) and wait.until is not None]
    timed = {
        decide(at("a", id=f"e{number}"), plan(stage("a", EMAIL, "1 day at 9:30")), facts(), MONDAY)
        for number in range(50)
    }

    assert len(instants) > 40
    assert MONDAY + DAY <= min(instants) <= max(instants) < MONDAY + DAY + 20 * MINUTE
    assert timed == {Wait(until=datetime(2026, 3, 3, 9, 30, tzinfo=UTC), reason=Reason.DELAY)}


@pytest.mark.parametrize(
    ("step", "lead", "channel"),
    [(EMAIL, {"email": None}, Channel.EMAIL), (SMS, {"phone": None}, Channel.SMS)],
    ids=["email", "sms"],
)
def test_a_message_without_an_address_is_put_on_record_as_skipped(
    step: object, lead: dict[str, None], channel: Channel
) -> None:
    decision = decide(at("a"), plan(stage("a", step)), facts(lead=lead), MONDAY)  # type: ignore[arg-type]

    assert isinstance(decision, Skip)
    assert (decision.channel, decision.reason) == (channel, Reason.NO_ADDRESS)


def test_a_call_without_a_phone_number_goes_where_otherwise_says() -> None:
    sequence = plan(stage("a", CALL, otherwise=C), stage("b", SMS), stage("c", EMAIL))

    decision = decide(at("a"), sequence, facts(lead={"phone": None}), MONDAY + HOUR)

    assert isinstance(decision, Move)
    assert (decision.to, decision.anchor_at, decision.reason) == (C, MONDAY + HOUR, Reason.NO_ADDRESS)


@pytest.mark.parametrize(
    "state", [MessageState.SCHEDULED, MessageState.HELD, MessageState.CLAIMED, MessageState.SENDING]
)
def test_a_message_under_way_is_waited_for(state: MessageState) -> None:
    known = facts(messages=(message("a", state, ended_at=None, reason="quiet hours"),))

    assert decide(at("a"), ONE, known, MONDAY + 9 * DAY) == Wait(
        until=None, reason=Reason.TOUCH_OPEN, detail="quiet hours"
    )


@pytest.mark.parametrize(
    ("state", "delivery", "to", "reason"),
    [
        (MessageState.ACCEPTED, Delivery.NONE, B, Reason.TOUCHED),
        (MessageState.ACCEPTED, Delivery.DELIVERED, B, Reason.TOUCHED),
        (MessageState.ACCEPTED, Delivery.DEFERRED, B, Reason.TOUCHED),
        (MessageState.UNKNOWN, Delivery.NONE, B, Reason.TOUCHED),
        (MessageState.ACCEPTED, Delivery.BOUNCED, C, Reason.BOUNCED),
        (MessageState.ACCEPTED, Delivery.UNDELIVERED, C, Reason.BOUNCED),
        (MessageState.FAILED, Delivery.NONE, C, Reason.SKIPPED),
        (MessageState.SKIPPED, Delivery.NONE, C, Reason.SKIPPED),
        (MessageState.CANCELLED, Delivery.NONE, C, Reason.SKIPPED),
    ],
)
def test_an_ended_message_leads_on_from_when_it_ended(
    state: MessageState, delivery: Delivery, to: StageId, reason: Reason
) -> None:
    sequence = plan(stage("a", EMAIL, otherwise=C), stage("b", SMS), stage("c", SMS))
    known = facts(messages=(message("a", state, delivery=delivery),))

    decision = decide(at("a"), sequence, known, MONDAY + DAY)

    assert isinstance(decision, Move)
    assert (decision.to, decision.reason, decision.anchor_at) == (to, reason, MONDAY + MINUTE)


def test_only_the_message_of_this_visit_counts() -> None:
    known = facts(messages=(message("a", occurrence=0),))

    assert decide(at("a", occurrence=1), ONE, known, MONDAY + 3 * HOUR) == Send(channel=Channel.EMAIL, template="hello")


def test_a_held_stage_pushes_the_later_ones() -> None:
    known = facts(messages=(message("a", ended_at=MONDAY + 5 * DAY),))

    walked, decision = walk(at("a"), ONE, known, MONDAY + 5 * DAY + MINUTE)

    assert walked.stage == B
    assert decision == Wait(until=MONDAY + 5 * DAY + HOUR, reason=Reason.DELAY)


def test_a_bounce_that_arrives_late_goes_where_otherwise_says_once() -> None:
    sequence = plan(stage("a", EMAIL, otherwise=C), stage("b", EMAIL, "5 days"), stage("c", SMS))
    accepted = facts(messages=(message("a"),))
    bounced = facts(messages=(message("a", delivery=Delivery.BOUNCED),))

    waiting, _ = walk(at("a"), sequence, accepted, MONDAY + HOUR)
    moved, decision = walk(waiting, sequence, bounced, MONDAY + 2 * DAY)

    assert (waiting.stage, waiting.came_from) == (B, (A, 0))
    assert (moved.stage, moved.came_from, moved.anchor_at) == (C, None, MONDAY + 2 * DAY)
    assert decision == Send(channel=Channel.SMS, template="hello-text")


def test_a_late_bounce_is_no_matter_once_the_next_touch_is_made_or_where_no_other_stage_is_named() -> None:
    named = plan(stage("a", EMAIL, otherwise=C), stage("b", EMAIL), stage("c", SMS))
    unnamed = plan(stage("a", EMAIL), stage("b", EMAIL, "1 hour"), stage("c", SMS))
    bounced = message("a", delivery=Delivery.BOUNCED)
    under_way = message("b", MessageState.SENDING, ended_at=None)
    enrollment = at("b", came_from=(A, 0))

    assert isinstance(decide(enrollment, named, facts(messages=(bounced, under_way)), MONDAY), Wait)
    assert decide(enrollment, unnamed, facts(messages=(bounced,)), MONDAY) == Wait(
        until=MONDAY + HOUR, reason=Reason.DELAY
    )


def test_a_condition_is_asked_when_the_touch_is_due_and_passing_over_costs_no_time() -> None:
    sequence = plan(stage("a", EMAIL, "1 day at 9:00", condition="lead.replied()"), stage("b", SMS, "2 days at 9:00"))
    due = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)

    assert decide(at("a"), sequence, facts(), MONDAY) == Wait(until=due, reason=Reason.DELAY)
    walked, decision = walk(at("a"), sequence, facts(), due)
    assert walked.anchor_at == MONDAY
    assert decision == Wait(until=due + DAY, reason=Reason.DELAY)
    assert isinstance(decide(at("a"), sequence, facts(happenings=(happening("replied"),)), due), Send)


def test_a_condition_that_cannot_be_asked_passes_over_and_says_so() -> None:
    sequence = plan(stage("a", EMAIL, condition="lead.custom.budget > 5"), stage("b", SMS))

    decision = decide(at("a"), sequence, facts(), MONDAY)

    assert isinstance(decision, Move)
    assert (decision.to, decision.reason) == (B, Reason.BAD_CONDITION)
    assert "lead.custom.budget" in decision.detail


def test_a_task_is_assigned_with_its_due_time() -> None:
    call = replace(CALL, due=parse_delay("5 minutes"))

    decision = decide(at("a"), plan(stage("a", call)), facts(), MONDAY + HOUR)

    assert decision == Assign(touch=call, due_at=MONDAY + HOUR + 5 * MINUTE)


def test_a_task_that_does_not_wait_leads_on_at_once() -> None:
    sequence = plan(stage("a", replace(CALL, waits=False)), stage("b", SMS, "10 minutes"))

    decision = decide(at("a"), sequence, facts(tasks=(task("a"),)), MONDAY + HOUR)

    assert decision == Move(to=B, anchor_at=MONDAY, occurrence=0, reason=Reason.TOUCHED)


WAITING_CALL = TaskTouch(
    kind=TaskKind.CALL, script="x", patience=parse_delay("2 days"), outcomes={"reached": C, "none": END}
)


@pytest.mark.parametrize(
    ("fact", "to", "reason", "anchor_at"),
    [
        (task("a", TaskState.DONE), C, Reason.OUTCOME, MONDAY + HOUR),
        (task("a", TaskState.DONE, outcome=TaskOutcome.NO_ANSWER), B, Reason.OUTCOME, MONDAY + HOUR),
        (task("a", TaskState.CANCELLED), B, Reason.SKIPPED, MONDAY + HOUR),
        (task("a"), END, Reason.TASK_OVERDUE, MONDAY + 2 * DAY),
    ],
    ids=["named outcome", "other outcome", "cancelled", "nobody did it"],
)
def test_a_waiting_task_leads_where_its_outcome_says(
    fact: object, to: StageId, reason: Reason, anchor_at: datetime
) -> None:
    sequence = plan(stage("a", WAITING_CALL), stage("b", SMS), stage("c", SMS))

    decision = decide(at("a"), sequence, facts(tasks=(fact,)), MONDAY + 2 * DAY)

    assert isinstance(decision, Move)
    assert (decision.to, decision.reason, decision.anchor_at) == (to, reason, anchor_at)


def test_an_open_task_is_waited_for_as_long_as_patience_lasts() -> None:
    sequence = plan(stage("a", WAITING_CALL), stage("b", SMS), stage("c", SMS))

    decision = decide(at("a"), sequence, facts(tasks=(task("a"),)), MONDAY + DAY)

    assert decision == Wait(until=MONDAY + 2 * DAY, reason=Reason.TASK_OPEN)
