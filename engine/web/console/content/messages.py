"""One message: its source beside what a lead gets, for any lead and any width, with what is to be mended in it."""

import re
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse

from channels.address import Channel
from channels.message import EmailContent, TextContent, VoicemailContent
from engine.content.compiled import Compiled
from engine.content.preview import HARD_CASES
from engine.content.render import Rendered, Script
from engine.content.schemes import Scheme, in_scheme
from engine.content.speech import CannotSpeak
from engine.domain.lead import Lead
from engine.store.history import MACHINE_CHANNELS
from engine.web.console.content.desk import ROOM, Desk, Reading, ThisDesk, show_page
from engine.web.console.content.findings import count, lines_of
from engine.web.console.content.listing import published_now, standing_of
from engine.web.console.content.pieces import Piece, piece_in_folder, piece_published, rendered, size_of, text_of
from engine.web.console.content.readers import Reader, find, reader_of
from engine.web.console.content.spread import Spread, spread_over
from engine.web.console.content.wishes import LIVE_POLICY, PUBLISHED, VIEWS, Wishes, this_trade
from engine.web.console.frame import READS
from engine.web.console.message import EMAIL_POLICY
from engine.web.errors import error_page

WORDS_PER_MINUTE = 150

router = APIRouter(prefix=ROOM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a request looks at: the folder, one message of it, with somebody's eyes; *content* says why where it can't be."""

    wishes: Wishes
    reading: Reading
    piece: Piece
    reader: Reader
    content: Rendered | str


def look_at(request: Request, desk: Desk, channel: Channel, name: str) -> Look:
    """Return what *request* looks at; 404 where there is no such message or lead."""
    wishes = Wishes.of(request)
    reading = desk.bench.read(this_trade(request, desk))
    interests = reading.library.brand.interests if reading.library else {}
    reader = reader_of(wishes, desk.kit, interests)
    language = wishes.locale or reader.lead.language
    if wishes.source == PUBLISHED:
        if desk.kit is None:
            raise HTTPException(404, "Nothing is published here: no database is open.")
        piece = piece_published(desk.kit, channel, name, language)
    else:
        piece = piece_in_folder(desk, reading, channel, name, language)
    content = rendered(piece.compiled, reader.lead, desk.clock.now()) if piece.compiled else ""
    return Look(wishes=wishes, reading=reading, piece=piece, reader=reader, content=content)


@router.api_route("/{channel}/{name}", methods=READS)
def show_message(request: Request, channel: Channel, name: str, desk: ThisDesk) -> Response:
    """Show the source beside what the lead gets."""
    look = look_at(request, desk, channel, name)
    library = look.reading.library
    compiled = look.piece.compiled
    standing = None
    if look.wishes.source != PUBLISHED:
        revision = compiled.revision if compiled else ""
        standing = standing_of(published_now(desk.kit), channel, name, look.piece.locale, revision)
    brand = compiled.brand if compiled else library.brand if library else None
    return show_page(
        request,
        desk,
        "content_message.html",
        headers=LIVE_POLICY,
        channel=channel,
        name=name,
        look=look,
        wishes=look.wishes,
        piece=look.piece,
        reader=look.reader,
        content=look.content,
        kind=_kind(look.content),
        standing=standing,
        lines=lines_of(look.piece.text, look.piece.file, look.piece.problems),
        counted=count(look.piece.problems),
        cases=list(HARD_CASES),
        found=find(look.wishes, desk.kit),
        interests=dict(brand.interests) if brand else {},
        views=VIEWS,
        schemes=tuple(Scheme),
        pulse=look.reading.pulse,
        pulse_link=f"{ROOM}/files",
        has_database=desk.kit is not None,
        can_test=desk.kit is not None and channel in MACHINE_CHANNELS and not isinstance(look.content, str),
        **_facts(desk, channel, look, compiled),
    )


@router.api_route("/files", methods=READS)
def show_files(desk: ThisDesk) -> JSONResponse:
    """Show whether a file of the folder has changed, for the script that keeps a page fresh."""
    return JSONResponse({"pulse": desk.bench.pulse()})


@router.api_route("/{channel}/{name}/email", methods=READS)
def show_email(request: Request, channel: Channel, name: str, desk: ThisDesk) -> HTMLResponse:
    """Show the HTML of an email by itself, for the frame on its page: as a device set to light or dark shows it."""
    look = look_at(request, desk, channel, name)
    if not isinstance(look.content, EmailContent):
        sentence = look.content if isinstance(look.content, str) and look.content else "This message has no HTML part."
        answer = error_page(404, sentence, title="Nothing to show")
        answer.headers.update({"X-Frame-Options": "SAMEORIGIN", "Content-Security-Policy": _NO_EMAIL})
        return answer
    # Pictures come from elsewhere, and whoever serves them sees that somebody looked: only where that is asked for.
    policy = EMAIL_POLICY.replace("img-src data:", "img-src data: https:") if look.wishes.images else EMAIL_POLICY
    headers = {"Content-Security-Policy": policy, "X-Frame-Options": "SAMEORIGIN", "Referrer-Policy": "no-referrer"}
    return HTMLResponse(in_scheme(look.content.html, Scheme(look.wishes.scheme or Scheme.LIGHT)), headers=headers)


_NO_EMAIL = "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'self'; sandbox"


@router.api_route("/voicemail/{name}/{part}.wav", methods=READS)
def show_sound(request: Request, name: str, part: str, desk: ThisDesk) -> Response:
    """Show a voicemail's script, or what a person hears who answers, as sound."""
    look = look_at(request, desk, Channel.VOICEMAIL, name)
    if not isinstance(look.content, VoicemailContent):
        raise HTTPException(404, "There is nothing to read aloud.")
    text = {"script": look.content.script, "human": look.content.human_script}.get(part, "")
    if not text:
        raise HTTPException(404, "There is nothing to read aloud.")
    try:
        sound = desk.speaker.speak(text, _language(look))
    except CannotSpeak as error:
        raise HTTPException(404, str(error)) from error
    return _part_of(sound.wav, request.headers.get("range", ""))


def _part_of(wav: bytes, asked: str) -> Response:
    """Return *wav*, or the part of it that a player *asked* for with `Range`, without which it could not jump."""
    headers = {"Accept-Ranges": "bytes"}
    found = _RANGE.fullmatch(asked)
    first = int(found[1]) if found else 0
    if found is None or first >= len(wav):
        return Response(wav, media_type="audio/wav", headers=headers)
    last = min(int(found[2] or len(wav)), len(wav) - 1)
    headers["Content-Range"] = f"bytes {first}-{last}/{len(wav)}"
    return Response(wav[first : last + 1], status_code=206, media_type="audio/wav", headers=headers)


_RANGE = re.compile(r"bytes=([0-9]{1,12})-([0-9]{0,12})")


def _language(look: Look) -> str:
    return look.piece.compiled.locale if look.piece.compiled else "en"


def _kind(content: Rendered | str) -> str:
    match content:
        case EmailContent():
            return "email"
        case TextContent():
            return "text"
        case VoicemailContent():
            return "voicemail"
        case Script():
            return "script"
        case _:
            return ""


def _facts(desk: Desk, channel: Channel, look: Look, compiled: Compiled | None) -> dict[str, Any]:
    """Return what the page says of a message of its channel beside the words."""
    facts: dict[str, Any] = {"text": None, "spread": None, "spoken": [], "kilobytes": 0}
    match look.content:
        case EmailContent():
            facts["kilobytes"] = size_of(look.content)
        case TextContent() if compiled is not None:
            rulebook = desk.kit.rulebook if desk.kit else None
            facts["text"] = text_of(compiled, look.content, look.reader.lead, rulebook)
            facts["spread"] = _spread(desk, channel, look, compiled)
        case VoicemailContent():
            facts["spoken"] = _spoken(desk, look, look.content)
    return facts


def _spread(desk: Desk, channel: Channel, look: Look, compiled: Compiled) -> Spread | None:
    if desk.kit is None:
        return None
    library = look.reading.library

    def is_for(lead: Lead) -> bool:
        if library is None or look.wishes.source == PUBLISHED:
            return True
        variant = library.find(channel, compiled.name, lead.language)
        return variant is not None and variant.file == look.piece.file

    return spread_over(desk.kit, compiled, is_for)


def _spoken(desk: Desk, look: Look, content: VoicemailContent) -> list[dict[str, Any]]:
    """Return each script with its length, by ear where it can be read aloud, else by counting words."""
    parts = {"script": ("After the beep", content.script), "human": ("If a person answers", content.human_script)}
    told = []
    for part, (title, text) in parts.items():
        if not text:
            continue
        words = len(text.split())
        one: dict[str, Any] = {"part": part, "title": title, "text": text, "words": words, "problem": ""}
        try:
            one["seconds"] = round(desk.speaker.speak(text, _language(look)).seconds)
        except CannotSpeak as error:
            one |= {"seconds": round(60 * words / WORDS_PER_MINUTE), "problem": str(error)}
        told.append(one)
    return told
