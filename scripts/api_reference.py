"""The reference page of the API, from its own description."""

from collections.abc import Iterator, Mapping
from typing import Any

from engine.web.api import described
from engine.web.api.problems import KINDS

INTRODUCTION = """\
# API

Everything is under `/api/v1`, answers JSON, and wants `Authorization: Bearer ft_...` with a key made by
`fifthtouch apikey create NAME`. The same as OpenAPI, for programs: `GET /api/v1/openapi.json`. Step by step:
[send leads by API](../how-to/send-leads-by-api.md).

- **Scopes.** A key does what it was made for: `fifthtouch apikey create NAME --scope leads:read --scope leads:write`; all, where
  none is named. Each operation names its scope; without it the answer is 403 and says what is lacking.
- **Once.** Every POST and PATCH takes an `Idempotency-Key`: sent again within 24 hours with the same request, it is answered as
  before (with `Idempotency-Replayed: true`) and nothing is done twice.
- **Lists** come a page at a time, newest first: send an answer's `next` as `after`, or follow the header `Link`. A query
  parameter or a field that is not named here is refused, so that a slip does not widen a search.
- **Changes** to a lead want its `ETag` in `If-Match`: 428 without it, 412 where somebody changed the lead meanwhile.
- **How much.** Each key may ask 200 times at once and 20 times a second in the long run, or as
  `FIFTHTOUCH_API_REQUESTS_PER_MINUTE` says, over all web processes. `RateLimit-Policy` and `RateLimit` tell it; beyond it 429 says in `Retry-After`
  when to come again.
- **Bodies** have at most 64 KiB, those of batches 1 MiB.
- Leads are not deleted here: erasing a person, with proof, is for people (`fifthtouch lead erase`). Files are for the import
  (`fifthtouch lead import`).
"""


def api_page() -> str:
    """Return every operation with what it takes and answers, and every kind of problem."""
    told = described()
    lines = [INTRODUCTION.rstrip()]
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            lines += _operation(told, f"{method.upper()} /api{path}", operation)
    lines += [
        "",
        "## Problems",
        "",
        "Every error is `application/problem+json` (RFC 9457). `type` names the kind for good:",
        "",
    ]
    lines += ["| type | status | title | what to do |", "|---|---|---|---|"]
    lines += [f"| `{kind.type}` | {kind.status} | {kind.title} | {kind.remedy} |" for kind in KINDS.values()]
    return "\n".join(lines)


def _operation(told: Mapping[str, Any], title: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", f"## {operation['summary']}", "", f"`{title}`", "", operation["description"])
    query = [one for one in operation.get("parameters", []) if one["in"] == "query"]
    if query:
        yield from ("", "| query | meaning |", "|---|---|")
        yield from (
            f"| `{one['name']}` | {one['schema'].get('description') or one.get('description', '')} |" for one in query
        )
    if "requestBody" in operation:
        yield from ("", *_fields(told, operation["requestBody"]["content"]["application/json"]["schema"], "send"))
    good = next(answer for status, answer in operation["responses"].items() if status < "3")
    if "application/json" in good["content"]:
        yield from ("", *_fields(told, good["content"]["application/json"]["schema"], "answered"))
    else:
        yield from ("", f"Answers {' or '.join(f'`{one}`' for one in good['content'])}.")
    bad = [status for status in operation["responses"] if status >= "4"]
    yield from ("", f"Problems: {', '.join(bad)}.")


def _fields(told: Mapping[str, Any], reference: Mapping[str, Any], title: str, prefix: str = "") -> Iterator[str]:
    if not prefix:
        yield from (f"| {title} | type | meaning |", "|---|---|---|")
    schema = _resolved(told, reference)
    for name, field in schema["properties"].items():
        required = " (required)" if name in schema.get("required", ()) and title == "send" else ""
        inner = _inner(told, field)
        yield f"| `{prefix}{name}`{required} | {_type(told, field)} | {field.get('description', inner.get('description', ''))} |"
        if "properties" in inner:
            many = "[]" if field.get("type") == "array" else ""
            yield from _fields(told, inner, title, f"{prefix}{name}{many}.")


def _inner(told: Mapping[str, Any], field: Mapping[str, Any]) -> Mapping[str, Any]:
    candidates = [field, *field.get("anyOf", []), field.get("items", {})]
    return next((_resolved(told, one) for one in candidates if "$ref" in one), {})


def _resolved(told: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in schema:
        return schema
    found: Mapping[str, Any] = told["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


def _type(told: Mapping[str, Any], field: Mapping[str, Any]) -> str:
    if "anyOf" in field:
        return " or ".join(dict.fromkeys(_type(told, one) for one in field["anyOf"]))
    schema = _resolved(told, field)
    if "enum" in schema:
        return ", ".join(f"`{one}`" for one in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(told, schema['items'])}"
    if "properties" in schema:
        return "object"
    return str({"date-time": "instant"}.get(schema.get("format", ""), schema.get("type", "any")))
