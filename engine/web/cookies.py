"""The cookies that know people: one for whoever is signed in, one by which a browser is known again.

There is one more, which says for a minute what was just done (`console/saying.py`). No page sets others.

On https their names begin with `__Host-`, which browsers take only over https, for this host alone, so that no
neighbouring domain can put its own in their place. Whether that is so is told by the settings, never by the request.
"""

from datetime import timedelta

from fastapi import Request
from fastapi.responses import Response

from engine.domain.signing_in import VISIT
from engine.flows.entrance import known_browser
from engine.flows.signing_in import Caller, Opened
from engine.web.edge import Edge

SESSION = "session"
BROWSER = "browser"
KNOWN_FOR = timedelta(days=180)
TEXT_MAX = 400


def session_of(request: Request, edge: Edge) -> str:
    """Return the token of the session that the browser shows; empty when it shows none."""
    return request.cookies.get(_name(edge, SESSION), "")[:TEXT_MAX]


def caller_of(request: Request, edge: Edge) -> Caller:
    """Return who knocks."""
    return Caller(
        client=request.client.host if request.client else "unknown",
        agent=request.headers.get("user-agent", ""),
        mark=request.cookies.get(_name(edge, BROWSER), "")[:TEXT_MAX],
    )


def keep(response: Response, edge: Edge, opened: Opened) -> Response:
    """Let the browser keep the session that was just opened; and know it again, once somebody is wholly in."""
    _set(response, edge, SESSION, opened.token, VISIT)
    if not opened.awaits_code:
        _set(response, edge, BROWSER, known_browser(edge.entrance, opened.email), KNOWN_FOR)
    return response


def forget(response: Response, edge: Edge) -> Response:
    """Let the browser forget its session."""
    name = _name(edge, SESSION)
    response.delete_cookie(name, path="/", secure=is_secure(edge), httponly=True, samesite="lax")
    return response


def is_secure(edge: Edge) -> bool:
    """Return whether the console is reached by https."""
    return edge.settings.base_url.lower().startswith("https://")


def _name(edge: Edge, name: str) -> str:
    return f"__Host-{name}" if is_secure(edge) else name


def _set(response: Response, edge: Edge, name: str, value: str, lasting: timedelta) -> None:
    response.set_cookie(
        _name(edge, name),
        value,
        max_age=int(lasting.total_seconds()),
        path="/",
        secure=is_secure(edge),
        httponly=True,
        samesite="lax",
    )
