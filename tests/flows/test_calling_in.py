"""Stories of calls to us: who is put through, who is missed, and what follows."""

from channels.address import Channel
from channels.events import EventKind
from channels.webhooks.twiml import Dial, Gather, Hangup, Redirect
from engine.domain.task import TaskOutcome
from engine.flows.settle_task import settle_task
from engine.store import tables as t
from tests.flows.story import ANN, BOB, DAY, HOUR, MINUTE, Story, grants
from tests.flows.telephone import OFFICE_OPENS, call_back, call_backs, ends, pressed, rings, words


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
