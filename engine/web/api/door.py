"""The API's door: who asks, how much they bring and of what sort, before anything of it is read; and what went wrong behind.

Only the header opens it, never a cookie, so no page that somebody happens to look at can use the API in their name.
"""

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine.flows.keys import Caller, caller_of
from engine.flows.kit import Kit
from engine.store.errors import StoreError
from engine.web.api import problems
from engine.web.api.problems import TYPES, Refused

log = structlog.get_logger(__name__)

BODY_BYTES_MAX = 64 * 1024  # a lead with the longest note there may be is a third of it
OPEN_TO_ALL = ("/api/v1/openapi.json",)
RETRY_AFTER = {"Retry-After": "5"}
BODYLESS = frozenset({"GET", "HEAD", "OPTIONS", "DELETE"})


class Door:
    """Lets a request in to *app* with its `Caller` and a body that is JSON by its word, and of bounded size."""

    def __init__(self, app: ASGIApp, kit: Kit) -> None:
        self._app = app
        self._kit = kit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_started = False

        async def send_on(message: Message) -> None:
            nonlocal has_started
            has_started = True
            await send(message)

        try:
            await self._enter(scope, receive, send_on)
        except Exception as error:
            refused = _refusal_of(error)
            if refused.kind is problems.BROKEN:
                log.exception("request.failed", method=scope["method"], route=_route(scope))
            if has_started:
                raise
            await refused.answer()(scope, receive, send)

    async def _enter(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] in OPEN_TO_ALL or scope["path"].startswith(TYPES):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        caller = await self._identify(headers.get("authorization", ""))
        scope.setdefault("state", {})["caller"] = caller
        with structlog.contextvars.bound_contextvars(api_key=caller.name):
            if scope["method"] not in BODYLESS:
                receive = _again(await _read(headers, receive))
            await self._app(scope, receive, send)

    async def _identify(self, authorization: str) -> Caller:
        scheme, _, secret = authorization.partition(" ")
        if not authorization:
            raise Refused(problems.UNAUTHORISED, headers={"WWW-Authenticate": CHALLENGE})
        if scheme.lower() == "bearer":
            caller = await run_in_threadpool(caller_of, self._kit, secret.strip())
            if caller is not None:
                return caller
        told = 'error="invalid_token", error_description="this key is unknown or was revoked"'
        raise Refused(
            problems.UNAUTHORISED,
            "This key is unknown or was revoked. See `fifthtouch apikey list`, or make one by `fifthtouch apikey create`.",
            headers={"WWW-Authenticate": f"{CHALLENGE}, {told}"},
        )


CHALLENGE = 'Bearer realm="Fifth Touch API"'


async def _read(headers: Headers, receive: Receive) -> bytes:
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json" and not (
        media_type.startswith("application/") and media_type.endswith("+json")
    ):
        raise Refused(problems.WRONG_TYPE)
    announced = headers.get("content-length", "0")
    if announced.isdecimal() and int(announced[:20]) > BODY_BYTES_MAX:
        raise Refused(problems.TOO_LARGE)
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(problems.UNREADABLE, "The connection ended before the body did.")
        body += message.get("body", b"")
        if len(body) > BODY_BYTES_MAX:
            raise Refused(problems.TOO_LARGE)
        if not message.get("more_body", False):
            return bytes(body)


def _again(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _refusal_of(error: Exception) -> Refused:
    if isinstance(error, Refused):
        return error
    if isinstance(error, StoreError):
        log.error("request.database_away", problem=str(error))
        return Refused(problems.AWAY, headers=RETRY_AFTER)
    return Refused(problems.BROKEN)


def _route(scope: Scope) -> str:
    return str(getattr(scope.get("route"), "path", "unknown"))
