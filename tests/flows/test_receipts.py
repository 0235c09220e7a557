"""What the provider says at once: accepted, refused, never started, unknown."""

from dataclasses import replace

import pytest

from channels.events import EventKind
from channels.message import Fault, Outbound, Receipt
from engine.domain.retry import TRIES_MAX
from engine.flows.absorb import absorb, receive
from engine.flows.advance import advance
from engine.flows.claiming import FIRST
from engine.flows.deliver import deliver
from engine.flows.settle_task import settle_task
from engine.store import senders
from engine.store import tables as t
from tests.flows import moody
from tests.flows.moody import Mood
from tests.flows.story import DAY, HOUR, Story

PLAN = "name: plan\nenter: {when: manual}\nstages:\n  - {id: hello, email: hello, otherwise: text}\n  - {id: text, sms: hi}"


def refused(fault: Fault, **more: float) -> Mood:
    return Mood(takes=False, receipt=Receipt.refused(fault, "no", **more))


@pytest.fixture
def lead_id(story: Story) -> str:
    """Return a lead to whom an email is due."""
    lead_id = story.arrives(source="fair")
    story.enters(lead_id, story.plan(PLAN))
    return lead_id


def test_an_accepted_message_ends_and_the_first_touch_is_on_record(story: Story, lead_id: str) -> None:
    story.run()

    message = story.message(stage="hello")
    assert (message["state"], message["provider"], message["accepted_at"]) == ("accepted", "sandbox", story.now())
    assert message["provider_id"]
    assert story.lead(lead_id)["first_touch_at"] == story.now()


@pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.TRANSIENT, Fault.CONFIGURATION])
def test_what_may_pass_is_tried_again_later_and_later_and_not_for_ever(
    story: Story, lead_id: str, fault: Fault
) -> None:
    story.provider.mood_for = lambda message: refused(fault) if message.channel == "email" else moody.KIND

    story.run()
    assert (story.message(stage="hello")["state"], story.message(stage="hello")["reason"]) == ("scheduled", fault)
    assert story.message(stage="hello")["due_at"] > story.now()

    story.live(2 * DAY)
    message = story.message(stage="hello")
    assert (message["state"], message["tries"]) == ("failed", TRIES_MAX)
    assert [row["number"] for row in story.rows(t.attempts, message_id=message["id"])] == list(range(1, TRIES_MAX + 1))
    assert story.states()["text"] == "accepted"


def test_a_providers_wish_to_wait_is_kept(story: Story, lead_id: str) -> None:
    story.provider.mood_for = lambda _message: refused(Fault.THROTTLED, retry_after_seconds=1800)

    story.run()

    assert story.message()["due_at"] >= story.now() + HOUR / 2


def test_a_dead_address_fails_the_message_and_is_never_used_again(story: Story, lead_id: str) -> None:
    story.provider.mood_for = lambda message: refused(Fault.DEAD_ADDRESS) if message.channel == "email" else moody.KIND

    story.run()

    assert story.states() == {"hello": "failed", "text": "accepted"}
    assert story.suppressed() == {("email", "", "hard_bounce")}


def test_a_number_that_takes_no_texts_may_still_be_called(story: Story, lead_id: str) -> None:
    landline = Mood(takes=False, receipt=replace(Receipt.refused(Fault.DEAD_ADDRESS, "no"), only_this_channel=True))
    story.provider.mood_for = lambda message: refused(Fault.CONTENT) if message.channel == "email" else landline

    story.run()

    assert story.states() == {"hello": "failed", "text": "failed"}
    assert story.suppressed() == {("phone", "sms", "hard_bounce")}


def test_a_stop_that_only_the_provider_knows_is_kept_for_that_channel(story: Story, lead_id: str) -> None:
    story.provider.mood_for = lambda _message: refused(Fault.OPTED_OUT)

    story.run()

    assert ("email", "email", "opted_out") in story.suppressed()


@pytest.mark.parametrize("fault", [Fault.CONTENT, Fault.UNCLASSIFIED])
def test_what_will_never_be_taken_fails_at_once_and_harms_no_address(story: Story, lead_id: str, fault: Fault) -> None:
    story.provider.mood_for = lambda message: refused(fault) if message.channel == "email" else moody.KIND

    story.run()

    assert (story.message(stage="hello")["state"], story.message(stage="hello")["reason"]) == ("failed", fault)
    assert story.suppressed() == set()


def test_an_unknown_outcome_asks_a_person_and_the_walk_goes_on(story: Story, lead_id: str) -> None:
    story.provider.mood_for = lambda message: moody.LOST_ANSWER if message.channel == "email" else moody.KIND

    story.live(DAY)

    hello = story.message(stage="hello")
    assert (hello["state"], hello["reason"]) == ("unknown", "no_evidence")
    assert story.states()["text"] == "accepted"
    (task,) = [task for task in story.tasks(kind="review") if task["intent_key"] == f"{hello['id']}:unknown"]
    assert (task["lead_id"], task["state"]) == (lead_id, "open")
    assert len([one for one in story.provider.taken if one.channel == "email"]) == 1


def test_a_provider_that_cannot_be_reached_is_asked_less_and_less_and_loses_nothing(story: Story, lead_id: str) -> None:
    story.provider.mood_for = lambda _message: moody.NO_CONNECTION

    story.live(5 * HOUR)

    attempts = story.rows(t.attempts)
    assert {row["outcome"] for row in attempts} == {"never_started"}
    assert 5 < len(attempts) < 40
    story.provider.mood_for = lambda _message: moody.KIND
    story.live(2 * HOUR)
    assert story.message(stage="hello")["state"] == "accepted"


def test_calls_that_never_started_give_their_tokens_back(story: Story, lead_id: str) -> None:
    story.provider.mood_for = lambda _message: moody.NO_CONNECTION

    story.run()

    with story.kit.database.read() as connection:
        email = next(one for one in senders.all_senders(connection) if one.channel == "email")
    assert (email.pace.sent_today, email.pace.tokens) == (0, email.pace.burst)


def test_a_receipt_after_reconciling_is_evidence_and_no_more(story: Story, lead_id: str) -> None:
    """A worker stood still for an hour between the call and its receipt."""

    def stand_still(_message: object) -> None:
        story.pass_time(HOUR)
        story.run()

    story.provider.after_call = stand_still
    advance(story.kit)
    deliver(story.kit, FIRST)

    hello = story.message(stage="hello")
    assert hello["state"] == "accepted"
    assert [row["outcome"] for row in story.rows(t.attempts, message_id=hello["id"])] == ["unknown"]
    (task,) = [task for task in story.tasks(kind="review") if task["intent_key"] == f"{hello['id']}:unknown"]
    assert (task["state"], task["note"]) == ("cancelled", "evidence came")


def test_nothing_is_settled_twice(story: Story, lead_id: str) -> None:
    story.provider.mood_for = lambda message: moody.LOST_ANSWER if message.channel == "email" else moody.KIND
    story.live(DAY)

    assert len([task for task in story.tasks() if task["intent_key"].endswith(":unknown")]) == 1
    with pytest.raises(LookupError):
        settle_task(story.kit, story.kit.ids.new(), "done", by="ann")  # type: ignore[arg-type]


def test_what_the_provider_told_meanwhile_counts_more_than_an_answer_that_never_came(
    story: Story, lead_id: str
) -> None:
    story.provider.mood_for = lambda _message: moody.LOST_ANSWER

    def tell(message: Outbound) -> None:
        receive(story.kit, [story.hear(EventKind.DELIVERED, message_id=message.id)])
        absorb(story.kit)

    story.provider.after_call = tell

    story.run()

    message = story.message(stage="hello")
    assert (message["state"], message["delivery"]) == ("accepted", "delivered")
    assert story.lead(lead_id)["first_touch_at"] == story.now()
    assert [task for task in story.rows(t.tasks, kind="review") if "arrive" in task["title"]] == []
