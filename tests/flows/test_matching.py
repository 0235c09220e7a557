"""Whose an event is: by our id, by the thread, by the provider's id, by the address; whenever it comes."""

from itertools import permutations

import pytest
from structlog.testing import capture_logs

from channels.address import Channel
from channels.events import EventKind, ProviderEvent
from channels.message import MessageId
from engine.flows.absorb import absorb, receive
from engine.flows.advance import advance
from engine.flows.claiming import FIRST
from engine.flows.deliver import deliver
from engine.store import tables as t
from tests.flows import moody
from tests.flows.story import ANN, BOB, DAY, Story


@pytest.fixture
def sent(story: Story) -> MessageId:
    """Return an email that was accepted."""
    story.arrives()
    story.run()
    return MessageId(story.message()["id"])


def _provider_id(story: Story, message_id: str) -> str:
    return str(story.messages(id=message_id)[0]["provider_id"])


@pytest.mark.parametrize("place", ["in_reply_to", "references", "message_ids"])
def test_an_answer_finds_its_message_by_the_thread(story: Story, sent: MessageId, place: str) -> None:
    ids = ["somebody@else.example", f"{sent}@send.example.com"]

    story.happens(EventKind.REPLIED, text="How much?", address="work@example.org", extra={place: ids})

    [reply] = story.rows(t.replies)
    assert (reply["message_id"], reply["lead_id"]) == (sent, story.message()["lead_id"])
    assert story.message()["replied_at"] is not None


def test_an_answer_finds_its_message_by_the_providers_id_in_the_thread(story: Story, sent: MessageId) -> None:
    theirs = [f"{_provider_id(story, sent)}@geopod-ismtpd-3"]

    story.happens(EventKind.REPLIED, text="How much?", address="work@example.org", extra={"in_reply_to": theirs})

    assert story.rows(t.replies)[0]["message_id"] == sent


def test_a_foreign_address_is_noted_and_obeyed_together_with_the_lead(story: Story, sent: MessageId) -> None:
    lead_id = story.message()["lead_id"]

    story.happens(EventKind.REPLIED, message_id=sent, text="Please stop emailing me", address="work@example.org")

    assert story.withdrawn(lead_id) == {"email"}
    assert story.suppressed() == {("email", "email", "opted_out")}
    [note] = story.rows(t.notes, lead_id=lead_id)
    assert note["body"] == "Answered from another address: work@example.org"


def test_who_stops_in_somebody_elses_thread_stops_for_both(story: Story, sent: MessageId) -> None:
    bob = story.arrives(BOB)

    story.happens(EventKind.REPLIED, message_id=sent, text="Please stop emailing me", address=BOB.email)

    assert story.withdrawn(bob) == story.withdrawn(story.messages(id=sent)[0]["lead_id"]) == {"email"}


@pytest.mark.parametrize("kind", [EventKind.BOUNCED, EventKind.COMPLAINED])
def test_a_report_by_mail_counts_only_with_an_id_of_ours(story: Story, sent: MessageId, kind: EventKind) -> None:
    story.happens(kind, extra={"message_ids": ["unknown@example.com"], "recipient": ANN.email})
    assert story.suppressed() == set()

    story.happens(kind, extra={"message_ids": [f"{sent}@send.example.com"]})
    assert {kind for kind, _, _ in story.suppressed()} == {"email"}


def test_a_bounce_of_an_old_address_leaves_the_new_one_alone(story: Story, sent: MessageId) -> None:
    lead_id = story.message()["lead_id"]
    story.write(
        lambda connection: connection.execute(
            t.leads.update().where(t.leads.c.id == lead_id).values(email="n@example.com")
        )
    )

    story.happens(EventKind.BOUNCED, message_id=sent, address=ANN.email)

    keys = {row["key"] for row in story.rows(t.suppressions)}
    assert keys == {story.kit.address_key.key_of("email", ANN.email or "")}


def test_what_names_only_the_providers_id_waits_for_the_receipt(story: Story) -> None:
    story.arrives()
    advance(story.kit)

    def tell(message: object) -> None:
        name = f"provider-{message.attempt_id}"  # type: ignore[attr-defined]
        receive(story.kit, [story.hear(EventKind.DELIVERED, provider_message_id=name)])
        absorb(story.kit)

    story.provider.before_call = tell
    deliver(story.kit, FIRST)
    assert story.message()["delivery"] == "none"

    assert absorb(story.kit) == 1

    message = story.message()
    assert (message["state"], message["delivery"]) == ("accepted", "delivered")
    [event] = story.rows(t.provider_events)
    assert (event["message_id"], event["lead_id"]) == (message["id"], message["lead_id"])
    assert absorb(story.kit) == 0


def test_a_bounce_that_names_only_the_providers_id_is_acted_on_when_it_is_known(story: Story) -> None:
    story.arrives()
    advance(story.kit)
    story.provider.before_call = lambda message: receive(
        story.kit, [story.hear(EventKind.BOUNCED, provider_message_id=f"provider-{message.attempt_id}")]
    )
    deliver(story.kit, FIRST)
    story.provider.before_call = lambda _message: None
    assert story.suppressed() == set()

    story.run()

    assert story.suppressed() == {("email", "", "hard_bounce")}
    assert story.messages(channel="email")[0]["delivery"] == "bounced"


def test_an_event_that_proves_acceptance_brings_those_that_waited(story: Story) -> None:
    story.provider.mood_for = lambda _message: moody.LOST_ANSWER
    story.arrives()
    story.run()
    message_id = story.message()["id"]
    story.happens(EventKind.OPENED, provider_message_id="theirs")
    assert story.message()["opened_at"] is None

    story.happens(EventKind.ACCEPTED, provider_message_id="theirs", message_id=message_id)

    message = story.message()
    assert (message["state"], message["provider"], message["provider_id"]) == ("accepted", "sandbox", "theirs")
    assert message["opened_at"] is not None


def test_who_reports_is_not_who_was_given_the_message(story: Story) -> None:
    story.provider.mood_for = lambda _message: moody.LOST_ANSWER
    story.arrives()
    story.run()

    story.happens(EventKind.OPENED, provider="fifthtouch", message_id=story.message()["id"])

    assert (story.message()["state"], story.message()["provider"]) == ("accepted", "sandbox")


def test_messages_of_one_request_are_told_apart_by_their_address(story: Story) -> None:
    ann, bob = story.arrives(), story.arrives(BOB)
    story.run()
    story.write(lambda connection: connection.execute(t.messages.update().values(provider_id="one request")))

    story.happens(EventKind.DELIVERED, provider_message_id="one request", address=BOB.email)
    story.happens(EventKind.DELIVERED, provider_message_id="one request", address="nobody@example.com")

    found = {row["lead_id"]: row["delivery"] for row in story.messages(channel="email")}
    assert found == {ann: "none", bob: "delivered"}


def test_a_text_answers_the_last_text_from_that_number(story: Story) -> None:
    """A couple shares a phone: whoever was texted last has answered, and the stop is for both."""
    ann = story.arrives()
    bob = story.arrives(BOB, phone=ANN.phone)
    story.live(2 * DAY)
    texts = story.messages(channel="sms", state="accepted")
    assert texts
    last = max(texts, key=lambda row: (row["accepted_at"], row["id"]))

    story.replies("What would it cost?", channel=Channel.SMS)
    story.replies("STOP", channel=Channel.SMS)

    assert {row["lead_id"] for row in story.rows(t.replies)} == {last["lead_id"]}
    assert story.messages(id=last["id"])[0]["replied_at"] is not None
    assert story.withdrawn(ann) == story.withdrawn(bob) == {"sms", "voicemail"}


@pytest.mark.parametrize(
    ("kind", "what", "expected"),
    [
        (EventKind.UNSUBSCRIBED, {}, {("email", "email", "opted_out")}),
        (EventKind.BOUNCED, {}, {("email", "", "hard_bounce")}),
        (EventKind.COMPLAINED, {}, {("email", "", "complaint")}),
        (EventKind.REPLIED, {"text": "Leave me alone"}, {("email", "", "opted_out")}),
        (EventKind.REPLIED, {"text": "How much is it?"}, set()),
        (EventKind.REPLIED, {"text": "Stop", "machine": True}, set()),
        (EventKind.DELIVERED, {}, set()),
    ],
)
def test_a_stranger_is_heeded_before_they_become_a_lead(
    story: Story, kind: EventKind, what: dict[str, object], expected: set[tuple[str, str, str]]
) -> None:
    story.happens(kind, address="dana@example.com", **what)
    assert story.suppressed() == expected

    lead_id = story.arrives(email="dana@example.com", phone=None)
    story.run()

    sent = story.messages(lead_id=lead_id, state="accepted")
    assert bool(sent) == (expected == set())


def test_a_stranger_who_starts_again_may_be_written_to(story: Story) -> None:
    story.happens(EventKind.REPLIED, channel=Channel.SMS, address=ANN.phone, text="STOP")
    story.happens(EventKind.REPLIED, channel=Channel.SMS, address=ANN.phone, text="START")

    assert {channel for _, channel, _ in story.suppressed()} <= {"voicemail"}


def test_an_event_that_cannot_be_acted_on_is_left_to_a_person_and_blocks_nobody(story: Story) -> None:
    ann, bob = story.arrives(), story.arrives(BOB)
    story.run()
    to = {row["lead_id"]: MessageId(row["id"]) for row in story.messages(channel="email")}
    story.write(lambda connection: connection.exec_driver_sql("CREATE UNIQUE INDEX only_one ON notes (body)"))
    elsewhere = "work@example.org"
    first = story.hear(EventKind.REPLIED, address=elsewhere, message_id=to[ann], text="How much is it?")
    spoilt = story.hear(EventKind.REPLIED, address=elsewhere, message_id=to[bob], text="Stop everything")
    last = story.hear(EventKind.UNSUBSCRIBED, address=ANN.email)

    with capture_logs() as lines:
        assert receive(story.kit, [first, spoilt, last]) == 3
        story.run()

    problems = {row["event_id"]: row["problem"] for row in story.rows(t.provider_events)}
    assert [event_id for event_id, problem in problems.items() if problem] == [spoilt.event_id]
    assert "IntegrityError" in str(problems[spoilt.event_id])
    assert story.withdrawn(ann) == {"email"}
    assert story.lead(bob)["review_since"] is not None
    assert [task["body"] for task in story.tasks(lead_id=bob, kind="answer")] == ["Stop everything"]
    assert "event.set_aside" in {line["event"] for line in lines}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_stop_told_three_ways_is_one_stop(story: Story, sent: MessageId, order: tuple[int, ...]) -> None:
    told = [
        story.hear(EventKind.UNSUBSCRIBED, channel=Channel.SMS, address=ANN.phone),
        story.hear(EventKind.REPLIED, channel=Channel.SMS, address=ANN.phone, text="STOP PLEASE"),
        story.hear(EventKind.UNSUBSCRIBED, channel=Channel.SMS, address=ANN.phone, provider_message_id="SM1"),
    ]
    batches: list[list[ProviderEvent]] = [[told[place]] for place in order]

    for batch in [*batches, *batches]:
        receive(story.kit, batch)
    story.run()

    facts = story.rows(t.consent_facts, kind="withdrawn")
    assert sorted(row["channel"] for row in facts) == ["sms", "voicemail"]
