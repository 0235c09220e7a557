"""Weigh the words of a reply: a linear model whose every weight stands in `weights.tsv`, for anyone to read.

Rules know what someone thought of; the model carries over to what nobody did. It is trained by
`scripts/train_replies.py` from replies written for this project, and asks for nothing but additions to run.
"""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

from consent.replies.fold import fold
from consent.replies.reading import Label

WORDS_MAX = 400  # what a reply means stands in its beginning; a longer text is never sure anyway
_PIECE_LETTERS = 4
_PIECE_WORTH = 0.35  # a piece of a word says less than the word, and a word has many
_ASIDE_WORTH = 1.5  # it must outweigh the word it takes back
_LENGTH = 3.0  # every reply weighs the same, however many words it has
_SIGNS = frozenset("🛑🖕🚫👍❤🙏😊🎉👏")
_NUMBER = re.compile(r"\d[\d:./]*(?:st|nd|rd|th|am|pm|h|er)?")
_EVIDENCE_MAX = 4

# How a feature is written in `weights.tsv`: "w stop", "b stop texting" (two words in a row), "c ^unsu" (letters).
_START, _END = "^", "$"

Features = dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """What the model makes of a reply: each label's probability, and the words that spoke for the likeliest."""

    chances: dict[Label, float]
    known: float  # the share of the words that the model has met before
    evidence: tuple[str, ...]  # "weighed: word", loudest first

    @property
    def label(self) -> Label:
        """The likeliest label."""
        return max(self.chances, key=lambda label: self.chances[label])


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """A trained model: for each feature one weight per label, in the order of *labels*."""

    labels: tuple[Label, ...]
    bias: tuple[float, ...]
    weights: dict[str, tuple[float, ...]]


def features(text: str, asides: Iterable[str] = ()) -> Features:
    """Return what *text* shows: its words, pairs of neighbours, the letters inside longer words, and its *asides*.

    An aside is the name of a hiding rule that spoke: "the bus stop" has the word, and the name says it is none.
    """
    said = fold(text).split()[:WORDS_MAX]
    words = [_START, *("#" if _NUMBER.fullmatch(word) else word for word in said), _END]
    found: Features = {f"w {word}": 1.0 for word in words[1:-1]}
    found.update((f"b {first} {second}", 1.0) for first, second in pairwise(words))
    found.update((f"c {piece}", _PIECE_WORTH) for word in words[1:-1] for piece in _pieces(word))
    found.update((f"h {name}", _ASIDE_WORTH) for name in asides)
    found.update((f"e {sign}", 1.0) for sign in text if sign in _SIGNS)
    return found


def _pieces(word: str) -> Iterator[str]:
    if len(word) < _PIECE_LETTERS or not word.isalpha():
        return
    framed = f"{_START}{word}{_END}"
    for start in range(len(framed) - _PIECE_LETTERS + 1):
        yield framed[start : start + _PIECE_LETTERS]


def scaled(found: Features) -> Features:
    """Return *found* at one common length, so that a long reply is not louder than a short one."""
    length = math.sqrt(sum(worth * worth for worth in found.values()))
    return {name: worth * _LENGTH / length for name, worth in found.items()} if length else found


def vote(text: str, asides: Iterable[str] = (), *, model: Weights | None = None) -> Vote:
    """Return what *model* (the shipped one if None) makes of *text* with its *asides*."""
    known = model or shipped()
    shown = features(text, asides)
    found = scaled({name: worth for name, worth in shown.items() if name in known.weights})
    sums = list(known.bias)
    for name, worth in found.items():
        for place, weight in enumerate(known.weights[name]):
            sums[place] += weight * worth
    chances = dict(zip(known.labels, softmax(sums), strict=True))
    place = sums.index(max(sums))
    loudest = sorted(found, key=lambda name: -known.weights[name][place] * found[name])[:_EVIDENCE_MAX]
    words = (name.split(" ", 1)[1] for name in loudest if known.weights[name][place] > 0)
    return Vote(chances=chances, known=_share_known(shown, known), evidence=tuple(f"weighed: {word}" for word in words))


def _share_known(shown: Features, known: Weights) -> float:
    words = [name for name in shown if name.startswith("w ")]
    return sum(name in known.weights for name in words) / len(words) if words else 0.0


def softmax(sums: list[float]) -> list[float]:
    """Return *sums* as probabilities."""
    highest = max(sums)
    raised = [math.exp(one - highest) for one in sums]
    whole = sum(raised)
    return [one / whole for one in raised]


@cache
def shipped() -> Weights:
    """Return the model of `weights.tsv`."""
    lines = (files("consent.replies") / "weights.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    labels = tuple(Label(name) for name in rows[0][1:])
    table = {row[0]: tuple(float(number or 0) for number in row[1:]) for row in rows[1:]}
    return Weights(labels=labels, bias=table.pop("bias"), weights=table)
