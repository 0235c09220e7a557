"""When a provider counts as silent."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from engine.domain.silence import SILENT_AFTER, UNHEARD_MIN, is_silent

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LONG_AGO = [NOON - SILENT_AFTER - number * MINUTE for number in range(UNHEARD_MIN)]


def test_enough_messages_of_which_nothing_was_ever_heard_are_silence() -> None:
    assert is_silent(LONG_AGO, heard_at=None, now=NOON)
    assert not is_silent(LONG_AGO[1:], heard_at=None, now=NOON)


def test_what_was_taken_just_now_may_still_be_told() -> None:
    assert not is_silent([at + MINUTE for at in LONG_AGO], heard_at=None, now=NOON)


def test_one_word_about_a_later_message_ends_the_silence() -> None:
    assert not is_silent(LONG_AGO, heard_at=LONG_AGO[0], now=NOON)
    assert is_silent(LONG_AGO, heard_at=LONG_AGO[-1] - MINUTE, now=NOON)


@given(st.lists(st.integers(0, 300), max_size=40), st.none() | st.integers(0, 300), st.integers(0, 100))
def test_a_word_heard_later_never_makes_silence(minutes: list[int], heard: int | None, later: int) -> None:
    taken = [NOON - number * MINUTE for number in minutes]
    heard_at = None if heard is None else NOON - heard * MINUTE
    heard_later = (heard_at or NOON - 400 * MINUTE) + later * MINUTE

    assert is_silent(taken, heard_at=heard_at, now=NOON) or not is_silent(taken, heard_at=heard_later, now=NOON)
