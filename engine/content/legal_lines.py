"""The lines the engine adds to a text that lacks what the law or the carriers want said, and where they come from.

A snippet of the same name in `templates/snippets`, also by language, replaces the words that stand here.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from enum import StrEnum

from channels.message import TextContent
from consent.facts import Rendered
from consent.rule import Check
from consent.wording import CHECKS
from consent.wording.texts import Telling, first_text_lacks
from engine.content.brand import Brand


class Line(StrEnum):
    """One line, by the name of the snippet that may replace it; in the order in which they are added."""

    CONTACT = "text-contact"  # where the seller is reached
    TERMS = "first-text-terms"  # how often, what it may cost, how to get help
    STOP = "text-stop"  # how to stop


# Letters of the GSM alphabet only: one other would more than double the price of the text.
_WORDS: Mapping[str, Mapping[Line, str]] = {
    "en": {
        Line.CONTACT: "Who we are: {website}",
        Line.TERMS: "A few texts a month. Msg & data rates may apply. HELP for help.",
        Line.STOP: "Reply STOP to stop.",
    },
    "es": {
        Line.CONTACT: "Contacto: {website}",
        Line.TERMS: "Pocas veces al mes. Pueden aplicarse tarifas. AYUDA para ayuda.",
        Line.STOP: "Responda STOP y no le escribimos.",
    },
    "fr": {
        Line.CONTACT: "Contact : {website}",
        Line.TERMS: "Quelques textos par mois. Des frais peuvent s'appliquer. AIDE pour de l'aide.",
        Line.STOP: "STOP pour ne plus en recevoir.",
    },
}


def usual_line(line: Line, locale: str, brand: Brand) -> str:
    """Return the words of *line* in the language of *locale*, in English where nobody has translated them."""
    language = locale.replace("_", "-").lower().partition("-")[0]
    return _WORDS.get(language, _WORDS["en"])[line].format(website=brand.variables["website"])


_ASKED_BY: Mapping[Check, Line] = {
    Check.OPT_OUT: Line.STOP,
    Check.CONTACT: Line.CONTACT,
    Check.POSTAL_ADDRESS: Line.CONTACT,  # a text may lead to a page that has it
}


def mended(rendered: Rendered, checks: Iterable[Check], lines: Mapping[Line, str]) -> Rendered:
    """Return *rendered* with every line added that one of *checks* would ask for; as it is where none does."""
    return with_lines(rendered, [check for check in checks if CHECKS[check](rendered)], lines) or rendered


def with_lines(rendered: Rendered, failed: Collection[Check], lines: Mapping[Line, str]) -> Rendered | None:
    """Return *rendered* with the lines added that the *failed* checks ask for; None where no line would mend it."""
    content = rendered.content
    if not isinstance(content, TextContent):
        return None
    wanted = {_ASKED_BY[check] for check in failed if check in _ASKED_BY}
    if Check.FIRST_TEXT in failed:
        lacks = set(first_text_lacks(rendered))
        wanted |= {Line.STOP} if Telling.STOP in lacks else set()
        wanted |= {Line.TERMS} if lacks & {Telling.HELP, Telling.FREQUENCY, Telling.RATES} else set()
    added = [lines[line] for line in Line if line in wanted and line in lines]
    if not added:
        return None
    body = content.body if content.body.endswith((".", "!", "?", "…")) else f"{content.body}."
    return replace(rendered, content=TextContent(body=" ".join([body, *added])))
