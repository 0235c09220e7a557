"""Links and images of our emails that report to us: the reader goes on at once, what it meant is absorbed later."""

from base64 import b64decode
from hashlib import blake2b

import structlog
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from channels.address import Channel
from channels.events import EventKind, ProviderEvent
from channels.machines import Visit, is_machine_click, is_machine_open
from channels.message import MessageId
from engine.content.tracking import read_click, read_open
from engine.flows.absorb import receive
from engine.store import messages
from engine.store.errors import StoreError
from engine.web.edge import Edge, ThisEdge
from engine.web.lead_pages.tokens import BROKEN

PROVIDER = "fifthtouch"
"""Who reports these: we do."""

ANYWHERE = ["GET", "HEAD"]
NOT_KEPT = {"Cache-Control": "no-store, max-age=0", "Cross-Origin-Resource-Policy": "cross-origin"}

# The smallest picture there is: one transparent dot, GIF89a.
DOT = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")

router = APIRouter()
log = structlog.get_logger(__name__)


@router.api_route("/c/{token}", methods=ANYWHERE)
def follow(token: str, request: Request, edge: ThisEdge) -> RedirectResponse:
    """Lead on to where the link goes; only addresses that we wrote ourselves are led to."""
    followed = read_click(token, edge.link_secrets)
    if followed is None:
        raise HTTPException(404, BROKEN)
    _report(edge, request, EventKind.CLICKED, followed.message_id, followed.target)
    return RedirectResponse(followed.target, status_code=302, headers={**NOT_KEPT, "X-Robots-Tag": "noindex"})


@router.api_route("/o/{token}", methods=ANYWHERE)
def show_dot(token: str, request: Request, edge: ThisEdge) -> Response:
    """Show one transparent dot, whoever asks for it."""
    message_id = read_open(token, edge.link_secrets)
    if message_id is not None:
        _report(edge, request, EventKind.OPENED, message_id, None)
    return Response(DOT, media_type="image/gif", headers=NOT_KEPT)


def _report(edge: Edge, request: Request, kind: EventKind, message_id: MessageId, target: str | None) -> None:
    """Keep that *message_id* was opened or its link to *target* followed, once for people and once for machines.

    A reader is never kept waiting by our trouble: without a database the report is lost, not the way.
    """
    kit = edge.kit
    try:
        with kit.database.read() as connection:
            message = messages.load(connection, [message_id]).get(message_id)
            now = kit.database.now(connection)
        if message is None:
            return  # erased since: there is nobody to report about
        age = now - message.accepted_at if message.accepted_at else None
        visit = Visit(method=request.method, headers=request.headers, age=age)
        machine = is_machine_click(visit) if kind is EventKind.CLICKED else is_machine_open(visit)
        event = ProviderEvent(
            provider=PROVIDER,
            event_id=_event_id(kind, message_id, target, machine=machine),
            kind=kind,
            channel=Channel.EMAIL,
            at=now,
            message_id=message_id,
            text=target,
            machine=machine,
            extra={"user_agent": request.headers.get("user-agent", "")[:300]},
        )
        receive(kit, [event])
    except StoreError as error:
        log.warning("track.lost", kind=kind, message_id=message_id, problem=str(error))


def _event_id(kind: EventKind, message_id: MessageId, target: str | None, *, machine: bool) -> str:
    """Return the same id for the same thing, so that opening a mail ten times is one event."""
    which = blake2b((target or "").encode(), digest_size=6).hexdigest() if target else ""
    return f"{kind}.{message_id}.{which}.{'machine' if machine else 'person'}"
