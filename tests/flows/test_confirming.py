"""STOP, START and HELP by text: answered once, at once, and only where the provider has not."""

import pytest
from structlog.testing import capture_logs

from channels.address import Channel
from channels.events import EventKind
from engine.flows.absorb import receive
from engine.store import contents
from engine.store import tables as t
from tests.flows.story import ANN, BOB, MINUTE, SECOND, Story

STOP, START, HELP = "stop-confirmed", "start-confirmed", "help-answer"


def _texts(story: Story) -> list[str]:
    """Return which confirmations were taken."""
    return [row["template"] for row in story.messages(purpose="confirmation", state="accepted")]


def _says(story: Story, *words: str, **what: object) -> None:
    for word in words:
        story.replies(word, channel=Channel.SMS, **what)  # type: ignore[arg-type]
        story.pass_time(SECOND)
        story.run()


@pytest.mark.parametrize(
    ("word", "template"),
    [("STOP", STOP), ("Stop please", STOP), ("START", START), ("unstop", START), ("HELP", HELP), ("info", HELP)],
)
def test_a_command_word_is_answered_at_once(story: Story, word: str, template: str) -> None:
    story.arrives()

    _says(story, word)

    assert _texts(story) == [template]
    confirmation = story.message(purpose="confirmation")
    assert (confirmation["lane"], confirmation["enrollment_id"]) == ("first", None)
    [taken] = [one for one in story.provider.taken if one.channel is Channel.SMS]
    assert taken.to == ANN.phone


@pytest.mark.parametrize("word", ["yes", "Please stop texting me, I have no time", "How much is it?"])
def test_what_is_no_command_is_not_answered_by_a_machine(story: Story, word: str) -> None:
    story.arrives()

    _says(story, word)

    assert story.messages(purpose="confirmation") == []


@pytest.mark.parametrize("word", ["STOP", "START", "HELP"])
def test_what_the_provider_has_answered_is_not_answered_again(story: Story, word: str) -> None:
    story.arrives()

    _says(story, word, extra={"answered_by_provider": True})

    assert story.messages(purpose="confirmation") == []


def test_a_stop_by_email_or_from_nobody_is_not_texted_about(story: Story) -> None:
    story.arrives()

    story.replies("STOP")
    story.replies("STOP", channel=Channel.SMS, address="+12125550199")
    story.run()

    assert story.messages(purpose="confirmation") == []


def test_saying_it_again_brings_no_second_answer(story: Story) -> None:
    story.arrives()

    _says(story, "STOP", "STOP", "stop!")

    assert _texts(story) == [STOP]
    assert {row["reason"] for row in story.messages(purpose="confirmation", state="skipped")} == {"already_confirmed"}


def test_two_stops_before_the_first_answer_left_bring_one(story: Story) -> None:
    story.arrives()
    for _ in range(2):
        story.replies("STOP", channel=Channel.SMS)

    story.run()

    assert _texts(story) == [STOP]


def test_the_same_callback_twice_brings_one(story: Story) -> None:
    story.arrives()
    event = story.hear(EventKind.REPLIED, channel=Channel.SMS, address=ANN.phone, text="STOP")

    receive(story.kit, [event, event])
    receive(story.kit, [event])
    story.run()

    assert _texts(story) == [STOP]


def test_each_change_of_mind_is_answered(story: Story) -> None:
    story.arrives()

    for word in ("STOP", "START", "STOP"):
        _says(story, word)
        story.pass_time(MINUTE)

    assert _texts(story) == [STOP, START, STOP]


def test_who_shares_a_phone_gets_one_answer_together(story: Story) -> None:
    story.arrives()
    story.arrives(BOB, phone=ANN.phone)

    _says(story, "STOP")

    assert _texts(story) == [STOP]


def test_nothing_else_leaves_after_the_stop(story: Story) -> None:
    lead_id = story.arrives()
    _says(story, "STOP")

    story.live(60 * 24 * 10 * MINUTE)

    assert [row["template"] for row in story.messages(lead_id=lead_id, channel="sms", state="accepted")] == [STOP]
    assert story.messages(lead_id=lead_id, channel="voicemail", state="accepted") == []


def test_the_number_they_wrote_to_answers(story: Story) -> None:
    story.arrives()
    [sender] = story.rows(t.senders, channel="sms")
    other = {**sender, "id": story.kit.ids.new(), "address": "+12125550777"}
    story.write(lambda connection: connection.execute(t.senders.insert().values(**other)))

    _says(story, "HELP", extra={"to": "+12125550777"})

    assert story.message(purpose="confirmation")["sender_id"] == other["id"]


def test_without_a_template_nothing_is_promised_and_the_log_says_what_to_do(story: Story) -> None:
    story.arrives()
    story.write(lambda connection: contents.forget(connection, "sms", STOP))

    with capture_logs() as lines:
        story.replies("STOP", channel=Channel.SMS)

    assert story.messages(purpose="confirmation") == []
    assert "templates/sms/stop-confirmed.txt" in str(lines)
