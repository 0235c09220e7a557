"""One message as its author wrote it: a file of front matter and text, checked for shape."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from channels.address import Channel
from consent.facts import Purpose
from engine.content.folder import is_name, without_trade
from engine.content.front_matter import Document, read_document
from engine.content.problems import ContentErrors, Problem, did_you_mean

FOLDERS: Mapping[str, Channel] = {
    "email": Channel.EMAIL,
    "sms": Channel.SMS,
    "voicemail": Channel.VOICEMAIL,
    "calls": Channel.CALL,
    "letters": Channel.LETTER,
    "social": Channel.SOCIAL,
}
"""Where each channel's messages live."""

ENDINGS: Mapping[Channel, tuple[str, ...]] = {
    Channel.EMAIL: (".md", ".mjml"),
    Channel.SMS: (".txt",),
    Channel.VOICEMAIL: (".md",),
    Channel.CALL: (".md",),
    Channel.LETTER: (".md",),
    Channel.SOCIAL: (".md",),
}

DEFAULT_LAYOUT = "personal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A message file. *texts* holds the front matter's templates by field, with the line each stands on in *lines*."""

    channel: Channel
    name: str
    locale: str | None  # None: the brand's
    file: str
    purpose: Purpose
    layout: str | None
    texts: Mapping[str, str]
    lines: Mapping[str, int] = field(default_factory=dict)
    accept: Mapping[str, str] = field(default_factory=dict)  # findings that may stand: the reason, by code
    body: str
    body_line: int

    @property
    def is_mjml(self) -> bool:
        """Whether the author wrote the whole email, layout and all."""
        return self.file.endswith(".mjml")


_TEXTS: Mapping[Channel, frozenset[str]] = {
    Channel.EMAIL: frozenset({"subject", "preheader", "from_name", "text"}),
    Channel.SMS: frozenset(),
    Channel.VOICEMAIL: frozenset({"human", "audio"}),
    Channel.CALL: frozenset({"title"}),
    Channel.LETTER: frozenset({"title"}),
    Channel.SOCIAL: frozenset({"title"}),
}
"""The fields of the front matter that are templates themselves, by channel."""

_REST = frozenset({"purpose", "layout", "note"})
ACCEPT = "accept"
HOW_TO_ACCEPT = "Write it as accept: {several-questions: The second is an example}."


def parse_source(file: str, text: str) -> Source:
    """Read the message in *file* (relative to the templates folder); raises `ContentErrors` naming every fault."""
    path = without_trade(file)
    channel = FOLDERS[path.parts[0]]
    document = read_document(text, file)
    if problems := _faults(channel, document, file):
        raise ContentErrors(problems)
    values, lines = document.front.values, document.front.lines
    name, _, locale = path.stem.partition(".")
    is_email = channel is Channel.EMAIL and path.suffix != ".mjml"
    return Source(
        channel=channel,
        name=name,
        locale=locale or None,
        file=file,
        purpose=Purpose(values.get("purpose", Purpose.MARKETING)),
        layout=values.get("layout", DEFAULT_LAYOUT) if is_email else None,
        texts={key: str(values[key]).strip() for key in sorted(_TEXTS[channel]) if key in values},
        lines=lines,
        accept={code: reason.strip() for code, reason in values.get(ACCEPT, {}).items()},
        body=document.body,
        body_line=document.body_line,
    )


def _faults(channel: Channel, document: Document, file: str) -> list[Problem]:
    values, lines = document.front.values, document.front.lines
    known = _TEXTS[channel] | _REST
    faults: list[tuple[str, str, str]] = []
    faults += [
        (key, f"Unknown field {key}.", did_you_mean(key, known)) for key in values if key not in {*known, ACCEPT}
    ]
    if not _are_reasons(values.get(ACCEPT, {})):
        faults.append((ACCEPT, "accept must give a reason for each code.", HOW_TO_ACCEPT))
    faults += [
        (key, f"{key} must be text.", "Write a text after the colon, in quotes where it holds a colon or a brace.")
        for key in sorted(known & set(values))
        if not isinstance(values[key], str) or not values[key].strip()
    ]
    if channel is Channel.EMAIL and "subject" not in values:
        faults.append(("subject", "The email has no subject.", "Add `subject: ...` between the dashes at the top."))
    if file.endswith(".mjml") and "text" not in values:
        faults.append(("text", "The email has no text part.", "Add `text: |` with the message as plain text."))
    if isinstance(purpose := values.get("purpose", "marketing"), str) and purpose not in set(Purpose):
        faults.append(("purpose", f"There is no purpose {purpose}.", did_you_mean(purpose, set(Purpose))))
    if not document.body.strip():
        faults.append(("body", "The message says nothing.", "Write its text below the front matter."))
    return [
        Problem(file=file, line=lines.get(key, document.body_line if key == "body" else 1), message=said, remedy=remedy)
        for key, said, remedy in faults
    ]


def _are_reasons(accept: object) -> bool:
    """Return whether *accept* gives a text of reasons for each text of a code."""
    return isinstance(accept, Mapping) and all(
        isinstance(text, str) and text.strip() for pair in accept.items() for text in pair
    )


def channel_of(file: str) -> Channel | None:
    """Return the channel whose folder *file* lies in; None where it is no message."""
    return FOLDERS.get(without_trade(file).parts[0])


def misplaced(file: str) -> Problem | None:
    """Return what is wrong with a message file's name, if anything."""
    path, channel = without_trade(file), channel_of(file)
    assert channel is not None
    if path.suffix not in ENDINGS[channel]:
        endings = " or ".join(ENDINGS[channel])
        return Problem(
            file=file, message=f"{path.parts[0]}/ holds {endings} files.", remedy="Rename it, or move it away."
        )
    name, _, locale = path.stem.partition(".")
    if len(path.parts) != 2 or not is_name(name) or not (not locale or is_name(locale)):  # noqa: PLR2004 - folder, file
        remedy = "Name it like short-question.md, or short-question.es.md for Spanish."
        return Problem(file=file, message="A message's name is small letters, digits and dashes.", remedy=remedy)
    return None
