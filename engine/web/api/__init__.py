"""The integrator's door: an app of its own under `/api`, so that everything there is answered as programs expect."""

from functools import cache
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException as StarletteHTTPException

from engine.web.api import leads, problems, reads
from engine.web.api.description import describe
from engine.web.api.door import Door
from engine.web.api.fields import errors_in
from engine.web.api.problems import KINDS, Refused
from engine.web.edge import Edge

__all__ = ["described", "make_api"]

BY_STATUS = {404: problems.NOT_FOUND, 405: problems.WRONG_METHOD, 400: problems.UNREADABLE}


def make_api(edge: Edge) -> FastAPI:
    """Return the app to mount under `/api`."""
    api = _with_routes()
    api.state.edge = edge
    api.add_api_route("/v1/openapi.json", _tell_description, include_in_schema=False)
    api.add_api_route("/v1/problems/{name}", _explain, include_in_schema=False)
    _tell_problems(api)
    api.add_middleware(Door, kit=edge.kit)
    return api


@cache
def described() -> dict[str, Any]:
    """Return the API's description (OpenAPI); it is the same on every installation."""
    return describe(_with_routes())


def _with_routes() -> FastAPI:
    options: dict[str, Any] = {"docs_url": None, "redoc_url": None, "openapi_url": None, "redirect_slashes": False}
    api = FastAPI(title="Fifth Touch", version="1", **options)
    api.include_router(leads.router)
    api.include_router(reads.router)
    return api


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
    def tell_http(_request: Request, error: HTTPException) -> Response:
        kind = BY_STATUS.get(error.status_code, problems.BROKEN)
        return Refused(kind, headers=dict(error.headers or {})).answer()
