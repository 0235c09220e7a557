"""What SendGrid's Inbound Parse posts: a mail to one of our addresses, taken apart or raw.

Signed (with a security policy) as event batches are: `sendgrid_signature`. Whatever can be read is read, because a mail
that is refused is lost without a word to its writer.
"""

import json
from collections.abc import Mapping
from typing import Any

from channels.inbound.charsets import decode_text
from channels.inbound.header_fields import decode_words, read_fields, read_ids, read_mailboxes
from channels.inbound.html_text import html_to_text
from channels.inbound.mail import TEXT_CHARACTERS_MAX, Attachment, InboundMail, Mailbox, ReportPart, first
from channels.inbound.mime import REPORT_CHARACTERS_MAX, REPORT_TYPES, RawMail, read_raw
from channels.storable import storable_text
from channels.webhooks.multipart import Multipart, Part, read_multipart
from channels.webhooks.unreadable import Unreadable

PROVIDER = "sendgrid"
BODY_BYTES_MAX = 45_000_000  # 30 MB of mail, and what a form and its encoding add
RAW_FIELD = "email"

_SMALL_CHARACTERS_MAX = 20_000


def parse(content_type: str, body: bytes) -> InboundMail | Unreadable:
    """Return the mail in a posted form; never raises. *content_type* is the request's header, which names the boundary.

    Fields that SendGrid has read win over the raw mail; what is broken or cut off is named under problems.
    """
    if len(body) > BODY_BYTES_MAX:
        return Unreadable.of(PROVIDER, "The mail is too large.", body[:10_000])
    form = read_multipart(content_type, body, whole=frozenset({RAW_FIELD}), whole_bytes_max=BODY_BYTES_MAX)
    fields = _Fields(form)
    raw = read_raw(bytes(fields.parts[RAW_FIELD].content)) if RAW_FIELD in fields.parts else RawMail()
    headers = raw.headers or read_fields(fields.content("headers"))
    envelope = fields.json("envelope")
    author = _author(fields.text("from") or first(headers, "From"), envelope)
    texts = {name: fields.text(name, TEXT_CHARACTERS_MAX) for name in ("text", "html")}
    html = texts["html"] or "\n".join(raw.htmls)
    text = texts["text"] or "\n".join(raw.texts)
    if not (author.address or text.strip() or html or headers):
        problem = form.problems[0] if form.problems else "The form holds no mail."
        return Unreadable.of(PROVIDER, problem, body[:10_000])
    return InboundMail(
        author=author,
        to=read_mailboxes(fields.text("to") or first(headers, "To")),
        subject=fields.text("subject").strip() or decode_words(first(headers, "Subject")),
        text=(text if text.strip() else html_to_text(html))[:TEXT_CHARACTERS_MAX],
        html=html[:TEXT_CHARACTERS_MAX],
        headers=headers,
        envelope_from=_text(envelope["from"]) if "from" in envelope else None,
        envelope_to=_texts(envelope.get("to")),
        message_id=(read_ids(first(headers, "Message-ID")) or ("",))[0],
        in_reply_to=read_ids(first(headers, "In-Reply-To")),
        references=read_ids(first(headers, "References")),
        auto_submitted=first(headers, "Auto-Submitted"),
        spf=fields.text("SPF").strip().lower(),
        dkim=fields.text("dkim").strip(),
        spam_score=_number(fields.text("spam_score")),
        sender_ip=fields.text("sender_ip").strip(),
        attachments=tuple(raw.attachments) + fields.attachments(),
        reports=tuple(raw.reports) + fields.reports(),
        problems=form.problems + tuple(raw.problems),
    )


class _Fields:
    """The form by its fields' names: the first of each counts."""

    def __init__(self, form: Multipart) -> None:
        self.files = [part for part in form.parts if part.filename is not None]
        self.parts: dict[str, Part] = {}
        for part in form.parts:
            if part.filename is None:
                self.parts.setdefault(part.name, part)
        self.charsets = self.json("charsets")

    def content(self, name: str) -> bytes:
        return bytes(self.parts[name].content) if name in self.parts else b""

    def text(self, name: str, characters_max: int = _SMALL_CHARACTERS_MAX) -> str:
        """Return a field in the charset that the form names for it."""
        return decode_text(self.content(name), _text(self.charsets.get(name)) or "utf-8", characters_max)

    def json(self, name: str) -> Mapping[str, Any]:
        try:
            found = json.loads(self.content(name)[:_SMALL_CHARACTERS_MAX] or b"{}")
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def attachments(self) -> tuple[Attachment, ...]:
        """Return what the form carries as files, by the names that the mail gave them."""
        described = self.json("attachment-info")
        return tuple(_attachment(part, described.get(part.name)) for part in self.files)

    def reports(self) -> tuple[ReportPart, ...]:
        return tuple(
            ReportPart(
                content_type=part.content_type,
                text=decode_text(bytes(part.content), "utf-8", REPORT_CHARACTERS_MAX),
            )
            for part in self.files
            if part.content_type in REPORT_TYPES or part.content_type == "message/rfc822"
        )


def _attachment(part: Part, described: object) -> Attachment:
    told = described if isinstance(described, dict) else {}
    content_id = _text(told.get("content-id")).strip("<> ")
    return Attachment(
        name=_text(told.get("filename")) or _text(told.get("name")) or storable_text(part.filename or ""),
        content_type=_text(told.get("type")) or storable_text(part.content_type),
        size_bytes=part.size_bytes,
        content_id=content_id,
        is_inline=bool(content_id),
    )


def _author(written: str, envelope: Mapping[str, Any]) -> Mailbox:
    found = read_mailboxes(written)
    if found:
        return found[0]
    return Mailbox(name=decode_words(written)[:200], address=_text(envelope.get("from")))


def _text(value: object) -> str:
    return storable_text(value, 1_000) if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    return tuple(_text(one) for one in value[:100] if isinstance(one, str)) if isinstance(value, list) else ()


def _number(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if abs(found) < float("inf") else None
