"""Small libraries and leads for the content tests."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from channels.address import Channel
from engine.content.compile import compile_message
from engine.content.compiled import Compiled
from engine.content.library import Library, load_library
from engine.content.preview import preview
from engine.content.render import Rendered
from engine.domain.lead import Lead, LeadId

BRAND = """\
name: Fern & Co
legal_name: Fern and Company LLC
postal_address: 1 Example Street, Exampleville
phone: (503) 555-0100
website: https://fern.example.com
booking_url: https://fern.example.com/book
locale: en
owners:
  - {id: ann, name: Ann Lee, phone: (503) 555-0101}
  - {id: bo, name: Bo Ruiz}
interests: {roof: a new roof}
opt_out_phone: (800) 555-0100
"""
LAYOUT = """\
<mjml lang="{{ language }}"><mj-head><mj-title>{{ subject }}</mj-title><mj-preview>{{ preheader }}</mj-preview></mj-head>
<mj-body><mj-section><mj-column><mj-text>{{ content }}</mj-text>
<mj-text><p><a href="{{ links.unsubscribe }}">Stop</a> {{ brand.name }}, {{ brand.postal_address }}, {{ brand.phone }}</p></mj-text>
</mj-column></mj-section></mj-body></mjml>
"""
PLAIN = "{{ content }}\n--\nStop: {{ links.unsubscribe }}\n{{ brand.name }}, {{ brand.postal_address }}, {{ brand.phone }}\n"
FILES = {"brand.yaml": BRAND, "layouts/personal.mjml": LAYOUT, "layouts/personal.txt": PLAIN}


def library(root: Path, files: dict[str, str | bytes]) -> Library:
    """Return the library of *files* on top of a brand and a layout."""
    for file, content in {**FILES, **files}.items():
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return load_library(root)


def email(body: str, *, subject: str = "Hello", **fields: str) -> str:
    """Return the file of an email."""
    lines = "".join(f"{key}: {value}\n" for key, value in {"subject": subject, "preheader": "More", **fields}.items())
    return f"---\n{lines}---\n{body}\n"


def compiled(root: Path, content: str, file: str = "email/x.md", **more: str) -> Compiled:
    """Return one message of its own library, compiled."""
    found = library(root, {file: content, **{name.replace("__", "/"): text for name, text in more.items()}})
    assert not found.problems
    (source,) = found.messages
    return compile_message(found, source)


def lead(**known: Any) -> Lead:
    """Return a lead of whom only *known* is known."""
    return Lead(id=LeadId("lead-1"), created_at=datetime(2026, 3, 2, 17, 0, tzinfo=UTC), **known)


def shown(root: Path, content: str, file: str = "email/x.md", **known: Any) -> Rendered:
    """Return a message as a lead with *known* gets it."""
    return preview(compiled(root, content, file), lead(**known))


EMAIL = Channel.EMAIL
