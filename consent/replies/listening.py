"""Collect what every rule hears in a reply, and hide from the rest what a hiding rule took."""

import re
from dataclasses import dataclass

from consent.replies.reading import Label
from consent.replies.rulefile import Rule, rules


@dataclass(frozen=True, slots=True)
class Heard:
    """One rule's match: where, and in which words."""

    rule: Rule
    start: int
    end: int
    words: str


def asides(heard: list[Heard]) -> frozenset[str]:
    """Return the names of the hiding rules among *heard*: what looked like a stop, a yes or a no and is none."""
    return frozenset(one.rule.name for one in heard if one.rule.hides)


def listen(folded: str) -> list[Heard]:
    """Return what the rules hear in *folded*."""
    heard, left = hide(folded)
    for rule in (rule for rule in rules() if not rule.hides):
        heard.extend(
            Heard(rule, match.start(), match.end(), match.group())
            for match in rule.pattern.finditer(left)
            if not _is_denied(rule, left, match.start())
        )
    return heard


def hide(folded: str) -> tuple[list[Heard], str]:
    """Return what the hiding rules hear, and *folded* with those words blanked and their places kept."""
    heard: list[Heard] = []
    left = folded
    for rule in (rule for rule in rules() if rule.hides):
        for match in list(rule.pattern.finditer(left)):
            heard.append(Heard(rule, match.start(), match.end(), match.group()))
            left = left[: match.start()] + "_" * (match.end() - match.start()) + left[match.end() :]
    return heard, left


# A wish or a kind word after one of these is none: "I didn't get the quote", "no autorizo".
_DENIAL = {
    "en": re.compile(
        r"\b(?:dont(?! hesitate)|do not(?! hesitate)|doesnt|didnt|did not|never|(?<!do )not|nobody|isnt|wasnt|havent|hasnt|cant|without)(?: \w+){0,2} $"
    ),
    "es": re.compile(r"\b(?:no|nunca|tampoco|nadie|ni)(?: \w+){0,2} $"),
    "fr": re.compile(r"\b(?:pas|jamais|plus|ni|aucune?|ne)(?: \w+){0,2} $"),
}
_DENIABLE = frozenset({Label.INTERESTED, Label.OPT_IN, Label.POSITIVE})


def _is_denied(rule: Rule, folded: str, start: int) -> bool:
    denial = _DENIAL.get(rule.language)
    return rule.label in _DENIABLE and denial is not None and bool(denial.search(folded[max(0, start - 40) : start]))
