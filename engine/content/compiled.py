"""A message compiled: templates that need only a lead's values, and the form in which the database keeps them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jinja2 import Template

from channels.address import Channel
from consent.facts import Purpose
from engine.content.brand import Brand, brand_from
from engine.content.problems import ContentErrors, Problem
from engine.content.sandbox import HTML, TEMPLATE_FAULTS, TEXT

HTML_PARTS = frozenset({"html"})
"""The parts in which a lead's values are escaped."""

ROW_FORM = 1
"""The form of `Compiled.to_row`; rows of another form are compiled anew from `templates/`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """One revision of one message. *parts* holds Jinja2 sources by name, *templates* what they compile to.

    Email has `subject`, `preheader`, `html`, `text` and perhaps `from_name`; a text message `text` and perhaps the lines of
    `legal_lines`; a voicemail `script`
    and `human`; a script for a person `title`, `html` and `text`. *revision* is the hash of all it was made from.
    """

    channel: Channel
    name: str
    locale: str
    purpose: Purpose
    file: str
    revision: str
    parts: Mapping[str, str]
    brand: Brand
    templates: Mapping[str, Template] = field(compare=False, repr=False)

    def to_row(self) -> dict[str, Any]:
        """Return plain JSON from which `from_row` makes the same again, without Markdown or MJML."""
        return {
            "form": ROW_FORM,
            "channel": self.channel.value,
            "name": self.name,
            "locale": self.locale,
            "purpose": self.purpose.value,
            "file": self.file,
            "revision": self.revision,
            "parts": dict(self.parts),
            "brand": self.brand.to_json(),
        }


def from_row(row: Mapping[str, Any] | str) -> Compiled:
    """Return the message that `Compiled.to_row` described; a text is read as JSON. Raises `ContentErrors`."""
    found: Mapping[str, Any] = json.loads(row) if isinstance(row, str) else row
    if found.get("form") != ROW_FORM:
        remedy = "Publish the templates again with this version."
        problem = Problem(file=str(found.get("file")), message="It was published by another version.", remedy=remedy)
        raise ContentErrors((problem,))
    return assemble(
        channel=Channel(found["channel"]),
        name=found["name"],
        locale=found["locale"],
        purpose=Purpose(found["purpose"]),
        file=found["file"],
        revision=found["revision"],
        parts=found["parts"],
        brand=brand_from(found["brand"]),
    )


def assemble(*, file: str, parts: Mapping[str, str], **rest: Any) -> Compiled:
    """Return a `Compiled` with its Jinja2 templates made; raises `ContentErrors`."""
    try:
        templates = {name: (HTML if name in HTML_PARTS else TEXT).from_string(source) for name, source in parts.items()}
    except TEMPLATE_FAULTS as error:
        message = f"The template can't be compiled: {type(error).__name__}."
        raise ContentErrors((Problem(file=file, message=message, remedy="Make its expressions simpler."),)) from error
    return Compiled(file=file, parts=parts, templates=templates, **rest)
