"""The phrases that checks look for, read once from `phrases.yaml`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """Patterns over words in plain spelling (see `consent.wording.view.plain_words`), and names of hosts."""

    stock: re.Pattern[str]
    pressure: re.Pattern[str]
    placeholder_words: re.Pattern[str]
    placeholder_hosts: frozenset[str]


@cache
def phrases() -> Phrases:
    """Return the phrases; the file belongs to the program, so it can be read."""
    found = yaml.safe_load((files("engine.content.checking") / "phrases.yaml").read_text(encoding="utf-8"))
    return Phrases(
        stock=_pattern(found["stock"]),
        pressure=_pattern(found["pressure"]),
        placeholder_words=_pattern(found["placeholder_words"]),
        placeholder_hosts=frozenset(found["placeholder_hosts"]),
    )


def _pattern(listed: Iterable[object]) -> re.Pattern[str]:
    """Return a pattern for whole phrases; the longest are tried first, so that they are the ones that are told."""
    texts = sorted(map(str, listed), key=len, reverse=True)
    return re.compile(f" (?:{'|'.join(map(_one, texts))})(?= )")


def _one(phrase: str) -> str:
    words = [re.escape(word).replace(r"\*", r"\w*") for word in phrase.split()]
    return " ".join(r"\d+" if word == "N" else word for word in words)
