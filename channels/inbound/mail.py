"""An email somebody sent to one of our addresses, read but not yet understood."""

from collections.abc import Sequence
from dataclasses import dataclass, field

TEXT_CHARACTERS_MAX = 200_000
HEADERS_MAX = 400
ATTACHMENTS_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """A name and an address as they were written; *address* keeps its case, which may carry a token."""

    name: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """What was attached, without its content."""

    name: str
    content_type: str
    size_bytes: int
    content_id: str = ""
    is_inline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPart:
    """A part that machines write for machines: a delivery status, a complaint, the headers of the mail it is about."""

    content_type: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundMail:
    """One mail; *text* is the plain part, or the words of the HTML where there is none."""

    author: Mailbox
    to: tuple[Mailbox, ...] = ()
    subject: str = ""
    text: str = ""
    html: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    envelope_from: str | None = None  # empty: the mail wants no answer and no bounce; None: not told
    envelope_to: tuple[str, ...] = ()
    message_id: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    auto_submitted: str = ""
    spf: str = ""
    dkim: str = ""
    spam_score: float | None = None
    sender_ip: str = ""
    attachments: tuple[Attachment, ...] = ()
    reports: tuple[ReportPart, ...] = field(default=())
    problems: tuple[str, ...] = ()  # what could not be read; the rest is what could

    def header(self, name: str) -> str:
        """Return the first header *name*, empty where there is none."""
        return first(self.headers, name)


def first(headers: Sequence[tuple[str, str]], name: str) -> str:
    """Return the first value of *name* among *headers*, whatever its case; empty where there is none."""
    wanted = name.lower()
    return next((value for key, value in headers if key.lower() == wanted), "")
