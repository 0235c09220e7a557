"""Leads stay on their revision of a sequence until they are moved, stage by stage, and are told nothing twice."""

import pytest

from engine.domain.sequence import StageId
from engine.flows.advance import advance
from engine.flows.moving import MovePlan, NotMovable, StageMove, move, plan_move
from engine.flows.shelf import Missing
from engine.store import tables as t
from tests.flows.story import BOB, DAY, HOUR, Story

OLD = """\
name: course
enter: {when: lead.created, if: "lead.source == 'course'"}
stages:
  - {id: one, email: hello}
  - {id: two, email: news, after: 2 days}
  - {id: three, sms: hi, after: 2 days}
"""
NEW = """\
name: course
enter: {when: lead.created, if: "lead.source == 'course'"}
stages:
  - {id: one, email: hello}
  - {id: between, sms: hi, after: 1 day}
  - {id: second, email: news, after: 1 day}
"""


@pytest.fixture
def revision(story: Story) -> str:
    """Return the old revision of a sequence that Ann walks, who had the first email an hour ago."""
    story.plan(OLD)
    story.arrives(source="course")
    story.live(HOUR)
    old = str(story.enrollment()["revision"])
    story.plan(NEW)
    return old


def moves(plan: MovePlan) -> list[tuple[str, str | None, int]]:
    """Return what *plan* does: stage, where to, and for how many."""
    return [(one.stage, one.to, one.leads) for one in plan.moves]


def test_whoever_walks_stays_on_the_old_revision(story: Story, revision: str) -> None:
    story.live(10 * DAY)

    assert story.enrollment()["revision"] == revision
    assert [row["stage"] for row in story.messages(state="accepted")] == ["one", "two", "three"]


def test_a_plan_says_who_goes_where_and_changes_nothing(story: Story, revision: str) -> None:
    plan = plan_move(story.kit, "course", {})

    assert moves(plan) == [("two", None, 1)]
    assert (plan.leads, plan.moves[0].revision) == (0, revision)
    assert moves(plan_move(story.kit, "course", {"two": "between"})) == [("two", "between", 1)]
    assert story.enrollment()["revision"] == revision


def test_who_is_moved_goes_on_at_the_new_stage(story: Story, revision: str) -> None:
    plan = plan_move(story.kit, "course", {"two": "between"}, revision=revision[:12])

    assert move(story.kit, plan, by="eve") == 1

    walking = story.enrollment()
    assert (walking["revision"], walking["stage"]) == (plan.revision, "between")
    story.live(10 * DAY)
    assert [row["stage"] for row in story.messages(state="accepted")] == ["one", "between", "second"]
    [noted] = story.rows(t.audit_log, action="sequence.moved")
    assert (noted["actor"], noted["subject"]) == ("eve", "course")
    assert (noted["before"], noted["after"]) == (
        {f"{revision[:12]} two": 1},
        {f"{plan.revision[:12]} between": 1},
    )


def test_moving_again_moves_nobody_twice(story: Story, revision: str) -> None:
    plan = plan_move(story.kit, "course", {"two": "second"})

    assert plan.moves == (StageMove(revision=revision, stage="two", to="second", leads=1),)
    assert [move(story.kit, plan, by="eve") for _ in range(2)] == [1, 0]
    assert moves(plan_move(story.kit, "course", {})) == []


def test_a_touch_that_was_made_is_not_made_again(story: Story, revision: str) -> None:
    plan = plan_move(story.kit, "course", {"two": "one"})

    move(story.kit, plan, by="eve")
    story.live(10 * DAY)

    assert revision != plan.revision
    assert [row["stage"] for row in story.messages(state="accepted")] == ["one", "between", "second"]


def test_what_was_planned_at_the_old_stage_and_has_not_left_is_cancelled(story: Story, revision: str) -> None:
    story.pass_time(3 * DAY)
    advance(story.kit)
    assert story.states() == {"one": "accepted", "two": "scheduled"}

    move(story.kit, plan_move(story.kit, "course", {"two": "between"}), by="eve")

    assert story.enrollment()["revision"] != revision
    assert (story.message(stage="two")["state"], story.message(stage="two")["reason"]) == ("cancelled", "moved")
    story.live(10 * DAY)
    assert [row["stage"] for row in story.messages(state="accepted")] == ["one", "between", "second"]


def test_a_stage_of_the_same_name_keeps_what_it_planned(story: Story, revision: str) -> None:
    story.plan(OLD.replace("after: 2 days}\n  - {id: three", "after: 4 days}\n  - {id: three"))
    story.pass_time(3 * DAY)
    advance(story.kit)

    assert move(story.kit, plan_move(story.kit, "course", {}), by="eve") == 1
    story.live(10 * DAY)

    assert story.enrollment()["revision"] != revision
    assert [row["stage"] for row in story.messages(state="accepted")] == ["one", "two", "three"]


def test_who_rests_is_moved_and_goes_on_resting(story: Story, revision: str) -> None:
    story.replies("I have a question about this", to=story.message())

    move(story.kit, plan_move(story.kit, "course", {"two": "between"}), by="eve")
    story.live(10 * DAY)

    walking = story.enrollment()
    assert (walking["status"], walking["stage"], walking["due_at"]) == ("paused", "between", None)
    assert walking["revision"] != revision
    assert story.states() == {"one": "accepted"}


def test_leads_are_moved_in_bounded_batches_and_only_of_the_sequence(story: Story, revision: str) -> None:
    story.arrives(BOB)  # walks another sequence

    move(story.kit, plan_move(story.kit, "course", {"two": "end"}), by="eve")
    story.run()

    assert {row["sequence"]: row["status"] for row in story.rows(t.enrollments)} == {
        "course": "finished",
        "start": "active",
    }
    assert story.enrollment(sequence="course")["revision"] != revision


@pytest.mark.parametrize(
    ("stages", "start", "said"),
    [
        ({"two": "nowhere"}, None, "has no stage 'nowhere'"),
        ({"three": "second"}, None, "stands at 'three'"),
        ({}, "ffff", "nobody walks an older revision 'ffff'"),
    ],
)
def test_what_cannot_be_moved_is_refused(
    story: Story, revision: str, stages: dict[str, str], start: str | None, said: str
) -> None:
    with pytest.raises(NotMovable, match=said):
        plan_move(story.kit, "course", stages, revision=start)

    assert story.enrollment()["revision"] == revision


def test_a_sequence_that_is_not_there_is_missing(story: Story) -> None:
    with pytest.raises(Missing):
        plan_move(story.kit, "nothing", {"a": StageId("b")})
