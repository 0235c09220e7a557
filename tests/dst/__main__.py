"""Live many seeds, or one: python -m tests.dst SEEDS [SEED]; with --trace SEED only the hash of its story."""

# ruff: noqa: T201 - this is a command, and speaks to a person

import sys
import tempfile
from pathlib import Path

from engine.clock import SystemClock
from tests.dst.ground import Ground, prepared_ground
from tests.dst.known import is_known
from tests.dst.run import Outcome, live


def main(ground: Ground, seeds: range) -> int:
    """Live *seeds*; tell the story of each that broke a promise, and return how many did."""
    clock = SystemClock()
    began = clock.monotonic()
    broken = [outcome for seed in seeds if (outcome := live(ground, seed)).broken is not None]
    seconds = clock.monotonic() - began
    known = [outcome for outcome in broken if is_known(outcome)]
    for outcome in broken if len(seeds) == 1 else [one for one in broken if one not in known]:
        tell(outcome)
    print(
        f"{len(seeds)} seeds from {seeds.start}: {len(broken) - len(known)} broke a promise, {len(known)} in a way that "
        f"waits to be mended; {seconds / len(seeds):.2f} s a seed"
    )
    return len(broken) - len(known)


def tell(outcome: Outcome) -> None:
    """Print the story of a seed, and how to live it again."""
    print("\n".join(outcome.story))
    print(f"\nseed {outcome.seed}: {outcome.broken}\ntrace {outcome.trace}; again: make dst SEED={outcome.seed}\n")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="fifthtouch-dst-") as folder, prepared_ground(Path(folder)) as ground:
        if sys.argv[1] == "--trace":
            print(live(ground, int(sys.argv[2])).trace)
            sys.exit()
        count, first = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
        sys.exit(1 if main(ground, range(first, first + count)) else 0)
