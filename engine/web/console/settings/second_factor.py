"""Turn one's own second factor on, with a QR code for the app, and off."""

from collections.abc import Mapping
from typing import Any

import segno
from fastapi import APIRouter, Request
from fastapi.responses import Response
from markupsafe import Markup

from engine.flows.passwords import TooBusy
from engine.flows.second_factor import NothingPending, address_of, begin, confirm, pending, reset
from engine.flows.signing_in import Slowed, WrongProof, prove_again
from engine.web.bodies import Form
from engine.web.console.frame import back_to
from engine.web.console.settings.account import PAGE, account_page, refuse
from engine.web.cookies import caller_of
from engine.web.edge import ThisEdge
from engine.web.person import ThisVisit

WRONG = "That code is not right. Look whether the phone's clock is, and take the next one."
QUIET_ZONE = 4  # modules of white around a QR code (ISO 18004)

router = APIRouter(prefix=f"{PAGE}/second-factor")


@router.post("/begin")
def offer(request: Request, edge: ThisEdge, visit: ThisVisit, form: Form) -> Response:
    """Show a secret for the authenticator app, to whoever gives their password once more."""
    try:
        prove_again(edge.entrance, visit, form.get("current", ""), caller_of(request, edge))
    except (WrongProof, Slowed, TooBusy) as error:
        return refuse(request, edge, visit, error)
    secret = begin(edge.entrance, visit.user_id)
    return account_page(request, edge, visit, offered=_offer(secret, visit.email))


@router.post("/confirm")
def turn_on(request: Request, edge: ThisEdge, visit: ThisVisit, form: Form) -> Response:
    """Turn it on with a code of the app, and show the codes for its loss this once."""
    try:
        codes = confirm(edge.entrance, visit.user_id, form.get("code", ""))
    except NothingPending:
        return back_to(PAGE)
    if codes is not None:
        return account_page(request, edge, visit, codes=codes)
    with edge.kit.database.read() as connection:
        secret = pending(edge.entrance, connection, visit.user_id)
    offered = _offer(secret, visit.email) if secret else None
    return account_page(request, edge, visit, problem=WRONG, status=422, offered=offered)


@router.post("/off")
def end(request: Request, edge: ThisEdge, visit: ThisVisit, form: Form) -> Response:
    """Turn it off, for whoever gives their password once more."""
    try:
        prove_again(edge.entrance, visit, form.get("current", ""), caller_of(request, edge))
    except (WrongProof, Slowed, TooBusy) as error:
        return refuse(request, edge, visit, error)
    reset(edge.kit, visit.user_id, by=visit.user_id)
    return back_to(f"{PAGE}?said=second_factor_off")


def _offer(secret: str, email: str) -> Mapping[str, Any]:
    drawn = segno.make(address_of(secret, email), error="m").svg_inline(
        scale=5,
        border=QUIET_ZONE,
        dark="#000",
        light="#fff",
        title="QR code for your authenticator app",
        svgclass="qr",
        lineclass=None,
    )
    return {"secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)), "qr": Markup(drawn)}  # noqa: S704 - drawn by us
