"""The API's door: who asks, how often, how much they bring and of what sort, before anything of it is read; and what went wrong behind.

Only the header opens it, never a cookie, so no page that somebody happens to look at can use the API in their name.
"""

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine.flows.keys import Caller, caller_of
from engine.flows.kit import Kit
from engine.flows.rationing import Ration, Rationing, Spent
from engine.store.errors import StoreError
from engine.web.api import problems
from engine.web.api.problems import TYPES, Refused

log = structlog.get_logger(__name__)

BODY_BYTES_MAX = 64 * 1024  # a lead with the longest note there may be is a third of it
BATCH_BYTES_MAX = 1024 * 1024
BATCHES = ("/api/v1/lead-batches",)
OPEN_TO_ALL = ("/api/v1/openapi.json",)
RETRY_AFTER = {"Retry-After": "5"}
BODYLESS = frozenset({"GET", "HEAD", "OPTIONS", "DELETE"})


class Door:
    """Lets a request in to *app* with its `Caller` and a body that is JSON by its word, and of bounded size."""

    def __init__(self, app: ASGIApp, kit: Kit, ration: Ration | None) -> None:
        self._app = app
        self._kit = kit
        self._rationing = Rationing(kit, ration) if ration else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_started = False
        counted: dict[str, str] = {}

        async def send_on(message: Message) -> None:
            nonlocal has_started
            if message["type"] == "http.response.start":
                has_started = True
                MutableHeaders(scope=message).update(counted)
            await send(message)

        try:
            await self._enter(scope, receive, send_on, counted)
        except Exception as error:
            refused = _refusal_of(error)
            if refused.kind is problems.BROKEN:
                log.exception("request.failed", method=scope["method"], route=_route(scope))
            if has_started:
                raise
            await refused.answer()(scope, receive, send_on)

    async def _enter(self, scope: Scope, receive: Receive, send: Send, counted: dict[str, str]) -> None:
        if scope["path"] in OPEN_TO_ALL or scope["path"].startswith(TYPES):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        caller = await self._identify(headers.get("authorization", ""))
        await self._count(caller, counted)
        scope.setdefault("state", {})["caller"] = caller
        with structlog.contextvars.bound_contextvars(api_key=caller.name):
            if scope["method"] not in BODYLESS:
                receive = _again(await _read(headers, receive, scope["path"]))
            await self._app(scope, receive, send)

    async def _count(self, caller: Caller, counted: dict[str, str]) -> None:
        """Count the request, and put what is left into *counted*: the headers of the IETF's draft."""
        if self._rationing is None:
            return
        spent = await run_in_threadpool(self._rationing.spend, caller.key_id, caller.at)
        counted |= _told(self._rationing.ration, spent)
        if not spent.may_go:
            raise Refused(problems.TOO_MANY, headers={"Retry-After": str(spent.seconds)})

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


def _told(ration: Ration, spent: Spent) -> dict[str, str]:
    """Return the headers that say how much a key may ask, what is left of it, and when it is all there again."""
    return {
        "RateLimit-Policy": f'"key";q={ration.burst};w={ration.window_seconds}',
        "RateLimit": f'"key";r={spent.left};t={spent.seconds}',
    }


async def _read(headers: Headers, receive: Receive, path: str) -> bytes:
    most = BATCH_BYTES_MAX if path in BATCHES else BODY_BYTES_MAX
    if (
        "content-type" not in headers
        and headers.get("content-length", "0") == "0"
        and "transfer-encoding" not in headers
    ):
        return b""
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json" and not (
        media_type.startswith("application/") and media_type.endswith("+json")
    ):
        raise Refused(problems.WRONG_TYPE)
    announced = headers.get("content-length", "0")
    if announced.isdecimal() and int(announced[:20]) > most:
        raise Refused(problems.TOO_LARGE)
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(problems.UNREADABLE, "The connection ended before the body did.")
        body += message.get("body", b"")
        if len(body) > most:
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
