"""`template`: check messages, and show them as a lead would get them."""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from channels.address import Channel
from channels.message import EmailContent, TextContent, VoicemailContent
from channels.segments import count_segments
from engine.cli.apps import noun
from engine.cli.checked import Audience, Everything, counted, leave_with, readers_asked, tell_findings
from engine.cli.complaints import Complaint
from engine.cli.content import Templates, Trade, libraries_to_check
from engine.cli.instants import At, instant_at
from engine.cli.output import Json, emit, facts, say, warn
from engine.cli.template_init import init
from engine.content.checking.audience import check_audience
from engine.content.checks import check_library, check_message
from engine.content.compile import compile_message
from engine.content.library import Library, load_library
from engine.content.preview import HARD_CASES, preview
from engine.content.problems import Problem, did_you_mean
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
def check(
    messages: Annotated[
        list[str] | None, typer.Argument(metavar="[MESSAGE]...", help="By name or file; else everything in the folder.")
    ] = None,
    *,
    templates: Templates = None,
    trade: Trade = None,
    audience: Audience = None,
    everything: Everything = False,
    json: Json = False,
) -> None:
    """Check messages against hard cases and the leads there are, each finding with its line and what to do.

    Without --trade every trade in the folder is checked, and what all of them have is said once. Ends with 1 where an
    error is found that nobody accepted; `docs/reference/findings.md` tells each finding by its code.
    """
    libraries = libraries_to_check(templates, trade)
    wanted = {name: _wanted(library, messages) for name, library in libraries.items()}
    files = {source.file for sources in wanted.values() for source in sources}
    if messages and not files:
        names = {source.name for library in libraries.values() for source in library.messages}
        raise Complaint(f"there is no message {messages[0]!r}. {did_you_mean(messages[0], names)}")
    found = say_once({name: _found(library, wanted[name], messages) for name, library in libraries.items()})
    own = next(iter(libraries.values()))
    held = check_audience(own, readers_asked(audience))
    problems = sorted((*found, *(one for one in held if not messages or one.file in files)), key=_place)
    tell_findings(problems, json=json, everything=everything)
    if not json:
        say(f"{len(files)} messages in {own.place}: {counted(problems)}")
    leave_with(problems)


def _wanted(library: Library, messages: Iterable[str] | None) -> list[Source]:
    """Return the messages that are named by name or file; all where none is."""
    if not messages:
        return list(library.messages)
    names = {Path(name).as_posix() for name in messages}
    return [
        source
        for source in library.messages
        if source.name in names or any(name == source.file or name.endswith(f"/{source.file}") for name in names)
    ]


def _found(library: Library, wanted: Iterable[Source], messages: Iterable[str] | None) -> tuple[Problem, ...]:
    if not messages:
        return check_library(library)
    return tuple(problem for source in wanted for problem in check_message(library, source))


def _place(problem: Problem) -> tuple[str, int]:
    return problem.file, problem.line or 0


@app.command("preview")
def show(
    name: Annotated[str, typer.Argument(help="The message's name, such as instant-answer.")],
    *,
    lead: Annotated[str, typer.Option(help=f"A lead's id, email or phone, or: {', '.join(HARD_CASES)}.")] = TYPICAL,
    channel: Annotated[Channel | None, typer.Option(help="Where two channels have one of this name.")] = None,
    language: Annotated[str | None, typer.Option(help="BCP 47, such as es; else the lead's.")] = None,
    html: Annotated[bool, typer.Option("--html", help="Show the HTML part of an email.")] = False,
    at: At = None,
    in_browser: Annotated[
        bool,
        typer.Option("--open", help="Open it in a browser, beside its source, and follow the file as you edit it."),
    ] = False,
    templates: Templates = None,
    trade: Trade = None,
    json: Json = False,
) -> None:
    """Show a message as a lead would get it."""
    library = load_library(templates, trade=trade)
    reader = _lead(lead)
    if in_browser:
        from engine.cli.template_open import open_preview  # the web server is slow to import, and seldom wanted

        found = _source(library, name, channel, language or reader.language)
        key = lead if lead in HARD_CASES else reader.id
        open_preview(folder=templates, trade=trade, channel=found.channel, name=name, lead=key, language=language)
        return
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
