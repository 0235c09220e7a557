"""How far a month has come with what is wanted of it."""

import pytest

from engine.domain.goals import Goal, progress


@pytest.mark.parametrize(
    ("goal", "reached", "part", "is_on_track"),
    [
        pytest.param(Goal.LEADS, 50, 0.5, True, id="at an even pace"),
        pytest.param(Goal.LEADS, 49, 0.5, False, id="behind it"),
        pytest.param(Goal.LEADS, 0, 0.0, True, id="nothing is due at once"),
        pytest.param(Goal.FAST_ANSWERS, 99, 0.0, False, id="a share is due from the first day"),
        pytest.param(Goal.FAST_ANSWERS, 100, 0.1, True, id="and may be reached then"),
    ],
)
def test_a_goal_is_on_track_at_an_even_pace(goal: Goal, reached: float, part: float, *, is_on_track: bool) -> None:
    assert progress(goal, target=100, reached=reached, part_of_month=part).is_on_track is is_on_track
