"""`template`: check messages, and show them as a lead would get them."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from channels.address import Channel
from channels.message import EmailContent, TextContent, VoicemailContent
from channels.segments import count_segments
from engine.cli.apps import noun
from engine.cli.complaints import Complaint
from engine.cli.content import Templates, Trade, libraries_to_check, plain, tell
from engine.cli.instants import At, instant_at
from engine.cli.output import Json, emit, facts, say, warn
from engine.cli.template_init import init
from engine.content.checks import check_library
from engine.content.compile import compile_message
from engine.content.library import Library, load_library
from engine.content.preview import HARD_CASES, preview
from engine.content.problems import did_you_mean, errors_among
from engine.content.render import Rendered
from engine.content.sandbox import MissingValue
from engine.content.source import Source
from engine.content.trades import say_once
from engine.domain.lead import Lead

app = noun()
APPS = {"template": app}

TYPICAL = "typical"


app.command()(init)


@app.callback()
def template() -> None:
    """Check and preview messages."""


@app.command()
def check(*, templates: Templates = None, trade: Trade = None, json: Json = False) -> None:
    """Check every message against hard cases, each problem with its line and what to do; no database needed.

    Without --trade every trade in the folder is checked, and what all of them have is said once.
    """
    libraries = libraries_to_check(templates, trade)
    problems = say_once({name: check_library(library) for name, library in libraries.items()})
    errors = errors_among(problems)
    messages = {source.file for library in libraries.values() for source in library.messages}
    place = next(iter(libraries.values())).place
    if json:
        emit({"ok": not errors, "messages": len(messages), "problems": [plain(one) for one in problems]})
    else:
        tell(problems)
        say(f"{len(messages)} messages in {place}: {len(errors)} errors, {len(problems) - len(errors)} warnings")
    if errors:
        raise typer.Exit(1)


@app.command("preview")
def show(
    name: Annotated[str, typer.Argument(help="The message's name, such as instant-answer.")],
    *,
    lead: Annotated[str, typer.Option(help=f"A lead's id, email or phone, or: {', '.join(HARD_CASES)}.")] = TYPICAL,
    channel: Annotated[Channel | None, typer.Option(help="Where two channels have one of this name.")] = None,
    language: Annotated[str | None, typer.Option(help="BCP 47, such as es; else the lead's.")] = None,
    html: Annotated[bool, typer.Option("--html", help="Show the HTML part of an email.")] = False,
    at: At = None,
    templates: Templates = None,
    trade: Trade = None,
    json: Json = False,
) -> None:
    """Show a message as a lead would get it."""
    library = load_library(templates, trade=trade)
    reader = _lead(lead)
    source = _source(library, name, channel, language or reader.language)
    compiled = compile_message(library, source)
    try:
        content = preview(compiled, reader, at=instant_at(at))
    except MissingValue as error:
        warn(str(error))
        raise typer.Exit(1) from error
    if json:
        emit({"channel": source.channel, "name": name, "file": source.file, **_plain(content)})
    elif html and isinstance(content, EmailContent):
        say(content.html)
    else:
        _tell(content)


def _lead(text: str) -> Lead:
    if text in HARD_CASES:
        return HARD_CASES[text]
    from engine.cli.opening import opened_kit
    from engine.cli.whom import lead_named

    with opened_kit() as kit, kit.database.read() as connection:
        return lead_named(connection, text).lead


def _source(library: Library, name: str, channel: Channel | None, language: str) -> Source:
    channels = [channel] if channel else [one for one in Channel if name in library.names(one)]
    if len(channels) > 1:
        raise Complaint(f"{name} is there for {' and '.join(channels)}: say which with --channel")
    if not channels:
        known = did_you_mean(name, {source.name for source in library.messages})
        raise Complaint(f"there is no message {name!r} in {library.place}. {known}")
    return library.need(channels[0], name, language)


def _plain(content: Rendered) -> dict[str, Any]:
    told: dict[str, Any] = asdict(content)
    return told


def _tell(content: Rendered) -> None:
    match content:
        case EmailContent():
            facts([("subject", content.subject), ("preheader", content.preheader)])
            say()
            say(content.text)
        case TextContent(body=body):
            say(body)
            counted = count_segments(body)
            say()
            say(f"{counted.segments} segments, {counted.characters} characters in {counted.encoding}")
        case VoicemailContent():
            say(content.script)
            if content.human_script:
                say()
                say(f"If a person answers: {content.human_script}")
        case _:
            say(content.title)
            say()
            say(content.text)
