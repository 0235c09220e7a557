"""Find test data that is kept beside the checkout, not in it."""

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


def shared_file(name: str) -> Path:
    """Return the path of *name*, such as vectors/sms_segments.json; skip the test where it is absent."""
    path = REPOSITORY.parent / "shared" / name
    if not path.exists():
        pytest.skip(f"needs shared/{name} beside the checkout")
    return path
