"""One message as a page needs it: its source, what it compiles to and what is to be mended, of the folder or as published."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fastapi import HTTPException

from channels.address import Channel
from channels.message import EmailContent, TextContent
from channels.segments import Segments, count_segments
from consent.rulebook import Rulebook, load_rulebook
from engine.content.compiled import Compiled
from engine.content.folder import without_trade
from engine.content.judging import checks_of, laid_before
from engine.content.legal_lines import mended
from engine.content.library import Library, locale_wishes
from engine.content.preview import PREVIEW_LINKS, preview
from engine.content.problems import ContentErrors, Problem
from engine.content.render import Rendered, render_lines
from engine.content.sandbox import MissingValue
from engine.content.source import channel_of
from engine.content.variables import build_variables
from engine.domain.lead import Lead
from engine.flows.kit import Kit
from engine.flows.shelf import NO_SUFFIX
from engine.store import contents
from engine.web.console.content.desk import Desk, Reading

USUAL_COUNTRY = "US"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One variant of a message; *file* is empty for a published one, *locales* are those there are."""

    file: str
    text: str
    compiled: Compiled | None
    problems: tuple[Problem, ...]
    locales: tuple[str, ...]
    locale: str


def piece_in_folder(desk: Desk, reading: Reading, channel: Channel, name: str, locale: str) -> Piece:
    """Return the variant of a message in the folder that suits *locale* best; 404 where there is none."""
    library = reading.library
    if library is None:
        return Piece(file="", text="", compiled=None, problems=reading.problems, locales=(), locale="")
    variants = [one for one in library.messages if (one.channel, one.name) == (channel, name)]
    locales = tuple(sorted(one.locale or NO_SUFFIX for one in variants))
    source = library.find(channel, name, locale)
    if source is None:
        return _unreadable(library, channel, name)
    looked = desk.bench.compiled(library, source)
    problems = desk.bench.look_over(library, source, wait=True) or ()
    text = raw_text(library, source.file) or source.body
    return Piece(
        file=source.file,
        text=text,
        compiled=looked.compiled,
        problems=problems,
        locales=locales,
        locale=source.locale or NO_SUFFIX,
    )


def _unreadable(library: Library, channel: Channel, name: str) -> Piece:
    """Return a message whose file can't be read as one, with what is wrong with it."""
    for problem in library.problems:
        file = problem.file
        if "/" in file and channel_of(file) is channel and without_trade(file).stem.partition(".")[0] == name:
            problems = tuple(one for one in library.problems if one.file == file)
            text = raw_text(library, file)
            return Piece(file=file, text=text, compiled=None, problems=problems, locales=(NO_SUFFIX,), locale="")
    raise HTTPException(404, f"There is no {channel} called “{name[:40]}” in this folder.")


def raw_text(library: Library, file: str) -> str:
    """Return *file* as its author wrote it; *file* is a name that the library itself found."""
    try:
        return Path(library.place, file).read_bytes().decode("utf-8-sig", errors="replace").replace("\r\n", "\n")
    except OSError:
        return ""


def piece_published(kit: Kit, channel: Channel, name: str, language: str) -> Piece:
    """Return the variant of a message as it is published; 404 where there is none."""
    with kit.database.read() as connection:
        current = contents.current_revisions(connection)
        locales = tuple(sorted(locale for kind, piece, locale in current if (kind, piece) == (channel, name)))
        for locale in (*locale_wishes(language), NO_SUFFIX):
            revision = current.get((channel, name, locale))
            if revision is not None:
                row = contents.revisions(connection, [revision])[revision]
                compiled = kit.shelf.compiled(connection, revision)
                return Piece(
                    file="", text=row["source"], compiled=compiled, problems=(), locales=locales, locale=locale
                )
    raise HTTPException(404, f"No {channel} called “{name[:40]}” is published.")


def rendered(compiled: Compiled, lead: Lead, at: datetime) -> Rendered | str:
    """Return the message as *lead* would get it at the instant *at*, or why it can't be written for them."""
    try:
        return preview(compiled, lead, at=at)
    except MissingValue as error:
        return str(error)
    except ContentErrors as error:
        return " ".join(problem.message for problem in error.problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text as it is written, and as it goes out the first time: with the lines that the law wants and it lacks."""

    body: str
    added: str
    counted: Segments
    counted_first: Segments


def text_of(compiled: Compiled, content: TextContent, lead: Lead, rulebook: Rulebook | None) -> Text:
    """Return *content* with its segments, alone and as the first text to *lead*."""
    variables = build_variables(lead, compiled.brand, PREVIEW_LINKS)
    rules = (rulebook or load_rulebook()).rules_for(
        compiled.channel, compiled.purpose, (lead.country or USUAL_COUNTRY,)
    )
    said = laid_before(content, compiled.brand, PREVIEW_LINKS)
    first = mended(said, checks_of(rules), render_lines(compiled, variables)).content
    assert isinstance(first, TextContent)
    return Text(
        body=content.body,
        added=first.body.removeprefix(content.body),
        counted=count_segments(content.body, smart=True),
        counted_first=count_segments(first.body, smart=True),
    )


def size_of(content: EmailContent) -> int:
    """Return the kilobytes of an email's HTML part, rounded up: Gmail cuts a message off at 102."""
    return -(-len(content.html.encode()) // 1_024)
