"""Where the planner turns: splits, branches, waits, hand-overs and repeats."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from channels.address import Channel
from engine.domain.decision import Finish, Move, Reason, Send, Wait
from engine.domain.message import MessageState
from engine.domain.planner import decide, follow, walk
from engine.domain.sequence import NEXT, Await, Branch, Handover, Repeat, Split, StageId
from engine.domain.timing import parse_delay
from tests.domain.walks import (
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
    play,
    stage,
)

A, B, C = StageId("a"), StageId("b"), StageId("c")
ONE = plan(stage("a", EMAIL, "3 hours"), stage("b", SMS, "1 hour"))


def test_a_split_makes_the_touch_of_the_leads_variant_and_names_it() -> None:
    sequence = plan(stage("a", Split(variants={"x": EMAIL, "y": SMS}, weights={"x": 1, "y": 1})))
    decisions = {decide(at("a", lead_id=f"lead-{number}"), sequence, facts(), MONDAY) for number in range(40)}

    assert decisions == {
        Send(channel=Channel.EMAIL, template="hello", variant="x"),
        Send(channel=Channel.SMS, template="hello-text", variant="y"),
    }


def test_a_branch_turns_at_once_and_keeps_the_anchor() -> None:
    sequence = plan(
        stage("a", Branch(condition="lead.source == 'web'", then=C, otherwise=NEXT)), stage("b", SMS), stage("c", SMS)
    )
    later = MONDAY + DAY

    assert decide(at("a"), sequence, facts(lead={"source": "web"}), later) == Move(
        to=C, anchor_at=MONDAY, occurrence=0, reason=Reason.CONDITION, detail="yes"
    )
    assert decide(at("a"), sequence, facts(), later) == Move(
        to=B, anchor_at=MONDAY, occurrence=0, reason=Reason.CONDITION, detail="no"
    )


def test_a_branch_with_a_delay_waits_first_and_the_next_delay_does_not_count_that_time_again() -> None:
    sequence = plan(stage("a", Branch(condition="1 == 2", then=NEXT, otherwise=NEXT), "2 days"), stage("b", SMS))

    assert decide(at("a"), sequence, facts(), MONDAY + DAY) == Wait(until=MONDAY + 2 * DAY, reason=Reason.DELAY)
    decision = decide(at("a"), sequence, facts(), MONDAY + 2 * DAY)
    assert isinstance(decision, Move)
    assert decision.anchor_at == MONDAY + 2 * DAY


WAITS = plan(
    stage("a", Await(event="visited", timeout=parse_delay("3 days"), then=C, otherwise=NEXT)),
    stage("b", SMS),
    stage("c", SMS),
)


def test_an_awaited_event_leads_on_from_when_it_happened() -> None:
    known = facts(happenings=(happening("visited", MONDAY - MINUTE), happening("visited", MONDAY + HOUR)))

    assert decide(at("a"), WAITS, known, MONDAY + DAY) == Move(
        to=C, anchor_at=MONDAY + HOUR, occurrence=0, reason=Reason.HAPPENED, detail="visited"
    )


def test_an_event_before_the_wait_began_is_not_what_was_awaited() -> None:
    known = facts(happenings=(happening("visited", MONDAY),))

    assert decide(at("a"), WAITS, known, MONDAY + DAY) == Wait(
        until=MONDAY + 3 * DAY, reason=Reason.AWAITING, detail="visited"
    )


def test_a_wait_that_was_in_vain_leads_on_from_its_end() -> None:
    assert decide(at("a"), WAITS, facts(), MONDAY + 3 * DAY) == Move(
        to=B, anchor_at=MONDAY + 3 * DAY, occurrence=0, reason=Reason.TIMEOUT, detail="visited"
    )


def test_what_becomes_of_a_touch_is_heard_by_whoever_waits_however_long_ago_it_was_made() -> None:
    sequence = plan(
        stage("a", Await(event="opened", timeout=parse_delay("3 days"), then=B, otherwise=NEXT)), *ONE.stages[1:]
    )
    earlier, before = message("y", ended_at=MONDAY - DAY, opened_at=MONDAY - HOUR), message("z", ended_at=MONDAY)
    now = MONDAY + HOUR
    later = MONDAY + HOUR / 2

    unopened = decide(at("a"), sequence, facts(messages=(earlier, before)), now)
    opened = decide(at("a"), sequence, facts(messages=(earlier, replace(before, opened_at=later))), now)
    opened_late = decide(at("a"), sequence, facts(messages=(replace(earlier, opened_at=later), before)), now)

    assert unopened == Wait(until=MONDAY + 3 * DAY, reason=Reason.AWAITING, detail="opened")
    assert opened == Move(to=B, anchor_at=later, occurrence=0, reason=Reason.HAPPENED, detail="opened")
    assert opened_late == opened


def test_a_hand_over_finishes_and_names_what_comes_next_after_its_delay() -> None:
    sequence = plan(stage("a", Handover(sequence="long-game"), "2 weeks"))

    assert decide(at("a"), sequence, facts(), MONDAY) == Wait(until=MONDAY + 14 * DAY, reason=Reason.DELAY)
    assert decide(at("a"), sequence, facts(), MONDAY + 14 * DAY) == Finish(reason=Reason.HANDOVER, enter="long-game")


def test_a_part_is_walked_as_often_as_its_repeat_says_in_all() -> None:
    sequence = plan(stage("a", EMAIL, "1 week at 9:00"), stage("r", Repeat(to=A, times=4)), stage("b", SMS))

    touches, decision = play(sequence, facts(), until=MONDAY + 365 * DAY)

    assert [name for name, _, _ in touches] == ["a", "a", "a", "a", "b"]
    assert len({(name, occurrence) for name, occurrence, _ in touches if name == "a"}) == 4
    assert decision == Finish(reason=Reason.COMPLETED)


def test_a_repeat_inside_a_repeat_starts_anew_in_every_round() -> None:
    sequence = plan(
        stage("a", EMAIL, "1 month"),
        stage("b", SMS, "1 day"),
        stage("inner", Repeat(to=B, times=3)),
        stage("outer", Repeat(to=A, times=2)),
    )

    touches, _ = play(sequence, facts(), until=MONDAY + 365 * DAY)

    assert "".join(name for name, _, _ in touches) == "abbbabbb"
    assert len(set(touches)) == len(touches) == len({touch[:2] for touch in touches})


def test_an_endless_repeat_goes_on_and_never_makes_two_touches_at_once() -> None:
    sequence = plan(stage("a", EMAIL, "1 month at 9:00"), stage("r", Repeat(to=A)))

    touches, decision = play(sequence, facts(), until=MONDAY + 10 * 365 * DAY)

    assert len(touches) in {119, 120}
    assert isinstance(decision, Wait)
    gaps = [after[2] - before[2] for before, after in pairwise(touches)]
    assert min(gaps) >= timedelta(days=27)


def test_a_repeat_whose_touches_are_all_passed_over_waits_for_its_delay_each_time() -> None:
    sequence = plan(stage("a", EMAIL, "1 week", condition="lead.replied()"), stage("r", Repeat(to=A)))
    due = MONDAY + 7 * DAY + 20 * MINUTE

    walked, decision = walk(at("a"), sequence, facts(), due)

    assert (walked.stage, walked.occurrence) == (A, 1)
    assert isinstance(decision, Wait)
    assert decision.until is not None
    assert decision.until >= due + 7 * DAY


def test_a_branch_that_goes_back_makes_new_touches_and_counts_its_delay_from_now() -> None:
    sequence = plan(
        stage("a", EMAIL, "1 day at 10:00"), stage("b", Branch(condition="not lead.replied()", then=A, otherwise=NEXT))
    )

    touches, _ = play(sequence, facts(), until=MONDAY + 5 * DAY)

    assert touches == [("a", number, MONDAY + DAY * (number + 1)) for number in range(5)]


def test_a_loop_without_a_wait_is_stopped_before_it_can_harm() -> None:
    sequence = plan(stage("a", Branch(condition="1 == 1", then=A, otherwise=NEXT)))

    walked, decision = walk(at("a"), sequence, facts(), MONDAY)

    assert decision == Finish(reason=Reason.TOO_MANY_STEPS, stopped=True, detail=walked.stage)


def test_following_a_move_remembers_only_messages_that_left() -> None:
    move = Move(to=B, anchor_at=MONDAY, occurrence=0, reason=Reason.SKIPPED)
    before = at("a", came_from=(C, 0))

    assert follow(before, move, facts(messages=(message("a"),)), MONDAY).came_from == (A, 0)
    assert follow(before, move, facts(messages=(message("a", MessageState.FAILED),)), MONDAY).came_from is None
    assert follow(before, move, facts(), MONDAY).came_from == (C, 0)


def test_a_lead_of_unknown_place_is_planned_for_all_the_same() -> None:
    known = facts(lead={"zone": "Mars/Olympus", "country": None, "region": None})

    assert decide(at("a"), ONE, known, MONDAY) == Wait(until=MONDAY + 3 * HOUR, reason=Reason.DELAY)
