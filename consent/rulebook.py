"""The rulebook: law and policy as data, chosen for a question by channel, purpose and jurisdictions.

Engineering material, not legal advice. The rules are files in `rules/`; `reading` turns them into values.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from importlib import resources
from pathlib import Path

from channels.address import Channel
from consent.facts import Purpose
from consent.hours import shorten
from consent.jurisdiction import jurisdictions_of
from consent.loosening import loosened
from consent.reading import RulebookError, read_own, read_rules
from consent.rule import EVERYWHERE, GuardTerms, HoursTerms, Kind, Rule

__all__ = ["Rulebook", "RulebookError", "load_rulebook", "rulebook_of"]

_ORDER = {kind: place for place, kind in enumerate(Kind)}
_VERSION_CHARACTERS = 16  # 64 bits: enough to tell editions apart, short enough for a log line


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rulebook:
    """All rules in gate order; *version* is a hash of their text. Compared by identity, as a key of caches."""

    rules: tuple[Rule, ...]
    version: str
    jurisdictions: frozenset[str]

    def rules_for(self, channel: Channel, purpose: Purpose, jurisdictions: tuple[str, ...]) -> tuple[Rule, ...]:
        """Return the rules to ask for candidates *jurisdictions*, in gate order, in force or yet to come."""
        return _select(self, channel, purpose, jurisdictions)


@lru_cache(maxsize=8)
def load_rulebook(own: Path | None = None) -> Rulebook:
    """Return the packaged rules, with what the business's *own* file adds and loosens; raises `RulebookError`."""
    folder = resources.files("consent").joinpath("rules")
    texts = {f.name: f.read_text(encoding="utf-8") for f in folder.iterdir() if f.name.endswith(".yaml")}
    if own is None:
        return rulebook_of(texts)
    try:
        return rulebook_of(texts, (str(own), own.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise RulebookError(f"{own}: it can't be read ({error}). Name a readable UTF-8 file.") from error


def rulebook_of(texts: dict[str, str], own: tuple[str, str] | None = None) -> Rulebook:
    """Return the rulebook written in *texts*, by file name, and in the business's *own* file: its name and its text.

    Raises `RulebookError`.
    """
    rules = [rule for name in sorted(texts) for rule in read_rules(texts[name], name)]
    if own is not None:
        name, text = own
        added, loosenings = read_own(text, name)
        rules = loosened([*rules, *added], loosenings)
    _refuse_twins(rules)
    if not any(rule.kind is Kind.FAILSAFE and EVERYWHERE in rule.jurisdictions for rule in rules):
        raise RulebookError("The rulebook has no failsafe rule for every jurisdiction. Keep the one of house.yaml.")
    digest = sha256()
    for text in [texts[name] for name in sorted(texts)] + ([own[1]] if own is not None else []):
        digest.update(sha256(text.encode()).digest())
    return Rulebook(
        rules=tuple(sorted(rules, key=lambda rule: (_ORDER[rule.kind], rule.is_house))),
        version=digest.hexdigest()[:_VERSION_CHARACTERS],
        jurisdictions=frozenset(place for rule in rules for place in rule.jurisdictions),
    )


def _refuse_twins(rules: list[Rule]) -> None:
    """Refuse two rules of one id for one channel: a rule is tightened by another beside it, never by writing over it."""
    seen: set[tuple[str, Channel]] = set()
    for rule in rules:
        for channel in rule.channels:
            if (rule.id, channel) in seen:
                raise RulebookError(
                    f"rule {rule.id}: it is there twice for {channel}. Rules can't be replaced; give yours an id of its own."
                )
            seen.add((rule.id, channel))


@lru_cache(maxsize=4096)
def _select(rulebook: Rulebook, channel: Channel, purpose: Purpose, values: tuple[str, ...]) -> tuple[Rule, ...]:
    places = jurisdictions_of(values, rulebook.jurisdictions) | {EVERYWHERE}
    chosen = [
        rule
        for rule in rulebook.rules
        if rule.kind not in {Kind.DUTY, Kind.NOTE}
        and channel in rule.channels
        and purpose in rule.purposes
        and not places.isdisjoint(rule.jurisdictions)
    ]
    return tuple(_guarding(rule, chosen) if isinstance(rule.terms, GuardTerms) else rule for rule in chosen)


def _guarding(guard: Rule, chosen: list[Rule]) -> Rule:
    """Return *guard* with the hours of the rules beside it, shortened."""
    assert isinstance(guard.terms, GuardTerms)
    minutes = guard.terms.minutes
    shortened = tuple((r, shorten(r.terms, minutes)) for r in chosen if isinstance(r.terms, HoursTerms))
    return replace(guard, terms=replace(guard.terms, shortened=shortened))
