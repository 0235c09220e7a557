"""The words and hosts that the checks look for, read once from `lexicon.yaml`.

A phrase is plain words; `N` stands for a number and a final `*` for any ending. Phrases are looked for in what
`view.plain_words` returns, so that accents, case and marks don't matter.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml

from consent.replies.fold import deaccented


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """What `lexicon.yaml` lists, ready to look for."""

    shorteners: frozenset[str]
    reply_prefix: re.Pattern[str]
    deadline: re.Pattern[str]
    date: re.Pattern[str]
    opt_out: re.Pattern[str]
    text_stop: re.Pattern[str]
    spoken_opt_out: re.Pattern[str]
    help: re.Pattern[str]
    frequency: re.Pattern[str]
    rates: re.Pattern[str]
    no_reply: re.Pattern[str]
    press_a_key: re.Pattern[str]
    unlawful: Mapping[str, re.Pattern[str]]
    bare_link: re.Pattern[str]  # looked for in the text as it stands


@cache
def lexicon() -> Lexicon:
    """Return the packaged lexicon."""
    text = resources.files("consent.wording").joinpath("lexicon.yaml").read_text(encoding="utf-8")
    table = yaml.safe_load(text)
    stops = _either(table["text_stop_words"])
    return Lexicon(
        shorteners=frozenset(table["shorteners"]),
        reply_prefix=_prefix(table["reply_prefixes"]),
        deadline=_phrases(table["deadlines"]),
        date=_dates(table["months"]),
        opt_out=_phrases(table["opt_out"]),
        text_stop=re.compile(
            rf" (?:(?:{_either(table['text_verbs'])}) (?:\w+ ){{0,3}}?(?:{stops})"
            rf"|(?:{stops}) (?:{_either(table['text_stop_ends'])})) "
        ),
        spoken_opt_out=_phrases(table["spoken_opt_out"]),
        help=_phrases(table["first_text"]["help"]),
        frequency=_phrases(table["first_text"]["frequency"]),
        rates=_phrases(table["first_text"]["rates"]),
        no_reply=_phrases(table["no_reply"]),
        press_a_key=_phrases(table["press_a_key"]),
        unlawful={name: _phrases(phrases) for name, phrases in table["unlawful"].items()},
        bare_link=_bare_links(table["endings"], table["endings_before_a_path"]),
    )


def _phrases(phrases: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf" (?:{_either(phrases)}) ")


def _either(phrases: Iterable[str]) -> str:
    return "|".join(" ".join(_written(word) for word in phrase.split()) for phrase in phrases)


def _written(word: str) -> str:
    return r"\d+" if word == "N" else re.escape(deaccented(word)).replace(r"\*", r"\w*")


def _prefix(prefixes: Iterable[str]) -> re.Pattern[str]:
    """Return what finds "Re:" and its kin at the start, counted as "RE[2]:" or behind a list's "[name]"."""
    either = "|".join(re.escape(one) for one in prefixes)
    return re.compile(rf"\s*(?:\[[^\[\]]{{0,40}}\]\s*)?({either})\s?(?:\[\d+\]|\(\d+\)|\^\d+)?\s?[::]", re.IGNORECASE)


def _dates(months: Iterable[str]) -> re.Pattern[str]:
    """Return what finds a day of the year in plain words: "30 november", "nov 30th", "30 de noviembre", "11 30 2026"."""
    month = _either(months)
    day = r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th|er|o)?"
    return re.compile(
        rf" (?:{day} (?:de |of )?(?:{month})|(?:{month}) (?:the )?{day}|\d\d? \d\d? 20\d\d|20\d\d \d\d \d\d) "
    )


def _bare_links(endings: Iterable[str], before_a_path: Iterable[str]) -> re.Pattern[str]:
    """Return what finds an address written without https://, as phones make links of it, and no "today.It's"."""
    alone, with_path = ("|".join(re.escape(one) for one in found) for found in (endings, before_a_path))
    host = r"(?<![\w@./-])(?:www\.)?(?:[a-z0-9-]{1,63}\.){1,4}"
    return re.compile(
        rf"{host}(?:(?:{alone})(?![\w@-]|\.\w)(?:/[^\s<>\"']*)?|(?:{with_path})/[^\s<>\"']+)", re.IGNORECASE
    )
