"""Headers that every response carries, and a page for every error that nobody foresaw.

This is plain ASGI around the whole app, so that redirects, HEAD, static files and errors have the headers too.
"""

import structlog
from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine.web.errors import error_page

log = structlog.get_logger(__name__)

CONTENT_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; frame-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Nothing is loaded from elsewhere, nothing inline is run, nobody may frame us."""

HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # "no-referrer" would make browsers send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""A response may set its own value of any of these; what it leaves out is added."""

HTTPS_HEADERS = {"Strict-Transport-Security": "max-age=31536000"}
"""Where we are reached by https: for a year browsers ask in no other way. Other hosts of the domain are not ours to bind."""


class SecureHeaders:
    """Adds `HEADERS` to every response of *app*, where it *is_https* also that, and answers for it where it fails."""

    def __init__(self, app: ASGIApp, *, is_https: bool = False) -> None:
        self._app = app
        self._headers = {**HEADERS, **(HTTPS_HEADERS if is_https else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_started = False

        async def send_secured(message: Message) -> None:
            nonlocal has_started
            if message["type"] == "http.response.start":
                has_started = True
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, send_secured)
        except Exception:
            log.exception("request.failed", method=scope["method"], route=_route(scope))
            if has_started:
                raise
            await _sorry(scope)(scope, receive, send_secured)


def _sorry(scope: Scope) -> Response:
    """Return a page for a person's browser, and a line for everybody else."""
    if b"text/html" in dict(scope["headers"]).get(b"accept", b""):
        return error_page(500, path=scope["path"], is_read=scope["method"] in {"GET", "HEAD"})
    return PlainTextResponse("Something went wrong here. It was logged; please try again.", status_code=500)


def _route(scope: Scope) -> str:
    """Return the route's pattern: a path may hold a lead's token, which belongs in no log."""
    return str(getattr(scope.get("route"), "path", "unknown"))
