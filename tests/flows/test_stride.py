"""A stride shrinks when calls miss their time, and grows back while all is well."""

import pytest

from engine.flows.stride import LONGER_BY, STRIDE_MAX, Stride


@pytest.mark.parametrize(
    ("size", "made", "missed", "then"),
    [
        (50, 50, 1, 25),
        (50, 50, 50, 25),
        (25, 50, 40, 25),  # a batch begun before another thread heard of its own
        (4, 50, 40, 4),
        (1, 1, 1, 1),
        (20, 20, 0, 20 + LONGER_BY),
        (20, 7, 0, 20),  # so few say nothing of twenty
        (STRIDE_MAX - 1, STRIDE_MAX, 0, STRIDE_MAX),
        (STRIDE_MAX, STRIDE_MAX, 0, STRIDE_MAX),
    ],
)
def test_what_a_batch_says_of_the_next(size: int, made: int, missed: int, then: int) -> None:
    stride = Stride(size)

    stride.hear(made=made, missed=missed)

    assert stride.size == then
