"""Every email and text that ships, in every trade, as a lead would get it."""

from collections.abc import Iterator
from dataclasses import dataclass

from channels.address import Channel
from channels.message import EmailContent, TextContent
from consent.facts import Purpose
from engine.content.compile import compile_message
from engine.content.compiled import Compiled
from engine.content.library import load_library
from engine.content.preview import HARD_CASES, preview
from engine.domain.lead import Lead

TRADES = ("home-services", "professional-services", "online-shop")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipped:
    """One message of one trade, for one lead."""

    name: str  # trade, file and case, which name it in a failure
    compiled: Compiled
    lead: Lead

    @property
    def is_marketing(self) -> bool:
        """Whether it must show how to leave."""
        return self.compiled.purpose is Purpose.MARKETING

    def email(self) -> EmailContent:
        """Return the email."""
        content = preview(self.compiled, self.lead)
        assert isinstance(content, EmailContent)
        return content

    def text(self) -> TextContent:
        """Return the text message."""
        content = preview(self.compiled, self.lead)
        assert isinstance(content, TextContent)
        return content


def shipped(channel: Channel, *cases: str) -> Iterator[Shipped]:
    """Yield every message of *channel* for each of *cases*, once: in the first trade whose file it is."""
    seen: set[str] = set()
    for trade in TRADES:
        library = load_library(trade=trade)
        for source in library.messages:
            file = library.file(source.file)  # where it stands: one file may serve all trades
            if source.channel is not channel or file in seen:
                continue
            seen.add(file)
            compiled = compile_message(library, source)
            for case in cases:
                yield Shipped(name=f"{trade} {source.file} ({case})", compiled=compiled, lead=HARD_CASES[case])
