"""Pages from templates: everything escaped, every name known, and assets under a name that changes with them."""

from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from engine.web import words

HERE = Path(__file__).parent
STATIC = HERE / "static"
NOTHING = "\N{EN DASH}"


def render(name: str, /, *, status: int = 200, **context: Any) -> HTMLResponse:
    """Return the page *name* with *context*."""
    return HTMLResponse(pages().get_template(name).render(context), status_code=status)


@cache
def pages() -> Environment:
    """Return the environment all pages are rendered in."""
    folders = [HERE / "console" / "pages", HERE / "lead_pages" / "pages", HERE / "forms" / "pages"]
    environment = Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["asset"] = asset
    environment.filters |= {"instant": show_instant, "duration": show_duration, "words": words.say}
    environment.filters["told_instant"] = lambda text: show_instant(datetime.fromisoformat(text))
    environment.filters |= {"lead_name": words.lead_name, "tone": words.tone, "commands": show_commands}
    return environment


@cache
def asset(name: str) -> str:
    """Return the path of a file of ours, with its content in its name: it may be kept for ever."""
    return f"/static/{name}?v={sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"


def show_instant(instant: datetime | None) -> Markup:
    """Return *instant* in UTC; the page's script shows it in the reader's own zone."""
    if instant is None:
        return Markup('<span class="quiet">{}</span>').format(NOTHING)
    text = f"{instant.day} {instant:%b %Y, %H:%M}"
    return Markup('<time datetime="{}" title="{} UTC">{}</time>').format(instant.isoformat(), text, text)


def show_commands(text: str) -> Markup:
    """Return *text* with what stands between backticks as commands."""
    parts = text.split("`")
    return Markup().join(Markup("<code>{}</code>").format(part) if odd % 2 else part for odd, part in enumerate(parts))


def show_duration(seconds: float | None) -> str:
    """Return a length of time as people say it, in its largest one or two units."""
    if seconds is None:
        return NOTHING
    if seconds < 1:
        return "under 1 s"
    left = timedelta(seconds=round(seconds))
    parts = {
        "d": left.days,
        "h": left.seconds // 3600,
        "min": left.seconds // 60 % 60,
        "s": left.seconds % 60,
    }
    said = [f"{count} {unit}" for unit, count in parts.items() if count]
    return " ".join(said[:2])
