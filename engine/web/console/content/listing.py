"""The list: messages and sequences by channel, what is to be mended in them, and how they stand to what is published."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from channels.address import Channel
from engine.content.folder import without_trade
from engine.content.library import Library
from engine.content.problems import Problem
from engine.content.source import channel_of
from engine.flows.kit import Kit
from engine.flows.shelf import NO_SUFFIX
from engine.store import audience, contents
from engine.web.console.content.desk import ROOM, Desk, ThisDesk, show_page
from engine.web.console.content.findings import Count, count
from engine.web.console.content.wishes import LIVE_POLICY, Wishes, this_trade
from engine.web.console.frame import READS

router = APIRouter(prefix=ROOM)

Published = Mapping[tuple[str, str, str], str]
"""The current revision of every piece, by kind, name and locale."""


class Standing(StrEnum):
    """How a piece of the folder stands to what is published."""

    CURRENT = "current"  # new messages say it
    CHANGED = "changed"  # another text is published
    NEW = "new"  # nothing is published under this name
    FAULTY = "faulty"  # it can't be compiled, so it can't be published
    GONE = "gone"  # it is published, and no longer in the folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the list; *found* is None while it is being looked over, *standing* where nothing is published here."""

    name: str
    link: str
    locale: str = ""
    file: str = ""
    says: str = ""
    found: Count | None = None
    standing: Standing | None = None
    walking: int | None = None


@router.api_route("", methods=READS)
def show_list(request: Request, desk: ThisDesk) -> Response:
    """Show everything in the folder."""
    reading = desk.bench.read(this_trade(request, desk))
    published = published_now(desk.kit)
    messages: dict[Channel, list[Entry]] = {}
    sequences: list[Entry] = []
    if reading.library is not None:
        messages = _messages(desk, reading.library, published, request)
        sequences = _sequences(desk, reading.library, published, request)
    every = [entry for entries in messages.values() for entry in entries]
    unseen = sum(entry.found is None for entry in every)
    return show_page(
        request,
        desk,
        "content.html",
        headers=LIVE_POLICY,
        reading=reading,
        trade=this_trade(request, desk) or (reading.library.brand.trade if reading.library else ""),
        brand=reading.library.brand.name if reading.library else "",
        messages=messages,
        sequences=sequences,
        total=len(every),
        unseen=unseen,
        pulse=f"{reading.pulse}{unseen}",
        pulse_link=Wishes.of(request).link(f"{ROOM}/pulse"),
        wishes=Wishes.of(request),
        has_database=desk.kit is not None,
    )


@router.api_route("/pulse", methods=READS)
def show_pulse(request: Request, desk: ThisDesk) -> JSONResponse:
    """Show whether the list has changed, for the script that keeps it fresh."""
    reading = desk.bench.read(this_trade(request, desk))
    unseen = 0
    if (library := reading.library) is not None:
        unseen = sum(desk.bench.look_over(library, one, wait=False) is None for one in library.messages)
    return JSONResponse({"pulse": f"{reading.pulse}{unseen}"})


def published_now(kit: Kit | None) -> Published | None:
    """Return what is published, None where there is no installation to publish to."""
    if kit is None:
        return None
    with kit.database.read() as connection:
        return contents.current_revisions(connection)


def standing_of(published: Published | None, kind: str, name: str, locale: str, revision: str) -> Standing | None:
    """Return how a piece of *revision* stands to what is *published*; an empty revision is that of a faulty one."""
    if published is None:
        return None
    if not revision:
        return Standing.FAULTY
    current = published.get((kind, name, locale))
    if current is None:
        return Standing.NEW
    return Standing.CURRENT if current == revision else Standing.CHANGED


def _messages(
    desk: Desk, library: Library, published: Published | None, request: Request
) -> dict[Channel, list[Entry]]:
    wishes = Wishes.of(request)
    found: dict[Channel, list[Entry]] = {channel: [] for channel in Channel}
    for source in library.messages:
        looked = desk.bench.compiled(library, source)
        problems = desk.bench.look_over(library, source, wait=False)
        revision = looked.compiled.revision if looked.compiled else ""
        locale = source.locale or NO_SUFFIX
        found[source.channel].append(
            Entry(
                name=source.name,
                locale=locale,
                file=source.file,
                link=wishes.but(locale=locale).link(f"{ROOM}/{source.channel}/{source.name}"),
                says=source.texts.get("subject") or source.texts.get("title") or _beginning(source.body),
                found=None if problems is None else count(problems),
                standing=standing_of(published, source.channel, source.name, locale, revision),
            )
        )
    for file, faults in _unreadable(library).items():
        channel = channel_of(file)
        name, _, locale = without_trade(file).stem.partition(".")
        if channel is not None:
            link = wishes.but(locale=locale).link(f"{ROOM}/{channel}/{name}")
            state = None if published is None else Standing.FAULTY
            found[channel].append(
                Entry(name=name, locale=locale, file=file, link=link, found=count(faults), standing=state)
            )
    for kind, name, locale in _gone(library, published):
        link = wishes.but(locale=locale, source="published").link(f"{ROOM}/{kind}/{name}")
        gone = Entry(name=name, locale=locale, link=link, found=Count(), standing=Standing.GONE)
        found[Channel(kind)].append(gone)
    return {channel: sorted(one, key=lambda each: (each.name, each.locale)) for channel, one in found.items() if one}


def _unreadable(library: Library) -> dict[str, list[Problem]]:
    """Return what is wrong with each file that could not be read as a message at all, by file."""
    read = {source.file for source in library.messages}
    found: dict[str, list[Problem]] = {}
    for problem in library.problems:
        if problem.file not in read and "/" in problem.file and channel_of(problem.file) is not None:
            found.setdefault(problem.file, []).append(problem)
    return found


def _gone(library: Library, published: Published | None) -> Iterable[tuple[str, str, str]]:
    here = {(source.channel.value, source.name, source.locale or NO_SUFFIX) for source in library.messages}
    channels = {channel.value for channel in Channel}
    return sorted(piece for piece in published or () if piece[0] in channels and piece not in here)


def _sequences(desk: Desk, library: Library, published: Published | None, request: Request) -> list[Entry]:
    walking: Mapping[str, int] = {}
    if desk.kit is not None:
        with desk.kit.database.read() as connection:
            walking = audience.walking(connection)
    entries = []
    for name in sorted(library.sequences):
        file = library.file(f"sequences/{name}.yaml")
        sequence, problems = desk.bench.plan(library, name)
        revision = sequence.revision if sequence else ""
        says = f"{len(sequence.stages)} stages" if sequence else ""
        entries.append(
            Entry(
                name=name,
                file=file,
                link=Wishes.of(request).link(f"{ROOM}/sequences/{name}"),
                says=says,
                found=count(problems),
                standing=standing_of(published, contents.SEQUENCE, name, NO_SUFFIX, revision),
                walking=walking.get(name, 0) if desk.kit is not None else None,
            )
        )
    return entries


def _beginning(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 80 else f"{words[:79]}…"  # noqa: PLR2004 - one line of a table
