"""The frame around every page of the console: where we are, and whether these leads are invented."""

from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse

from engine.store import pauses
from engine.store.database import Connection
from engine.web.console import saying
from engine.web.console.closed_links import close_links
from engine.web.person import person_of
from engine.web.rendering import render

READS = ["GET", "HEAD"]

ROOMS = (
    ("/console", "Today"),
    ("/console/inbox", "Inbox"),
    ("/console/tasks", "Tasks"),
    ("/console/leads", "Leads"),
    ("/console/messages", "Messages"),
    ("/console/content", "Content"),
    ("/console/consent", "Consent"),
    ("/console/reports", "Reports"),
    ("/console/sandbox", "Sandbox"),
    ("/console/settings", "Settings"),
)


def show(request: Request, connection: Connection, name: str, /, *, room: str, **context: Any) -> HTMLResponse:
    """Return the page *name* in the console's frame; *room* is the one that is marked as open."""
    everywhere = pauses.everywhere(connection)
    frame: dict[str, Any] = {
        "rooms": ROOMS,
        "room": room,
        "path": request.url.path,
        "person": person_of(request),
        "said": saying.read(request),
        "everywhere": everywhere,
        "is_demonstration": everywhere.is_demonstration,
    }
    answer = render(name, **frame, **context)
    saying.let_go(request, answer)
    return close_links(answer, frame["person"])


def back_to(path: str) -> RedirectResponse:
    """Send the browser to *path* after a change, so that reloading repeats nothing; its `said` is told there once."""
    page, said = saying.take_off(path)
    answer = go_to(page)
    if said:
        saying.leave(answer, said)
    return answer


def go_to(path: str) -> RedirectResponse:
    """Send the browser to *path*, which somebody else may have written: nothing is told there."""
    return RedirectResponse(path, status_code=303)
