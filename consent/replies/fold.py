"""Bring a reply into one plain spelling, so that a rule is written once for "Don't", "dont" and "DO NT".

Folded text is lower-case ASCII letters and digits, words one space apart, and the marks . , ? ! each a word of its own.
"""

import re
import unicodedata
from functools import cache
from importlib.resources import files

import yaml

# Curly and stray apostrophes are one apostrophe; what ends a clause is a full stop or a comma.
_MARKS = str.maketrans(
    dict.fromkeys("\u2019\u2018\u0060\u00b4\u02bc", "'") | {"\u2026": " . ", ";": ".", "\n": " . ", "\u2014": ","}
)
_LETTERS = str.maketrans({"ß": "ss", "œ": "oe", "æ": "ae", "ø": "o", "ł": "l"})
_NOT_KEPT = re.compile(r"[^a-z0-9*.,?!'/:\-& ]+")
# "don't" and "dont" become one word; "l'an" and "m'appelez" become two.
_ENGLISH_APOSTROPHE = re.compile(r"(?<=[a-z])'(?=(?:t|s|m|re|ve|ll|d)\b)")
_HYPHEN = re.compile(r"(?<!\d)-|-(?!\d)")
_STRAY = re.compile(r"(?<!\d)[/:]|[/:](?!\d)|(?<!\w)\*+|(?<=[a-z]{3})\*+(?!\w)|'")
_MARK = re.compile(r"(?<!\d)[.,?!]|[.,?!](?!\d)")
_HALF_DAY = re.compile(r"(?<![a-z])([ap])\.m\b\.?")
_STRETCHED = re.compile(r"(?!\booo\b)([a-z])\1{2,}")  # "stoooop"; but OOO is out of office
_SPACED_LETTERS = re.compile(r"(?<![a-z])[a-z](?:[ ._\-]{1,3}[a-z]){2,11}(?![a-z])")
_SPELLED_OUT = frozenset(
    {"stop", "stopall", "unsubscribe", "cancel", "quit", "remove", "optout", "end", "arret", "baja", "alto"}
)

_UNSUBSCRIBE = "unsubscribe"
_TYPOS_MAX = 3  # "subscribe", two letters off, starts with another letter


def fold(text: str) -> str:
    """Return *text* folded, known slang and misspellings replaced."""
    plain = deaccented(text.translate(_MARKS))
    plain = _SPACED_LETTERS.sub(_joined_if_keyword, plain)
    plain = _NOT_KEPT.sub(" ", _ENGLISH_APOSTROPHE.sub("", plain))
    plain = _STRAY.sub(" ", _HYPHEN.sub(" ", plain))
    plain = _MARK.sub(lambda mark: f" {mark.group()} ", _HALF_DAY.sub(r"\1m", plain))
    plain = _STRETCHED.sub(r"\1", plain)
    return " ".join(_respelled(word) for word in plain.split())


def deaccented(text: str) -> str:
    """Return *text* in lower case without accents, width variants and invisible characters."""
    wide = unicodedata.normalize("NFKD", text).lower().translate(_LETTERS)
    return "".join(mark for mark in wide if not unicodedata.combining(mark) and unicodedata.category(mark) != "Cf")


def _joined_if_keyword(spaced: re.Match[str]) -> str:
    joined = re.sub(r"[^a-z]", "", spaced.group())
    return joined if joined in _SPELLED_OUT else spaced.group()


def _respelled(word: str) -> str:
    known = spellings().get(word)
    if known is not None:
        return known
    return "unsubscribe" if _means_unsubscribe(word) else word


def _means_unsubscribe(word: str) -> bool:
    """Say whether *word* is a misspelling of "unsubscribe", of which people find a new one every day."""
    if abs(len(word) - len(_UNSUBSCRIBE)) > _TYPOS_MAX or not any(part in word for part in ("sub", "usb", "scr")):
        return False
    return word[0] in "uin" and distance(word, _UNSUBSCRIBE, at_most=_TYPOS_MAX) <= _TYPOS_MAX


@cache
def spellings() -> dict[str, str]:
    """Return the slang and misspellings of `spellings.yaml`: as written, as meant."""
    table = yaml.safe_load((files("consent.replies") / "rules" / "spellings.yaml").read_text(encoding="utf-8"))
    return {wrong: meant for meant, wrongs in table.items() for wrong in str(wrongs).split()}


def distance(word: str, other: str, *, at_most: int) -> int:
    """Return how many letters differ, a swap of neighbours counting one; above *at_most*, some larger number."""
    if abs(len(word) - len(other)) > at_most:
        return at_most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(word, 1):
        before, last, row = row, before, [i]
        for j, wanted in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and word[i - 2] == wanted:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]
