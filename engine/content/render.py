"""Renders a compiled message for one lead."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import UndefinedError

from channels.address import Channel
from channels.message import EmailContent, TextContent, VoicemailContent
from consent.facts import Purpose
from engine.content import local_words
from engine.content.compiled import Compiled
from engine.content.legal_lines import Line, usual_line
from engine.content.problems import ContentErrors, Problem
from engine.content.sandbox import TEMPLATE_FAULTS, MissingValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What a person says or writes: a call, a letter, a social message."""

    title: str
    html: str
    text: str


Rendered = EmailContent | TextContent | VoicemailContent | Script

# Gmail cuts a message off at 102 KB, and with it the way to unsubscribe. Twilio refuses texts beyond 1600 characters.
# A minute of speech is about 900 characters; an answering machine stops after two.
CHARACTERS_MAX: Mapping[str, int] = {
    "html": 100_000,
    "text": 100_000,
    "subject": 500,
    "preheader": 500,
    "from_name": 200,
    "title": 500,
    "script": 2_000,
    "human": 2_000,
    "audio": 1_000,
    **dict.fromkeys(Line, 300),
}
TEXT_MESSAGE_CHARACTERS_MAX = 1_600


def render(compiled: Compiled, variables: Mapping[str, Any]) -> Rendered:
    """Return the message for a lead's *variables* (see `build_variables`).

    Raises `MissingValue` where a placeholder has nothing to say, and `ContentErrors` where the text can't be made.
    """
    variables = _told(compiled, variables)
    match compiled.channel:
        case Channel.EMAIL:
            return _email(compiled, variables)
        case Channel.SMS:
            body = _said(_tidy(_part(compiled, "text", variables)).strip(), "the text", compiled)
            if len(body) > TEXT_MESSAGE_CHARACTERS_MAX:
                raise _too_long(compiled, "text", TEXT_MESSAGE_CHARACTERS_MAX)
            return TextContent(body=body)
        case Channel.VOICEMAIL:
            script, human = (_one_line(_part(compiled, part, variables)) for part in ("script", "human"))
            audio = _one_line(_part(compiled, "audio", variables)) if "audio" in compiled.parts else None
            return VoicemailContent(
                script=_said(script, "the script", compiled), human_script=human, audio_url=audio or None
            )
        case Channel.CALL | Channel.LETTER | Channel.SOCIAL:
            title = _one_line(_part(compiled, "title", variables))
            html, text = (_part(compiled, part, variables) for part in ("html", "text"))
            return Script(title=title, html=html, text=_tidy(text))


def render_from_name(compiled: Compiled, variables: Mapping[str, Any]) -> str | None:
    """Return the name the email shows as its sender; None where the message leaves that to the sender's own."""
    if "from_name" not in compiled.parts:
        return None
    return _one_line(_part(compiled, "from_name", _told(compiled, variables)))


def render_lines(compiled: Compiled, variables: Mapping[str, Any]) -> dict[Line, str]:
    """Return the lines the engine may add to a text, as the marketer's snippets say them, else in its own words."""
    if compiled.channel is not Channel.SMS:
        return {}
    variables = _told(compiled, variables)
    return {
        line: _one_line(_part(compiled, line, variables))
        if line in compiled.parts
        else usual_line(line, compiled.locale, compiled.brand)
        for line in Line
    }


def _email(compiled: Compiled, variables: Mapping[str, Any]) -> EmailContent:
    subject = _one_line(_part(compiled, "subject", variables))
    return EmailContent(
        subject=_said(subject, "the subject", compiled),
        preheader=_one_line(_part(compiled, "preheader", variables)),
        html=_part(compiled, "html", variables),
        text=_tidy(_part(compiled, "text", variables)),
        headers=_headers(compiled, variables),
    )


def _headers(compiled: Compiled, variables: Mapping[str, Any]) -> dict[str, str]:
    """Return the one-click way out (RFC 8058), which large mailbox providers ask of marketing mail.

    Mail of other purposes says that a machine wrote it, so that no other machine answers (RFC 3834). Marketing mail does
    not: the word that somebody is out of office is worth having.
    """
    if compiled.purpose is not Purpose.MARKETING:
        return {"Auto-Submitted": AUTO_SUBMITTED[compiled.purpose]}
    address = variables.get("links", {}).get("unsubscribe", "")
    if not address:
        return {}
    return {"List-Unsubscribe": f"<{_one_line(address)}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


AUTO_SUBMITTED: Mapping[Purpose, str] = {
    Purpose.SERVICE: "auto-generated",  # by a form, a call or a date
    Purpose.CONFIRMATION: "auto-replied",  # to what the lead wrote
}


def _told(compiled: Compiled, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return *variables* with what the message's language adds to them."""
    return {**variables, **local_words.added(compiled.locale, variables)}


def _part(compiled: Compiled, name: str, variables: Mapping[str, Any]) -> str:
    try:
        text = compiled.templates[name].render(variables)
    except MissingValue:
        raise
    except UndefinedError as error:
        raise MissingValue(_undefined_name(error), compiled.file) from error
    except TEMPLATE_FAULTS as error:
        message = f"The {name} can't be made for this lead: {type(error).__name__}."
        problem = Problem(file=compiled.file, message=message, remedy="Use filters only on the values they suit.")
        raise ContentErrors((problem,)) from error
    if len(text) > CHARACTERS_MAX[name]:
        raise _too_long(compiled, name, CHARACTERS_MAX[name])
    return text


def _said(text: str, what: str, compiled: Compiled) -> str:
    """Return *text*, or raise `MissingValue` where conditions left nothing of it."""
    if not text:
        raise MissingValue(what, compiled.file)
    return text


def _too_long(compiled: Compiled, part: str, most: int) -> ContentErrors:
    message = f"The {part} becomes longer than {most} characters."
    return ContentErrors((Problem(file=compiled.file, message=message, remedy="Shorten the message."),))


def _undefined_name(error: UndefinedError) -> str:
    found = re.findall(r"'([^']*)'", error.message or "")
    return found[-1] if found else "a value"


_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# Both are looked for in every text: one begins with a character that is rare in a line, the other is seldom needed.
_GAPS = re.compile(r"\n(?:[ \t]*\n){2,}")
_ENDS = re.compile(r"[ \t]+\n\n")


def _one_line(text: str) -> str:
    """Return *text* without line ends and controls: in a header a line end would begin another header."""
    return " ".join(_CONTROLS.sub(" ", text).split())


def _tidy(text: str) -> str:
    """Return *text* without the gaps that untaken conditions leave."""
    text = _GAPS.sub("\n\n", text)
    if " \n\n" in text or "\t\n\n" in text:
        text = _ENDS.sub("\n\n", text)
    return text.strip() + "\n"
