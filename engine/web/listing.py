"""What every list of the console has in common: its place in the URL, and its rows as JSON."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from fastapi import HTTPException, Request
from fastapi.responses import JSONResponse

from engine.store.pages import Key, Row
from engine.web.bodies import clean

SEPARATOR = "~"  # in neither an instant nor an id, and safe in a URL


def wanted(request: Request, name: str, choices: Iterable[str] | None = None) -> str | None:
    """Return the query parameter *name*, None where it is empty; refuses what is not among *choices*."""
    value = clean(request.query_params.get(name, ""))
    if not value:
        return None
    if choices is not None and value not in {str(choice) for choice in choices}:
        raise HTTPException(400, f"There is no {name} called “{value[:40]}”.")
    return value


def start_of(request: Request) -> Key | None:
    """Return the key that this page begins after, from `?after=`."""
    text = request.query_params.get("after", "")
    if not text:
        return None
    at, _, row_id = text.partition(SEPARATOR)
    try:
        instant = datetime.fromisoformat(at)
        key = Key(at=instant if instant.tzinfo else instant.replace(tzinfo=UTC), id=str(UUID(row_id)))
        key.at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise HTTPException(400, "This link to a further page is damaged: begin again from the first page.") from None
    return key


def cursor(key: Key | None) -> str | None:
    """Return *key* as it stands in a URL."""
    return f"{key.at.isoformat()}{SEPARATOR}{key.id}" if key else None


def link(request: Request, **changes: str | None) -> str:
    """Return this page's path with some query parameters changed; None takes one away."""
    url = request.url.include_query_params(**{name: value for name, value in changes.items() if value is not None})
    url = url.remove_query_params([name for name, value in changes.items() if value is None])
    return f"{url.path}?{url.query}" if url.query else url.path


def wants_json(request: Request) -> bool:
    """Return whether the rows are wanted as they are, with `?format=json`."""
    return request.query_params.get("format") == "json"


def json_rows(rows: Iterable[Row | Mapping[str, Any]], following: str | None) -> JSONResponse:
    """Return *rows* and the cursor of the next page as JSON."""
    return JSONResponse({"rows": [plain(row) for row in rows], "next": following})


def plain(value: Any) -> Any:
    """Return *value* in plain JSON values; instants as ISO 8601."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping | Row):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value
