"""The same words do not go twice to one address within a day; what was asked anew, and other words, do."""

from dataclasses import replace

import pytest

from channels.address import Channel
from channels.message import Content, EmailContent, Receipt, TextContent, VoicemailContent
from engine.content.variables import Links
from engine.flows.advance import advance
from engine.flows.repeated import WITHIN, text_hash
from tests.flows.moody import KIND, Mood
from tests.flows.story import ANN, BOB, HOUR, MINUTE, Story

NEWS = "name: {name}\npurpose: service\nenter: {{when: manual}}\nexclusive: no\nstages: [{{id: news, {touch}, window: any}}]"


def enters(story: Story, lead_id: str, *names: str, touch: str = "email: news") -> None:
    for name in names:
        story.enters(lead_id, story.plan(NEWS.format(name=name, touch=touch)))


def outcomes(story: Story) -> list[tuple[str, str]]:
    return sorted((row["state"], row["reason"]) for row in story.messages(stage="news"))


@pytest.fixture
def ann(story: Story) -> str:
    """Return a lead of whom nothing is wanted yet."""
    return story.arrives(replace(ANN, source="import"))


def test_two_sequences_with_one_text_say_it_once_and_both_go_on(story: Story, ann: str) -> None:
    enters(story, ann, "one", "two")

    story.run()

    assert outcomes(story) == [("accepted", ""), ("skipped", "same_text")]
    assert len(story.provider.taken) == 1
    assert {row["status"] for name in ("one", "two") for row in [story.enrollment(sequence=name)]} == {"finished"}


def test_what_was_said_an_hour_ago_is_not_said_again_and_tomorrow_it_is(story: Story, ann: str) -> None:
    enters(story, ann, "one")
    story.run()
    story.pass_time(HOUR)
    enters(story, ann, "two")
    story.run()
    assert outcomes(story) == [("accepted", ""), ("skipped", "same_text")]

    story.pass_time(WITHIN)
    enters(story, ann, "three")
    story.run()

    assert outcomes(story).count(("accepted", "")) == 2


def test_who_shares_a_number_is_not_told_twice(story: Story, ann: str) -> None:
    bob = story.arrives(replace(BOB, phone=ANN.phone, source="import"))
    enters(story, ann, "one", touch="sms: hi")
    enters(story, bob, "two", touch="sms: hi")

    story.run()

    assert outcomes(story) == [("accepted", ""), ("skipped", "same_text")]


def test_another_address_is_told_as_well(story: Story, ann: str) -> None:
    bob = story.arrives(replace(BOB, source="import"))
    enters(story, ann, "one")
    enters(story, bob, "two")

    story.run()

    assert outcomes(story) == [("accepted", ""), ("accepted", "")]


def test_other_words_go_the_same_day(story: Story, ann: str) -> None:
    enters(story, ann, "one")
    enters(story, ann, "two", touch="email: hello")

    story.run()

    assert outcomes(story) == [("accepted", ""), ("accepted", "")]


def test_a_message_that_was_refused_for_now_is_no_repetition_of_itself(story: Story, ann: str) -> None:
    story.provider.mood_for = lambda _message: Mood(takes=False, receipt=Receipt.refused("transient", "503"))  # type: ignore[arg-type]
    enters(story, ann, "one")
    story.run()
    story.provider.mood_for = lambda _message: KIND

    story.live(5 * MINUTE)

    assert outcomes(story) == [("accepted", "")]


def test_whoever_says_stop_twice_is_answered_twice(story: Story, ann: str) -> None:
    enters(story, ann, "one", touch="sms: hi")
    story.run()
    for word in ("STOP", "START", "STOP"):
        story.replies(word, channel=Channel.SMS)
        advance(story.kit)
        story.live(MINUTE)

    said = [row["state"] for row in story.messages(template="stop-confirmed")]

    assert said == ["accepted", "accepted"]


EMAIL = EmailContent(subject="Hello", html="<p>x</p>", text="See https://u.io/abc now")
LINKS = Links(unsubscribe="https://u.io/abc")


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (EMAIL, replace(EMAIL, html="<p>tracked</p>"), True),
        (EMAIL, replace(EMAIL, text="see   https://u.io/abc\nNOW"), True),
        (EMAIL, replace(EMAIL, subject="Goodbye"), False),
        (EMAIL, replace(EMAIL, text="See https://elsewhere.io now"), False),
        (TextContent(body="at ten"), TextContent(body="at eleven"), False),
        (TextContent(body="at ten"), VoicemailContent(script="at ten", audio_url="https://a.io/1.mp3"), False),
    ],
)
def test_words_are_compared_and_not_how_they_are_set(one: Content, other: Content, *, is_same: bool) -> None:
    assert (text_hash(one, LINKS) == text_hash(other, LINKS)) is is_same


def test_a_leads_own_links_make_no_difference() -> None:
    theirs = replace(EMAIL, text="See https://u.io/xyz now")

    assert text_hash(EMAIL, LINKS) == text_hash(theirs, Links(unsubscribe="https://u.io/xyz"))
