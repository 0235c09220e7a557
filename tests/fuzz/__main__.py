"""Run every property about what strangers send, with new examples each round, until the minutes are over: MINUTES."""

import subprocess
import sys
import time
from random import SystemRandom

from tests.shared import REPOSITORY

PLACES = (
    "tests/fuzz/test_parsers.py",
    "tests/web/test_bent_bodies.py",
    "tests/channels/inbound",
    "tests/channels/webhooks",
    "tests/leadfile/test_reading.py",
    "tests/content/test_hostile.py",
    "tests/content/test_sequence_checks.py",
)
PROPERTIES = "any or raises or raise or test_a_ or shape"


def main(minutes: float) -> int:
    """Go on until the first failure or the end; return what pytest returned."""
    deadline = time.monotonic() + minutes * 60
    rounds = 0
    while time.monotonic() < deadline:
        seed = SystemRandom().randrange(2**32)
        options = ["-q", "-p", "no:randomly", "--hypothesis-profile=fuzz", f"--hypothesis-seed={seed}", "--no-header"]
        command = [sys.executable, "-m", "pytest", *options, "-m", "not live", "-k", PROPERTIES, *PLACES]
        done = subprocess.run(command, cwd=REPOSITORY, check=False)
        if done.returncode:
            return done.returncode
        rounds += 1
    return 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 5))
