"""Words that a person wrote to a lead, made into a message: with the seller's name and address below a mail, and its thread."""

import re
from collections.abc import Sequence
from html import escape

from channels.address import Channel
from channels.message import Content, EmailContent, TextContent
from engine.content.brand import Brand
from engine.content.legal_lines import Line, usual_line
from engine.domain.lead import Lead
from engine.flows.rendering import Rendered, Unrenderable
from engine.flows.shelf import Current, Missing
from engine.store.answers import Written

WRITTEN = "written-answer"
"""What stands in place of a template's name on a message that a person wrote."""

REVISION = "written"
THREAD_MAX = 20  # ids of a conversation that a mail names (RFC 5322 3.6.4 lets old ones go)
_RE = re.compile(r"^\s*(?:re|aw|sv|antw|odp|ref)\s*(?:\[\d+\])?\s*:", re.IGNORECASE)


def render_written(current: Current, lead: Lead, written: Written, *, channel: Channel) -> Rendered | Unrenderable:
    """Return the message that carries *written* to *lead*."""
    try:
        brand = current.brand()
    except Missing as error:
        return Unrenderable(reason="missing_template", detail=str(error))
    lines = {line: usual_line(line, lead.language, brand) for line in Line} if channel is Channel.SMS else {}
    return Rendered(content=content_of(written, brand, channel=channel), revision=REVISION, brand=brand, lines=lines)


def content_of(written: Written, brand: Brand, *, channel: Channel) -> Content:
    """Return *written* as it leaves by *channel*."""
    if channel is not Channel.EMAIL:
        return TextContent(body=written.body)
    below = "\n".join(part for part in (brand.name, brand.postal_address) if part)
    text = f"{written.body}\n\n-- \n{below}\n"
    headers = {}
    if written.thread:
        headers = {"In-Reply-To": _bracketed(written.thread[-1:]), "References": _bracketed(written.thread)}
    return EmailContent(subject=written.subject, html=_html(written.body, below), text=text, headers=headers)


def answer_subject(subject: str, fallback: str) -> str:
    """Return the subject of an answer to a mail with *subject*: the same, with one "Re:"; *fallback* where it had none."""
    said = " ".join(subject.split()) or fallback
    return said if _RE.match(said) else f"Re: {said}"


def thread_of(references: Sequence[str], message_id: str) -> tuple[str, ...]:
    """Return the ids of the conversation that an answer continues: those its mail named, then its own."""
    ids = [one.strip().strip("<>") for one in (*references, message_id)]
    return tuple(dict.fromkeys(one for one in ids if one and not re.search(r"[\s<>]", one)))[-THREAD_MAX:]


def _bracketed(ids: Sequence[str]) -> str:
    return " ".join(f"<{one}>" for one in ids)


def _html(body: str, below: str) -> str:
    parts = [escape(part).replace("\n", "<br>\n") for part in re.split(r"\n\s*\n", body) if part.strip()]
    said = "\n".join(f"<p>{part}</p>" for part in parts)
    seller = escape(below).replace("\n", "<br>\n")
    return (
        f'<!doctype html>\n<html><head><meta charset="utf-8"></head><body>\n{said}\n<p>{seller}</p>\n</body></html>\n'
    )
