"""Dispatch: the gate is asked again under the locks, and nothing leaves without an attempt on record."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from channels.address import Channel
from engine.domain.enrollment import EnrollmentStatus
from engine.flows.advance import advance
from engine.flows.claiming import FIRST, Claim, claim
from engine.flows.deliver import CallDeadline, _deliver_claim, deliver
from engine.flows.kit import CALL_BY
from engine.flows.resting import rest, resume
from engine.store import tables as t
from tests.flows.story import ANN, DAY, HOUR, SECOND, Story

PLAN = "name: {name}\nenter: {{when: manual}}\nexclusive: no\n{more}stages:\n{stages}"


def walk(story: Story, stages: str, name: str = "plan", more: str = "") -> str:
    lead_id = story.arrives(source="fair")
    story.enters(lead_id, story.plan(PLAN.format(name=name, stages=stages, more=more)))
    advance(story.kit)
    return lead_id


def claimed(story: Story) -> Claim:
    (taken,) = claim(story.kit, FIRST, 10)
    return taken


def send(story: Story, taken: Claim) -> None:
    """Go on where a worker stood that had claimed."""
    _deliver_claim(story.kit, taken)


def test_an_attempt_is_on_record_before_the_call_and_settled_after_it(story: Story) -> None:
    walk(story, "  - {id: hello, email: hello}")
    seen: list[tuple[str, str]] = []

    def look(_message: object) -> None:
        (attempt,) = story.rows(t.attempts)
        seen.append((attempt["outcome"], story.message()["state"]))

    story.provider.before_call = look
    deliver(story.kit, FIRST)

    (attempt,) = story.rows(t.attempts)
    assert seen == [("open", "sending")]
    assert (attempt["outcome"], attempt["number"]) == ("accepted", 1)
    assert attempt["call_by"] - attempt["started_at"] == CALL_BY == timedelta(seconds=2)
    assert story.message()["state"] == "accepted"
    assert len(story.rows(t.message_bodies)) == 1


def test_what_leaves_says_whom_it_is_for_and_who_writes(story: Story) -> None:
    walk(story, "  - {id: hello, email: hello}")

    deliver(story.kit, FIRST)

    (message,) = story.provider.taken
    assert (message.id, message.to, message.to_name) == (story.message()["id"], ANN.email, "Ann")
    assert "Hello Ann." in message.content.text  # type: ignore[union-attr]
    assert "List-Unsubscribe" in message.content.headers  # type: ignore[union-attr]


def stop_everything(story: Story, lead_id: str) -> None:
    story.stops(lead_id)


def stop_email(story: Story, lead_id: str) -> None:
    story.stops(lead_id, Channel.EMAIL)


def leave_review(story: Story, lead_id: str) -> None:
    story.write(
        lambda connection: connection.execute(
            t.leads.update().where(t.leads.c.id == lead_id).values(review_since=story.now())
        )
    )


@pytest.mark.parametrize(
    ("happens", "state", "reason"),
    [
        (stop_everything, "cancelled", "withdrawn"),
        (stop_email, "cancelled", "withdrawn"),
        (leave_review, "held", "pending_review"),
    ],
)
def test_what_happens_between_claim_and_dispatch_counts(
    story: Story, happens: Callable[[Story, str], None], state: str, reason: str
) -> None:
    lead_id = walk(story, "  - {id: hello, email: hello}")
    taken = claimed(story)

    happens(story, lead_id)
    send(story, taken)

    assert (story.message()["state"], story.message()["reason"]) == (state, reason)
    assert story.provider.taken == []
    assert story.rows(t.attempts) == []


def test_a_suppression_that_reaches_us_between_claim_and_dispatch_blocks(story: Story) -> None:
    walk(story, "  - {id: hello, email: hello}")
    taken = claimed(story)

    story.arrives(suppress=frozenset({Channel.EMAIL}), grants=())
    send(story, taken)

    message = story.message()
    assert (message["state"], message["reason"], message["rule"]) == ("skipped", "suppressed", "HOUSE-SUPPRESSED")
    assert story.enrollment(sequence="plan")["due_at"] == story.now()


def test_a_window_that_closed_meanwhile_holds_until_it_opens(story: Story) -> None:
    window = 'window: {days: every day, hours: "09:00-11:00"}\n'
    walk(story, "  - {id: hello, email: hello}", more=window)
    story.pass_time(2 * HOUR)

    deliver(story.kit, FIRST)

    message = story.message()
    assert (message["state"], message["reason"]) == ("held", "window")
    assert message["due_at"] == story.now() + 21 * HOUR
    story.live(DAY)
    assert story.message()["state"] == "accepted"


def test_a_resting_enrollment_sends_nothing_that_was_claimed_already(story: Story) -> None:
    lead_id = walk(story, "  - {id: hello, email: hello}")
    taken = claimed(story)
    story.write(
        lambda connection: rest(
            connection, [lead_id], status=EnrollmentStatus.PAUSED, until=None, reason="test", now=story.now()
        )
    )

    send(story, taken)

    assert (story.message()["state"], story.message()["reason"]) == ("held", "paused")
    story.write(lambda connection: resume(connection, [lead_id], story.now()))
    story.run()
    assert story.message()["state"] == "accepted"


def test_two_messages_for_one_lead_in_one_batch_keep_the_cap(story: Story) -> None:
    """One email in sixteen hours, says the house."""
    lead_id = walk(story, "  - {id: hello, email: hello}")
    # Planned a day later, when the first one was not yet sent: both are due, and the plan allowed both.
    story.plan(PLAN.format(name="other", stages="  - {id: news, email: news}", more=""))
    story.enters(lead_id, "other")
    advance(story.kit)
    story.write(
        lambda connection: connection.execute(
            t.messages.update().values(state="scheduled", due_at=story.now(), reason="", rule="")
        )
    )

    deliver(story.kit, FIRST)

    states = sorted((row["state"], row["reason"]) for row in story.messages())
    assert states == [("accepted", ""), ("held", "frequency_cap")]
    assert len(story.provider.taken) == 1


def test_a_worker_whose_lease_is_over_sends_nothing(story: Story) -> None:
    walk(story, "  - {id: hello, email: hello}")
    slow = claimed(story)
    story.pass_time(61 * SECOND)
    send(story, claimed(story))

    send(story, slow)

    assert len(story.provider.taken) == 1
    assert len(story.rows(t.attempts)) == 1


def test_a_call_past_its_deadline_never_starts_and_is_tried_again(story: Story) -> None:
    walk(story, "  - {id: hello, email: hello}")
    story.provider.before_call = lambda _message: story.pass_time(2 * SECOND)

    deliver(story.kit, FIRST)

    message = story.message()
    assert (message["state"], message["reason"]) == ("scheduled", "never_started")
    assert message["due_at"] > story.now()
    assert story.provider.taken == []
    assert [row["outcome"] for row in story.rows(t.attempts)] == ["never_started"]
    story.provider.before_call = lambda _message: None
    story.live(HOUR)
    assert story.message()["state"] == "accepted"


def test_a_note_in_the_journal_that_took_too_long_stops_the_call(story: Story) -> None:
    """Whoever is not in the journal has not called: so the note comes first, and then the clock has the last word."""

    class SlowJournal:
        name = "slow"

        def note(self, _attempt_id: str) -> None:
            story.pass_time(3 * SECOND)

        def close(self) -> None:
            pass

    from dataclasses import replace

    kit = replace(story.kit, journal=SlowJournal())
    deadline = CallDeadline(kit=kit, at_monotonic=kit.clock.monotonic() + 2)

    assert not deadline.may_start("attempt")  # type: ignore[arg-type]


def test_a_message_that_comes_back_unsent_after_its_walk_ended_is_cancelled(story: Story) -> None:
    lead_id = walk(story, "  - {id: hello, email: hello}")

    def leave(_message: object) -> None:
        story.pass_time(3 * SECOND)
        story.write(lambda connection: connection.execute(t.leads.update().values(status="customer")))
        story.write(lambda connection: connection.execute(t.enrollments.update().values(due_at=story.now())))
        advance(story.kit)

    story.provider.before_call = leave
    deliver(story.kit, FIRST)
    story.provider.before_call = lambda _message: None
    story.live(HOUR)

    assert story.enrollment(lead_id=lead_id)["status"] == "stopped"
    assert (story.message()["state"], story.message()["reason"]) == ("cancelled", "walk_ended")
    assert story.provider.taken == []


def test_what_a_sender_without_an_adapter_has_to_say_waits(story: Story) -> None:
    walk(story, "  - {id: hello, email: hello}")
    story.write(lambda connection: connection.execute(t.senders.update().values(provider="nobody")))

    deliver(story.kit, FIRST)

    assert story.rows(t.attempts) == []
    assert story.states() == {"hello": "scheduled"}
