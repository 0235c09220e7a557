"""Limits for bounces and complaints: the rates of the mailbox providers, and enough messages to speak of a rate."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.reputation import BOUNCES_MIN, COMPLAINTS_MIN, Account, Crossed, limit_crossed


@pytest.mark.parametrize(
    ("sent", "bounced", "complained", "crossed"),
    [
        (99, 50, 0, None),
        (100, 5, 0, None),
        (100, 6, 0, Crossed.BOUNCES),
        (1000, 50, 0, None),
        (1000, 51, 0, Crossed.BOUNCES),
        (100, 0, 2, None),
        (100, 0, 3, Crossed.COMPLAINTS),
        (1000, 0, 3, None),
        (1000, 0, 4, Crossed.COMPLAINTS),
        (100, 50, 50, Crossed.COMPLAINTS),
        (0, 0, 0, None),
    ],
)
def test_a_limit_is_crossed_by_a_rate_of_enough(
    sent: int, bounced: int, complained: int, crossed: Crossed | None
) -> None:
    assert limit_crossed(Account(sent=sent, bounced=bounced, complained=complained)) is crossed


@given(
    sent=st.integers(0, 10_000), bounced=st.integers(0, BOUNCES_MIN - 1), complained=st.integers(0, COMPLAINTS_MIN - 1)
)
def test_with_fewer_than_are_looked_for_no_limit_is_crossed(sent: int, bounced: int, complained: int) -> None:
    assert limit_crossed(Account(sent=sent, bounced=bounced, complained=complained)) is None
