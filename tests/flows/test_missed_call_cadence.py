"""The cadence that ships for missed calls: one text and one call back, however often and by whichever way they are told."""

from channels.events import EventKind
from engine.content.library import load_library
from engine.domain.task import TaskOutcome
from engine.flows.settle_task import settle_task
from engine.store import tables as t
from tests.flows.story import DAY, HOUR, MINUTE, Story
from tests.flows.telephone import call_backs, ends, rings

NAME = "missed-call"


def test_three_missed_calls_that_a_form_tells_of_are_one_text_and_one_task(story: Story) -> None:
    story.plan(load_library().sequences[NAME])

    for _ in range(3):
        story.arrives(source=NAME)
        story.live(MINUTE)

    [text] = story.messages(template=NAME)
    assert (text["state"], text["purpose"]) == ("accepted", "service")
    [task] = story.tasks()
    assert task["intent_key"].endswith("call-back:0")
    assert task["due_at"] - task["created_at"] <= 5 * MINUTE


def test_three_calls_to_us_are_one_text_and_one_task(story: Story) -> None:
    story.plan(load_library().sequences[NAME])

    for number in range(3):
        rings(story, sid=f"CA{number}")
        ends(story, EventKind.MISSED, sid=f"CA{number}")
        story.live(HOUR)

    assert [row["sequence"] for row in story.rows(t.enrollments)] == [NAME]
    assert len(story.messages(template=NAME)) == 1
    assert len(call_backs(story)) == 1
    assert len(story.tasks()) == 1


def test_whoever_was_reached_is_not_called_again(story: Story) -> None:
    story.plan(load_library().sequences[NAME])
    story.arrives(source=NAME)
    story.live(MINUTE)
    [task] = story.tasks()

    settle_task(story.kit, task["id"], TaskOutcome.REACHED, by="ann")
    story.live(3 * DAY)

    assert [row["intent_key"] for row in story.tasks()] == [task["intent_key"]]
    assert {row["template"] for row in story.messages()} == {NAME}
