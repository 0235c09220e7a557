"""Messages that could not leave in time, and messages that cannot be written: each comes to an end that says why."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from engine.flows.advance import advance
from engine.flows.overdue import GIVE_UP_AFTER, TELL_AFTER
from engine.flows.settle_overdue import NotOverdue, let_go, send_late
from engine.store import tables as t
from tests.flows.story import DAY, HOUR, MINUTE, Story

PLAN = """\
name: late
enter: {{when: lead.created, if: "lead.source == 'late'"}}
stages:
  - {{id: hello, email: {template}, {rest}}}
  - {{id: news, email: news, after: 1 hour}}
"""


def begins(story: Story, rest: str, *, template: str = "hello") -> str:
    """Let a lead enter a plan whose first email stands in *rest*, and plan it; return its id."""
    story.plan(PLAN.format(template=template, rest=rest))
    story.arrives(source="late")
    advance(story.kit)
    return str(story.message(stage="hello")["id"])


def stand_still(story: Story, duration: timedelta) -> None:
    """Let time pass in which the sender rests."""
    story.pass_time(duration)
    story.run()


@pytest.mark.parametrize("then", ["send", "skip", "ask"])
def test_nothing_is_overdue_before_its_time(story: Story, then: str) -> None:
    begins(story, f"overdue: {{after: 2 days, then: {then}}}")

    stand_still(story, 2 * DAY - MINUTE)

    assert story.states()["hello"] == "accepted"


@pytest.mark.parametrize("rest", ["overdue: {after: 2 days, then: send}", "window: any"])
def test_what_may_leave_late_leaves_however_late(story: Story, rest: str) -> None:
    begins(story, rest)

    stand_still(story, 5 * DAY)

    assert story.states()["hello"] == "accepted"


def test_what_is_too_late_is_skipped_and_the_walk_goes_on(story: Story) -> None:
    message_id = begins(story, "overdue: {after: 2 days, then: skip}")

    stand_still(story, 2 * DAY)
    story.live(2 * HOUR)

    message = story.message(id=message_id)
    assert (message["state"], message["reason"]) == ("skipped", "overdue")
    assert story.states() == {"hello": "skipped", "news": "accepted"}


def test_what_a_window_holds_is_looked_at_when_it_is_overdue(story: Story) -> None:
    begins(story, "window: {days: [mon]}, overdue: {after: 1 day, then: skip}")
    planned_at = story.now()

    stand_still(story, 15 * HOUR)

    held = story.message(stage="hello")
    assert (held["state"], held["reason"], held["due_at"]) == ("held", "window", planned_at + DAY)
    story.live(DAY)
    assert story.states()["hello"] == "skipped"


def asked(story: Story) -> str:
    """Let a message be so late that a person is asked; return its id."""
    message_id = begins(story, "overdue: {after: 2 days, then: ask}")
    stand_still(story, 3 * DAY)
    message = story.message(id=message_id)
    assert (message["state"], message["reason"], message["due_at"]) == ("held", "overdue", None)
    return message_id


def test_a_person_is_asked_once_and_the_walk_waits(story: Story) -> None:
    asked(story)

    story.live(3 * DAY)

    assert [task["title"] for task in story.tasks(state="open")] == ["This email is late: send it, or let it go?"]
    assert story.states() == {"hello": "held"}


@pytest.mark.parametrize(("answer", "state"), [(send_late, "accepted"), (let_go, "skipped")])
def test_the_answer_ends_the_question_and_the_walk_goes_on(
    story: Story, answer: Callable[..., None], state: str
) -> None:
    message_id = asked(story)

    answer(story.kit, message_id, by="rita")
    story.live(2 * DAY)

    assert story.states() == {"hello": state, "news": "accepted"}
    assert story.task(intent_key=story.tasks()[0]["intent_key"])["state"] == "done"
    assert [row["actor"] for row in story.rows(t.audit_log, subject=message_id)] == ["rita"]
    with pytest.raises(NotOverdue):
        answer(story.kit, message_id, by="sam")


def test_nobody_answers_for_a_message_that_is_not_late(story: Story) -> None:
    message_id = begins(story, "overdue: {after: 2 days, then: ask}")

    with pytest.raises(NotOverdue):
        send_late(story.kit, message_id, by="rita")
    with pytest.raises(NotOverdue):
        let_go(story.kit, story.kit.ids.new(), by="rita")


def test_a_stop_ends_the_question(story: Story) -> None:
    message_id = asked(story)

    story.stops(story.message(id=message_id)["lead_id"])
    story.run()

    assert story.message(id=message_id)["state"] == "cancelled"
    assert [task["title"] for task in story.tasks(state="open") if "late" in task["title"]] == []


def test_what_cannot_be_written_becomes_a_task_once_and_is_skipped_in_the_end(story: Story) -> None:
    message_id = begins(story, "window: any", template="about")

    story.live(TELL_AFTER - MINUTE)
    assert story.tasks(kind="review") == []
    story.live(2 * HOUR)
    (task,) = story.tasks(kind="review")
    assert "cannot be written" in task["title"]
    assert "interest_name" in task["body"]
    assert story.message(id=message_id)["state"] == "held"
    story.live(GIVE_UP_AFTER)

    message = story.message(id=message_id)
    assert (message["state"], message["reason"]) == ("skipped", "missing_value")
    assert story.states()["news"] == "accepted"
    assert [one["state"] for one in story.tasks(intent_key=task["intent_key"])] == ["cancelled"]


def test_what_cannot_be_written_is_given_up_when_its_stage_says(story: Story) -> None:
    message_id = begins(story, "overdue: {after: 5 hours, then: skip}", template="about")

    story.live(4 * HOUR)
    assert story.message(id=message_id)["state"] == "held"
    story.live(2 * HOUR)

    assert story.message(id=message_id)["reason"] == "missing_value"
    assert story.message(id=message_id)["state"] == "skipped"
