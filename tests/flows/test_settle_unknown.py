"""What an operator says of a message nobody knows about: it arrived, or send it again; and evidence that comes later."""

from collections.abc import Callable
from typing import Any

import pytest

from channels.events import EventKind
from engine.domain.message import MessageState
from engine.flows.absorb import absorb, receive
from engine.flows.advance import advance
from engine.flows.claiming import FIRST
from engine.flows.deliver import deliver
from engine.flows.kit import Kit
from engine.flows.settle_unknown import NotUnknown, send_again, settle_as_arrived
from engine.store import tables as t
from tests.flows import moody
from tests.flows.moody import Mood
from tests.flows.story import DAY, MINUTE, Story

LAST_WORD = """\
name: one-letter
enter: {when: lead.created, if: "lead.source == 'letter'"}
stages:
  - {id: hello, email: hello}
"""


def left_in_doubt(story: Story, mood: Mood = moody.LOST_ANSWER, **changes: Any) -> str:
    """Let a lead's first email leave without an answer; return its id."""
    story.arrives(**changes)
    advance(story.kit)
    story.provider.mood_for = lambda _message: mood
    deliver(story.kit, FIRST)
    story.provider.mood_for = lambda _message: moody.KIND
    message = story.message()
    assert message["state"] == "unknown"
    return str(message["id"])


def outcomes(story: Story) -> list[str]:
    return [row["outcome"] for row in sorted(story.rows(t.attempts), key=lambda row: row["number"])]


def test_what_arrived_by_a_persons_word_is_accepted_and_asked_no_more(story: Story) -> None:
    message_id = left_in_doubt(story)

    settle_as_arrived(story.kit, message_id, by="rita")

    message = story.message(id=message_id)
    assert (message["state"], message["provider"]) == ("accepted", "sandbox")
    assert outcomes(story) == ["accepted"]
    assert [(task["state"], task["outcome"]) for task in story.tasks(kind="review")] == [("done", "done")]
    (row,) = story.rows(t.audit_log, subject=message_id)
    assert (row["actor"], row["action"]) == ("rita", "message.settled_as_arrived")
    assert story.lead(message["lead_id"])["first_touch_at"] is not None


def test_what_is_sent_again_leaves_once_more_and_overrules_the_first_try(story: Story) -> None:
    message_id = left_in_doubt(story)

    story.pass_time(MINUTE)
    send_again(story.kit, message_id, by="rita")
    story.run()

    assert story.message(id=message_id)["state"] == "accepted"
    assert outcomes(story) == ["overruled", "accepted"]
    assert [one.id for one in story.provider.taken].count(message_id) == 2  # type: ignore[arg-type]
    (row,) = story.rows(t.audit_log, subject=message_id)
    assert (row["actor"], row["action"]) == ("rita", "message.sent_again")


def test_the_gate_is_asked_before_it_leaves_again(story: Story) -> None:
    message_id = left_in_doubt(story)
    send_again(story.kit, message_id, by="rita")

    story.stops(story.message(id=message_id)["lead_id"])
    story.run()

    assert story.message(id=message_id)["state"] == "cancelled"
    assert outcomes(story) == ["overruled"]


def test_a_stop_before_the_answer_keeps_it_from_leaving_again(story: Story) -> None:
    message_id = left_in_doubt(story)
    story.stops(story.message(id=message_id)["lead_id"])

    send_again(story.kit, message_id, by="rita")
    story.run()

    assert story.message(id=message_id)["state"] in {"skipped", "cancelled"}
    assert outcomes(story) == ["overruled"]


def test_it_may_leave_again_after_the_last_stage_and_days_later(story: Story) -> None:
    story.plan(LAST_WORD)
    message_id = left_in_doubt(story, source="letter")
    story.live(5 * DAY)
    assert story.enrollment()["status"] == "finished"

    send_again(story.kit, message_id, by="rita")
    story.run()

    assert story.message(id=message_id)["state"] == "accepted"


Answer = Callable[..., None]


@pytest.mark.parametrize("second", [settle_as_arrived, send_again])
@pytest.mark.parametrize("first", [settle_as_arrived, send_again])
def test_whoever_answers_second_changes_nothing(story: Story, first: Answer, second: Answer) -> None:
    message_id = left_in_doubt(story)
    first(story.kit, message_id, by="rita")
    before = story.message(id=message_id)

    with pytest.raises(NotUnknown):
        second(story.kit, message_id, by="sam")

    assert story.message(id=message_id) == before
    assert len(story.rows(t.audit_log, subject=message_id)) == 1


@pytest.mark.parametrize("answer", [settle_as_arrived, send_again])
def test_nobody_answers_for_a_message_that_is_not_in_doubt(story: Story, answer: Answer) -> None:
    story.arrives()
    story.run()

    with pytest.raises(NotUnknown) as caught:
        answer(story.kit, story.message(stage="hello")["id"], by="rita")
    with pytest.raises(NotUnknown) as missing:
        answer(story.kit, story.kit.ids.new(), by="rita")

    assert (caught.value.state, missing.value.state) == (MessageState.ACCEPTED, None)


def test_an_event_settles_it_without_a_person(story: Story) -> None:
    message_id = left_in_doubt(story)

    story.happens(EventKind.DELIVERED, message_id=message_id)

    assert story.message(id=message_id)["state"] == "accepted"
    assert [task["state"] for task in story.tasks(kind="review")] == ["cancelled"]


def test_an_event_that_waits_to_be_absorbed_forbids_to_send_again(story: Story) -> None:
    message_id = left_in_doubt(story)
    receive(story.kit, [story.hear(EventKind.DELIVERED, message_id=message_id)])

    with pytest.raises(NotUnknown):
        send_again(story.kit, message_id, by="rita")
    story.run()

    assert story.message(id=message_id)["state"] == "accepted"
    assert outcomes(story) == ["unknown"]


def test_an_event_that_comes_before_it_left_again_takes_send_again_back(story: Story) -> None:
    message_id = left_in_doubt(story)
    send_again(story.kit, message_id, by="rita")

    receive(story.kit, [story.hear(EventKind.DELIVERED, message_id=message_id)])
    absorb(story.kit)
    story.run()

    message = story.message(id=message_id)
    assert (message["state"], message["delivery"], message["due_at"]) == ("accepted", "delivered", None)
    assert outcomes(story) == ["overruled"]


def test_an_event_says_nothing_of_a_message_that_only_waits_for_its_next_try(story: Story) -> None:
    message_id = left_in_doubt(story, moody.LOST_ANSWER)
    story.write(lambda connection: connection.execute(t.attempts.update().values(outcome="never_started")))
    story.write(
        lambda connection: connection.execute(
            t.messages.update().values(state="scheduled", due_at=story.now() + DAY, ended_at=None)
        )
    )

    story.happens(EventKind.OPENED, message_id=message_id)

    assert story.message(id=message_id)["state"] == "scheduled"


def test_the_lead_is_given_back_to_a_person_where_nothing_else_follows(story: Story) -> None:
    story.plan(LAST_WORD)
    message_id = left_in_doubt(story, source="letter")
    story.live(DAY)
    story.write(
        lambda connection: connection.execute(
            t.tasks.update()
            .where(t.tasks.c.intent_key != f"{message_id}:unknown")
            .values(state="done", outcome="done", ended_at=story.now())
        )
    )

    settle_as_arrived(story.kit, message_id, by="rita")

    assert [task["title"] for task in story.tasks(state="open")] == [
        "Nothing follows a message that was in doubt: decide what is next"
    ]


def test_a_message_sent_again_may_end_in_doubt_again_and_is_asked_about_again(kit: Kit, story: Story) -> None:
    message_id = left_in_doubt(story)
    story.pass_time(MINUTE)
    send_again(kit, message_id, by="rita")
    story.provider.mood_for = lambda _message: moody.LOST_ANSWER

    story.run()

    assert story.message(id=message_id)["state"] == "unknown"
    assert outcomes(story) == ["overruled", "unknown"]
    assert [task["state"] for task in story.tasks(kind="review")] == ["done", "open"]
