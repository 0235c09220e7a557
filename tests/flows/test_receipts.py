"""What the provider says at once: accepted, refused, never started, unknown."""

from dataclasses import replace

import pytest

from channels.events import EventKind
from channels.message import Fault, Outbound, Receipt
from engine.domain.message import CLAIMABLE_STATES, OPEN_STATES, MessageState
from engine.domain.retry import TRIES_MAX
from engine.flows.absorb import absorb, receive
from engine.flows.advance import advance
from engine.flows.claiming import FIRST
from engine.flows.deliver import deliver
from engine.flows.receipts import record
from engine.flows.settle_task import settle_task
from engine.flows.settle_unknown import send_again
from engine.store import senders
from engine.store import tables as t
from tests.flows import moody
from tests.flows.moody import Mood
from tests.flows.story import DAY, HOUR, MINUTE, Story

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


TRANSIENT = Receipt.refused(Fault.TRANSIENT, "503")
DEAD = Receipt.refused(Fault.DEAD_ADDRESS, "550 5.1.1")
LATE: dict[str, Receipt] = {
    "accepted": Receipt.accepted("late"),
    "transient": TRANSIENT,
    "dead": DEAD,
    "never_started": Receipt.never_started("no connection"),
    "unknown": Receipt.unknown("reset"),
}
TAKES_BACK: dict[str, str] = dict.fromkeys(sorted(CLAIMABLE_STATES), "accepted")
SETTLES: dict[str, dict[str, str]] = {
    "accepted": {**TAKES_BACK, "unknown": "accepted"},
    "transient": {"unknown": "scheduled"},
    "dead": {"unknown": "failed"},
    "never_started": {"unknown": "scheduled"},
    "unknown": {},
}
"""What a message in each state becomes by a late receipt; where no state is named, it stays as it is."""


def left_long_ago(story: Story) -> Outbound:
    """Let the email leave, and give its attempt up as unknown; return what left."""
    story.provider.mood_for = lambda _message: moody.LOST_ANSWER
    advance(story.kit)
    deliver(story.kit, FIRST)
    (outbound,) = story.provider.taken
    assert story.message()["state"] == "unknown"
    return outbound


def comes_late(story: Story, outbound: Outbound, receipt: Receipt) -> str:
    """Let *receipt* come for a call that nobody waits for any more; return the state of its message."""
    with story.kit.database.read() as connection:
        sender = next(one for one in senders.all_senders(connection) if one.channel == outbound.channel)
    record(story.kit, sender, [(outbound, receipt)])
    return str(story.message(id=outbound.id)["state"])


def put_into(story: Story, message_id: str, state: MessageState, outcome: str) -> None:
    """Let a message stand in *state*, and its only attempt have had this *outcome*."""
    is_open, is_accepted = state in OPEN_STATES, state is MessageState.ACCEPTED
    values = {
        "state": state,
        "due_at": story.now() if is_open else None,
        "ended_at": None if is_open else story.now(),
        "claimed_by": "worker" if state is MessageState.CLAIMED else None,
        "accepted_at": story.now() if is_accepted else None,
        "provider": "sandbox" if is_accepted else None,
    }
    fault = "transient" if outcome == "refused" else None
    story.write(
        lambda connection: (
            connection.execute(t.messages.update().where(t.messages.c.id == message_id).values(**values)),
            connection.execute(t.attempts.update().values(outcome=outcome, fault=fault)),
        )
    )


@pytest.mark.parametrize("name", LATE)
def test_a_late_receipt_settles_what_nobody_knows_of_and_takes_back_what_left(
    story: Story, lead_id: str, name: str
) -> None:
    """All pairs of state and receipt; what an attempt was taken for agrees with its message's state."""
    outbound = left_long_ago(story)
    outcomes = {
        MessageState.UNKNOWN: "unknown",
        MessageState.ACCEPTED: "accepted",
        MessageState.FAILED: "refused",
        MessageState.SENDING: "never_started",  # another attempt is under way
    }

    found = {}
    for state in MessageState:
        put_into(story, outbound.id, state, outcomes.get(state, "overruled"))
        found[str(state)] = comes_late(story, outbound, LATE[name])

    assert found == {str(state): SETTLES[name].get(state, str(state)) for state in MessageState}


def test_a_late_refusal_is_on_record_and_asks_nobody_any_more(story: Story, lead_id: str) -> None:
    outbound = left_long_ago(story)

    assert comes_late(story, outbound, DEAD) == "failed"

    (attempt,) = story.rows(t.attempts)
    assert (attempt["outcome"], attempt["fault"]) == ("refused", "dead_address")
    assert ("email", "", "hard_bounce") in story.suppressed()
    (task,) = [task for task in story.tasks(kind="review") if task["intent_key"] == f"{outbound.id}:unknown"]
    assert task["state"] == "cancelled"


def test_what_was_refused_late_for_a_while_is_tried_again(story: Story, lead_id: str) -> None:
    outbound = left_long_ago(story)
    comes_late(story, outbound, TRANSIENT)
    story.provider.mood_for = lambda _message: moody.KIND

    story.live(DAY)

    assert story.message(id=outbound.id)["state"] == "accepted"
    assert [row["outcome"] for row in story.rows(t.attempts, message_id=outbound.id)] == ["refused", "accepted"]


def test_a_late_refusal_yields_to_what_the_provider_reported(story: Story, lead_id: str) -> None:
    outbound = left_long_ago(story)
    receive(story.kit, [story.hear(EventKind.DELIVERED, message_id=outbound.id)])

    assert comes_late(story, outbound, DEAD) == "unknown"
    absorb(story.kit)
    assert story.message(id=outbound.id)["state"] == "accepted"


def test_a_late_refusal_of_one_try_says_nothing_of_another(story: Story, lead_id: str) -> None:
    first = left_long_ago(story)
    story.pass_time(MINUTE)
    send_again(story.kit, first.id, by="rita")
    deliver(story.kit, FIRST)
    assert story.message(id=first.id)["state"] == "unknown"

    assert comes_late(story, first, TRANSIENT) == "unknown"
    assert [row["outcome"] for row in story.rows(t.attempts, message_id=first.id)] == ["overruled", "unknown"]


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
