"""The table *What stops what*, row by row: what a lead does, on each channel, and what ends."""

from datetime import timedelta

import pytest

from channels.address import Channel
from channels.events import EventKind
from engine.domain.task import TaskOutcome
from engine.flows.settle_task import settle_task
from engine.store import tables as t
from tests.flows.story import ANN, BOB, DAY, HOUR, MINUTE, Story

EMAIL, SMS, VOICEMAIL, CALL = Channel.EMAIL, Channel.SMS, Channel.VOICEMAIL, Channel.CALL
EVERYTHING = {channel.value for channel in Channel}
PLAN = """\
name: plan
enter: {when: manual}
stages:
  - {id: hello, email: hello}
  - {id: ring, call: ring, wait: no, due: 3 days}
  - {id: text, sms: hi, after: 1 day}
  - {id: news, email: news, after: 1 day}
"""


@pytest.fixture
def lead_id(story: Story) -> str:
    """Return a lead who has had an email and is about to be called."""
    lead_id = story.arrives(source="fair")
    story.enters(lead_id, story.plan(PLAN))
    story.run()
    story.pass_time(HOUR)
    return lead_id


def test_one_click_ends_marketing_email_and_nothing_else(story: Story, lead_id: str) -> None:
    story.happens(EventKind.UNSUBSCRIBED, message_id=story.message()["id"])

    story.live(5 * DAY)

    (fact,) = story.rows(t.consent_facts, lead_id=lead_id, kind="withdrawn")
    assert (fact["channel"], fact["purpose"]) == ("email", "marketing")
    assert story.states() == {"hello": "accepted", "text": "accepted", "news": "skipped"}
    assert story.task(stage="ring")["state"] == "open"


@pytest.mark.parametrize("text", ["STOP", "stop.", "Unsubscribe please"])
def test_a_stop_by_text_ends_automated_phone_and_callers_are_told_to_ask(story: Story, lead_id: str, text: str) -> None:
    story.replies(text, channel=SMS)

    story.live(5 * DAY)

    assert story.withdrawn(lead_id) == {"sms", "voicemail"}
    assert story.states(purpose="marketing") == {"hello": "accepted", "text": "skipped", "news": "accepted"}
    ring = story.task(stage="ring")
    assert (ring["state"], ring["note"]) == ("open", "stopped texts: ask before you dial")


@pytest.mark.parametrize("channel", [VOICEMAIL, CALL])
def test_a_key_pressed_in_a_call_ends_automated_phone(story: Story, lead_id: str, channel: Channel) -> None:
    story.happens(EventKind.UNSUBSCRIBED, channel=channel, address=ANN.phone)

    assert story.withdrawn(lead_id) == {"sms", "voicemail"}
    assert story.task(stage="ring")["state"] == "open"


@pytest.mark.parametrize(
    ("said", "ends"),
    [
        ("Please don't text me any more", {"sms", "voicemail"}),
        ("Please stop emailing me", {"email"}),
        ("Stop calling me", {"call", "voicemail", "sms"}),
    ],
)
@pytest.mark.parametrize("channel", [EMAIL, SMS])
def test_a_sentence_that_names_a_channel_ends_it_and_its_kin(
    story: Story, lead_id: str, said: str, ends: set[str], channel: Channel
) -> None:
    story.replies(said, channel=channel)

    assert story.withdrawn(lead_id) == ends


@pytest.mark.parametrize("said", ["Leave me alone", "I'm not interested", "Stop everything", "Never contact me again"])
@pytest.mark.parametrize("channel", [EMAIL, SMS])
def test_a_sentence_that_names_none_ends_every_channel(story: Story, lead_id: str, said: str, channel: Channel) -> None:
    story.replies(said, channel=channel)
    story.live(5 * DAY)

    assert story.withdrawn(lead_id) == EVERYTHING
    assert story.states(purpose="marketing") == {"hello": "accepted"}
    assert (story.enrollment()["status"], story.enrollment()["reason"]) == ("stopped", "left: opted_out")
    assert {task["state"] for task in story.tasks(kind="call")} == {"cancelled"}


def test_not_now_with_a_date_snoozes_to_it_and_withdraws_nothing(story: Story, lead_id: str) -> None:
    story.replies("Not now, try me again in three weeks", channel=EMAIL)

    enrollment = story.enrollment()
    assert enrollment["status"] == "snoozed"
    assert 19 * DAY < enrollment["due_at"] - story.now() < 23 * DAY
    assert story.withdrawn(lead_id) == set()
    story.live(15 * DAY)
    assert story.states(purpose="marketing") == {"hello": "accepted"}
    for task in story.tasks(kind="answer"):
        settle_task(story.kit, task["id"], TaskOutcome.DONE, by="ann")
    story.live(15 * DAY)
    assert story.states()["text"] == "accepted"


def test_not_now_without_a_date_leaves_the_lead_alone_for_a_season(story: Story, lead_id: str) -> None:
    story.replies("Not now, maybe later", channel=SMS)

    assert story.enrollment()["status"] == "snoozed"
    assert story.enrollment()["due_at"] == story.now() + 90 * DAY


@pytest.mark.parametrize("channel", [EMAIL, SMS])
@pytest.mark.parametrize("said", ["Yes, I would like a visit", "How much is it?", "Thanks", "The blue one"])
def test_any_other_human_reply_pauses_for_the_owner_with_a_task(
    story: Story, lead_id: str, said: str, channel: Channel
) -> None:
    story.replies(said, channel=channel)
    story.live(3 * DAY)

    (task,) = story.tasks(kind="answer")
    assert (story.enrollment()["status"], story.enrollment()["due_at"]) == ("paused", None)
    assert (task["owner"], task["state"], task["body"]) == (story.lead(lead_id)["owner"], "open", said)
    assert story.states(purpose="marketing") == {"hello": "accepted"}
    assert story.lead(lead_id)["status"] == "working"
    assert story.withdrawn(lead_id) == set()


def test_an_answered_reply_lets_the_walk_go_on(story: Story, lead_id: str) -> None:
    story.replies("How much is it?")
    settle_task(story.kit, story.task(kind="answer")["id"], TaskOutcome.DONE, by="ann")

    story.live(3 * DAY)

    assert story.states()["text"] == "accepted"
    assert story.lead(lead_id)["review_since"] is None


def test_a_wrong_number_ends_that_number_for_every_lead_that_has_it(story: Story, lead_id: str) -> None:
    bob = story.arrives(BOB, phone=ANN.phone, source="fair")
    story.enters(bob, "plan")
    story.run()

    story.replies("Wrong number", channel=SMS)
    story.live(5 * DAY)

    assert story.suppressed() == {("phone", "", "wrong_number")}
    assert story.withdrawn(lead_id) == story.withdrawn(bob) == set()
    assert [row["state"] for row in story.messages(stage="text")] == ["skipped", "skipped"]
    assert {task["state"] for task in story.tasks(stage="ring")} == {"cancelled"}
    assert {row["state"] for row in story.messages(stage="news", lead_id=bob)} == {"accepted"}
    assert [task["title"] for task in story.tasks(kind="answer")] == ["Wrong number: find the right one"]


def test_a_hard_bounce_ends_that_address_and_the_walk_goes_on(story: Story, lead_id: str) -> None:
    story.happens(EventKind.BOUNCED, message_id=story.message()["id"])
    story.live(5 * DAY)

    assert story.suppressed() == {("email", "", "hard_bounce")}
    assert story.states() == {"hello": "accepted", "text": "accepted", "news": "skipped"}
    assert story.message(stage="news")["reason"] == "suppressed"
    assert story.message(stage="hello")["delivery"] == "bounced"


@pytest.mark.parametrize("channel", [EMAIL, SMS])
def test_a_complaint_ends_that_address_and_all_marketing(story: Story, lead_id: str, channel: Channel) -> None:
    address = ANN.email if channel is EMAIL else ANN.phone
    story.happens(EventKind.COMPLAINED, channel=channel, address=address)
    story.live(5 * DAY)

    kind = "email" if channel is EMAIL else "phone"
    assert story.suppressed() == {(kind, "", "complaint")}
    assert {row["purpose"] for row in story.rows(t.consent_facts, kind="withdrawn")} == {"marketing"}
    assert story.withdrawn(lead_id) == EVERYTHING
    assert story.enrollment()["reason"] == "left: opted_out"
    assert story.states() == {"hello": "accepted"}


def test_out_of_office_pauses_to_the_date_and_counts_as_no_reply(story: Story, lead_id: str) -> None:
    text = "I am out of the office until March 20 with no access to email. This is an automatic reply."
    story.replies(text, to=story.message())

    assert story.enrollment()["status"] == "out_of_office"
    assert story.enrollment()["due_at"].date().isoformat() in {"2026-03-20", "2026-03-21"}
    assert story.message()["replied_at"] is None
    assert "replied" not in {row["name"] for row in story.rows(t.happenings)}
    story.live(10 * DAY)
    assert story.states() == {"hello": "accepted"}
    story.live(20 * DAY)
    assert story.states()["text"] == "accepted"


def test_out_of_office_does_not_end_a_pause_for_the_owner(story: Story, lead_id: str) -> None:
    story.replies("How much is it?")
    story.replies("I am out of the office until March 20. This is an automatic reply.")

    assert (story.enrollment()["status"], story.enrollment()["due_at"]) == ("paused", None)


def test_a_machine_that_confirms_our_mail_is_kept_and_counts_as_no_reply(story: Story, lead_id: str) -> None:
    story.replies("We received your message and will answer within a day.", to=story.message(), machine=True)

    assert story.enrollment()["status"] != "paused"
    assert story.message()["replied_at"] is None
    assert len(story.rows(t.replies)) == 1
    assert story.lead(lead_id)["review_since"] is None
    assert story.tasks(kind="answer") == []


def test_an_unsure_reading_holds_everything_until_a_person_has_read_it(story: Story, lead_id: str) -> None:
    story.replies("The blue one", channel=SMS)

    assert story.lead(lead_id)["review_since"] is not None
    assert len(story.tasks(kind="answer")) == 1


@pytest.mark.parametrize(("word", "channel"), [("START", SMS), ("UNSTOP", SMS)])
def test_start_opens_the_channel_again(story: Story, lead_id: str, word: str, channel: Channel) -> None:
    story.replies("STOP", channel=channel)
    story.pass_time(MINUTE)
    story.replies(word, channel=channel)
    story.live(3 * DAY)

    assert story.states()["text"] == "accepted"


def test_resubscribing_opens_the_channel_again(story: Story, lead_id: str) -> None:
    story.happens(EventKind.UNSUBSCRIBED, message_id=story.message()["id"])
    story.pass_time(MINUTE)
    story.happens(EventKind.RESUBSCRIBED, address=ANN.email)
    story.live(4 * DAY)

    assert story.states()["news"] == "accepted"


def test_a_stop_by_email_alone_leaves_service_messages(story: Story) -> None:
    plan = "name: visit\npurpose: service\nleave: []\nenter: {when: manual}\n"
    lead_id = story.arrives(source="fair")
    story.enters(lead_id, story.plan(f"{plan}stages: [{{id: later, email: hello, after: 1 hour}}]"))
    story.run()

    story.happens(EventKind.UNSUBSCRIBED, address=ANN.email)
    story.live(2 * HOUR)

    assert story.states() == {"later": "accepted"}


def test_a_reply_rests_marketing_only(story: Story, lead_id: str) -> None:
    plan = "name: visit\npurpose: service\nexclusive: no\nenter: {when: manual}\n"
    story.enters(lead_id, story.plan(f"{plan}stages: [{{id: later, email: hello, after: 1 day}}]"))
    story.run()

    story.replies("How much is it?")

    assert story.enrollment(sequence="plan")["status"] == "paused"
    assert story.enrollment(sequence="visit")["status"] == "active"


def test_a_stop_does_not_wait_when_nothing_is_under_way(story: Story, lead_id: str) -> None:
    before = story.now()

    story.stops(lead_id)

    assert story.now() - before == timedelta()
