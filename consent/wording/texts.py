"""What a first text says beside its message: who, how to stop, how to get help, how often, and that rates may apply."""

from enum import StrEnum

from channels.message import TextContent
from consent.facts import Rendered
from consent.wording.identity import names_seller
from consent.wording.lexicon import lexicon
from consent.wording.view import Finding, parts_of


class Telling(StrEnum):
    """One thing that a first text tells, in the words of a finding."""

    SELLER = "who writes"
    STOP = 'how to stop ("Reply STOP to stop")'
    HELP = 'how to get help ("HELP for help")'
    FREQUENCY = 'how often you write ("up to 4 texts a month")'
    RATES = 'that rates may apply ("Msg & data rates may apply")'


def first_text(rendered: Rendered) -> Finding:
    """Find a first text that leaves out one of the five."""
    lacks = first_text_lacks(rendered)
    return f"The first text doesn't tell {', nor '.join(lacks)}: add it." if lacks else None


def first_text_lacks(rendered: Rendered) -> tuple[Telling, ...]:
    """Return what a first text should tell and doesn't; nothing for a later one, or another channel."""
    if not isinstance(rendered.content, TextContent) or not rendered.is_first:
        return ()
    (part,) = parts_of(rendered.content)
    words = lexicon()
    told = {
        Telling.SELLER: names_seller(part.shown, rendered),
        Telling.STOP: words.text_stop.search(part.words),
        Telling.HELP: words.help.search(part.words),
        Telling.FREQUENCY: words.frequency.search(part.words),
        Telling.RATES: words.rates.search(part.words),
    }
    return tuple(telling for telling, found in told.items() if not found)
