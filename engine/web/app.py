"""The web app: put together from a kit, or from the environment when a server asks for it by name."""

from collections.abc import Callable
from functools import cache
from os import PathLike, stat_result
from pathlib import Path

import structlog
from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from engine import bootstrap, logs
from engine.content.speech import Speaker
from engine.domain.access import Role
from engine.flows.kit import Kit
from engine.flows.passwords import Passwords
from engine.flows.welcoming import first_admin_link
from engine.jobs import declare, make_brokers
from engine.settings import Settings, SettingsError, read_settings
from engine.store.errors import StoreError
from engine.web import health
from engine.web.access import require_own_form, require_this_machine
from engine.web.api import described, make_api
from engine.web.console import router as console
from engine.web.console.content import router as content
from engine.web.console.content.desk import ROOM, Bench, Desk
from engine.web.console.signing_in import router as signing_in
from engine.web.edge import Edge
from engine.web.errors import add_error_pages
from engine.web.forms import router as forms
from engine.web.lead_pages import router as lead_pages
from engine.web.person import Person
from engine.web.rendering import STATIC
from engine.web.security import SecureHeaders
from engine.web.webhooks import router as webhooks

log = structlog.get_logger(__name__)


def nobody_waits() -> None:
    """Ring no bell: the ticker finds new work by itself."""


def create_app(
    kit: Kit,
    settings: Settings,
    *,
    ring: Callable[[], object] = nobody_waits,
    templates: Path | None = None,
    speaker: Speaker | None = None,
    passwords: Passwords | None = None,
) -> FastAPI:
    """Return the app on *kit*; *ring* is called after every commit that made work, and may do nothing.

    *templates* is the folder that previews show, as `load_library` takes it; *speaker* reads voicemails aloud;
    *passwords* hashes them, by default at the usual cost.
    """
    app = FastAPI(title="Fifth Touch", docs_url=None, redoc_url=None, openapi_url=None)
    secrets = bootstrap.link_secrets(settings)
    entrance = bootstrap.open_entrance(kit, settings, passwords)
    edge = Edge(kit=kit, settings=settings, link_secrets=secrets, entrance=entrance, ring=ring)
    app.state.edge = edge
    app.state.desk = Desk(bench=Bench(templates), speaker=speaker or Speaker(), kit=kit)
    for router in (health.router, lead_pages, forms, webhooks, signing_in, console):
        app.include_router(router)
    app.add_api_route("/", _to_console, methods=["GET", "HEAD"])
    app.mount("/api", make_api(edge), name="api")
    app.mount("/static", _Kept(directory=STATIC), name="static")
    add_error_pages(app)
    app.add_api_route("/openapi.json", _tell_description, methods=["GET", "HEAD"])
    app.add_middleware(SecureHeaders, is_https=settings.base_url.startswith("https://"))
    proxies = [proxy for proxy in settings.trusted_proxies.replace(",", " ").split() if proxy != "*"]
    if proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=proxies)
    return app


def create_preview_app(desk: Desk) -> FastAPI:
    """Return an app that shows the pages about content alone, to this machine; the desk may have no installation."""
    app = FastAPI(title="Fifth Touch previews", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.desk = desk
    near = [Depends(require_this_machine), Depends(require_own_form), Depends(_whoever_sits_here)]
    app.include_router(content, dependencies=near)
    for path in ("/", "/console"):
        app.add_api_route(path, _to_content, methods=["GET", "HEAD"])
    app.mount("/static", _Kept(directory=STATIC), name="static")
    add_error_pages(app)
    app.add_middleware(SecureHeaders)
    return app


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve the app that the environment describes, for `uvicorn engine.web.app:app`; made when first asked."""
    if scope["type"] == "lifespan":
        try:
            _from_environment()
        except (SettingsError, StoreError) as error:
            await receive()
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
    await _from_environment()(scope, receive, send)


class _Kept(StaticFiles):
    """Files whose name carries their content, so that nobody asks for them twice."""

    def file_response(
        self, full_path: PathLike[str] | str, stat_result: stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """Return the file, to be kept for ever."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def _whoever_sits_here(request: Request) -> None:
    """Let whoever sits at this machine write content: previews have no installation, so nobody can sign in to them."""
    request.state.person = Person(id="preview", name="Whoever sits here", role=Role.MARKETER)


def _tell_description() -> JSONResponse:
    """Tell what the API offers, to whoever asks."""
    return JSONResponse(described())


def _to_console() -> RedirectResponse:
    return RedirectResponse("/console", status_code=307)


def _to_content() -> RedirectResponse:
    return RedirectResponse(ROOM, status_code=307)


@cache
def _from_environment() -> FastAPI:
    settings = read_settings()
    logs.configure(settings.log_level, settings.log_format)
    kit = bootstrap.open_kit(settings, bootstrap.real_world(settings))
    bootstrap.add_live_senders(kit)
    link = first_admin_link(kit)
    if link is not None:  # it is of no use to whoever reads this line later: it works once, and for a day
        log.warning(
            "console.unclaimed", first_admin=link.under(settings.base_url), expires_at=link.expires_at.isoformat()
        )
    return create_app(kit, settings, ring=bell_of(kit, settings))


def bell_of(kit: Kit, settings: Settings) -> Callable[[], object]:
    """Return what tells the workers of other processes that there is work; the ticker alone does, where there is no queue."""
    if settings.redis_url is None:
        return nobody_waits
    bells = declare(make_brokers(settings.redis_url), kit)
    return lambda: bells.ring("first")
