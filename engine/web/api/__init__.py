"""The integrator's door: an app of its own under `/api`, so that everything there is answered as programs expect."""

from functools import cache
from typing import Any

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException as StarletteHTTPException

from engine.flows.rationing import Ration
from engine.settings import Settings
from engine.web.api import (
    batches,
    consent,
    enrollments,
    exports,
    leads,
    messages,
    notes,
    problems,
    reads,
    reports,
    resting,
    sequences,
    suppressions,
    tasks,
    webhooks,
)  # fmt: skip
from engine.web.api.description import describe
from engine.web.api.door import Door
from engine.web.api.fields import errors_in
from engine.web.api.joined import Joined, follow_joined, tell_joined
from engine.web.api.permits import only_known
from engine.web.api.problems import KINDS, Refused
from engine.web.edge import Edge

__all__ = ["described", "make_api"]

ROUTERS = tuple(
    one.router
    for one in (
        leads, batches, reads, notes, resting, enrollments, messages, tasks, consent, suppressions, sequences, reports,
        exports, webhooks,
    )
)  # fmt: skip
BY_STATUS = {404: problems.NOT_FOUND, 405: problems.WRONG_METHOD, 400: problems.UNREADABLE}


def make_api(edge: Edge) -> FastAPI:
    """Return the app to mount under `/api`."""
    api = _with_routes()
    api.state.edge = edge
    api.add_api_route("/v1/openapi.json", _tell_description, include_in_schema=False)
    api.add_api_route("/v1/problems/{name}", _explain, include_in_schema=False)
    _tell_problems(api)
    api.add_exception_handler(Joined, tell_joined)
    api.add_middleware(Door, kit=edge.kit, ration=_ration(edge.settings))
    return api


@cache
def described() -> dict[str, Any]:
    """Return the API's description (OpenAPI); it is the same on every installation."""
    return describe(_with_routes(), operations())


def _with_routes() -> FastAPI:
    options: dict[str, Any] = {
        "generate_unique_id_function": lambda route: route.name,
        "docs_url": None,
        "redoc_url": None,
        "openapi_url": None,
        "redirect_slashes": False,
    }
    api = FastAPI(title="Fifth Touch", version="1", **options)
    for router in ROUTERS:
        api.include_router(router, dependencies=[Depends(only_known), Depends(follow_joined)])
    return api


def _ration(settings: Settings) -> Ration | None:
    """Return how much a key may ask: a sixth of a minute's requests at once, and so many a second from then on."""
    wanted = settings.api_requests_per_minute
    return Ration(per_second=wanted / 60, burst=max(1, wanted // 6)) if wanted else None


def _tell_description() -> JSONResponse:
    return JSONResponse(described())


def _explain(name: str) -> JSONResponse:
    """Say what a kind of problem means: where its `type` leads."""
    kind = KINDS.get(name)
    if kind is None:
        raise Refused(problems.NOT_FOUND, f"There is no kind of problem of this name. Known: {', '.join(KINDS)}.")
    return JSONResponse({"type": kind.type, "title": kind.title, "status": kind.status, "remedy": kind.remedy})


def _tell_problems(api: FastAPI) -> None:
    @api.exception_handler(Refused)
    def tell(_request: Request, error: Refused) -> Response:
        return error.answer()

    @api.exception_handler(RequestValidationError)
    def tell_fields(request: Request, error: RequestValidationError) -> Response:
        found = error.errors()
        if any(one["type"] == "json_invalid" for one in found):
            return Refused(problems.UNREADABLE).answer()
        errors = errors_in(found, request.scope.get("endpoint"))
        return Refused(problems.INVALID, errors=errors).answer()

    @api.exception_handler(StarletteHTTPException)
    def tell_http(request: Request, error: HTTPException) -> Response:
        kind = BY_STATUS.get(error.status_code, problems.BROKEN)
        headers = {"Allow": _methods_at(request)} if kind is problems.WRONG_METHOD else dict(error.headers or {})
        return Refused(kind, headers=headers).answer()


def operations() -> list[APIRoute]:
    """Return every operation there is."""
    return [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]


def _methods_at(request: Request) -> str:
    """Return every method that the address takes: each route by itself knows only its own."""
    path = request.url.path.removeprefix("/api")
    fitting = [route for route in operations() if route.path_regex.match(path)]
    return ", ".join(sorted({method for route in fitting for method in route.methods or ()}))
