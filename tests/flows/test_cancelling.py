"""A person takes a message back: nothing of it leaves, its walk goes on, and who did it stays on record."""

import pytest
from sqlalchemy import select

from engine.domain.message import MessageState
from engine.flows.advance import advance
from engine.flows.cancelling import NotCancellable, cancel
from engine.store import tables as t
from tests.flows.story import DAY, HOUR, Story

PLAN = """\
name: taken-back
enter: {when: lead.created, if: "lead.source == 'early'"}
stages:
  - {id: hello, email: hello, overdue: {after: 2 days, then: ask}}
  - {id: news, email: news, after: 1 hour}
"""


def begins(story: Story) -> str:
    """Let a lead enter the plan, and plan its first message; return its id."""
    story.plan(PLAN)
    story.arrives(source="early")
    advance(story.kit)
    return str(story.message(stage="hello")["id"])


def test_what_is_taken_back_never_leaves_and_the_walk_goes_on(story: Story) -> None:
    message_id = begins(story)

    cancel(story.kit, message_id, by="ana")
    story.live(3 * HOUR)

    assert story.states() == {"hello": "cancelled", "news": "accepted"}
    assert story.message(stage="hello")["reason"] == "cancelled_by_hand"


def test_who_took_it_back_stays_on_record(story: Story) -> None:
    message_id = begins(story)

    cancel(story.kit, message_id, by="ana")

    with story.kit.database.read() as connection:
        query = select(t.audit_log).where(t.audit_log.c.action == "message.cancelled")
        noted = connection.execute(query).mappings().one()
    assert (noted["actor"], noted["subject"]) == ("ana", message_id)
    assert (noted["before"], noted["after"]) == ({"state": "scheduled"}, {"state": "cancelled"})


def test_nobody_is_asked_any_more_whether_it_goes_late(story: Story) -> None:
    message_id = begins(story)
    story.pass_time(2 * DAY)
    story.run()
    assert story.message(stage="hello")["reason"] == "overdue"

    cancel(story.kit, message_id, by="ana")

    with story.kit.database.read() as connection:
        assert connection.execute(select(t.tasks.c.state).where(t.tasks.c.kind == "review")).scalars().all() == [
            "cancelled"
        ]


def test_what_has_left_is_not_taken_back(story: Story) -> None:
    message_id = begins(story)
    story.run()

    with pytest.raises(NotCancellable) as refused:
        cancel(story.kit, message_id, by="ana")

    assert refused.value.state is MessageState.ACCEPTED
    assert story.message(stage="hello")["state"] == "accepted"


def test_a_message_that_there_is_not_is_refused(story: Story) -> None:
    with pytest.raises(NotCancellable) as refused:
        cancel(story.kit, "019cb08b-38c0-7392-a827-ddada170b338", by="ana")

    assert refused.value.state is None
