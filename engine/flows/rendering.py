"""Render published content for one lead, and say in one word what stands in the way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from channels.address import Channel
from channels.message import Content, EmailContent, TextContent, VoicemailContent
from engine.content.brand import Brand
from engine.content.legal_lines import Line
from engine.content.problems import ContentErrors
from engine.content.render import Script, render, render_from_name, render_lines
from engine.content.sandbox import MissingValue
from engine.content.variables import Links, build_variables
from engine.domain.lead import Lead
from engine.flows.kit import Kit
from engine.flows.shelf import Current, Missing
from engine.store.database import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A message as the lead will get it, with the revision it was made from.

    An email may say by itself whom it shows as its sender, and the brand where answers go.
    """

    content: Content
    revision: str
    from_name: str | None = None
    reply_to: str | None = None
    brand: Brand
    lines: Mapping[Line, str] = field(default_factory=dict)  # what may be added to a text


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrenderable:
    """Why no message goes: *reason* is one word for the log, *detail* says what to mend; *rule* where one forbids it."""

    reason: str
    detail: str
    rule: str = ""


def render_message(
    current: Current, lead: Lead, *, channel: Channel, template: str, links: Links, at: datetime
) -> Rendered | Unrenderable:
    """Return *template* for *lead* at the instant *at*. A missing value never becomes a blank: the message is held."""
    try:
        compiled = current.template(channel, template, lead.language)
        variables = build_variables(lead, compiled.brand, links, at=at)
        content = render(compiled, variables)
        from_name = render_from_name(compiled, variables)
        lines = render_lines(compiled, variables)
    except Missing as error:
        return Unrenderable(reason="missing_template", detail=str(error))
    except MissingValue as error:
        return Unrenderable(reason="missing_value", detail=str(error))
    except ContentErrors as error:
        return Unrenderable(reason="content_error", detail=str(error))
    assert isinstance(content, EmailContent | TextContent | VoicemailContent)
    identity = compiled.brand.senders.get(channel) if isinstance(content, EmailContent) else None
    return Rendered(
        content=content,
        revision=compiled.revision,
        from_name=from_name or None,
        reply_to=(identity.reply_to or None) if identity else None,
        brand=compiled.brand,
        lines=lines,
    )


def render_script(kit: Kit, connection: Connection, lead: Lead, template: str, channel: Channel) -> str:
    """Return a script for a person as text; what is missing is said in it, since a person can do without."""
    try:
        compiled = kit.shelf.current(connection).template(channel, template, lead.language)
        at = kit.database.now(connection)
        script = render(compiled, build_variables(lead, compiled.brand, Links(), at=at))
    except (Missing, MissingValue, ContentErrors) as error:
        return f"The script {template} could not be prepared: {error}"
    assert isinstance(script, Script)
    return f"{script.title}\n\n{script.text}"
