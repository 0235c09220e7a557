"""Ask the rules on content of each country about a sample of every message, before anybody is written to."""

from collections.abc import Iterable

from channels.message import Content
from consent.facts import Rendered
from consent.rule import Check
from consent.rulebook import Rulebook, load_rulebook
from consent.wording import CHECKS
from engine.content.codes import Code
from engine.content.compiled import Compiled
from engine.content.judging import checks_of, laid_before
from engine.content.legal_lines import mended
from engine.content.preview import PREVIEW_LINKS
from engine.content.problems import Problem
from engine.content.render import render_lines
from engine.content.source import Source
from engine.content.variables import build_variables
from engine.domain.lead import Lead

PLACES = ("US", "CA", "GB", "DE", "AU", "NZ")
"""Where the sample leads live: the countries whose rules look at words."""

# The engine tells whoever answers a call in person which key stops the calls, after the author's own words.
_SAID_BY_THE_ENGINE = frozenset({Check.KEYPRESS})


def law_problems(
    source: Source, compiled: Compiled, content: Content, lead: Lead, rulebook: Rulebook | None = None
) -> Iterable[Problem]:
    """Return what the rules find in *content*, a text as the first to its lead and with the lines the engine adds."""
    rulebook = rulebook or load_rulebook()
    lines = render_lines(compiled, build_variables(lead, compiled.brand, PREVIEW_LINKS))
    found: dict[str, list[str]] = {}
    said = laid_before(content, compiled.brand, PREVIEW_LINKS)
    asked: dict[tuple[Check, ...], list[str]] = {}  # countries that ask the same get the same answer
    for place in PLACES:
        asked.setdefault(tuple(_checks(rulebook, compiled, place)), []).append(place)
    for checks, places in asked.items():
        for finding in _findings(mended(said, checks, lines), checks):
            found.setdefault(finding, []).extend(places)
    for finding, having in found.items():
        places = [place for place in PLACES if place in having]
        message, _, remedy = finding.partition(": ")
        remedy = remedy[:1].upper() + remedy[1:]
        told = f"{message} ({', '.join(places)})."
        yield Problem(code=Code.CONTENT_RULE, file=source.file, line=source.body_line, message=told, remedy=remedy)


def _checks(rulebook: Rulebook, compiled: Compiled, place: str) -> list[Check]:
    rules = rulebook.rules_for(compiled.channel, compiled.purpose, (place,))
    return sorted(checks_of(rules) - _SAID_BY_THE_ENGINE)


def _findings(said: Rendered, checks: Iterable[Check]) -> list[str]:
    return [finding for check in checks if (finding := CHECKS[check](said))]
