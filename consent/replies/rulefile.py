"""Load the reply rules, which are data: `rules/<language>/*.yaml`, read by people as much as by this module.

A file has `words` (named lists, for all files of its folder) or `rules`. A rule has a `name`, a `label`, and `says`: phrases over folded text (see
`fold`). In a phrase `<name>` stands for one of a list of words, `~3` for up to three words of any kind, `^` and `$` for
the ends of the message, `<begin>` and `<end>` for those of a clause; the rest is an ordinary regular expression. Further keys:

  soft: true    a refusal that gives way when the lead also names a later time
  doubt: true   the words suggest the label but are no proof of it: a person should look
  hides: true   what the phrase matched is not shown to the other rules ("bus stop" is no "stop")
  when: strong | weak | time | hint   the label's place in the order changes (see `judge`)
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from consent.replies.reading import Label

LANGUAGES = ("en", "es", "fr", "other")  # all are asked: people mix them, and a stop counts in any

# Phrases see words and marks one space apart; a gap never crosses a mark, so never a clause.
_WORD = r"[\w*/:&]+"
_BUILT_IN = {"begin": r"(?:^|(?<=[.,?!] ))", "end": r"(?= [.,?!]|$)", "word": _WORD}
_GAP = re.compile(r"~(\d) ")
# A repeated group of words may match one text in many ways; held to six, no text can make that expensive.
_REPEATED = re.compile(r"\)([*+])(?![?+*])")
_REPEATS_MAX = 6
_NAMED = re.compile(r"<(\w+)>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One named way of saying something, in one language."""

    name: str
    language: str
    label: Label | None  # None: only hides words from the other rules
    pattern: re.Pattern[str]
    soft: bool = False
    doubt: bool = False
    hides: bool = False
    when: str = ""


@cache
def rules() -> tuple[Rule, ...]:
    """Return every rule, in the order of the files."""
    return tuple(rule for language in LANGUAGES for rule in _read(language))


def _read(language: str) -> list[Rule]:
    folder = files("consent.replies") / "rules" / language
    paths = sorted((path for path in folder.iterdir() if path.name.endswith(".yaml")), key=lambda path: path.name)
    documents = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in paths]
    words = dict(_BUILT_IN)
    for document in documents:
        for name, alternatives in document.get("words", {}).items():
            words[name] = f"(?:{_expanded(alternatives, words)})"
    return [_rule(entry, language, words) for document in documents for entry in document.get("rules", ())]


def _expanded(phrase: str, words: dict[str, str]) -> str:
    one_line = phrase.replace("\n", "")
    named = _NAMED.sub(lambda name: words[name.group(1)], one_line)
    named = _REPEATED.sub(lambda sign: f"){{{int(sign.group(1) == '+')},{_REPEATS_MAX}}}", named)
    return _GAP.sub(lambda gap: f"(?:{_WORD} ){{0,{gap.group(1)}}}", named)


def _rule(entry: dict[str, object], language: str, words: dict[str, str]) -> Rule:
    says = entry["says"]
    assert isinstance(says, list), f"{language}.yaml, {entry['name']}: says must be a list"
    phrases = "|".join(_expanded(str(phrase), words) for phrase in says)
    return Rule(
        name=str(entry["name"]),
        language=language,
        label=Label(str(entry["label"])) if entry.get("label") else None,
        pattern=re.compile(rf"(?<!\w)(?:{phrases})(?!\w)"),
        soft=bool(entry.get("soft")),
        doubt=bool(entry.get("doubt")),
        hides=bool(entry.get("hides")),
        when=str(entry.get("when", "")),
    )
