"""Looks over the messages of a library for what would embarrass the seller, before anybody is written to."""

import re
from collections.abc import Iterable

from channels.message import EmailContent, TextContent, VoicemailContent
from channels.segments import count_segments
from consent.facts import Purpose
from engine.content.compile import compile_message
from engine.content.compiled import Compiled
from engine.content.forms import Form, parse_form
from engine.content.law_checks import law_problems
from engine.content.library import Library
from engine.content.preview import HARD_CASES, PREVIEW_LINKS, preview
from engine.content.problems import ContentErrors, Problem, Severity
from engine.content.render import Rendered, Script
from engine.content.sandbox import MissingValue
from engine.content.source import Source


def check_library(library: Library) -> tuple[Problem, ...]:
    """Return everything wrong with the messages of *library*, each once, in the order of their files."""
    problems = list(library.problems)
    for source in library.messages:
        problems += check_message(library, source)
    problems += read_forms(library)[1]
    return tuple(sorted(dict.fromkeys(problems), key=lambda problem: (problem.file, problem.line or 0)))


def read_forms(library: Library) -> tuple[list[Form], list[Problem]]:
    """Return the usable forms of *library*, and what is wrong with the others."""
    forms: list[Form] = []
    problems: list[Problem] = []
    for name, text in sorted(library.forms.items()):
        try:
            forms.append(parse_form(text, name=name))
        except ContentErrors as error:
            problems += error.problems
    return forms, problems


def check_message(library: Library, source: Source) -> tuple[Problem, ...]:
    """Return everything wrong with one message."""
    try:
        compiled = compile_message(library, source)
    except ContentErrors as error:
        return error.problems
    problems: list[Problem] = []
    for case, lead in HARD_CASES.items():
        try:
            content = preview(compiled, lead)
            problems += _content_problems(source, compiled, content, is_typical=case == "typical")
            # What the marketer must mend anyway is said once, in the words of this module.
            if not isinstance(content, Script) and not any(one.severity is Severity.ERROR for one in problems):
                problems += law_problems(source, compiled, content, lead)
        except MissingValue as error:
            message = f"{error.name} is empty for some leads, and would hold the message."
            problems.append(Problem(file=error.template, line=error.line, message=message, remedy=error.remedy))
        except ContentErrors as error:
            problems += error.problems
    return tuple(dict.fromkeys(problems))


def _content_problems(source: Source, compiled: Compiled, content: Rendered, *, is_typical: bool) -> Iterable[Problem]:
    match content:
        case EmailContent():
            yield from _email_problems(source, compiled, content, is_typical=is_typical)
        case TextContent(body=body):
            yield from _text_problems(source, body, is_typical=is_typical)
        case VoicemailContent(script=script, audio_url=audio):
            yield from _voicemail_problems(source, compiled, script, is_typical=is_typical)
            yield from _recording_problems(source, audio)
        case Script():
            pass


_FALSE_REPLY = re.compile(r"\s*(?:re|fwd?|aw|sv|rv)\s*:", re.IGNORECASE)
# Phones show 35 to 45 characters of a subject and desktops about 70.
SUBJECT_CHARACTERS_MAX = 70


def _email_problems(source: Source, compiled: Compiled, email: EmailContent, *, is_typical: bool) -> Iterable[Problem]:
    if not email.subject:
        yield _problem(
            source, "subject", "The subject is empty for some leads.", "Add an {% else %} that says something."
        )
    if _FALSE_REPLY.match(email.subject):
        remedy = "Say what the message is about: pretending to answer misleads, and the law forbids it."
        yield _problem(source, "subject", "The subject pretends to be a reply.", remedy)
    if len(email.subject) > SUBJECT_CHARACTERS_MAX and is_typical:
        message = f"The subject has more than {SUBJECT_CHARACTERS_MAX} characters."
        yield _problem(source, "subject", message, "Put what matters first and drop the rest.", Severity.WARNING)
    if not email.preheader:
        remedy = "Add `preheader: ...`, the line shown after the subject."
        yield _problem(source, "preheader", "The email has no preheader.", remedy, Severity.WARNING)
    if compiled.purpose is Purpose.MARKETING:
        yield from _marketing_problems(source, compiled, email)


def _marketing_problems(source: Source, compiled: Compiled, email: EmailContent) -> Iterable[Problem]:
    where = f"layouts/{source.layout}" if source.layout else source.file
    address = _plain(compiled.brand.postal_address)
    for ending, part in ((".mjml", email.html), (".txt", email.text)):
        file = where + ending if source.layout else where
        if address not in _plain(part):
            remedy = "Add {{ brand.postal_address }}: the law asks for it in every marketing email."
            yield Problem(file=file, message="The postal address is missing.", remedy=remedy)
        if PREVIEW_LINKS.unsubscribe not in part:
            remedy = "Add a link to {{ links.unsubscribe }}."
            yield Problem(file=file, message="The way to unsubscribe is missing.", remedy=remedy)


def _plain(text: str) -> str:
    return " ".join(text.replace("&amp;", "&").replace("&#39;", "'").split())


# A text of more segments costs as much as several, and reads like an email.
SEGMENTS_MAX = 3


def _text_problems(source: Source, body: str, *, is_typical: bool) -> Iterable[Problem]:
    counted = count_segments(body)
    if counted.segments > SEGMENTS_MAX and is_typical:
        message = f"The text takes {counted.segments} segments ({counted.encoding})."
        odd = " ".join(dict.fromkeys(counted.non_gsm))
        remedy = f"Replace {odd}, which double its price." if odd else "Shorten it to 306 characters, two segments."
        yield _problem(source, None, message, remedy, Severity.WARNING)


# People speak about 150 words a minute; past 30 seconds few listen to the end.
VOICEMAIL_WORDS_MAX = 85


def _voicemail_problems(source: Source, compiled: Compiled, script: str, *, is_typical: bool) -> Iterable[Problem]:
    words = len(script.split())
    if words > VOICEMAIL_WORDS_MAX and is_typical:
        seconds = round(words / 150 * 60)
        message = f"The voicemail has {words} words, about {seconds} seconds."
        yield _problem(source, None, message, "Shorten it to 30 seconds.", Severity.WARNING)
    if compiled.brand.name not in script:
        remedy = "Say {{ brand.name }} in the first sentence: the law asks who calls."
        yield _problem(source, None, "The voicemail doesn't say who calls.", remedy)
    if not any(phone in script for phone in _phones(compiled)):
        remedy = "Say {{ brand.phone }}: the law asks for a number to call back and to opt out by."
        yield _problem(source, None, "The voicemail gives no number.", remedy)


def _recording_problems(source: Source, audio: str | None) -> Iterable[Problem]:
    if audio is not None and not (audio.startswith("https://") and audio.isascii() and " " not in audio):
        remedy = "Give its whole address, as in audio: https://www.example.com/hello.mp3."
        yield _problem(source, "audio", "The recording is not at an https:// address.", remedy)


def _phones(compiled: Compiled) -> list[str]:
    phones = [str(compiled.brand.variables["phone"]), *(owner.phone for owner in compiled.brand.owners)]
    return [phone for phone in phones if phone]


def _problem(
    source: Source, key: str | None, message: str, remedy: str, severity: Severity = Severity.ERROR
) -> Problem:
    line = source.lines.get(key, 1) if key else source.body_line
    return Problem(file=source.file, line=line, message=message, remedy=remedy, severity=severity)
