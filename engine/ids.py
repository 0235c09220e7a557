"""Mint identifiers: UUIDv7 text, so that rows sort by birth.

A simulation mints from a seed and the virtual clock, so that the same seed gives the same rows.
"""

from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import Protocol

import uuid_utils


class Ids(Protocol):
    """Something that mints ids."""

    def new(self) -> str:
        """Return a fresh id: a UUIDv7 in its usual 36 characters."""
        ...


class SystemIds:
    """Ids from this machine's clock and entropy."""

    def new(self) -> str:
        """Return a fresh UUIDv7."""
        return str(uuid_utils.uuid7())


class SeededIds:
    """Ids from a seed and a clock: the same seed and the same instants give the same ids."""

    def __init__(self, seed: int, now: Callable[[], datetime]) -> None:
        self._random = Random(seed)
        self._now = now

    def new(self) -> str:
        """Return the next UUIDv7 of this seed (RFC 9562, section 5.7)."""
        milliseconds = int(self._now().timestamp() * 1000)
        bits = (milliseconds << 80) | (7 << 76) | (self._random.getrandbits(12) << 64)
        bits |= (0b10 << 62) | self._random.getrandbits(62)
        text = f"{bits:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
