"""Walking: each decision of the planner becomes rows, a held stage pushes the later ones, nobody is forgotten."""

from typing import Any

import pytest

from channels.events import EventKind
from engine.domain.task import TaskOutcome
from engine.flows.advance import advance
from engine.flows.settle_task import settle_task
from engine.store import enrollments, events
from engine.store import tables as t
from tests.flows.story import ANN, DAY, HOUR, MINUTE, Story

PLAN = "name: plan\nenter: {when: manual}\n"


def walk(story: Story, stages: str, **changes: Any) -> str:
    """Let a lead enter a sequence of *stages*; return its id."""
    lead_id = story.arrives(source="fair", **changes)
    story.enters(lead_id, story.plan(f"{PLAN}stages:\n{stages}"))
    return lead_id


def test_a_touch_becomes_a_message_with_its_intent_and_the_gates_answer(story: Story) -> None:
    lead_id = walk(story, "  - {id: hello, email: hello}")

    advance(story.kit)

    message, enrollment = story.message(), story.enrollment()
    assert message["intent_key"] == f"{enrollment['id']}:hello:0"
    assert (message["lead_id"], message["state"], message["channel"]) == (lead_id, "scheduled", "email")
    assert (enrollment["status"], enrollment["reason"], enrollment["due_at"]) == ("waiting", "touch_open", None)
    assert [row["outcome"] for row in story.rows(t.decisions, message_id=message["id"])] == ["allow"]


def test_a_delay_waits_in_the_row(story: Story) -> None:
    walk(story, "  - {id: hello, email: hello, after: 2 hours}")

    story.run()

    assert story.messages() == []
    assert story.enrollment()["due_at"] == story.now() + 2 * HOUR
    assert (story.enrollment()["status"], story.enrollment()["reason"]) == ("active", "delay")


def test_what_the_gate_holds_is_held_with_reason_rule_and_time(story: Story) -> None:
    story.pass_time(13 * HOUR)  # eleven at night in New York
    walk(story, "  - {id: text, sms: hi}")

    advance(story.kit)

    message = story.message()
    assert (message["state"], message["reason"]) == ("held", "quiet_hours")
    assert message["rule"]
    assert message["due_at"] > story.now()


def test_what_the_gate_blocks_is_skipped_and_the_walk_goes_on(story: Story) -> None:
    walk(story, "  - {id: text, sms: hi}\n  - {id: news, email: news}", grants=ANN.grants[:1])

    story.run()

    text, news = story.message(stage="text"), story.message(stage="news")
    assert (text["state"], text["reason"], text["ended_at"]) == ("skipped", "no_consent", story.now())
    assert news["state"] == "accepted"


def test_a_lead_without_the_address_is_skipped_and_goes_where_the_stage_says(story: Story) -> None:
    stages = """\
  - {id: text, sms: hi, otherwise: news}
  - {id: never, email: hello}
  - {id: news, email: news}
"""
    walk(story, stages, phone=None)

    story.run()

    assert story.states() == {"text": "skipped", "news": "accepted"}
    assert story.message(stage="text")["reason"] == "no_address"


def test_a_held_stage_pushes_the_later_ones(story: Story) -> None:
    story.pass_time(13 * HOUR)
    walk(story, "  - {id: text, sms: hi}\n  - {id: news, email: news, after: 1 hour}")

    story.live(2 * DAY)

    text, news = story.message(stage="text"), story.message(stage="news")
    assert text["accepted_at"] - story.enrollment()["started_at"] > 5 * HOUR
    assert news["created_at"] - text["accepted_at"] >= HOUR


def test_nothing_catches_up_in_a_burst_after_the_engine_was_down(story: Story) -> None:
    walk(story, "\n".join(f"  - {{id: m{n}, email: news, after: 1 day}}" for n in range(4)))
    story.pass_time(10 * DAY)

    story.run()

    assert story.states() == {"m0": "accepted"}


def test_a_task_is_given_to_the_owner_and_its_outcome_decides(story: Story) -> None:
    stages = """\
  - {id: ring, call: ring, due: 5 minutes, outcomes: {reached: news, no_answer: text}}
  - {id: text, sms: hi}
  - {id: news, email: news, after: 1 day}
"""
    lead_id = walk(story, stages)
    story.run()

    task = story.task(kind="call", stage="ring")
    assert (task["owner"], task["due_at"]) == (story.lead(lead_id)["owner"], story.now() + 5 * MINUTE)
    assert "Hello" in task["body"]

    settle_task(story.kit, task["id"], TaskOutcome.REACHED, by="ann")
    story.live(2 * DAY)

    assert story.states() == {"news": "accepted"}


def test_a_task_nobody_does_lets_the_walk_go_on_after_its_patience(story: Story) -> None:
    walk(story, "  - {id: ring, call: ring, patience: 1 day}\n  - {id: news, email: news}")

    story.live(DAY + HOUR)

    assert story.states() == {"news": "accepted"}


def test_an_awaited_event_moves_the_walk_on_at_once(story: Story) -> None:
    stages = """\
  - {id: hello, email: hello}
  - {id: look, wait for: clicked, timeout: 3 days, then: text, else: end}
  - {id: text, sms: hi}
"""
    walk(story, stages)
    story.run()

    story.pass_time(MINUTE)
    story.happens(EventKind.CLICKED, message_id=story.message()["id"])

    assert story.states()["text"] == "accepted"


def test_a_call_that_the_gate_blocks_is_on_record_and_nobody_rings(story: Story) -> None:
    lead_id = walk(story, "  - {id: ring, call: ring}\n  - {id: news, email: news}")
    story.stops(lead_id, *{grant.channel for grant in ANN.grants if grant.channel == "call"})

    story.run()

    task = story.task(stage="ring")
    assert (task["state"], task["note"]) == ("cancelled", "withdrawn")


def test_a_leave_rule_ends_the_walk_and_cancels_what_it_planned(story: Story) -> None:
    story.pass_time(13 * HOUR)
    lead_id = walk(story, "  - {id: text, sms: hi}")
    story.run()

    story.pass_time(MINUTE)
    happening = {"id": story.kit.ids.new(), "lead_id": lead_id, "name": "booked", "at": story.now(), "detail": {}}
    story.write(lambda connection: events.happened(connection, [happening]))
    story.write(lambda connection: enrollments.wake_open(connection, [lead_id], story.now()))
    story.run()

    enrollment = story.enrollment()
    assert (enrollment["status"], enrollment["reason"]) == ("stopped", "left: booked")
    assert story.message()["state"] == "cancelled"


def test_a_walk_that_ends_gives_the_lead_to_its_owner(story: Story) -> None:
    lead_id = walk(story, "  - {id: hello, email: hello}")

    story.run()

    (task,) = story.tasks(kind="review")
    assert (task["lead_id"], task["owner"]) == (lead_id, story.lead(lead_id)["owner"])


def test_a_walk_that_ends_beside_another_asks_nobody(story: Story) -> None:
    lead_id = story.arrives()
    story.enters(lead_id, story.plan(f"{PLAN}exclusive: no\nstages: [{{id: one, email: news, after: 2 hours}}]"))

    story.live(3 * HOUR)

    assert story.enrollment(sequence="plan")["status"] in {"finished", "waiting"}
    assert story.tasks(kind="review") == []


def test_a_stage_that_is_lost_from_the_revision_stops_the_walk_and_a_person_is_told(story: Story) -> None:
    lead_id = walk(story, "  - {id: hello, email: hello, after: 1 day}")
    story.write(lambda connection: connection.execute(t.enrollments.update().values(stage="gone")))

    story.run()

    assert story.enrollment()["reason"] == "lost_stage: gone"
    assert [task["lead_id"] for task in story.tasks(kind="review")] == [lead_id]


def test_a_channel_that_nothing_sends_on_is_skipped_and_the_walk_goes_on(story: Story) -> None:
    story.write(lambda connection: connection.execute(t.senders.delete().where(t.senders.c.channel == "email")))
    walk(story, "  - {id: news, email: news}\n  - {id: text, sms: hi}")

    story.run()

    news = story.message(stage="news")
    assert (news["state"], news["reason"]) == ("skipped", "no_sender")
    assert story.states()["text"] == "accepted"


def test_a_split_gives_each_lead_one_variant_and_keeps_it_on_record(story: Story) -> None:
    stages = """\
  - id: hello
    split:
      a: {email: hello, weight: 1}
      b: {email: news, weight: 1}
"""
    walk(story, stages)

    story.run()

    message = story.message()
    assert {"a": "hello", "b": "news"}[message["variant"]] == message["template"]


@pytest.mark.parametrize("limit", [1, 3])
def test_a_look_takes_no_more_than_its_limit(story: Story, limit: int) -> None:
    for number in range(4):
        story.arrives(email=f"lead{number}@example.com", phone=None)

    assert advance(story.kit, limit) == limit
