"""The words of the pages a lead opens, in the lead's language: one file for each, all with the same keys."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

Words = Mapping[str, Any]
"""Texts by key; a key with `one` and `other` is counted. `{seller}` and `{n}` are filled in where it is shown."""

FOLDER = Path(__file__).parent / "words"
USUAL = "en"


@cache
def every_language() -> Mapping[str, Words]:
    """Return the words of each language that has some, by its code."""
    return {file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in sorted(FOLDER.glob("*.yaml"))}


def words_in(*languages: str) -> tuple[str, Words]:
    """Return the first of *languages*, BCP 47, that has words, and these; English where none has."""
    known = every_language()
    for language in languages:
        code = language.partition("-")[0].lower()
        if code in known:
            return code, known[code]
    return USUAL, known[USUAL]


def counted(forms: Mapping[str, str], number: int) -> str:
    """Return the form of a counted text for *number*: all our languages have two."""
    return forms["one" if number == 1 else "other"].replace("{n}", str(number))
