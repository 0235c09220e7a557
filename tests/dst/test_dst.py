"""Any seed at all: the promises hold, and the same seed lives the same life."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.dst.broken import BROKEN
from tests.dst.ground import Ground, prepared_ground
from tests.dst.known import is_known
from tests.dst.run import live
from tests.shared import REPOSITORY

SEEDS = 12
SEEDS_TO_CATCH_MAX = 40


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """Return a prepared database that every seed begins with."""
    with prepared_ground(tmp_path_factory.mktemp("dst")) as ground:
        yield ground


def test_whatever_fails_and_whenever_the_promises_hold(ground: Ground) -> None:
    broken = [outcome for seed in range(SEEDS) if (outcome := live(ground, seed)).broken]

    untold = [outcome for outcome in broken if not is_known(outcome)]
    assert untold == [], "\n".join(f"make dst SEED={one.seed}: {one.broken}" for one in untold)


def test_a_seed_lives_the_same_life_twice(ground: Ground) -> None:
    first, other, second = live(ground, 11), live(ground, 12), live(ground, 11)

    assert first.story == second.story
    assert first.trace == second.trace != other.trace


def test_a_seed_lives_the_same_life_in_another_process(ground: Ground) -> None:
    """Whatever order a set happens to have there."""
    there = subprocess.run(
        [sys.executable, "-m", "tests.dst", "--trace", "11"],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONHASHSEED": "7"},
        check=True,
        capture_output=True,
        text=True,
    )

    assert there.stdout.strip() == live(ground, 11).trace


@pytest.mark.slow
@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_on_purpose_is_caught(ground: Ground, name: str) -> None:
    broken = BROKEN[name]
    for seed in (broken.seed, *range(SEEDS_TO_CATCH_MAX)):
        outcome = live(ground, seed, broken.variant)
        if outcome.broken is not None and broken.sign in outcome.broken:
            return
    pytest.fail(f"{name}: not noticed in {SEEDS_TO_CATCH_MAX} seeds")
