"""An appointment is set, moved and called off, and what counts by it follows."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.domain.entry import EntryReason
from engine.domain.timing import TimingError
from engine.flows.advance import advance
from engine.flows.enroll import Entry
from engine.flows.happen import happen
from engine.store import tables as t
from tests.flows.story import ANN, DAY, HOUR, MINUTE, Story

PLAN = """\
name: appointment
date: appointment
purpose: service
enter: {when: event, event: booked, again: after 0 days}
leave: [opted_out]
exclusive: no
stages:
  - {id: confirm, email: hello}
  - {id: two-days, email: news, before: 2 days at 10:00}
  - {id: hours, email: about, before: 2 hours}
  - {id: after, sms: hi, past: 1 day at 10:00}
"""


@pytest.fixture
def lead_id(story: Story) -> str:
    """Return a lead who walks nothing yet, on Monday, 2 March, at ten in the morning in New York."""
    story.plan(PLAN)
    return story.arrives(source="phone", interest="roof")


def told(story: Story, lead_id: str, name: str, **detail: Any) -> list[Entry]:
    """Let *name* happen now with *detail*."""
    with story.kit.database.write() as connection:
        now = story.kit.database.now(connection)
        _, entries = happen(story.kit, connection, lead_id, name, at=now, detail=detail, now=now)
    return entries


def new_york(day: int, hour: int, minute: int = 0) -> datetime:
    """Return an instant of March 2026, as the clock in New York shows it; it is set forward on the eighth."""
    offset = 5 if day < 8 else 4
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC) + timedelta(hours=offset)


def sent(story: Story) -> list[tuple[str, datetime]]:
    """Return the stages whose message left, in order, each with when it did."""
    return [(row["stage"], row["ended_at"]) for row in story.messages(state="accepted")]


def test_reminders_come_before_the_appointment_and_a_word_past_it(story: Story, lead_id: str) -> None:
    [entry] = told(story, lead_id, "booked", at="2026-03-06T15:00:00-05:00")

    story.live(10 * DAY)

    assert entry.answer.enters
    assert sent(story)[1:] == [
        ("two-days", new_york(4, 10)),
        ("hours", new_york(6, 13)),
        ("after", new_york(7, 10)),
    ]
    assert story.enrollment()["status"] == "finished"


def test_a_day_alone_is_nine_in_the_morning_where_the_lead_lives(story: Story, lead_id: str) -> None:
    told(story, lead_id, "booked", at="2026-03-06")

    story.live(10 * DAY)

    assert dict(sent(story))["hours"] == new_york(6, 7)


def test_the_clock_that_is_set_forward_does_not_move_a_reminder(story: Story, lead_id: str) -> None:
    told(story, lead_id, "booked", at="2026-03-09T15:00:00-04:00")

    story.live(10 * DAY)

    assert sent(story)[1:] == [("two-days", new_york(7, 10)), ("hours", new_york(9, 13)), ("after", new_york(10, 10))]


def test_a_reminder_whose_time_is_over_is_passed_over(story: Story, lead_id: str) -> None:
    told(story, lead_id, "booked", at="2026-03-03T15:00:00-05:00")

    story.live(5 * DAY)

    assert [stage for stage, _ in sent(story)] == ["confirm", "hours", "after"]


def test_an_appointment_in_the_past_brings_only_what_comes_past_it(story: Story, lead_id: str) -> None:
    told(story, lead_id, "booked", at="2026-02-27T15:00:00-05:00")

    story.live(2 * DAY)

    assert [stage for stage, _ in sent(story)] == ["confirm", "after"]


def test_what_waits_moves_with_the_appointment_in_the_same_transaction(story: Story, lead_id: str) -> None:
    told(story, lead_id, "booked", at="2026-03-06T15:00:00-05:00")
    story.live(HOUR)
    assert story.enrollment()["due_at"] == new_york(4, 10)

    told(story, lead_id, "moved", at="2026-03-13T15:00:00-04:00")

    walking = story.enrollment()
    assert (walking["due_at"], walking["date_at"]) == (new_york(11, 10), new_york(13, 15))
    story.live(15 * DAY)
    assert [stage for stage, _ in sent(story)] == ["confirm", "two-days", "hours", "after"]


def test_a_moved_appointment_gets_its_reminders_anew_and_nothing_else_twice(story: Story, lead_id: str) -> None:
    told(story, lead_id, "booked", at="2026-03-06T15:00:00-05:00")
    story.live(3 * DAY)

    told(story, lead_id, "moved", at="2026-03-13T15:00:00-04:00")
    story.live(15 * DAY)

    assert [stage for stage, _ in sent(story)] == ["confirm", "two-days", "two-days", "hours", "after"]


def test_an_appointment_moved_and_moved_back_is_not_reminded_of_twice(story: Story, lead_id: str) -> None:
    told(story, lead_id, "booked", at="2026-03-06T15:00:00-05:00")
    story.live(3 * DAY)
    told(story, lead_id, "moved", at="2026-03-13T15:00:00-04:00")
    story.live(HOUR)

    told(story, lead_id, "moved", at="2026-03-06T15:00:00-05:00")
    story.live(15 * DAY)

    assert [stage for stage, _ in sent(story)] == ["confirm", "two-days", "hours", "after"]


def test_an_appointment_that_is_called_off_ends_the_sequence_and_is_its_owners_to_follow_up(
    story: Story, lead_id: str
) -> None:
    told(story, lead_id, "booked", at="2026-03-06T15:00:00-05:00")
    story.live(HOUR)

    told(story, lead_id, "called-off", at=None)

    walking = story.enrollment()
    assert (walking["status"], walking["reason"]) == ("stopped", "no_date: appointment")
    assert "appointment" not in story.lead(lead_id)["custom"]
    assert [task["kind"] for task in story.tasks(intent_key=f"{walking['id']}:what-next")] == ["review"]
    story.live(10 * DAY)
    assert [stage for stage, _ in sent(story)] == ["confirm"]


def test_a_reminder_that_waits_to_leave_is_cancelled_when_the_appointment_moves(story: Story, lead_id: str) -> None:
    told(story, lead_id, "booked", at="2026-03-06T15:00:00-05:00")
    story.live(HOUR)
    story.clock.move_to(new_york(4, 10, 1))
    advance(story.kit)
    assert story.states()["two-days"] == "scheduled"

    told(story, lead_id, "moved", at="2026-03-13T15:00:00-04:00")

    waiting = story.message(stage="two-days")
    assert (waiting["state"], waiting["reason"]) == ("cancelled", "date_moved")
    story.live(15 * DAY)
    assert [stage for stage, _ in sent(story)] == ["confirm", "two-days", "hours", "after"]


def test_a_reminder_never_leaves_once_the_appointment_is_there(story: Story, lead_id: str) -> None:
    told(story, lead_id, "booked", at="2026-03-06T15:00:00-05:00")
    story.live(HOUR)
    story.clock.move_to(new_york(6, 13, 1))
    for _ in range(3):
        advance(story.kit)
    assert story.states()["two-days"] == "scheduled"

    story.clock.move_to(new_york(6, 15))
    story.live(DAY)

    assert {row["stage"]: (row["state"], row["reason"]) for row in story.messages()}["two-days"] == (
        "skipped",
        "overdue",
    )
    assert [stage for stage, _ in sent(story)] == ["confirm", "after"]


def test_a_lead_that_rests_follows_its_appointment_too(story: Story, lead_id: str) -> None:
    story.plan(PLAN.replace("purpose: service", "purpose: marketing"))
    told(story, lead_id, "booked", at="2026-03-06T15:00:00-05:00")
    story.live(HOUR)
    story.replies("I have a question about this", to=story.message())
    assert story.enrollment()["status"] == "paused"

    told(story, lead_id, "moved", at="2026-03-13T15:00:00-04:00")

    assert (story.enrollment()["status"], story.enrollment()["date_at"]) == ("paused", new_york(13, 15))


def test_booking_again_inside_the_sequence_moves_it_and_starts_no_second_one(story: Story, lead_id: str) -> None:
    told(story, lead_id, "booked", at="2026-03-06T15:00:00-05:00")
    story.live(MINUTE)

    [entry] = told(story, lead_id, "booked", at="2026-03-10T15:00:00-04:00")

    assert entry.answer.reason is EntryReason.ALREADY_IN
    assert story.enrollment()["date_at"] == new_york(10, 15)


def test_booking_again_after_the_end_brings_everything_anew(story: Story, lead_id: str) -> None:
    told(story, lead_id, "booked", at="2026-03-06T15:00:00-05:00")
    story.live(10 * DAY)

    told(story, lead_id, "booked", at="2026-03-20T15:00:00-04:00")
    story.live(10 * DAY)

    assert [stage for stage, _ in sent(story)] == ["confirm", "two-days", "hours", "after"] * 2


@pytest.mark.parametrize("written", ["soon", "2026-13-45", "1026-03-06", 7])
def test_a_date_that_cannot_be_read_is_refused_and_nothing_is_put_on_record(
    story: Story, lead_id: str, written: str | int
) -> None:
    with pytest.raises(TimingError):
        told(story, lead_id, "booked", at=written)

    assert story.rows(t.happenings, name="booked") == []


def test_who_has_no_date_does_not_enter(story: Story, lead_id: str) -> None:
    [entry] = told(story, lead_id, "booked")

    assert (entry.answer.reason, entry.answer.detail) == (EntryReason.NO_DATE, "appointment")


def test_a_date_of_another_name_comes_with_the_lead_or_by_its_name(story: Story, lead_id: str) -> None:
    text = PLAN.replace("date: appointment", "date: renewal").replace("event: booked", "event: bought")
    story.plan(text.replace("name: appointment", "name: renewal"))
    other = story.arrives(ANN, email="eve@example.com", phone="+12125550109", custom={"renewal": "2026-03-06"})

    told(story, lead_id, "bought", renewal="2026-03-06")
    told(story, other, "bought")

    story.live(MINUTE)
    dates = {row["lead_id"]: row["date_at"] for row in story.rows(t.enrollments, sequence="renewal")}
    assert dates == {lead_id: new_york(6, 9), other: new_york(6, 9)}
