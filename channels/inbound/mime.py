"""Read a whole raw mail: its header, its words, and what is attached without keeping it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser

from channels.inbound.charsets import decode_text
from channels.inbound.header_fields import BLOCK_BYTES_MAX, decode_words, read_fields
from channels.inbound.mail import ATTACHMENTS_MAX, TEXT_CHARACTERS_MAX, Attachment, ReportPart

MAIL_TYPES = frozenset({"message/rfc822", "message/global"})
"""The mail that a report is about; `global` is international mail (RFC 6533)."""

REPORT_TYPES = frozenset(
    {
        "message/delivery-status",
        "message/global-delivery-status",
        "message/feedback-report",
        "text/rfc822-headers",
        "message/global-headers",
    }
)
REPORT_CHARACTERS_MAX = 60_000
_PARTS_MAX = 300
_NESTING_MAX = 100
# The parser looks at each line once for every level above it; a mail of 30 MB in five parts is 4 million.
_LOOKS_MAX = 5_000_000
# The library takes parameters apart in time that grows with the square of the field; its lines may end in bare returns.
_LONG_FIELD = re.compile(rb"content-(?<=[\r\n]content-)[a-z-]{1,30}:(?:[^\r\n]|\r?\n[ \t]|\r[ \t]){8000}")
_HEADER_END = re.compile(rb"\r?\n\r?\n")

# What the standard library has been seen to raise over a malformed part.
MALFORMED = (LookupError, ValueError, TypeError, AttributeError, RecursionError, AssertionError)


@dataclass(slots=True, kw_only=True)
class RawMail:
    """What was found in a raw mail."""

    headers: tuple[tuple[str, str], ...] = ()
    texts: list[str] = field(default_factory=list)
    htmls: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    reports: list[ReportPart] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def read_raw(raw: bytes) -> RawMail:
    """Return what *raw* holds; never raises, and says under problems what it could not read.

    A mail built to keep the parser busy is not opened, or read only as far as that takes seconds.
    """
    end = _HEADER_END.search(raw)
    head_bytes = end.start() if end else len(raw)
    mail = RawMail(headers=read_fields(raw[:head_bytes]))
    lowered = b"\n" + raw.lower()
    levels = lowered.count(b"multipart/") + lowered.count(b"message/")
    if (problem := _hostile(lowered, head_bytes, levels)) is not None:
        mail.problems.append(problem)
        return mail
    readable = _readable(raw, levels)
    if len(readable) < len(raw):
        mail.problems.append("The mail has too many lines: its end is not read.")
    try:
        parts = list(_leaves(BytesParser().parsebytes(readable)))
    except MALFORMED as error:
        mail.problems.append(f"The mail is malformed: {type(error).__name__}.")
        return mail
    for part in parts:
        try:
            _sort(part, mail)
        except MALFORMED as error:
            mail.problems.append(f"A part is malformed: {type(error).__name__}.")
    mail.attachments.sort(key=lambda one: one.is_inline)
    return mail


def _hostile(lowered: bytes, head_bytes: int, levels: int) -> str | None:
    """Return why a mail is not opened, None where it is."""
    if levels > _NESTING_MAX:
        return "The mail has too many parts."
    if head_bytes > BLOCK_BYTES_MAX or _LONG_FIELD.search(lowered):
        return "The header is too long."
    return None


def _readable(raw: bytes, levels: int) -> bytes:
    """Return as much of *raw* as can be read in bounded time; the words stand before what is attached."""
    while max(raw.count(b"\n"), raw.count(b"\r")) * (4 + levels) > _LOOKS_MAX:
        raw = raw[: len(raw) // 2]
    return raw


def _leaves(root: Message) -> Iterator[Message]:
    """Yield the parts that hold content; a mail inside the mail is one part."""
    open_parts = [root]
    for _ in range(_PARTS_MAX):
        if not open_parts:
            return
        part = open_parts.pop()
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            open_parts.extend(reversed(_inside(part)))
        else:
            yield part


def _sort(part: Message, mail: RawMail) -> None:
    content_type = part.get_content_type()
    disposition = part.get_content_disposition() or ""
    name = decode_words(str(part.get_filename() or ""))
    is_attached_mail = content_type in MAIL_TYPES and disposition == "attachment"
    if content_type in REPORT_TYPES | MAIL_TYPES:  # some servers attach the mail that a report is about
        mail.reports.append(ReportPart(content_type=content_type, text=_report_text(part)))
    if content_type in REPORT_TYPES | MAIL_TYPES and not is_attached_mail:
        return
    if content_type in {"text/plain", "text/html"} and disposition != "attachment" and not name:
        text = decode_text(_decoded(part), str(part.get_content_charset() or ""), TEXT_CHARACTERS_MAX)
        (mail.texts if content_type == "text/plain" else mail.htmls).append(text)
    elif len(mail.attachments) < ATTACHMENTS_MAX:
        mail.attachments.append(
            Attachment(
                name=name or ("message.eml" if is_attached_mail else ""),
                content_type=content_type,
                size_bytes=len(_decoded(part)),
                content_id=str(part.get("Content-ID", "")).strip("<> ")[:300],
                is_inline=disposition == "inline",
            )
        )


def _report_text(part: Message) -> str:
    """Return a report as lines; the parser opens such parts as mails of which only the headers count."""
    if not part.is_multipart():
        return decode_text(_decoded(part), "utf-8", REPORT_CHARACTERS_MAX)
    blocks = ["\n".join(f"{name}: {value}" for name, value in one.raw_items()) for one in _inside(part)[:20]]
    text = "\n\n".join(blocks).encode("utf-8", "surrogateescape")
    return decode_text(text, "utf-8", REPORT_CHARACTERS_MAX)


def _inside(part: Message) -> list[Message]:
    inner = part.get_payload()
    return [one for one in inner if isinstance(one, Message)] if isinstance(inner, list) else []


def _decoded(part: Message) -> bytes:
    """Return the bytes of a part; asked for text, the library would trust the charset it names."""
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""
