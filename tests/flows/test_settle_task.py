"""A person did a task: each outcome, and what the engine does next."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from channels.address import Channel
from engine.clock import VirtualClock
from engine.domain.task import TaskOutcome
from engine.flows.intake import receive_leads
from engine.flows.kit import Kit
from engine.flows.settle_task import NOT_NOW_WITHOUT_DATE, NoSuchTask, settle_task
from engine.store import forgotten
from engine.store import tables as t
from engine.store.database import Database
from tests.flows.story import ANN, BOB, DAY, HOUR, Story

PLAN = """\
name: plan
enter: {when: manual}
stages:
  - {id: ring, call: ring, patience: 2 days}
  - {id: news, email: news, after: 1 day}
"""

STARTED = """\
name: started
enter: {when: event, event: EVENT}
leave: [opted_out]
exclusive: no
stages:
  - {id: thanks, email: news}
"""


@pytest.fixture
def lead_id(story: Story) -> str:
    """Return a lead who is to be called."""
    lead_id = story.arrives(source="fair")
    story.write(lambda connection: connection.execute(t.tasks.delete()))
    story.enters(lead_id, story.plan(PLAN))
    story.run()
    story.pass_time(HOUR)
    return lead_id


def settle(story: Story, outcome: TaskOutcome, *, until: timedelta | None = None, note: str = "") -> None:
    (task,) = story.tasks(stage="ring", state="open")
    settle_task(
        story.kit, task["id"], outcome, by="ann", note=note, until=story.now() + until if until is not None else None
    )


def test_a_call_is_on_record_with_its_outcome_and_note(story: Story, lead_id: str) -> None:
    settle(story, TaskOutcome.REACHED, note="Furnace is from 1998")

    task = story.task(stage="ring")
    assert (task["state"], task["outcome"], task["ended_at"]) == ("done", "reached", story.now())
    assert [(row["author"], row["body"]) for row in story.rows(t.notes)] == [("ann", "Furnace is from 1998")]
    assert story.lead(lead_id)["first_touch_at"] == story.now()
    assert story.lead(lead_id)["status"] == "working"


@pytest.mark.parametrize("outcome", [TaskOutcome.NO_ANSWER, TaskOutcome.VOICEMAIL_LEFT, TaskOutcome.REACHED])
def test_the_walk_goes_on_at_once_after_a_call(story: Story, lead_id: str, outcome: TaskOutcome) -> None:
    settle(story, outcome)
    story.live(DAY + HOUR)

    assert story.states() == {"news": "accepted"}


def test_not_now_snoozes_to_the_date(story: Story, lead_id: str) -> None:
    settle(story, TaskOutcome.NOT_NOW, until=10 * DAY)

    assert (story.enrollment()["status"], story.enrollment()["due_at"]) == ("snoozed", story.now() + 10 * DAY)
    story.live(9 * DAY)
    assert story.states() == {}
    story.live(3 * DAY)
    assert story.states() == {"news": "accepted"}


def test_not_now_without_a_date_waits_a_season(story: Story, lead_id: str) -> None:
    settle(story, TaskOutcome.NOT_NOW)

    assert story.enrollment()["due_at"] == story.now() + NOT_NOW_WITHOUT_DATE


def test_a_real_no_ends_every_channel_and_loses_the_lead(story: Story, lead_id: str) -> None:
    settle(story, TaskOutcome.NO)
    story.live(3 * DAY)

    assert story.withdrawn(lead_id) == {channel.value for channel in Channel}
    assert story.lead(lead_id)["status"] == "lost"
    assert story.enrollment()["status"] == "stopped"
    assert story.states() == {}


@pytest.mark.parametrize(
    ("outcome", "status", "reason"),
    [(TaskOutcome.BOOKED, "qualified", "left: booked"), (TaskOutcome.WON, "customer", "left: customer")],
)
def test_a_success_leaves_the_sequence(
    story: Story, lead_id: str, outcome: TaskOutcome, status: str, reason: str
) -> None:
    settle(story, outcome)
    story.run()

    assert story.lead(lead_id)["status"] == status
    assert (story.enrollment()["status"], story.enrollment()["reason"]) == ("stopped", reason)
    assert story.withdrawn(lead_id) == set()


@pytest.mark.parametrize(
    ("outcome", "event"),
    [(TaskOutcome.BOOKED, "booked"), (TaskOutcome.WON, "customer"), (TaskOutcome.REACHED, "reached")],
)
def test_what_a_person_found_out_starts_what_the_same_event_starts(
    story: Story, lead_id: str, outcome: TaskOutcome, event: str
) -> None:
    story.plan(STARTED.replace("EVENT", event))

    settle(story, outcome)
    story.run()

    assert story.states(sequence="started") == {"thanks": "accepted"}


def test_an_outcome_that_is_no_event_starts_nothing(story: Story, lead_id: str) -> None:
    story.plan(STARTED.replace("EVENT", "customer"))

    settle(story, TaskOutcome.NO_ANSWER)
    story.run()

    assert story.rows(t.enrollments, sequence="started") == []


def test_a_wrong_number_ends_it_for_everybody_and_the_walk_goes_on_by_email(story: Story, lead_id: str) -> None:
    story.arrives(BOB, phone=ANN.phone)

    settle(story, TaskOutcome.WRONG_NUMBER)
    story.live(2 * DAY)

    assert story.suppressed() == {("phone", "", "wrong_number")}
    assert story.states(lead_id=lead_id) == {"news": "accepted"}


def test_a_success_ends_a_pause(story: Story, lead_id: str) -> None:
    story.replies("Yes, please call me")

    settle(story, TaskOutcome.BOOKED)
    story.run()

    assert story.enrollment()["reason"] == "left: booked"


def test_answering_ends_the_pause(story: Story, lead_id: str) -> None:
    story.replies("How much is it?")

    settle_task(story.kit, story.task(kind="answer")["id"], TaskOutcome.DONE, by="ann")

    assert story.enrollment()["status"] == "active"
    assert story.rows(t.replies)[0]["reviewed_at"] == story.now()


def test_reading_a_reply_does_not_end_the_snooze_it_asked_for(story: Story, lead_id: str) -> None:
    story.replies("How much is it?")
    answer = story.task(kind="answer")
    settle(story, TaskOutcome.NOT_NOW, until=30 * DAY)

    settle_task(story.kit, answer["id"], TaskOutcome.DONE, by="ann")

    assert (story.enrollment()["status"], story.enrollment()["due_at"]) == ("snoozed", story.now() + 30 * DAY)


def test_not_now_as_the_answer_to_a_reply_snoozes_and_does_not_leave_the_lead_paused_for_ever(
    story: Story, lead_id: str
) -> None:
    story.replies("How much is it?")

    settle_task(story.kit, story.task(kind="answer")["id"], TaskOutcome.NOT_NOW, by="ann", until=story.now() + 30 * DAY)

    assert (story.enrollment()["status"], story.enrollment()["due_at"]) == ("snoozed", story.now() + 30 * DAY)


@pytest.mark.parametrize("outcome", sorted({*TaskOutcome} - {TaskOutcome.NO, TaskOutcome.BOOKED, TaskOutcome.WON}))
def test_a_lead_without_a_sequence_is_not_forgotten_when_its_task_is_done(story: Story, outcome: TaskOutcome) -> None:
    story.arrives(source="fair")

    settle_task(story.kit, story.task()["id"], outcome, by="ann")

    (task,) = story.tasks(state="open")
    assert (task["kind"], task["owner"], task["due_at"] > story.now()) == ("review", "ann", True)
    with story.kit.database.read() as connection:
        assert forgotten.audit(connection, story.now())["forgotten"] == 0


def test_a_task_is_settled_once(story: Story, lead_id: str) -> None:
    task = story.task(stage="ring")
    settle(story, TaskOutcome.REACHED)

    with pytest.raises(NoSuchTask):
        settle_task(story.kit, task["id"], TaskOutcome.NO, by="bo")

    assert story.withdrawn(lead_id) == set()


@pytest.fixture
def earlier(story: Story) -> Iterator[Kit]:
    """Return a kit whose clock went back by half a minute."""
    clock = VirtualClock(story.now() - timedelta(seconds=30))
    database = Database(story.kit.database.engine.url.render_as_string(hide_password=False), clock)
    yield replace(story.kit, clock=clock, database=database)
    database.close()


def turns(story: Story) -> list[str]:
    """Return what turned the lead, in the order of its instants."""
    rows = sorted(story.rows(t.happenings), key=lambda row: row["at"])
    return [row["name"] for row in rows if row["name"] in {"booked", "came_back"}]


def test_who_books_after_they_came_back_has_booked_although_the_clock_went_back(story: Story, earlier: Kit) -> None:
    story.arrives(source="fair")
    story.arrives()

    settle_task(earlier, story.task(state="open")["id"], TaskOutcome.BOOKED, by="ann")

    assert turns(story) == ["came_back", "booked"]
    assert story.write(lambda connection: forgotten.audit(connection, story.now()))["ended"] == 1


def test_who_comes_back_after_they_booked_is_open_again_although_the_clock_went_back(
    story: Story, earlier: Kit
) -> None:
    story.arrives(source="fair")
    settle_task(story.kit, story.task(state="open")["id"], TaskOutcome.BOOKED, by="ann")

    receive_leads(earlier, [ANN], recorded_by="form")
    story.write(lambda connection: connection.execute(t.tasks.delete()))

    assert turns(story) == ["booked", "came_back"]
    assert story.write(lambda connection: forgotten.audit(connection, story.now()))["ended"] == 0
