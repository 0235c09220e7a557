"""Who takes over from a failing sender: never for what might have been accepted, never one that must not send."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.address import Channel
from channels.message import Fault, ReceiptKind
from engine.domain.failover import (
    LOOK_AGAIN,
    PATIENCE,
    UNSENT,
    StandBy,
    Stays,
    is_out_of_patience,
    next_sender,
    room_of,
)
from engine.domain.pacing import Pace
from engine.domain.retry import AGE_MAX

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
OUTCOMES = ("open", "accepted", "refused", "never_started", "unknown", "overruled")

FAILING = StandBy(
    id="a", channel=Channel.EMAIL, provider="sendgrid", address="hello@seller.example", country=None, created_at=NOON,
    is_live=True, is_resting=False, is_on_trial=False, is_well=False, room=10,
)  # fmt: skip
SMTP = replace(
    FAILING, id="b", provider="smtp", address="office@seller.example", created_at=NOON + timedelta(1), is_well=True
)


def test_the_next_sender_of_the_channel_takes_over() -> None:
    assert next_sender(FAILING, [FAILING, SMTP]) == SMTP


def test_the_order_is_that_of_creation_after_the_failing_one_and_round() -> None:
    earlier = replace(SMTP, id="c", created_at=NOON - timedelta(1))
    later = replace(SMTP, id="d", created_at=NOON + timedelta(2))

    assert next_sender(FAILING, [earlier, later, SMTP]) == SMTP
    assert next_sender(FAILING, [earlier, later]) == later
    assert next_sender(FAILING, [earlier]) == earlier


def test_one_with_the_same_address_goes_first() -> None:
    same = replace(SMTP, id="z", address=FAILING.address, created_at=NOON - timedelta(1))

    assert next_sender(FAILING, [SMTP, same]) == same


@pytest.mark.parametrize(
    "change",
    [
        {"channel": Channel.SMS},
        {"is_live": False},
        {"is_resting": True},
        {"is_on_trial": True},
        {"is_well": False},
        {"room": 0},
    ],
    ids=lambda change: next(iter(change)),
)
def test_one_that_must_not_send_takes_over_nothing(change: dict[str, object]) -> None:
    assert next_sender(FAILING, [replace(SMTP, **change)]) is Stays.NO_OTHER  # type: ignore[arg-type]


@pytest.mark.parametrize("country", ["GB", None])
def test_a_number_of_another_country_takes_over_nothing(country: str | None) -> None:
    here = replace(FAILING, channel=Channel.SMS, address="+15035550199", country="US")
    there = replace(SMTP, channel=Channel.SMS, address="+447700900001", country=country)

    assert next_sender(here, [there]) is Stays.OTHER_COUNTRY
    assert next_sender(here, [there, replace(there, id="e", country="US")]) == replace(there, id="e", country="US")


def test_a_provider_that_had_its_chance_gets_no_second_one() -> None:
    assert next_sender(FAILING, [SMTP], tried={"smtp"}) is Stays.NO_OTHER


def test_what_was_written_for_the_sandbox_stays_there() -> None:
    assert next_sender(replace(FAILING, is_live=False), [SMTP]) is Stays.NO_OTHER


senders = st.builds(
    StandBy,
    id=st.sampled_from("abcdef"),
    channel=st.sampled_from([Channel.EMAIL, Channel.SMS, Channel.VOICEMAIL]),
    provider=st.sampled_from(["sendgrid", "smtp", "twilio"]),
    address=st.sampled_from(["x", "y"]),
    country=st.sampled_from([None, "US", "GB"]),
    created_at=st.sampled_from([NOON, NOON + timedelta(1)]),
    is_live=st.booleans(),
    is_resting=st.booleans(),
    is_on_trial=st.booleans(),
    is_well=st.booleans(),
    room=st.integers(0, 2),
)


@given(senders, st.lists(senders, max_size=6), st.lists(st.sampled_from(OUTCOMES), max_size=4))
def test_nothing_that_may_have_left_moves_and_nobody_gets_what_they_must_not_send(
    failing: StandBy, everyone: list[StandBy], outcomes: list[str]
) -> None:
    found = next_sender(failing, everyone, outcomes=outcomes)

    if set(outcomes) - UNSENT:
        assert found is Stays.MAY_HAVE_LEFT
    if isinstance(found, StandBy):
        assert found.id != failing.id
        assert found.channel is failing.channel
        assert found.is_live
        assert found.is_well
        assert found.room > 0
        assert not found.is_resting
        assert not found.is_on_trial
        is_same_country = found.country == failing.country and found.country is not None
        assert failing.channel is Channel.EMAIL or found.address == failing.address or is_same_country


@given(senders, st.lists(senders, max_size=6))
def test_the_order_in_which_senders_are_read_does_not_matter(failing: StandBy, everyone: list[StandBy]) -> None:
    unique = list({one.id: one for one in everyone}.values())

    assert next_sender(failing, unique) == next_sender(failing, unique[::-1])


@pytest.mark.parametrize(
    ("fault", "tries", "age", "is_over"),
    [
        (Fault.TRANSIENT, PATIENCE, timedelta(), True),
        (Fault.CONFIGURATION, PATIENCE, timedelta(), True),
        (Fault.THROTTLED, PATIENCE + 1, timedelta(), True),
        (ReceiptKind.NEVER_STARTED, PATIENCE, timedelta(), True),
        (Fault.TRANSIENT, PATIENCE - 1, timedelta(), False),
        (Fault.DEAD_ADDRESS, PATIENCE, timedelta(), False),
        (Fault.UNCLASSIFIED, PATIENCE, timedelta(), False),
        (Fault.TRANSIENT, PATIENCE, AGE_MAX + timedelta(seconds=1), False),
    ],
)
def test_a_provider_gets_some_tries_for_faults_of_its_own(
    fault: str, tries: int, age: timedelta, *, is_over: bool
) -> None:
    assert is_out_of_patience(fault, tries=tries, planned_at=NOON - age, now=NOON) is is_over


def test_no_more_is_moved_than_can_be_sent_soon() -> None:
    pace = Pace(
        rate_per_second=2.0, burst=2.0, tokens=2.0, tokens_at=NOON, daily_max=None, day=NOON.date(), sent_today=0
    )
    soon = int(2 + 2 * LOOK_AGAIN.total_seconds())

    assert room_of(pace, waiting=0, now=NOON) == soon
    assert room_of(pace, waiting=soon - 1, now=NOON) == 1
    assert room_of(pace, waiting=soon + 5, now=NOON) == 0
    assert room_of(replace(pace, daily_max=3, sent_today=2), waiting=0, now=NOON) == 1
