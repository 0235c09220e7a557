"""The audit log: every change a person or a program made, with before and after, newest first."""

from datetime import UTC, date, datetime, time, timedelta

from fastapi import APIRouter, HTTPException, Request, Response

from engine.store import audit
from engine.web.console.frame import READS, show
from engine.web.console.settings.landing import ROOM
from engine.web.edge import ThisEdge
from engine.web.listing import cursor, json_rows, link, start_of, wanted, wants_json
from engine.web.person import MANAGE

PAGE = f"{ROOM}/audit"
FILTERS = ("actor", "action", "subject")

router = APIRouter(prefix=PAGE, dependencies=[MANAGE])


@router.api_route("", methods=READS)
def show_changes(request: Request, edge: ThisEdge) -> Response:
    """Show a page of changes."""
    asked = {name: wanted(request, name) for name in (*FILTERS, "since", "until")}
    since, before = _day(asked["since"]), _day(asked["until"], later=timedelta(days=1))
    named = {name: value for name in FILTERS if (value := asked[name]) is not None}
    with edge.kit.database.read() as connection:
        page = audit.read_page(connection, named, since=since, before_day=before, following=start_of(request))
        following = cursor(page.next)
        if wants_json(request):
            return json_rows(page.rows, following)
        return show(
            request,
            connection,
            "settings_audit.html",
            room=ROOM,
            rows=page.rows,
            changes=[changed(row["before"], row["after"]) for row in page.rows],
            asked=asked,
            older=link(request, after=following) if following else None,
            newest=link(request, after=None) if "after" in request.query_params else None,
        )


def changed(before: object, after: object) -> list[tuple[str, object, object]]:
    """Return each field of a change with how it was and how it is; fields that stayed are left out."""
    was = before if isinstance(before, dict) else {} if before is None else {"value": before}
    now = after if isinstance(after, dict) else {} if after is None else {"value": after}
    names = [*was, *(name for name in now if name not in was)]
    return [
        (name, was.get(name), now.get(name)) for name in names if was.get(name) != now.get(name) or not (was and now)
    ]


def _day(text: str | None, *, later: timedelta = timedelta()) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC) + later
    except (ValueError, OverflowError):
        raise HTTPException(400, "That date can't be read: write it as 2026-03-31.") from None
