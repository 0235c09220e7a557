"""The API's own description (OpenAPI): FastAPI's, with every problem said as it is sent, and the key that opens the door."""

from collections.abc import Iterable, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from engine.web.api import problems
from engine.web.api.permits import scope_of
from engine.web.api.problems import KINDS, MEDIA_TYPE, FieldError, Kind, Problem

DESCRIPTION = """\
Send leads, let them enter sequences, and say what happened to them; read what was said to them.

Every request carries `Authorization: Bearer ft_...`, a key made by `fifthtouch apikey create NAME --scope ...`; each
operation names the scope that it asks for. Every POST and PATCH may carry an `Idempotency-Key`, so that it can be sent
again without harm. Lists come a page at a time: send an answer's `next` as `after`, or follow the header `Link`. Every
error is a problem (RFC 9457, `application/problem+json`): `type` names its kind, `errors` each field with what to do.
`RateLimit-Policy` and `RateLimit` tell how much a key may ask, and what is left of it.
"""
EVERYWHERE = (
    problems.UNAUTHORISED, problems.OUT_OF_SCOPE, problems.INVALID, problems.TOO_MANY, problems.BROKEN, problems.AWAY,
)  # fmt: skip
ACTING = (
    problems.UNREADABLE, problems.UNDER_WAY, problems.ERASED, problems.TOO_LARGE, problems.WRONG_TYPE, problems.KEY_REUSED,
)  # fmt: skip
CARRIED = frozenset({"POST", "PATCH"})
"""What may carry an Idempotency-Key and a body; a DELETE is the same however often it is sent."""
ALSO, VERSIONED = "x-problems", "x-etag"
"""For `openapi_extra` of a route: which kinds of problem it has besides, and that it tells an ETag. Told as headers and answers."""

HEADERS = {
    "RateLimit-Policy": "How many requests the key may make at once (`q`), and in how many seconds all are there again (`w`).",
    "RateLimit": "How many are left (`r`), and in how many seconds all are there again (`t`).",
    "Link": 'Where the next page is, as `rel="next"`; missing on the last.',
    "Idempotency-Replayed": "`true` where the request had been carried out before.",
    "ETag": "The version of what is told: send it in `If-Match` with a change.",
    "Retry-After": "How many seconds to wait.",
    "WWW-Authenticate": "How to show a key.",
}
SCHEMES = {"key": {"type": "http", "scheme": "bearer", "description": "A key made by `fifthtouch apikey create NAME`."}}


def describe(api: FastAPI, routes: Sequence[APIRoute]) -> dict[str, Any]:
    """Return the description of *api*, whose operations are *routes*."""
    told = get_openapi(title=api.title, version=api.version, description=DESCRIPTION, routes=api.routes)
    told["servers"] = [{"url": "/api"}]
    told["security"] = [{"key": []}]
    parts = told.setdefault("components", {})
    parts["securitySchemes"] = SCHEMES
    parts["headers"] = {
        name: {"description": meaning, "schema": {"type": "string"}} for name, meaning in HEADERS.items()
    }
    schemas = parts.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    template = "#/components/schemas/{model}"
    for model in (FieldError, Problem):
        schemas[model.__name__] = model.model_json_schema(ref_template=template)
        schemas[model.__name__].pop("$defs", None)
    # Each is read for itself, so that one that can't be used keeps none out.
    schemas["LeadsIn"]["properties"]["leads"]["items"] = {"$ref": "#/components/schemas/LeadIn"}
    schemas["LeadsIn"]["examples"] = [{"leads": schemas["LeadIn"]["examples"]}]
    for route in routes:
        method = next(iter(route.methods or ()))
        operation = told["paths"][route.path_format][method.lower()]
        _tell_scope(operation, route)
        _tell_problems(operation, _kinds_of(route, method))
        _tell_headers(operation, method, has_version=bool((route.openapi_extra or {}).get(VERSIONED)))
        for name in (ALSO, VERSIONED):
            operation.pop(name, None)
        for parameter in operation.get("parameters", ()):
            if parameter["name"] == "if-match":  # optional to the code, which answers 428 without it
                parameter.update(required=True, schema={"type": "string", "examples": ['"3"', "*"]})
    return told


def _tell_scope(operation: dict[str, Any], route: APIRoute) -> None:
    scope = scope_of(route)
    assert scope is not None, route.path
    operation["security"] = [{"key": [str(scope)]}]
    operation["description"] = f"{operation['description'].rstrip()}\n\nScope: `{scope}`."


def _kinds_of(route: APIRoute, method: str) -> list[Kind]:
    kinds = [*EVERYWHERE]
    if "{" in route.path:
        kinds.append(problems.NOT_FOUND)
    if method in CARRIED:
        kinds += ACTING
    return [*kinds, *(KINDS[name] for name in (route.openapi_extra or {}).get(ALSO, ()))]


def _tell_headers(operation: dict[str, Any], method: str, *, has_version: bool) -> None:
    is_list = any(one["name"] == "after" for one in operation.get("parameters", ()))
    for status, answer in operation["responses"].items():
        names = ["RateLimit-Policy", "RateLimit"]
        is_good = status < "4"
        names += ["Link"] if is_list and is_good else []
        names += ["Idempotency-Replayed"] if method in CARRIED and is_good else []
        names += ["ETag"] if has_version and is_good else []
        names += ["Retry-After"] if status in {"409", "429", "503"} else []
        names += ["WWW-Authenticate"] if status == "401" else []
        answer["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _tell_problems(operation: dict[str, Any], kinds: Iterable[Kind]) -> None:
    answers: dict[str, Any] = {
        status: answer for status, answer in operation["responses"].items() if not status.startswith(("4", "5"))
    }
    for kind in sorted(kinds, key=lambda one: (one.status, one.name)):
        answer = answers.setdefault(str(kind.status), {"description": "", "content": {MEDIA_TYPE: {}}})
        answer["description"] = " ".join(filter(None, (answer["description"], f"{kind.title} (`{kind.name}`).")))
        content = answer["content"][MEDIA_TYPE]
        content["schema"] = {"$ref": "#/components/schemas/Problem"}
        example = {"type": kind.type, "title": kind.title, "status": kind.status, "detail": kind.remedy}
        content.setdefault("examples", {})[kind.name] = {"value": example}
    operation["responses"] = dict(sorted(answers.items()))
