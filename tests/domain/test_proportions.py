"""Shares with their intervals, and whether two of them differ."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.proportions import EACH_MIN, Proportion, compare, difference, wilson


@st.composite
def proportions(draw: st.DrawFn, number_max: int = 10_000) -> Proportion:
    """Draw a share of something."""
    number = draw(st.integers(1, number_max))
    return Proportion(count=draw(st.integers(0, number)), number=number)


# Wilson's interval for 95 %, by hand: (p + z²/2n ± z·√(p(1-p)/n + z²/4n²)) / (1 + z²/n) with z = 1.959964.
@pytest.mark.parametrize(
    ("count", "number", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (1, 1000, 0.0002, 0.0056)],
)
def test_wilsons_interval(count: int, number: int, low: float, high: float) -> None:
    found = wilson(Proportion(count=count, number=number))

    assert [found.low, found.high] == pytest.approx([low, high], abs=0.0001)


def test_newcombes_own_example() -> None:
    """Newcombe 1998, table II, 56 of 70 against 48 of 80 by method 10: 0.0524 to 0.3339."""
    found = difference(Proportion(count=56, number=70), Proportion(count=48, number=80))

    assert [found.low, found.high] == pytest.approx([0.0524, 0.3339], abs=0.0001)


@given(proportions())
def test_an_interval_holds_the_share_and_stays_a_share(part: Proportion) -> None:
    found = wilson(part)

    assert part.share is not None
    assert 0 <= found.low <= part.share <= found.high <= 1


@given(proportions(number_max=500))
def test_ten_times_as_much_is_known_better(part: Proportion) -> None:
    more = wilson(Proportion(count=part.count * 10, number=part.number * 10))
    less = wilson(part)

    assert more.high - more.low < less.high - less.low


@given(proportions(), proportions())
def test_a_difference_turns_round_with_its_sides(one: Proportion, other: Proportion) -> None:
    there, back = difference(one, other), difference(other, one)

    assert [there.low, there.high] == pytest.approx([-back.high, -back.low])


def test_a_share_of_nothing_is_none() -> None:
    nothing = Proportion(count=0, number=0)

    assert (nothing.share, nothing.interval) == (None, None)
    assert compare({"a": nothing, "b": Proportion(count=1, number=2)}) == []


@pytest.mark.parametrize(
    ("a", "b", "is_shown"),
    [
        pytest.param((40, 100), (10, 100), True, id="far apart"),
        pytest.param((12, 100), (10, 100), False, id="near each other"),
        pytest.param((EACH_MIN - 1, EACH_MIN - 1), (0, 100), False, id="too few of one"),
        pytest.param((EACH_MIN, EACH_MIN), (0, 100), True, id="just enough"),
    ],
)
def test_two_variants_differ_only_where_chance_would_not_do_it(
    a: tuple[int, int], b: tuple[int, int], *, is_shown: bool
) -> None:
    parts = {"a": Proportion(count=a[0], number=a[1]), "b": Proportion(count=b[0], number=b[1])}

    [gap] = compare(parts)

    assert (gap.better, gap.worse, gap.is_shown) == ("a", "b", is_shown)


def test_the_better_one_is_named_first_whatever_the_order() -> None:
    [gap] = compare({"a": Proportion(count=10, number=100), "b": Proportion(count=40, number=100)})

    assert (gap.better, gap.worse) == ("b", "a")
    assert gap.gap.low > 0


def test_of_several_pairs_each_must_be_surer() -> None:
    two = {"a": Proportion(count=30, number=100), "b": Proportion(count=18, number=100)}
    four = two | {name: Proportion(count=24, number=100) for name in ("c", "d")}

    [alone] = compare(two)
    [among] = [gap for gap in compare(four) if {gap.better, gap.worse} == {"a", "b"}]

    assert alone.is_shown
    assert not among.is_shown
    assert among.gap.low < alone.gap.low


def test_shares_add_up_by_their_numbers() -> None:
    together = Proportion(count=1, number=10) + Proportion(count=3, number=30)

    assert together == Proportion(count=4, number=40)
