"""Suppressions: what must not be used and why, whether one address is among it, and one more."""

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from channels.address import AddressKind, Channel, kind_of
from consent.facts import SuppressionReason
from engine.flows.suppress_addresses import Wanted, suppress
from engine.store import dossiers
from engine.store.ledger_list import list_suppressions
from engine.web.bodies import Form
from engine.web.console.consent.room import ROOM, address_typed, show_tab
from engine.web.console.frame import READS, back_to
from engine.web.edge import ThisEdge
from engine.web.listing import cursor, json_rows, link, start_of, wanted, wants_json
from engine.web.person import WORK, ThisPerson

TAB = f"{ROOM}/suppressions"
CHANNELS = [channel for channel in Channel if kind_of(channel) is not None]

router = APIRouter(prefix=TAB)


@router.api_route("", methods=READS)
def show_suppressions(request: Request, edge: ThisEdge) -> Response:
    """Show what must not be used, the newest first."""
    asked = {
        "kind": wanted(request, "kind", AddressKind),
        "reason": wanted(request, "reason", SuppressionReason),
    }
    with edge.kit.database.read() as connection:
        page = list_suppressions(connection, kind=asked["kind"], reason=asked["reason"], after=start_of(request))
        following = cursor(page.next)
        if wants_json(request):
            return json_rows(page.rows, following)
        return show_tab(
            request,
            connection,
            "consent_suppressions.html",
            tab=TAB,
            rows=page.rows,
            asked=asked,
            choices={"kind": list(AddressKind), "reason": list(SuppressionReason), "channel": CHANNELS},
            older=link(request, after=following) if following else None,
            newest=link(request, after=None) if "after" in request.query_params else None,
        )


@router.post("/check")
def check(request: Request, edge: ThisEdge, form: Form) -> Response:
    """Say what stands against one address; it is posted, so that it stands in no history and no log."""
    address = address_typed(form.get("address", ""))
    with edge.kit.database.read() as connection:
        key = edge.kit.address_key.key_of(address.kind, address.value)
        found = dossiers.suppressions_of_key(connection, address.kind, key)
        return show_tab(request, connection, "consent_check.html", tab=TAB, address=address, rows=found, key=key)


@router.post("", dependencies=[WORK])
def add(edge: ThisEdge, person: ThisPerson, form: Form) -> RedirectResponse:
    """Stop using an address, for every lead that has it now or later; answers when nothing more can leave."""
    address = address_typed(form.get("address", ""))
    reason, channel = form.get("reason", ""), form.get("channel", "")
    if reason not in set(SuppressionReason) or channel not in {"", *CHANNELS}:
        raise HTTPException(400, "Please choose one of the reasons, and a channel or all.")
    if channel and kind_of(Channel(channel)) is not address.kind:
        raise HTTPException(400, f"This address is not used for {channel}: leave the channel out.")
    only = Channel(channel) if channel else None
    is_new = suppress(edge.kit, [Wanted(address=address, reason=SuppressionReason(reason), channel=only)], by=person.id)
    edge.ring()
    return back_to(f"{TAB}?said={'suppressed_now' if is_new else 'suppressed_already'}")
