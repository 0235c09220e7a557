"""How many segments a text takes for the people there are: their names and what they asked for make some longer."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from channels.message import TextContent
from engine.content.compiled import Compiled
from engine.domain.lead import Lead
from engine.flows.kit import Kit
from engine.store import audience
from engine.web.console.content.pieces import rendered, text_of

LEADS_MAX = 500  # the newest: what they are like says what the next ones will be, and a page must not wait for more


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How many leads get how many segments, with the lines of a first text; *unwritten* are those it can't be written for.

    *elsewhere* counts leads who get another language's variant; *is_all* is whether nobody was left out.
    """

    leads: int
    segments: Mapping[int, int] = field(default_factory=dict)
    unicode_leads: int = 0  # whose text needs the dear alphabet
    unwritten: int = 0
    elsewhere: int = 0
    is_all: bool = True

    @property
    def total(self) -> int:
        """The segments of one text to each of them."""
        return sum(segments * leads for segments, leads in self.segments.items())


def spread_over(kit: Kit, compiled: Compiled, is_for: Callable[[Lead], bool]) -> Spread:
    """Return the segments of *compiled* over the newest leads with a phone; *is_for* tells who gets this variant."""
    with kit.database.read() as connection:
        leads = audience.newest_with_phone(connection, LEADS_MAX + 1)
    at = kit.clock.now()
    is_all, leads = len(leads) <= LEADS_MAX, leads[:LEADS_MAX]
    mine = [lead for lead in leads if is_for(lead)]
    counts: Counter[int] = Counter()
    dear = unwritten = 0
    for lead in mine:
        content = rendered(compiled, lead, at)
        if not isinstance(content, TextContent):
            unwritten += 1
            continue
        counted = text_of(compiled, content, lead, kit.rulebook).counted_first
        counts[counted.segments] += 1
        dear += counted.encoding == "UCS-2"
    return Spread(
        leads=len(mine),
        segments=dict(sorted(counts.items())),
        unicode_leads=dear,
        unwritten=unwritten,
        elsewhere=len(leads) - len(mine),
        is_all=is_all,
    )
