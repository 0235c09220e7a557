"""Shares of a number, how sure one may be of them, and whether two of them differ at all.

Shares of a few dozen messages say little, so none is told without its number and an interval.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from math import sqrt
from statistics import NormalDist

CONFIDENCE = 0.95
EACH_MIN = 30  # with fewer of either nobody should compare two shares, whatever a formula says


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Where a share, or the gap between two, lies with the confidence asked for; both ends belong to it."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Proportion:
    """*count* of *number* things; a thing is counted once or not at all."""

    count: int
    number: int

    def __post_init__(self) -> None:
        assert 0 <= self.count <= self.number

    @property
    def share(self) -> float | None:
        """The share, 0 to 1; None of nothing."""
        return self.count / self.number if self.number else None

    @property
    def interval(self) -> Interval | None:
        """Where the true share lies, 19 times in 20; None of nothing."""
        return wilson(self) if self.number else None

    def __add__(self, other: "Proportion") -> "Proportion":
        """Return both together."""
        return Proportion(count=self.count + other.count, number=self.number + other.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """How far *better* lies before *worse*, both named, and between which bounds the gap is."""

    better: str
    worse: str
    gap: Interval
    is_shown: bool  # the interval leaves zero out, and there is enough of both


def wilson(part: Proportion, *, confidence: float = CONFIDENCE) -> Interval:
    """Return the score interval of *part*, whose number is at least 1 (Wilson, JASA 22, 1927).

    It stays between 0 and 1 and is right for rare things too, which the plain one of the schoolbooks is not.
    """
    assert part.number
    z, n = _z(confidence), part.number
    share = part.count / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    # At the ends the formula gives the end itself, but for rounding.
    low = 0.0 if part.count == 0 else max(0.0, middle - half)
    high = 1.0 if part.count == n else min(1.0, middle + half)
    return Interval(low=low, high=high)


def difference(one: Proportion, other: Proportion, *, confidence: float = CONFIDENCE) -> Interval:
    """Return where the share of *one* less the share of *other* lies (Newcombe, Statistics in Medicine 17, 1998, method 10)."""
    p, q = one.count / one.number, other.count / other.number
    mine, theirs = wilson(one, confidence=confidence), wilson(other, confidence=confidence)
    return Interval(
        low=p - q - sqrt((p - mine.low) ** 2 + (theirs.high - q) ** 2),
        high=p - q + sqrt((mine.high - p) ** 2 + (q - theirs.low) ** 2),
    )


def compare(parts: Mapping[str, Proportion]) -> list[Gap]:
    """Return the gap between each two of *parts*, the better named first; those of nothing are left out.

    Of several pairs one is soon far apart by chance, so each is asked for more confidence (Bonferroni).
    """
    pairs = list(combinations([name for name, part in parts.items() if part.number], 2))
    confidence = 1 - (1 - CONFIDENCE) / len(pairs) if pairs else CONFIDENCE
    return [_gap(parts, one, other, confidence) for one, other in pairs]


def _gap(parts: Mapping[str, Proportion], one: str, other: str, confidence: float) -> Gap:
    # Shares of different numbers are compared as fractions, without rounding.
    if parts[one].count * parts[other].number < parts[other].count * parts[one].number:
        one, other = other, one
    gap = difference(parts[one], parts[other], confidence=confidence)
    is_enough = min(parts[one].number, parts[other].number) >= EACH_MIN
    return Gap(better=one, worse=other, gap=gap, is_shown=is_enough and gap.low > 0)


def _z(confidence: float) -> float:
    return NormalDist().inv_cdf(0.5 + confidence / 2)
