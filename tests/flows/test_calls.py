"""Stories of calls that we make: who answers, what they hear, which key they press, and what is different afterwards."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from channels.address import Channel
from channels.events import CallOutcome, EventKind
from channels.message import MessageId
from channels.webhooks.twiml import Dial, Gather, Hangup, Play, Say
from engine.flows import calls
from engine.flows.absorb import absorb
from engine.flows.withdraw import Stop, carry_out, lock_covered
from engine.store import tables as t
from tests.flows.story import MINUTE, Story
from tests.flows.telephone import OFFICE_OPENS, US, answered, call_back, pressed, words

PLAN = """\
name: plan
enter: {when: manual}
stages:
  - {id: tip, voicemail: tip, outcomes: {human: talk, machine: end, none: end}, otherwise: text}
  - {id: talk, email: hello}
  - {id: stop-here, if: "1 == 1", then: end, else: end}
  - {id: text, sms: hi}
"""


MESSAGE = "Hello, this is Fern & Co. Ring (503) 555-0100. To end our calls, ring (800) 555-0100."


@pytest.fixture
def rung(story: Story) -> str:
    """Return the id of a voicemail whose call is under way."""
    story.enters(story.arrives(source="fair"), story.plan(PLAN))
    story.run()
    return str(story.message()["id"])


@pytest.mark.parametrize("who", ["machine_end_beep", "machine_end_silence", "machine_end_other"])
def test_a_machine_hears_the_message_that_was_rendered_and_nothing_else(story: Story, rung: str, who: str) -> None:
    heard = answered(story, rung, who)

    assert heard == (Say(text=MESSAGE, language="en"), Hangup())


@pytest.mark.parametrize("who", ["human", "unknown"])
def test_a_person_hears_who_calls_and_may_press_a_key(story: Story, rung: str, who: str) -> None:
    heard = answered(story, rung, who)

    gather = heard[0]
    assert isinstance(gather, Gather)
    assert gather.action == f"https://hello.example.com/webhooks/twilio/voice/keypress?message_id={rung}"
    assert gather.prompt[0] == Say(text="Hello, this is Fern & Co, (503) 555-0100.", language="en")
    assert "press 1" in words(heard)
    assert "press 9" in words(heard)
    assert heard[-1] == Hangup()
    assert "To end our calls, ring" not in words(heard), "the machine's message is not for people"


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


def test_an_answer_waits_for_a_stop_that_is_being_written_and_then_says_nothing(story: Story, rung: str) -> None:
    stop = Stop(channels=frozenset(), source="page", wording="", recorded_by="test")
    lead_id = story.message()["lead_id"]

    with ThreadPoolExecutor(max_workers=1) as other, story.kit.database.write() as connection:
        covered = lock_covered(connection, lead_id, stop)
        heard = other.submit(answered, story, rung, "machine_end_beep")
        with pytest.raises(TimeoutError):
            heard.result(timeout=0.5)  # it waits for the lead's lock
        carry_out(story.kit, connection, covered, stop, story.now(), speaker_id=lead_id)

    assert heard.result(timeout=10) == (Hangup(),)


def test_a_reply_that_came_while_it_rang_silences_the_call(story: Story, rung: str) -> None:
    story.replies("How much is it?", channel=Channel.SMS)

    assert answered(story, rung, "machine_end_beep") == (Hangup(),)


def test_a_call_that_was_the_last_stage_still_speaks_after_the_walk_has_ended(story: Story) -> None:
    story.enters(story.arrives(source="fair"), story.plan("name: last\nstages:\n  - {id: tip, voicemail: tip}\n"))
    story.run()
    assert story.enrollment()["status"] == "finished"

    assert words(answered(story, story.message()["id"], "machine_end_beep")) == MESSAGE


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


def test_a_recording_is_played_where_there_is_one() -> None:
    body = {"script": "Hello.", "human_script": "", "audio_url": "https://x.example.com/a.mp3"}

    assert calls.message_verb(body, "en") == Play(url="https://x.example.com/a.mp3")
    assert calls.message_verb(body | {"audio_url": "file:///a.mp3"}, "en") == Say(text="Hello.", language="en")
