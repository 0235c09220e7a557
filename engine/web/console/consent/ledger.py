"""The ledger: every fact about permission with its proof, whether it is sealed, and the dispute file of one person."""

from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response

from channels.address import Channel
from consent.facts import FactKind
from engine.domain.timing import TimingError
from engine.flows import proving
from engine.flows.dispute_files import files, gather
from engine.flows.kit import Kit
from engine.flows.reporting import zone_of
from engine.store import audit, chain, seals
from engine.store.database import Connection
from engine.store.ledger_list import FactFilter, list_facts
from engine.web.bodies import Form
from engine.web.console.consent.room import ROOM, person_named, show_tab
from engine.web.console.frame import READS
from engine.web.edge import ThisEdge
from engine.web.listing import cursor, json_rows, link, start_of, wanted, wants_json
from engine.web.person import WORK, ThisPerson

EXPORTED = "consent.exported"
ONE_DAY = timedelta(days=1)

router = APIRouter(prefix=ROOM)


@router.api_route("", methods=READS)
def show_ledger(request: Request, edge: ThisEdge) -> Response:
    """Show facts, the newest first."""
    with edge.kit.database.read() as connection:
        asked = _asked(request)
        page = list_facts(connection, _filter(edge.kit, connection, asked), after=start_of(request))
        following = cursor(page.next)
        if wants_json(request):
            return json_rows(page.rows, following)
        return show_tab(
            request,
            connection,
            "consent.html",
            tab=ROOM,
            rows=page.rows,
            asked=asked,
            choices={"channel": list(Channel), "kind": list(FactKind)},
            head=seals.last(connection),
            verdict=None,
            older=link(request, after=following) if following else None,
            newest=link(request, after=None) if "after" in request.query_params else None,
        )


@router.post("/verify", dependencies=[WORK])
def verify(request: Request, edge: ThisEdge) -> Response:
    """Recompute the whole ledger, and say whether it is as it was written."""
    verdict = proving.verify(edge.kit)
    with edge.kit.database.read() as connection:
        return show_tab(
            request,
            connection,
            "consent_verdict.html",
            tab=ROOM,
            verdict=verdict,
            at=edge.kit.database.now(connection),
            unsealed=chain.unsealed_count(connection),
        )


@router.post("/dispute/{name}", dependencies=[WORK])
def export(edge: ThisEdge, person: ThisPerson, name: str, form: Form) -> Response:
    """Return all that is on record about one person's permission as a file; that somebody took it is noted."""
    who = form.get("who", "")
    with edge.kit.database.write() as connection:
        lead_ids, addresses = person_named(edge.kit, connection, who)
        told = gather(edge.kit, connection, lead_ids, addresses)
        if told is None:
            raise HTTPException(404, "Nothing is on record about them: is it written as it was then?")
        found = files(told)
        if name not in found:
            raise HTTPException(404, "There is no such file.")
        # The hash, not the address: the audit log outlives erasure.
        subject = lead_ids[0] if lead_ids else f"{told['addresses'][0]['kind']}:{told['addresses'][0]['hash']}"
        now = edge.kit.database.now(connection)
        audit.note(connection, row_id=edge.kit.ids.new(), at=now, actor=person.id, action=EXPORTED, subject=subject)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    kind = "application/json" if name.endswith(".json") else "text/html; charset=utf-8"
    return Response(found[name], media_type=kind, headers=headers)


def _asked(request: Request) -> dict[str, str]:
    return {
        "who": wanted(request, "who") or "",
        "channel": wanted(request, "channel", Channel) or "",
        "kind": wanted(request, "kind", FactKind) or "",
        "since": wanted(request, "since") or "",
        "until": wanted(request, "until") or "",
    }


def _filter(kit: Kit, connection: Connection, asked: dict[str, str]) -> FactFilter:
    people: dict[str, Any] = {}
    if asked["who"]:
        people["lead_ids"] = person_named(kit, connection, asked["who"])[0]
    since, until = _day(kit, connection, asked["since"]), _day(kit, connection, asked["until"], later=ONE_DAY)
    return FactFilter(
        **people,
        channel=asked["channel"] or None,
        kind=asked["kind"] or None,
        since=since,
        until=until,
    )


def _day(kit: Kit, connection: Connection, text: str, *, later: timedelta = timedelta()) -> datetime | None:
    """Return the instant at which the day *text* begins where the business is, or so much *later*."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text).replace(tzinfo=zone_of(kit, connection)) + later
        found.astimezone(UTC)
    except (ValueError, OverflowError, TimingError):
        raise HTTPException(400, "Please write days as 2026-03-31.") from None
    return found
