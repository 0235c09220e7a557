"""One-click stop of marketing email (RFC 8058): looking changes nothing, posting stops, and posting twice is harmless."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from channels.address import Channel
from consent.facts import FactKind, Purpose
from consent.tokens import TokenKind
from engine.flows.kit import CALL_BY, Kit
from engine.flows.taking_back import may_take_back
from engine.flows.withdraw import Stop, withdraw
from engine.store import lead_list
from engine.store.pages import Row
from engine.web.bodies import Form
from engine.web.edge import ThisEdge
from engine.web.lead_pages.speaking import words_in
from engine.web.lead_pages.tokens import lead_of, visitor, writer_to
from engine.web.lead_pages.who import who_path
from engine.web.rendering import render

ONE_CLICK = "One-Click"  # what a mailbox provider posts for its own unsubscribe button

WORDS = frozenset({FactKind.WITHDRAWN, FactKind.GRANTED})

router = APIRouter()


@router.api_route("/u/{token}", methods=["GET", "HEAD"])
def show_stop(token: str, edge: ThisEdge) -> HTMLResponse:
    """Show one button; scanners and previews that open every link stop nothing."""
    return _page(edge, lead_of(edge, token, TokenKind.STOP), is_done=False)


@router.post("/u/{token}")
def stop_emails(token: str, edge: ThisEdge, form: Form, request: Request) -> HTMLResponse:
    """Stop marketing email, and answer when none can leave any more; any body will do."""
    lead_id = lead_of(edge, token, TokenKind.STOP)
    _, words = words_in(writer_to(edge.kit, lead_id).language)
    by_mailbox = form.get("List-Unsubscribe") == ONE_CLICK and "page" not in form
    stop_once(
        edge.kit,
        lead_id,
        Stop(
            channels=frozenset({Channel.EMAIL}),
            source="one-click" if by_mailbox else "page",
            wording="List-Unsubscribe=One-Click" if by_mailbox else str(words["stop_emails"]),
            recorded_by="lead",
            proof=visitor(request),
        ),
    )
    edge.ring()
    return _page(edge, lead_id, is_done=True)


def _page(edge: ThisEdge, lead_id: str, *, is_done: bool) -> HTMLResponse:
    writer = writer_to(edge.kit, lead_id)
    language, words = words_in(writer.language)
    return render(
        "stop.html",
        seller=writer.seller,
        words=words,
        language=language,
        is_done=is_done,
        can_undo=is_done and may_take_back(edge.kit, lead_id),
        who_link=who_path(edge.kit, lead_id),
        choices=urlsplit(edge.kit.links(lead_id).preferences).path,
    )


def stop_once(kit: Kit, lead_id: str, stop: Stop) -> None:
    """Carry out *stop*, unless the ledger has said the same for longer than a call could still be on its way."""
    with kit.database.read() as connection:
        now = kit.database.now(connection)
        ledger = lead_list.consents_of(connection, lead_id)
    if not all(_has_stopped(ledger, channel, stop.purpose(), now - 2 * CALL_BY) for channel in stop.covers()):
        withdraw(kit, lead_id, stop)


def _has_stopped(ledger: Sequence[Row], channel: Channel, purpose: Purpose | None, before: datetime) -> bool:
    """Return whether the latest fact of *channel* is a stop that covers *purpose* and was on record by *before*."""
    latest = None
    for fact in ledger:
        if fact["channel"] == channel and fact["topic"] is None and fact["kind"] in WORDS:
            latest = fact
    if latest is None or latest["kind"] != FactKind.WITHDRAWN:
        return False
    return latest["purpose"] in {None, purpose} and bool(latest["recorded_at"] <= before)
