"""Invented leads behave plausibly, always the same for a seed, and say what a real classifier can read."""

from collections import Counter
from datetime import timedelta

import pytest

from channels.address import Channel
from channels.events import CallOutcome, EventKind
from channels.message import AttemptId, Fault, MessageId, Outbound
from channels.sandbox_behaviour import Fate, Persona, Told, answer, drawing, persona_of, pick, refusal
from channels.sandbox_words import ENGLISH, LANGUAGES, Mood, words
from consent.replies import Label, classify
from tests.channels.contract import CONTENTS
from tests.databases import START

CHANNELS = (Channel.EMAIL, Channel.SMS, Channel.VOICEMAIL)


def message(number: int, channel: Channel) -> Outbound:
    return Outbound(
        id=MessageId(f"m{number}"),
        attempt_id=AttemptId(f"a{number}"),
        channel=channel,
        to="ann@example.com" if channel is Channel.EMAIL else "+15035550100",
        to_name="Ann",
        sender="seller",
        sender_name="Seller",
        content=CONTENTS[channel],
    )


def stories(seed: int, count: int = 4_000) -> list[list[Told]]:
    """Return what follows *count* messages, each to a lead of its own."""
    return [
        answer(
            message(number, CHANNELS[number % 3]),
            persona_of(f"lead-{number}", seed=seed),
            seed=seed,
            count=1,
            at=START,
        )
        for number in range(count)
    ]


def test_the_same_seed_tells_the_same_story() -> None:
    assert stories(7, 300) == stories(7, 300)


def test_another_seed_tells_another_story() -> None:
    assert stories(7, 300) != stories(8, 300)


def test_what_a_lead_does_depends_on_how_often_it_was_reached() -> None:
    persona = Persona(key="ann", warmth=1.0)
    told = [answer(message(1, Channel.EMAIL), persona, seed=7, count=count, at=START) for count in range(20)]

    assert len({tuple((one.at, one.event.kind) for one in story) for story in told}) > 10


def test_every_kind_of_answer_happens() -> None:
    kinds = {one.event.kind for story in stories(7) for one in story}

    of_real_wires = {EventKind.ACCEPTED, EventKind.CALLED, EventKind.CONNECTED, EventKind.MISSED}
    assert kinds == set(EventKind) - of_real_wires - {EventKind.RESUBSCRIBED, EventKind.UNKNOWN}


def test_every_call_ends_in_some_way_and_only_a_person_presses_a_key() -> None:
    calls = [story for story in stories(7) if story and story[0].event.channel is Channel.VOICEMAIL]
    ends = {one.event.outcome for story in calls for one in story if one.event.outcome}
    pressed = [story for story in calls if EventKind.UNSUBSCRIBED in {one.event.kind for one in story}]

    assert ends == set(CallOutcome)
    assert pressed
    assert all(CallOutcome.HUMAN in {one.event.outcome for one in story} for story in pressed)


def test_most_leads_go_on_after_a_message() -> None:
    ending = {EventKind.UNSUBSCRIBED, EventKind.COMPLAINED, EventKind.BOUNCED, EventKind.REPLIED}
    ended = [story for story in stories(7) if ending & {one.event.kind for one in story}]

    assert 0.01 < len(ended) / 4_000 < 0.12


def test_nothing_is_told_before_it_happened_nor_happens_before_it_was_sent() -> None:
    for story in stories(7):
        for one in story:
            assert START < one.event.at <= one.at
            assert one.at - START < timedelta(days=1)


def test_some_events_are_told_twice_and_some_out_of_order() -> None:
    told = stories(7)
    doubled = sum(max(Counter(one.event.event_id for one in story).values(), default=0) > 1 for story in told)
    mixed_up = sum([one.event.at for one in story] != sorted(one.event.at for one in story) for story in told)

    assert doubled > 50
    assert mixed_up > 20


def test_a_stop_is_told_when_it_happens() -> None:
    """Real providers report these at once, and nothing may leave between a stop and its report."""
    prompt = {EventKind.UNSUBSCRIBED, EventKind.COMPLAINED, EventKind.BOUNCED, EventKind.REPLIED}
    first: dict[str, Told] = {}
    for story in stories(7):
        for one in story:
            first.setdefault(one.event.event_id, one)

    assert [one for one in first.values() if one.event.kind in prompt and one.at != one.event.at] == []


def test_a_machine_that_opens_is_marked_as_one() -> None:
    persona = Persona(key="ann", warmth=0.0, opens_by_machine=True)

    told = [
        one for count in range(50) for one in answer(message(1, Channel.EMAIL), persona, seed=7, count=count, at=START)
    ]

    assert sum(one.event.machine for one in told if one.event.kind is EventKind.OPENED) >= 50


def test_a_dead_address_is_refused_every_time() -> None:
    persona = Persona(key="ann", email=Fate.REFUSED)

    receipts = [refusal(message(1, Channel.EMAIL), persona, seed=7, tries=tries) for tries in range(20)]

    assert {receipt.fault for receipt in receipts if receipt} == {Fault.DEAD_ADDRESS}
    assert None not in receipts


def test_a_living_address_is_refused_now_and_then_and_never_for_good() -> None:
    persona = Persona(key="ann")

    receipts = [refusal(message(1, Channel.EMAIL), persona, seed=7, tries=tries) for tries in range(2_000)]

    assert {receipt.fault for receipt in receipts if receipt} == {Fault.THROTTLED, Fault.TRANSIENT}
    assert receipts.count(None) > 1_900


def test_a_pick_follows_the_weights() -> None:
    picked = Counter(pick({"often": 3.0, "seldom": 1.0}, drawing(number)("it")) for number in range(4_000))

    assert 0.7 < picked["often"] / 4_000 < 0.8
    assert pick({"often": 3.0, "seldom": 1.0}, 1.0) == "seldom"


MEANT: dict[Mood, set[Label]] = {
    Mood.INTERESTED: {Label.INTERESTED},
    Mood.QUESTION: {Label.QUESTION},
    Mood.THANKS: {Label.POSITIVE},
    Mood.NOT_NOW: {Label.NOT_NOW},
    Mood.NOT_INTERESTED: {Label.OPT_OUT},
    Mood.STOP: {Label.OPT_OUT},
    Mood.WRONG_NUMBER: {Label.WRONG_NUMBER},
    Mood.AWAY: {Label.OUT_OF_OFFICE},
    Mood.HELP: {Label.HELP},
    Mood.TAPBACK: {Label.POSITIVE},
}


@pytest.mark.parametrize("mood", Mood)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_leads_say_is_read_as_they_mean_it(language: str, mood: Mood) -> None:
    choice = LANGUAGES[language].get(mood, ENGLISH[mood])
    for number in range(len(choice)):
        said = words(mood, language, share=(number + 0.5) / len(choice), at=START, quote="How old is it?")

        assert classify(said, START, language).label in MEANT[mood], said


@pytest.mark.parametrize("language", ["en", "de", "en-GB", "es-MX"])
def test_every_mood_has_words_in_every_language(language: str) -> None:
    assert all(words(mood, language, share=1.0, at=START) for mood in Mood)
