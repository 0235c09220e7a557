"""Answering a lead who wrote: through the gate, in their thread, once; reading it; and reading it otherwise."""

from datetime import timedelta

import pytest

from channels.address import Channel
from channels.message import EmailContent, TextContent
from consent.replies import Label
from engine.flows.rereading import STAYS, NoSuchReply, correct
from engine.flows.writing import NotAnswered, answer_reply, assign_thread, read_thread
from engine.flows.written import answer_subject, thread_of
from engine.store import tables as t
from tests.flows.story import ANN, DAY, HOUR, Story

PLAN = """\
name: plan
enter: {when: manual}
stages:
  - {id: hello, email: hello, window: any}
  - {id: news, email: news, after: 5 days, window: any}
"""


@pytest.fixture
def lead_id(story: Story) -> str:
    """Return Ann, who got one mail."""
    lead_id = story.arrives(source="fair")
    story.write(lambda connection: connection.execute(t.tasks.delete()))
    story.enters(lead_id, story.plan(PLAN))
    story.run()
    story.pass_time(HOUR)
    return lead_id


def said(story: Story, text: str, *, channel: Channel = Channel.EMAIL, **extra: object) -> str:
    """Let Ann answer; return the reply's id."""
    sent = story.message(stage="hello") if channel is Channel.EMAIL else None
    story.replies(text, to=sent, channel=channel, extra=extra)
    return str(story.rows(t.replies, body=text)[-1]["id"])


def test_an_answer_by_mail_goes_on_in_their_thread(story: Story, lead_id: str) -> None:
    reply_id = said(
        story, "How much is it?", subject="Re: Your furnace", message_id="<b@ann>", references=["<a@us>", "<b@ann>"]
    )

    done = answer_reply(story.kit, reply_id, "About 9,000.\n\nShall I call?", by="bea", nonce="1")
    story.run()

    assert story.message(id=done.message_id)["state"] == "accepted"
    content = story.provider.taken[-1].content
    assert isinstance(content, EmailContent)
    assert content.subject == "Re: Your furnace"
    assert (content.headers["In-Reply-To"], content.headers["References"]) == ("<b@ann>", "<a@us> <b@ann>")
    assert content.text.startswith("About 9,000.\n\nShall I call?\n")
    assert "<p>About 9,000.</p>" in content.html
    [task] = story.tasks(kind="answer")
    assert (task["state"], task["outcome"]) == ("done", "done")
    assert story.enrollment(lead_id=lead_id)["status"] != "paused"


def test_a_second_click_sends_nothing_more(story: Story, lead_id: str) -> None:
    reply_id = said(story, "How much is it?")

    first = answer_reply(story.kit, reply_id, "About 9,000.", by="bea", nonce="1")
    second = answer_reply(story.kit, reply_id, "About 9,000.", by="bea", nonce="1")

    assert (second.message_id, second.is_new) == (first.message_id, False)
    assert len(story.messages(lead_id=lead_id, template="written-answer")) == 1


def test_who_texts_may_be_answered_by_text(story: Story) -> None:
    lead_id = story.arrives(source="fair", grants=())
    reply_id = said(story, "How much is it?", channel=Channel.SMS)

    done = answer_reply(story.kit, reply_id, "About 9,000 <all in>.", by="bea", nonce="1")
    story.run()

    assert story.message(id=done.message_id)["state"] == "accepted"
    content = story.provider.taken[-1].content
    assert isinstance(content, TextContent)
    assert content.body.startswith("About 9,000 <all in>.")
    [fact] = story.rows(t.consent_facts, lead_id=lead_id)
    assert (fact["purpose"], fact["basis"], fact["expires_at"]) == ("service", "express", story.now() + 30 * DAY)


@pytest.mark.parametrize("text", ["STOP", "stop everything"])
def test_who_said_stop_is_not_answered(story: Story, lead_id: str, text: str) -> None:
    reply_id = said(story, text, channel=Channel.SMS)

    with pytest.raises(NotAnswered) as refused:
        answer_reply(story.kit, reply_id, "But why?", by="bea", nonce="1")

    assert refused.value.reason == "withdrawn"
    assert not story.messages(lead_id=lead_id, template="written-answer")


def test_a_stop_that_comes_before_an_answer_leaves_stops_it(story: Story, lead_id: str) -> None:
    reply_id = said(story, "How much is it?", channel=Channel.SMS)
    done = answer_reply(story.kit, reply_id, "About 9,000.", by="bea", nonce="1")

    said(story, "STOP", channel=Channel.SMS)
    story.run()

    assert story.message(id=done.message_id)["state"] == "cancelled"


@pytest.mark.parametrize("body", ["", "  \n ", "x" * 1_601])
def test_what_cannot_be_sent_is_refused(story: Story, lead_id: str, body: str) -> None:
    reply_id = said(story, "How much is it?", channel=Channel.SMS)

    with pytest.raises(NotAnswered):
        answer_reply(story.kit, reply_id, body, by="bea", nonce="1")

    assert [row["state"] for row in story.tasks(kind="answer")] == ["open"]


def test_reading_is_enough_where_nothing_is_to_be_said(story: Story, lead_id: str) -> None:
    said(story, "Thanks, got it.")

    read_thread(story.kit, lead_id, by="bea")

    assert [row["state"] for row in story.tasks(kind="answer")] == ["done"]
    assert story.lead(lead_id)["review_since"] is None
    assert all(row["reviewed_at"] for row in story.rows(t.replies))


def test_who_answers_is_said_on_the_thread_and_its_tasks(story: Story, lead_id: str) -> None:
    said(story, "How much is it?")

    assign_thread(story.kit, lead_id, "bea", by="ann")

    assert [row["owner"] for row in story.rows(t.threads)] == ["bea"]
    assert [row["owner"] for row in story.tasks(kind="answer")] == ["bea"]


def test_a_reply_that_was_a_stop_after_all_stops_at_once(story: Story, lead_id: str) -> None:
    reply_id = said(story, "How much is it?")

    done = correct(story.kit, reply_id, Label.OPT_OUT, by="bea")

    assert (done.before, done.after, done.warning) == (Label.QUESTION, Label.OPT_OUT, "")
    assert story.withdrawn(lead_id) == {str(one) for one in Channel}
    assert not story.tasks(state="open", kind="answer")
    [learnt] = story.rows(t.reply_corrections)
    assert (learnt["read_as"], learnt["corrected_to"], learnt["corrected_by"]) == ("question", "opt_out", "bea")


@pytest.mark.parametrize("label", [Label.INTERESTED, Label.OPT_IN])
def test_a_stop_is_never_lifted_by_reading_it_otherwise(story: Story, lead_id: str, label: Label) -> None:
    reply_id = said(story, "Please stop writing to me")
    before = story.withdrawn(lead_id)

    done = correct(story.kit, reply_id, label, by="bea")

    assert done.warning == STAYS[Label.OPT_OUT]
    assert story.withdrawn(lead_id) == before != set()
    assert [row["kind"] for row in story.rows(t.consent_facts, lead_id=lead_id)].count("granted") == len(ANN.grants)
    assert [row["state"] for row in story.tasks(kind="answer")] == ["open"]


def test_what_meant_later_rests_though_it_had_waited_for_a_person(story: Story, lead_id: str) -> None:
    reply_id = said(story, "How much is it?")

    correct(story.kit, reply_id, Label.NOT_NOW, by="bea", until=(story.now() + timedelta(days=40)).date())

    walk = story.enrollment(lead_id=lead_id)
    assert walk["status"] == "snoozed"
    assert walk["due_at"] > story.now() + 39 * DAY
    assert story.rows(t.replies, id=reply_id)[0]["label"] == "not_now"
    assert not story.tasks(state="open", kind="answer")


def test_a_reply_that_is_not_there_is_not_corrected(story: Story) -> None:
    with pytest.raises(NoSuchReply):
        correct(story.kit, story.kit.ids.new(), Label.QUESTION, by="bea")


@pytest.mark.parametrize(
    ("subject", "expected"),
    [("Your furnace", "Re: Your furnace"), ("RE: x", "RE: x"), ("AW: x", "AW: x"), ("", "Re: us"), (" \n", "Re: us")],
)
def test_a_subject_is_answered_with_one_re(subject: str, expected: str) -> None:
    assert answer_subject(subject, "us") == expected


def test_a_thread_names_each_mail_once_and_no_more_than_a_few() -> None:
    assert thread_of(["<a@x>", "a@x", "<b c@x>"], "<d@x>") == ("a@x", "d@x")
    assert len(thread_of([f"{number}@x" for number in range(99)], "last@x")) == 20
