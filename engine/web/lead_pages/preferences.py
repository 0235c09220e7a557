"""The lead's choices: stop emails, stop everything, or hear from us later. Looking changes nothing."""

from datetime import datetime

from dateutil.relativedelta import relativedelta
from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse

from channels.address import Channel
from consent.tokens import TokenKind
from engine.domain.enrollment import EnrollmentStatus
from engine.flows.kit import Kit
from engine.flows.resting import rest
from engine.flows.withdraw import Stop, lock_leads
from engine.store import leads
from engine.web.bodies import Form
from engine.web.edge import ThisEdge
from engine.web.lead_pages.stop import STOP_EMAILS, stop_once
from engine.web.lead_pages.tokens import lead_of, seller
from engine.web.rendering import render

STOPS = {
    "stop-emails": (STOP_EMAILS, frozenset({Channel.EMAIL})),
    "stop-everything": ("Stop everything", frozenset[Channel]()),
}
MONTHS = (1, 3, 6)
SNOOZES = {f"snooze-{months}": months for months in MONTHS}

router = APIRouter()


@router.api_route("/p/{token}", methods=["GET", "HEAD"])
def show_preferences(token: str, edge: ThisEdge) -> HTMLResponse:
    """Show the choices; nothing about the lead, since the link may have been passed on."""
    lead_of(edge, token, TokenKind.PREFERENCES)
    return _page(edge, done=None)


@router.post("/p/{token}")
def choose(token: str, edge: ThisEdge, form: Form) -> HTMLResponse:
    """Carry out the choice, and say what will happen now."""
    lead_id = lead_of(edge, token, TokenKind.PREFERENCES)
    choice = form.get("choice", "")
    if choice in STOPS:
        wording, channels = STOPS[choice]
        stop_once(edge.kit, lead_id, Stop(channels=channels, source="page", wording=wording, recorded_by="lead"))
    elif choice in SNOOZES:
        _snooze(edge.kit, lead_id, SNOOZES[choice])
    else:
        raise HTTPException(400, "Please go back and choose one of the buttons.")
    edge.ring()
    return _page(edge, done=choice)


def _page(edge: ThisEdge, *, done: str | None) -> HTMLResponse:
    months = SNOOZES.get(done or "")
    return render("preferences.html", seller=seller(edge.kit), done=done, months=months, choices=MONTHS)


def _snooze(kit: Kit, lead_id: str, months: int) -> datetime:
    """Let everything the lead walks rest for some months; return until when."""
    with kit.database.write() as connection:
        stored = leads.load(connection, [lead_id])
        lock_leads(connection, stored.values())
        now = kit.database.now(connection)
        until = now + relativedelta(months=months)
        rest(connection, [lead_id], status=EnrollmentStatus.SNOOZED, until=until, reason="asked for later", now=now)
    return until
