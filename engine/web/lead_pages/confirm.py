"""The second step of a double opt-in: looking changes nothing, pressing the button allows, and twice is harmless."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import yaml
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from channels.address import AddressKind
from consent.proof import Proof
from consent.tokens import TokenKind
from engine.domain.lead import LeadId
from engine.flows.again import again_if_changed
from engine.flows.double_opt_in import LINK_WITHIN, confirm, pending
from engine.flows.kit import Kit
from engine.flows.withdraw import lock_leads
from engine.store import leads
from engine.web.edge import ThisEdge
from engine.web.lead_pages.speaking import words_in
from engine.web.lead_pages.tokens import BROKEN, lead_of, visitor, writer_to
from engine.web.lead_pages.who import who_path
from engine.web.rendering import render

router = APIRouter()

PRESSED = "pressed the button in the confirmation mail"


@router.api_route("/confirm/{token}", methods=["GET", "HEAD"])
def show_confirmation(token: str, edge: ThisEdge) -> HTMLResponse:
    """Show what was asked for, and one button; scanners and previews that open every link allow nothing."""
    lead_id = lead_of(edge, token, TokenKind.CONFIRM)
    kit = edge.kit
    with kit.database.read() as connection:
        stored = leads.load(connection, [lead_id]).get(LeadId(lead_id))
        now = kit.database.now(connection)
        asked = pending(connection, stored, AddressKind.EMAIL, now, LINK_WITHIN) if stored else []
    return _page(edge, lead_id, [str(fact["personal"].get("wording", "")) for fact in asked], is_done=not asked)


@router.post("/confirm/{token}")
def confirm_subscription(token: str, edge: ThisEdge, request: Request) -> HTMLResponse:
    """Put on record that the owner of the mailbox wants what was asked for."""
    lead_id = lead_of(edge, token, TokenKind.CONFIRM)
    _confirm(edge.kit, lead_id, replace(visitor(request), act=PRESSED))
    edge.ring()
    return _page(edge, lead_id, [], is_done=True)


@again_if_changed
def _confirm(kit: Kit, lead_id: str, proof: Proof) -> None:
    with kit.database.write() as connection:
        lead_id = leads.survivor_of(connection, lead_id)
        stored = leads.load(connection, [lead_id]).get(LeadId(lead_id))
        if stored is None:
            raise HTTPException(404, BROKEN)
        lock_leads(connection, [stored])
        now = kit.database.now(connection)
        asked = pending(connection, stored, AddressKind.EMAIL, now, LINK_WITHIN)
        confirm(kit, connection, stored, asked, proof, now)


def _page(edge: ThisEdge, lead_id: str, wordings: list[str], *, is_done: bool) -> HTMLResponse:
    writer = writer_to(edge.kit, lead_id)
    language, common = words_in(writer.language)
    return render(
        "confirm.html",
        seller=writer.seller,
        writer=writer,
        who_link=who_path(edge.kit, lead_id),
        words={**common, **_words()[language]},
        language=language,
        wordings=sorted(set(wordings)),
        is_done=is_done,
    )


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    found: Mapping[str, Mapping[str, str]] = yaml.safe_load(
        Path(__file__).with_name("confirm_words.yaml").read_text(encoding="utf-8")
    )
    return found
