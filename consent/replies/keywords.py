"""Recognise a message that is nothing but a command word: STOP, ARRET, HELP, with politeness, typos or spaced letters."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from consent.replies.fold import deaccented, distance
from consent.replies.reading import Label, Reading

_WORDS_MAX = 8  # a longer message is a sentence and is read as one
_FUZZY_LENGTH_MIN = 6  # shorter words have honest neighbours: "stop" and "shop"

_LONG_LENGTH = 9  # a long word stays itself with three letters wrong
_SPELLED_PARTS_MIN = 3

# Digits and signs people put for letters, to get past a filter or for fun.
_LEET = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "+": "t"})
_EDGES = re.compile(r"^[^\w$@]+|[^\w$@]+$")
_NOT_LETTERS = re.compile(r"[\W\d_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    stop: frozenset[str]
    start: frozenset[str]
    yes: frozenset[str]
    help: frozenset[str]
    misspelt_stop: frozenset[str]
    polite: frozenset[str]


def command(text: str) -> Reading | None:
    """Read *text* as a command; None when it says more than one."""
    words = [word for word in (_EDGES.sub("", part) for part in re.split(r"[\s,.!;/]+", deaccented(text))) if word]
    known = _known()
    if not 0 < len(words) <= _WORDS_MAX:
        return _spelled_out(text, known)
    if len(words) == 1 and words[0] in known.yes:
        return _reading(Label.OPT_IN, words[0])
    said = {word for word in words if word not in known.polite or len(words) == 1}
    return _one_command(said, known) or _spelled_out(text, known)


def _one_command(said: set[str], known: _Words) -> Reading | None:
    if said and all(_is_stop(word, known) for word in said):
        return _reading(Label.OPT_OUT, *sorted(said))
    if said and said <= known.start:
        return _reading(Label.OPT_IN, *sorted(said))
    if said and said <= known.help:
        return _reading(Label.HELP, *sorted(said))
    return None


def _is_stop(word: str, known: _Words) -> bool:
    plain = word if word.isalpha() else word.translate(_LEET)
    squeezed = re.sub(r"(.)\1+", r"\1", plain)
    if plain in known.stop or squeezed in known.stop or plain in known.misspelt_stop or word in known.misspelt_stop:
        return True
    if len(plain) < _FUZZY_LENGTH_MIN:
        return False
    at_most = 3 if len(plain) >= _LONG_LENGTH else 1
    return any(
        len(stop) >= _FUZZY_LENGTH_MIN and stop[0] == plain[0] and distance(plain, stop, at_most=at_most) <= at_most
        for stop in ("unsubscribe", "cancel", "remove", "revoke", "optout", "stopall", "desabonner", "cancelar")
    )


def _spelled_out(text: str, known: _Words) -> Reading | None:
    """Read "S T O P" and "s-t-o-p": single letters that make one word."""
    parts = re.findall(r"\w+", deaccented(text))
    if len(parts) < _SPELLED_PARTS_MIN or any(len(part) > 1 for part in parts):
        return None
    joined = _NOT_LETTERS.sub("", "".join(parts).translate(_LEET))
    return _reading(Label.OPT_OUT, joined) if joined in known.stop else None


def _reading(label: Label, *words: str) -> Reading:
    return Reading(label=label, sure=True, evidence=(f"command: {' '.join(words)}",))


@cache
def _known() -> _Words:
    path = files("consent.replies") / "rules" / "keywords.yaml"
    table = {name: frozenset(words.split()) for name, words in yaml.safe_load(path.read_text(encoding="utf-8")).items()}
    other_scripts = frozenset(deaccented(word) for word in table.pop("stop_other_scripts"))
    return _Words(**{**table, "stop": table["stop"] | other_scripts})
