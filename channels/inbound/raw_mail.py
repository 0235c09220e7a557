"""Read a mail from its bytes alone, as a mailbox or a file holds it."""

from channels.inbound.header_fields import decode_words, read_ids, read_mailboxes
from channels.inbound.html_text import html_to_text
from channels.inbound.mail import TEXT_CHARACTERS_MAX, InboundMail, Mailbox, first
from channels.inbound.mime import read_raw


def read_mail(raw: bytes) -> InboundMail:
    """Return the mail that *raw* is; never raises. What cannot be read of it is named under problems.

    Its envelope is gone but for what servers write into its header (Return-Path, Delivered-To).
    """
    found = read_raw(raw)
    text, html = "\n".join(found.texts), "\n".join(found.htmls)
    authors = read_mailboxes(first(found.headers, "From")) or read_mailboxes(first(found.headers, "Sender"))
    return InboundMail(
        author=authors[0] if authors else Mailbox(),
        to=read_mailboxes(first(found.headers, "To")),
        subject=decode_words(first(found.headers, "Subject")),
        text=(text if text.strip() else html_to_text(html))[:TEXT_CHARACTERS_MAX],
        html=html[:TEXT_CHARACTERS_MAX],
        headers=found.headers,
        message_id=(read_ids(first(found.headers, "Message-ID")) or ("",))[0],
        in_reply_to=read_ids(first(found.headers, "In-Reply-To")),
        references=read_ids(first(found.headers, "References")),
        auto_submitted=first(found.headers, "Auto-Submitted"),
        attachments=tuple(found.attachments),
        reports=tuple(found.reports),
        problems=tuple(found.problems),
    )
