"""The stand-in's own clock: it plays other companies, and theirs is not ours."""

from collections.abc import Callable
from datetime import UTC, datetime

Now = Callable[[], datetime]
"""Tells the time; a test on a virtual clock passes that clock's."""


def system_now() -> datetime:
    """Return the time by this machine's clock."""
    return datetime.now(UTC)
