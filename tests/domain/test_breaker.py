"""A breaker opens after failures in a row, lets one message see, and closes when the provider answers."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.message import Fault, Receipt
from engine.domain.breaker import (
    FAILURES_MAX,
    FIRST_WAIT,
    PROBE_TAKES_MAX,
    WAIT_MAX,
    WELL,
    WISH_MAX,
    Breaker,
    Standing,
    begin_probe,
    give_up_probe,
)
from engine.domain.breaker import hear as hear_of

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DOWN = Receipt.refused(Fault.TRANSIENT, "503")
TAKEN = Receipt.accepted("p")


def hear(breaker: Breaker, receipts: Sequence[Receipt], now: datetime) -> Breaker:
    """Let each receipt be of another message."""
    return hear_of(breaker, [(f"{breaker.failures}-{number}", one) for number, one in enumerate(receipts)], now)


OPEN = hear(WELL, [DOWN] * FAILURES_MAX, NOON)

FAILS = [
    Receipt.refused(Fault.CONFIGURATION, "key"),
    Receipt.refused(Fault.THROTTLED, "429"),
    DOWN,
    Receipt.unknown("reset"),
    Receipt.never_started("no connection"),
]
ANSWERS = [
    TAKEN,
    Receipt.refused(Fault.DEAD_ADDRESS, "nobody"),
    Receipt.refused(Fault.OPTED_OUT, "stop"),
    Receipt.refused(Fault.CONTENT, "spam"),
]
SAYS_NOTHING = [Receipt.too_late(), Receipt.refused(Fault.UNCLASSIFIED, "?")]
RECEIPTS = st.sampled_from([*FAILS, *ANSWERS, *SAYS_NOTHING])


@pytest.mark.parametrize("receipt", FAILS, ids=lambda one: one.fault or one.kind)
def test_failures_of_the_provider_in_a_row_open_it(receipt: Receipt) -> None:
    almost = hear(WELL, [receipt] * (FAILURES_MAX - 1), NOON)
    opened = hear(almost, [receipt], NOON)

    assert almost.standing(NOON) is Standing.CLOSED
    assert (opened.standing(NOON), opened.probe_at) == (Standing.OPEN, NOON + FIRST_WAIT)
    assert opened.fault == (receipt.fault or receipt.kind)


@pytest.mark.parametrize("receipt", ANSWERS, ids=lambda one: one.fault or one.kind)
def test_a_provider_that_answers_for_the_messages_sake_is_well(receipt: Receipt) -> None:
    assert hear(WELL, [receipt] * 50, NOON) == WELL
    assert hear(OPEN, [receipt], NOON) == WELL
    assert hear(hear(WELL, [DOWN] * 4, NOON), [receipt, DOWN], NOON).failures == 1


@pytest.mark.parametrize("receipt", SAYS_NOTHING, ids=lambda one: one.fault or one.kind)
def test_what_tells_nothing_of_the_provider_changes_nothing(receipt: Receipt) -> None:
    assert hear(WELL, [receipt] * 50, NOON) == WELL
    assert hear(OPEN, [receipt], NOON) == OPEN


def test_one_message_that_always_fails_is_no_failure_of_all() -> None:
    alone = hear_of(WELL, [("one", DOWN)] * 50, NOON)

    assert (alone.failures, alone.standing(NOON)) == (1, Standing.CLOSED)
    others = [(str(number), DOWN) for number in range(FAILURES_MAX - 1)]
    assert hear_of(alone, others, NOON).standing(NOON) is Standing.OPEN


def test_one_message_goes_to_see_and_nobody_sends_another_meanwhile() -> None:
    later = NOON + FIRST_WAIT
    probing = begin_probe(OPEN, later)

    assert OPEN.standing(later) is Standing.HALF_OPEN
    assert probing.standing(later) is Standing.OPEN
    assert probing.standing(later + PROBE_TAKES_MAX) is Standing.HALF_OPEN
    assert give_up_probe(probing, probing, later).standing(later) is Standing.HALF_OPEN
    failed = hear(probing, [DOWN], later)
    assert give_up_probe(failed, probing, later) == failed


def test_each_wait_is_as_long_again_as_it_has_lasted_up_to_a_limit() -> None:
    breaker, waits = OPEN, []
    now = NOON
    for _ in range(8):
        assert breaker.probe_at is not None
        waits.append(breaker.probe_at - now)
        now = breaker.probe_at
        breaker = hear(begin_probe(breaker, now), [DOWN], now)

    assert [wait.total_seconds() for wait in waits[:5]] == [30, 30, 60, 120, 240]
    assert waits[-1] == WAIT_MAX


@pytest.mark.parametrize(
    ("seconds", "wait"), [(5.0, FIRST_WAIT), (300.0, timedelta(minutes=5)), (86_400.0, WISH_MAX)], ids=str
)
def test_a_wish_of_the_provider_is_honoured_within_reason(seconds: float, wait: timedelta) -> None:
    wish = replace(Receipt.refused(Fault.THROTTLED, "429"), retry_after_seconds=seconds)

    assert hear(WELL, [wish] * FAILURES_MAX, NOON).probe_at == NOON + wait


@given(st.lists(RECEIPTS), st.lists(RECEIPTS))
def test_it_is_the_same_in_one_batch_or_two_and_never_open_without_a_time(
    first: list[Receipt], second: list[Receipt]
) -> None:
    told = [(str(number), one) for number, one in enumerate(first + second)]
    at_once = hear_of(WELL, told, NOON)

    assert at_once == hear_of(hear_of(WELL, told[: len(first)], NOON), told[len(first) :], NOON)
    assert (at_once.opened_at is None) == (at_once.probe_at is None)
    assert hear(at_once, [TAKEN], NOON) == WELL == Breaker()
