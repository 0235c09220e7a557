"""How leads behave in a rehearsal: by name, or by a small file of shares that is checked like any other input."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.address import Channel
from channels.events import EventKind
from channels.message import AttemptId, EmailContent, MessageId, Outbound
from engine.domain.task import TaskOutcome
from engine.simulation.behaviour import BEHAVIOURS, SILENT, UnknownBehaviour, named, read_behaviour
from engine.simulation.crowd import MOMENTS, MOMENTS_BEGIN, Crowd
from tests.databases import START


def email(number: int = 1) -> Outbound:
    return Outbound(
        id=MessageId(f"m{number}"),
        attempt_id=AttemptId(f"a{number}"),
        channel=Channel.EMAIL,
        to=f"lead{number}@example.com",
        to_name="Ada",
        sender="hello@example.com",
        sender_name="Hello",
        content=EmailContent(subject="Hi", html="<p>Hi</p>", text="Hi https://example.com/x"),
        reply_to=None,
    )


def test_a_file_of_shares_is_compared_with_what_is_usual() -> None:
    read = read_behaviour("like: typical\nopens: 0.8\nunsubscribes: 0\ncalls: {reached: 1}\n", file="rates.yaml")

    assert read.rates.opens == pytest.approx(2.0)
    assert read.rates.unsubscribes == 0
    assert read.rates.answers == 1
    assert read.calls == {TaskOutcome.REACHED: 1.0}
    assert read.dead_addresses


def test_a_file_begins_with_another_behaviour() -> None:
    assert read_behaviour("like: silent", file="rates.yaml").rates == SILENT.rates


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("openings: 1", "openings"),
        ("opens: 2", "share from 0 to 1"),
        ("opens: yes", "share from 0 to 1"),
        ("like: rude", "rude"),
        ("calls: {sung: 1}", "no_answer"),
        ("calls: {reached: 0}", "no_answer"),
        ("calls: []", "no_answer"),
        ("dead-addresses: perhaps", "yes or no"),
        ("- a list", "write keys"),
        ("{", "no YAML"),
        ("", "write keys"),
    ],
)
def test_what_cannot_be_used_is_named(text: str, said: str) -> None:
    with pytest.raises(UnknownBehaviour, match=said) as refused:
        read_behaviour(text, file="rates.yaml")

    assert refused.value.args


def test_an_unknown_name_lists_what_there_is() -> None:
    with pytest.raises(UnknownBehaviour, match="silent, typical, eager, weary"):
        named("rude")


def test_silent_leads_do_nothing_but_get_it() -> None:
    crowd = Crowd(1, (), SILENT)

    told = [one.event for number in range(200) for one in crowd.answer(email(number), START)]

    assert {event.kind for event in told if not event.machine} == {EventKind.DELIVERED}


@pytest.mark.parametrize(("more", "less", "kind"), [
    ("eager", "typical", EventKind.REPLIED),
    ("weary", "typical", EventKind.UNSUBSCRIBED),
])  # fmt: skip
def test_behaviours_differ_as_their_names_say(more: str, less: str, kind: EventKind) -> None:
    def count(name: str) -> int:
        crowd = Crowd(1, (), BEHAVIOURS[name])
        told = (one.event.kind for number in range(600) for one in crowd.answer(email(number), START))
        return sum(one is kind for one in told)

    assert count(more) > count(less)


@given(seconds=st.integers(0, 400 * 86_400), seed=st.integers(0, 50))
def test_in_a_rehearsal_leads_do_things_in_moments_and_never_before(seconds: int, seed: int) -> None:
    at = START + timedelta(seconds=seconds)

    told = Crowd(seed, (), in_moments=True).answer(email(), at)

    midnight = datetime(2026, 1, 1, tzinfo=START.tzinfo)
    assert all((one.event.at - midnight - MOMENTS_BEGIN) % MOMENTS == timedelta() for one in told)
    assert all(one.at >= one.event.at >= at for one in told)
