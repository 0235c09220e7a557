"""Stories of calls: who calls, who hears what, what is pressed, and what is different afterwards."""

from typing import Any

import pytest
from sqlalchemy import RowMapping

from channels.address import Channel
from channels.events import CallOutcome, EventKind, ProviderEvent
from channels.message import MessageId
from channels.webhooks.twiml import Dial, Gather, Hangup, Play, Redirect, Say, Verb
from engine.domain.task import TaskOutcome
from engine.flows import calls
from engine.flows.absorb import absorb, receive
from engine.flows.call_backs import is_call_back
from engine.flows.call_lines import CallLinks
from engine.flows.settle_task import settle_task
from engine.store import tables as t
from tests.flows.story import ANN, BOB, DAY, HOUR, MINUTE, Story, grants

LINKS = CallLinks(base="https://hello.example.com")
US = "+15035550100"
OFFICE_OPENS = 2 * HOUR  # the seller answers from nine, where the owner's telephone is
PLAN = """\
name: plan
enter: {when: manual}
stages:
  - {id: tip, voicemail: tip, outcomes: {human: talk, machine: end, none: end}, otherwise: text}
  - {id: talk, email: hello}
  - {id: stop-here, if: "1 == 1", then: end, else: end}
  - {id: text, sms: hi}
"""


@pytest.fixture
def rung(story: Story) -> str:
    """Return the id of a voicemail whose call is under way."""
    story.enters(story.arrives(source="fair"), story.plan(PLAN))
    story.run()
    return str(story.message()["id"])


def of_call(story: Story, kind: EventKind, what: str, *, sid: str = "CA1", **more: Any) -> ProviderEvent:
    """Return an event of the call *sid*, named as its parser names it."""
    extra = {"call_sid": sid, "us": US, **more.pop("extra", {})}
    return story.hear(kind, event_id=f"{sid}.{what}", provider="twilio", extra=extra, **more)


def answered(story: Story, message_id: str, who: str) -> tuple[Verb, ...]:
    """Let *who* answer the call of *message_id*; return what they hear."""
    outcome = CallOutcome.HUMAN if who in {"human", "unknown"} else CallOutcome.MACHINE
    event = of_call(
        story,
        EventKind.ACCEPTED,
        f"answer.{who}",
        channel=Channel.VOICEMAIL,
        message_id=MessageId(message_id),
        address=ANN.phone,
        outcome=outcome,
        extra={"answered_by": who},
    )
    receive(story.kit, [event])
    return calls.answer(story.kit, event, LINKS)


def pressed(story: Story, message_id: str | None, digit: str, *, again: bool = False) -> tuple[Verb, ...]:
    """Press *digit* in our call, or in one to us; return what is heard."""
    kind = {"9": EventKind.UNSUBSCRIBED, "1": EventKind.REPLIED}.get(digit, EventKind.UNKNOWN)
    event = of_call(
        story,
        kind,
        f"keypress.{digit}",
        channel=Channel.VOICEMAIL if message_id else Channel.CALL,
        message_id=MessageId(message_id) if message_id else None,
        address=ANN.phone,
        text=f"(pressed {digit})",
        extra={"digits": digit},
    )
    receive(story.kit, [event])
    return calls.after_key(story.kit, event, LINKS, again=again)


def rings(story: Story, *, sid: str = "CA1", address: str | None = ANN.phone) -> tuple[Verb, ...]:
    """Let somebody call us; return what they hear."""
    event = of_call(story, EventKind.CALLED, "called", sid=sid, channel=Channel.CALL, address=address)
    receive(story.kit, [event])
    return calls.welcome(story.kit, event, LINKS)


def ends(story: Story, kind: EventKind, *, sid: str = "CA1", address: str | None = ANN.phone) -> tuple[Verb, ...]:
    """Let a call to us end with or without a person; return what the caller hears."""
    dialled = {"dial_status": "completed" if kind is EventKind.CONNECTED else "no-answer"}
    event = of_call(story, kind, str(kind), sid=sid, channel=Channel.CALL, address=address, extra=dialled)
    receive(story.kit, [event])
    return calls.after_dial(story.kit, event)


def call_backs(story: Story) -> list[RowMapping]:
    """Return the tasks to call somebody back."""
    return [task for task in story.tasks() if is_call_back(task)]


def call_back(story: Story) -> RowMapping:
    """Return the one task to call somebody back."""
    (task,) = call_backs(story)
    return task


def words(verbs: tuple[Verb, ...]) -> str:
    """Return all that is spoken."""
    said = [one for verb in verbs for one in (verb.prompt if isinstance(verb, Gather) else (verb,))]
    return " ".join(one.text for one in said if isinstance(one, Say))


@pytest.mark.parametrize("who", ["machine_end_beep", "machine_end_silence", "machine_end_other"])
def test_a_machine_hears_the_message_that_was_rendered_and_nothing_else(story: Story, rung: str, who: str) -> None:
    heard = answered(story, rung, who)

    assert heard == (Say(text="Hello, this is Fern & Co.", language="en"), Hangup())


@pytest.mark.parametrize("who", ["human", "unknown"])
def test_a_person_hears_who_calls_and_may_press_a_key(story: Story, rung: str, who: str) -> None:
    heard = answered(story, rung, who)

    gather = heard[0]
    assert isinstance(gather, Gather)
    assert gather.action == f"https://hello.example.com/webhooks/twilio/voice/keypress?message_id={rung}"
    assert gather.prompt[0] == Say(text="Hello, press 9 to end.", language="en")
    assert "press 1" in words(heard)
    assert "press 9" in words(heard)
    assert heard[-1] == Hangup()
    assert "this is Fern" not in words(heard), "the machine's message is not for people"


@pytest.mark.parametrize("who", ["fax", "machine_start"])
def test_what_cannot_listen_is_hung_up_on(story: Story, rung: str, who: str) -> None:
    assert answered(story, rung, who) == (Hangup(),)


def test_a_call_that_is_asked_for_twice_says_the_same_and_is_on_record_once(story: Story, rung: str) -> None:
    first, second = answered(story, rung, "human"), answered(story, rung, "human")

    assert first == second
    asked = [row for row in story.rows(t.decisions, message_id=rung) if row["asked"] == "answer"]
    assert [row["outcome"] for row in asked] == ["allow"]


@pytest.mark.parametrize("who", ["human", "machine_end_beep"])
def test_a_stop_that_came_while_it_rang_silences_the_call(story: Story, rung: str, who: str) -> None:
    story.stops(story.message()["lead_id"], Channel.SMS)

    assert answered(story, rung, who) == (Hangup(),)
    asked = [row for row in story.rows(t.decisions, message_id=rung) if row["asked"] == "answer"]
    assert [(row["outcome"], row["reason"]) for row in asked] == [("block", "withdrawn")]


def test_a_reply_that_came_while_it_rang_silences_the_call(story: Story, rung: str) -> None:
    story.replies("How much is it?", channel=Channel.SMS)

    assert answered(story, rung, "machine_end_beep") == (Hangup(),)


def test_a_call_that_was_the_last_stage_still_speaks_after_the_walk_has_ended(story: Story) -> None:
    story.enters(story.arrives(source="fair"), story.plan("name: last\nstages:\n  - {id: tip, voicemail: tip}\n"))
    story.run()
    assert story.enrollment()["status"] == "finished"

    assert words(answered(story, story.message()["id"], "machine_end_beep")) == "Hello, this is Fern & Co."


@pytest.mark.parametrize("message_id", ["nonsense", "0193f1a0-0000-7000-8000-000000000001", ""])
def test_a_call_that_nobody_made_says_nothing(story: Story, message_id: str) -> None:
    assert answered(story, message_id, "human") == (Hangup(),)


def test_nine_ends_automated_phone_before_it_is_confirmed(story: Story, rung: str) -> None:
    answered(story, rung, "human")

    heard = pressed(story, rung, "9")

    assert story.withdrawn(story.message()["lead_id"]) == {"sms", "voicemail"}
    assert "no more calls or texts by machine" in words(heard)
    assert heard[-1] == Hangup()


def test_one_connects_with_the_owner_while_they_answer_and_leaves_the_lead_to_them(story: Story, rung: str) -> None:
    answered(story, rung, "human")
    story.pass_time(OFFICE_OPENS)

    heard = pressed(story, rung, "1")

    link = f"https://hello.example.com/webhooks/twilio/voice/dialled?message_id={rung}"
    assert heard[-1] == Dial(number="+15035550101", caller_id=US, action=link)
    assert story.enrollment()["status"] == "paused"
    assert call_back(story)["title"] == "Call Ann back: asked for a person in our call"
    assert story.message()["replied_at"] is not None


def test_one_outside_of_hours_promises_a_call_and_makes_the_task_for_when_the_office_opens(
    story: Story, rung: str
) -> None:
    answered(story, rung, "human")

    heard = pressed(story, rung, "1")

    assert "a person will call you back" in words(heard)
    assert not any(isinstance(verb, Dial) for verb in heard)
    assert call_back(story)["due_at"] == story.now() + OFFICE_OPENS


def test_a_key_that_means_nothing_is_asked_again_once(story: Story, rung: str) -> None:
    once, twice = pressed(story, rung, "5"), pressed(story, rung, "6", again=True)

    assert isinstance(once[0], Gather)
    assert "again=1" in once[0].action
    assert (words(twice), twice[-1]) == ("Thank you. Goodbye.", Hangup())


@pytest.mark.parametrize(
    ("kind", "outcome", "states"),
    [
        (EventKind.DELIVERED, CallOutcome.HUMAN, {"tip": "accepted", "talk": "accepted"}),
        (EventKind.DELIVERED, CallOutcome.MACHINE, {"tip": "accepted"}),
        (EventKind.UNDELIVERED, CallOutcome.BUSY, {"tip": "accepted", "text": "accepted"}),
    ],
)
def test_the_walk_goes_where_the_end_of_the_call_sends_it(
    story: Story, rung: str, kind: EventKind, outcome: CallOutcome, states: dict[str, str]
) -> None:
    assert story.states() == {"tip": "accepted"}

    story.happens(kind, channel=Channel.VOICEMAIL, message_id=MessageId(rung), outcome=outcome)
    absorb(story.kit)
    story.live(30 * MINUTE)

    assert story.message(stage="tip")["outcome"] == outcome
    assert story.states() == states


def test_a_late_word_on_who_answered_changes_nothing_after_the_end(story: Story, rung: str) -> None:
    story.happens(EventKind.DELIVERED, channel=Channel.VOICEMAIL, message_id=MessageId(rung), outcome=CallOutcome.HUMAN)
    story.live(5 * MINUTE)
    before = story.states()

    answered(story, rung, "machine_end_beep")
    story.live(5 * MINUTE)

    assert (story.states(), story.message(stage="tip")["outcome"]) == (before, "human")


def test_a_caller_is_put_through_while_the_office_is_open(story: Story) -> None:
    story.arrives(source="fair")
    story.pass_time(OFFICE_OPENS)

    heard = rings(story)

    assert isinstance(heard[0], Gather)
    assert "this is Fern & Co" in words(heard)
    assert "press 9" in words(heard)
    assert isinstance(heard[-1], Dial)
    assert ends(story, EventKind.CONNECTED) == (Hangup(),)
    assert story.messages(template="missed-call") == []
    assert call_back(story)["title"].startswith("Call Ann back: talked with us")


def test_a_caller_out_of_hours_is_told_so_and_comes_to_be_missed(story: Story) -> None:
    story.arrives(source="fair")

    heard = rings(story)

    assert "a person will call you back" in words(heard)
    assert heard[-1] == Redirect(url="https://hello.example.com/webhooks/twilio/voice/dialled")


def test_a_missed_call_is_texted_back_and_given_to_the_owner(story: Story) -> None:
    lead_id = story.arrives(source="fair")
    story.enters(lead_id, story.plan("name: slow\nstages:\n  - {id: news, email: news, after: 1 day}\n"))
    story.run()

    rings(story)
    ends(story, EventKind.MISSED)
    story.live(MINUTE)

    text = story.message(template="missed-call")
    assert (text["state"], text["purpose"], text["lane"]) == ("accepted", "service", "first")
    assert story.enrollment()["status"] == "paused"
    assert call_back(story)["title"] == "Call Ann back: called, and reached nobody"
    settle_task(story.kit, call_back(story)["id"], TaskOutcome.NO_ANSWER, by="ann")
    assert story.enrollment()["status"] != "paused"


def test_three_calls_are_one_text_and_one_task(story: Story) -> None:
    story.arrives(source="fair")

    for number in range(3):
        rings(story, sid=f"CA{number}")
        ends(story, EventKind.MISSED, sid=f"CA{number}")
        story.live(HOUR)

    assert len(story.messages(template="missed-call")) == 1
    assert call_back(story)["title"] == "Call Ann back: called, and reached nobody (3 calls)"
    story.pass_time(DAY)
    ends(story, EventKind.MISSED, sid="CA9")
    assert len(story.messages(template="missed-call")) == 2


def test_a_missed_call_that_is_told_twice_is_one(story: Story) -> None:
    story.arrives(source="fair")

    for _ in range(2):
        ends(story, EventKind.MISSED)

    assert len(story.messages(template="missed-call")) == 1
    assert len(call_backs(story)) == 1


def test_word_that_the_caller_was_put_through_takes_the_text_back_in_either_order(story: Story) -> None:
    story.arrives(source="fair")
    story.arrives(BOB, source="fair")

    ends(story, EventKind.MISSED)
    ends(story, EventKind.CONNECTED)
    ends(story, EventKind.CONNECTED, sid="CA2", address=BOB.phone)
    ends(story, EventKind.MISSED, sid="CA2", address=BOB.phone)
    story.live(MINUTE)

    assert [row["state"] for row in story.messages(template="missed-call")] == ["cancelled"]


def test_whoever_calls_to_stop_is_stopped_for_and_not_called_back(story: Story) -> None:
    lead_id = story.arrives(source="fair")
    rings(story)

    heard = pressed(story, None, "9")
    ends(story, EventKind.MISSED)
    story.live(MINUTE)

    assert "no more calls or texts by machine" in words(heard)
    assert story.withdrawn(lead_id) == {"sms", "voicemail"}
    assert story.messages(template="missed-call") == []
    assert [row["state"] for row in call_backs(story)] == ["cancelled"]


def test_a_stranger_who_calls_to_stop_is_remembered_and_becomes_no_lead(story: Story) -> None:
    rings(story)

    pressed(story, None, "9")
    ends(story, EventKind.MISSED)

    assert story.suppressed() >= {("phone", "sms", "opted_out"), ("phone", "voicemail", "opted_out")}
    assert story.rows(t.leads) == []


def test_an_unknown_caller_becomes_a_lead_who_is_texted_only_where_the_gate_allows(story: Story) -> None:
    rings(story)
    ends(story, EventKind.MISSED)
    story.live(MINUTE)

    [lead] = story.rows(t.leads)
    assert (lead["source"], lead["phone"], lead["country"]) == ("missed-call", ANN.phone, "US")
    assert {row["basis"] for row in story.rows(t.consent_facts)} == {"implied_inquiry"}
    text = story.message(template="missed-call")
    assert (text["state"], text["reason"]) == ("skipped", "no_consent")
    assert call_back(story)["title"] == "Call a new caller back: called, and reached nobody"
    [event] = story.rows(t.provider_events, kind="missed")
    assert event["lead_id"] == lead["id"]


def test_a_missed_call_may_start_a_sequence(story: Story) -> None:
    story.plan(
        "name: ring-back\nenter: {when: lead.created, if: \"lead.source == 'missed-call'\"}\n"
        "stages:\n  - {id: ring, call: ring}\n"
    )

    ends(story, EventKind.MISSED)
    story.run()

    assert story.enrollment()["sequence"] == "ring-back"


def test_a_hidden_number_is_nobodys(story: Story) -> None:
    heard = rings(story, address=None)
    ends(story, EventKind.MISSED, address=None)
    story.live(MINUTE)

    assert "your number is hidden" in words(heard)
    assert (story.rows(t.leads), story.messages(), story.tasks()) == ([], [], [])


def test_who_allowed_no_texts_gets_none_and_is_called_back_all_the_same(story: Story) -> None:
    story.arrives(source="fair", grants=grants(Channel.EMAIL))

    ends(story, EventKind.MISSED)
    story.live(MINUTE)

    assert story.message(template="missed-call")["state"] == "skipped"
    assert call_back(story)["state"] == "open"


def test_a_recording_is_played_where_there_is_one() -> None:
    body = {"script": "Hello.", "human_script": "", "audio_url": "https://x.example.com/a.mp3"}

    assert calls.message_verb(body, "en") == Play(url="https://x.example.com/a.mp3")
    assert calls.message_verb(body | {"audio_url": "file:///a.mp3"}, "en") == Say(text="Hello.", language="en")
