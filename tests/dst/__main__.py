"""Live many seeds, or one: python -m tests.dst SEEDS [SEED]; with --trace SEED only the hash of its story."""

# ruff: noqa: T201 - this is a command, and speaks to a person

import sys
import tempfile
from pathlib import Path
from time import process_time

from engine.clock import SystemClock
from tests.dst.ground import Ground, prepared_ground
from tests.dst.known import is_known
from tests.dst.run import Outcome, live
from tests.servers import memory

TELL_EVERY = 250  # seeds: a long run says how far it is


def main(ground: Ground, seeds: range) -> int:
    """Live *seeds*; tell the story of each that broke a promise at once, and return how many did."""
    clock = SystemClock()
    began, worked_before = clock.monotonic(), process_time()
    broken = known = 0
    for lived, seed in enumerate(seeds, start=1):
        outcome = live(ground, seed)
        if outcome.broken is not None:
            known += is_known(outcome)
            broken += not is_known(outcome)
            if len(seeds) == 1 or not is_known(outcome):
                tell(outcome)
        if lived == len(seeds) or lived % TELL_EVERY == 0:
            seconds, worked = (clock.monotonic() - began) / lived, (process_time() - worked_before) / lived
            print(
                f"{lived} seeds from {seeds.start}: {broken} broke a promise, {known} in a way that waits to be mended; "
                f"{seconds:.2f} s a seed, {worked:.2f} s of them at work",
                flush=True,
            )
    return broken


def tell(outcome: Outcome) -> None:
    """Print the story of a seed, and how to live it again."""
    print("\n".join(outcome.story))
    print(
        f"\nseed {outcome.seed}: {outcome.broken}\ntrace {outcome.trace}; again: make dst SEED={outcome.seed}\n",
        flush=True,
    )


if __name__ == "__main__":
    with (
        tempfile.TemporaryDirectory(prefix="fifthtouch-dst-", dir=memory()) as folder,
        prepared_ground(Path(folder)) as ground,
    ):
        if sys.argv[1] == "--trace":
            print(live(ground, int(sys.argv[2])).trace)
            sys.exit()
        count, first = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
        sys.exit(1 if main(ground, range(first, first + count)) else 0)
