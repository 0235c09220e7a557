"""The API's own description (OpenAPI): FastAPI's, with every problem said as it is sent, and the key that opens the door."""

from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from engine.web.api import problems
from engine.web.api.problems import MEDIA_TYPE, FieldError, Kind, Problem

DESCRIPTION = """\
Send leads, let them enter sequences, and say what happened to them; read what was said to them.

Every request carries `Authorization: Bearer ft_...`, a key made by `fifthtouch apikey create NAME`. Every POST may carry
an `Idempotency-Key`, so that it can be sent again without harm. Every error is a problem (RFC 9457,
`application/problem+json`): `type` names its kind, `errors` each field with what to do.
"""
EVERYWHERE = (problems.UNAUTHORISED, problems.BROKEN, problems.AWAY)
WITH_BODY = (
    problems.UNREADABLE, problems.UNDER_WAY, problems.TOO_LARGE, problems.WRONG_TYPE, problems.INVALID,
    problems.KEY_REUSED,
)  # fmt: skip
SCHEMES = {"key": {"type": "http", "scheme": "bearer", "description": "A key made by `fifthtouch apikey create NAME`."}}


def describe(api: FastAPI) -> dict[str, Any]:
    """Return the description of *api*."""
    told = get_openapi(title=api.title, version=api.version, description=DESCRIPTION, routes=api.routes)
    told["servers"] = [{"url": "/api"}]
    told["security"] = [{"key": []}]
    parts = told.setdefault("components", {})
    parts["securitySchemes"] = SCHEMES
    schemas = parts.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    template = "#/components/schemas/{model}"
    for model in (FieldError, Problem):
        schemas[model.__name__] = model.model_json_schema(ref_template=template)
        schemas[model.__name__].pop("$defs", None)
    for path, operations in told["paths"].items():
        for method, operation in operations.items():
            _tell_problems(operation, _kinds_of(path, method, operation))
    return told


def _kinds_of(path: str, method: str, operation: dict[str, Any]) -> list[Kind]:
    kinds = [*EVERYWHERE]
    if "{lead_id}" in path:
        kinds.append(problems.NOT_FOUND)
    if method == "post":
        kinds += WITH_BODY
    elif operation.get("parameters"):
        kinds.append(problems.INVALID)
    if path.endswith("/enrollments"):
        kinds.append(problems.NOT_ENTERED)
    return kinds


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
        if kind is problems.UNAUTHORISED:
            answer["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    operation["responses"] = dict(sorted(answers.items()))
