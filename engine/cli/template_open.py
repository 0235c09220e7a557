"""Show a message in a browser, by a small server of its own that follows the files while they are edited."""

import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from channels.address import Channel
from engine.bootstrap import World, open_kit
from engine.cli.opening import settings_now
from engine.cli.output import warn
from engine.clock import SystemClock
from engine.flows.kit import Kit
from engine.ids import SystemIds
from engine.journal import MemoryJournal
from engine.serving import serve_preview
from engine.store.database import file_of
from engine.store.errors import StoreError
from engine.web.console.content.desk import ROOM, Bench, Desk
from engine.web.console.content.wishes import Wishes


def open_preview(
    *, folder: Path | None, trade: str | None, channel: Channel, name: str, lead: str, language: str | None
) -> None:
    """Serve the page of one message on a free port of this machine, open it, and go on until told to stop."""
    wishes = Wishes(trade=trade or "", lead=lead, locale=language or "")
    with _kit_if_any() as kit:

        def announce(base: str) -> None:
            address = base + wishes.link(f"{ROOM}/{channel}/{name}")
            warn(f"The preview is at {address} (Ctrl+C ends it)")
            webbrowser.open(address)

        serve_preview(Desk(bench=Bench(folder), kit=kit), announce=announce)


@contextmanager
def _kit_if_any() -> Iterator[Kit | None]:
    """Open the database that the environment names, where there is one; a preview can do without."""
    settings = settings_now()
    path = file_of(settings.database_url)
    kit = None
    if path is None or path.exists():
        try:
            world = World(clock=SystemClock(), ids=SystemIds(), journal=MemoryJournal(), journals=None)
            kit = open_kit(settings, world)
        except StoreError as error:
            warn(f"Only invented leads can be looked with: {error}")
    try:
        yield kit
    finally:
        if kit is not None:
            kit.database.close()
