"""Retrying: what is worth it, how long to wait, and when it is over."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.message import Fault
from engine.domain.retry import (
    AGE_MAX,
    FIRST_WAIT_SECONDS,
    KEEPS_ITS_TURN,
    RETRYABLE,
    TRIES_MAX,
    WAIT_SECONDS_MAX,
    GiveUp,
    TryAgain,
    after_never_started,
    after_refusal,
)

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

faults = st.sampled_from(Fault)
retryable = st.sampled_from(sorted(RETRYABLE))
keys = st.text(max_size=20)


@pytest.mark.parametrize("fault", sorted(set(Fault) - RETRYABLE))
def test_what_time_does_not_mend_is_not_tried_again(fault: Fault) -> None:
    assert after_refusal(fault, tries=1, planned_at=NOON, now=NOON, key="m") == GiveUp(reason=fault)


@given(retryable, st.integers(1, TRIES_MAX - 1), keys)
def test_a_wait_is_between_a_second_and_a_ceiling_that_doubles(fault: Fault, tries: int, key: str) -> None:
    verdict = after_refusal(fault, tries=tries, planned_at=NOON, now=NOON, key=key)

    assert isinstance(verdict, TryAgain)
    ceiling = min(WAIT_SECONDS_MAX, FIRST_WAIT_SECONDS * 2 ** (tries - 1))
    assert 1 <= (verdict.at - NOON).total_seconds() <= ceiling


@given(retryable, st.integers(TRIES_MAX, 1000), keys)
def test_tries_are_bounded(fault: Fault, tries: int, key: str) -> None:
    assert isinstance(after_refusal(fault, tries=tries, planned_at=NOON, now=NOON, key=key), GiveUp)


@given(retryable, st.integers(2, TRIES_MAX - 1), st.floats(0, 1000))
def test_a_message_that_grew_old_is_given_up(fault: Fault, tries: int, hours: float) -> None:
    now = NOON + AGE_MAX + timedelta(hours=hours)

    assert after_refusal(fault, tries=tries, planned_at=NOON, now=now, key="m") == GiveUp(reason="too_old")


@given(retryable, st.integers(1, TRIES_MAX - 1), keys, st.floats(0, 100_000))
def test_a_providers_wish_is_kept_within_reason(fault: Fault, tries: int, key: str, wish: float) -> None:
    verdict = after_refusal(fault, tries=tries, planned_at=NOON, now=NOON, key=key, retry_after_seconds=wish)

    assert isinstance(verdict, TryAgain)
    wait = (verdict.at - NOON).total_seconds()
    assert min(wish, WAIT_SECONDS_MAX) - 1e-3 <= wait <= WAIT_SECONDS_MAX


@given(faults, st.integers(1, 20), keys)
def test_the_same_history_gives_the_same_answer(fault: Fault, tries: int, key: str) -> None:
    answers = {after_refusal(fault, tries=tries, planned_at=NOON, now=NOON, key=key) for _ in range(3)}

    assert len(answers) == 1


@given(st.integers(1, 100_000), keys)
def test_what_never_started_is_tried_for_ever_and_never_at_once(tries: int, key: str) -> None:
    wait = after_never_started(tries=tries, key=key, now=NOON, is_ours=False) - NOON

    assert timedelta(seconds=1) <= wait <= timedelta(seconds=WAIT_SECONDS_MAX)


@pytest.mark.parametrize("tries", [1, 2, 40])
def test_what_we_were_too_slow_for_keeps_its_turn(tries: int) -> None:
    assert after_never_started(tries=tries, key="any", now=NOON, is_ours=True) == NOON + KEEPS_ITS_TURN
