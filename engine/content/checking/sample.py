"""One message as one lead would get it, and as its author wrote it: what every check of a message looks at."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from channels.address import Channel
from consent.wording.view import plain_words
from engine.content.checking.catalogue import finding
from engine.content.codes import Code, Severity
from engine.content.compile import compile_message
from engine.content.compiled import Compiled
from engine.content.library import Library
from engine.content.preview import HARD_CASES, PREVIEW_LINKS
from engine.content.problems import ContentErrors, Problem
from engine.content.render import Rendered, Script, render
from engine.content.sandbox import MissingValue
from engine.content.source import Source
from engine.content.variables import build_variables
from engine.domain.lead import Lead

TYPICAL = "typical"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A message for one *lead*; *words* and *html* are the author's own part, without the layout around it."""

    library: Library
    source: Source
    compiled: Compiled
    case: str
    lead: Lead
    content: Rendered
    words: str
    html: str = ""

    @property
    def is_typical(self) -> bool:
        """Whether the lead is one like most, so that it is the author's words that are judged and not the lead's."""
        return self.case not in HARD_CASES or self.case == TYPICAL

    @property
    def language(self) -> str:
        """The language it is written in, without the country."""
        return self.compiled.locale.replace("_", "-").partition("-")[0].lower()

    def found(
        self, code: Code, message: str, remedy: str = "", *, key: str | None = None, near: str = "",
        severity: Severity | None = None,
    ) -> Problem:  # fmt: skip
        """Return a finding on the line of the field *key*, else on the first that holds *near*, else on the body's."""
        line = self.source.lines.get(key, 1) if key else line_of(self.source, near)
        return finding(code, self.source.file, line, message, remedy, severity=severity)


def line_of(source: Source, words: str) -> int:
    """Return the line of the body, else of a field, on which *words* stand in any spelling; the body's first else."""
    wanted = plain_words(words)
    if wanted.strip():
        for number, line in enumerate(source.body.split("\n")):
            if wanted in plain_words(line):
                return source.body_line + number
        for key, text in source.texts.items():
            if wanted in plain_words(text):
                return source.lines.get(key, 1)
    return source.body_line


def samples(library: Library, source: Source, compiled: Compiled) -> Iterator[Sample | MissingValue | ContentErrors]:
    """Yield the message for each hard case and for each interest of the brand, or why it can't be made for one."""
    own = compile_own(library, source)
    for case, lead in cases(library).items():
        variables = build_variables(lead, compiled.brand, PREVIEW_LINKS)
        try:
            content = render(compiled, variables)
            script = render(own, variables) if own is not None else None
        except (MissingValue, ContentErrors) as error:
            yield error
            continue
        words, html = (script.text, script.html) if isinstance(script, Script) else (_own_words(content), "")
        yield Sample(
            library=library,
            source=source,
            compiled=compiled,
            case=case,
            lead=lead,
            content=content,
            words=words,
            html=html,
        )


def cases(library: Library) -> Mapping[str, Lead]:
    """Return the leads for whom a message must read well: the hard cases, and one for each interest."""
    typical = HARD_CASES[TYPICAL]
    interests = {
        f"interested in {name}": replace(typical, interest=name)
        for name in sorted(library.brand.interests)
        if name != typical.interest
    }
    return {**HARD_CASES, **interests}


def compile_own(library: Library, source: Source) -> Compiled | None:
    """Return what the author of an email wrote, compiled without the layout; None where there is none around it."""
    if source.channel is not Channel.EMAIL:
        return None
    body = source.texts.get("text", "") if source.is_mjml else source.body
    plain = replace(source, channel=Channel.CALL, layout=None, texts={}, body=body)
    return compile_message(library, plain)


def _own_words(content: Rendered) -> str:
    for part in ("body", "script", "text"):
        if said := getattr(content, part, ""):
            return str(said)
    return ""
