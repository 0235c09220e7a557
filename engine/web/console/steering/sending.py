"""All that is stopped, since when, by whom and why, each to be resumed; and the one switch for everything."""

from collections.abc import Callable, Mapping
from dataclasses import asdict

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from channels.address import Channel
from engine.flows import steering
from engine.flows.going_live import PAUSED_BY_HAND, NotReady, pause_sender, resume_sender, switch_sending
from engine.flows.kit import Kit
from engine.flows.steering import NoSuchSequence, StopKind
from engine.store import attempts, contents, pauses
from engine.store import senders as senders_of
from engine.store.history import MACHINE_CHANNELS
from engine.store.senders import Sender
from engine.web.bodies import Form
from engine.web.console.frame import READS, back_to, show
from engine.web.edge import ThisEdge
from engine.web.listing import plain, wants_json
from engine.web.person import STEER, ThisPerson

ROOM = "/console/settings"
PAGE = f"{ROOM}/sending"
REASON_MAX = 200

router = APIRouter(prefix=PAGE)

Turn = Callable[[Kit, str, str, str], object]
"""What pauses or resumes one thing: the kit, the thing, who says so, and why."""


@router.api_route("", methods=READS)
def show_sending(request: Request, edge: ThisEdge) -> Response:
    """Show what is stopped, and what can be."""
    with edge.kit.database.read() as connection:
        stops = steering.all_stops(connection)
        if wants_json(request):
            return JSONResponse({"stopped": [plain(asdict(one)) for one in stops]})
        return show(
            request,
            connection,
            "settings_sending.html",
            room=ROOM,
            stops=stops,
            is_stopped=any(one.kind is StopKind.EVERYTHING for one in stops),
            going_channels=sorted(MACHINE_CHANNELS - {one.subject for one in stops if one.kind is StopKind.CHANNEL}),
            going_sequences=[row["name"] for row in contents.sequences(connection) if not row["is_paused"]],
            on_wire=attempts.count_open(connection),
        )


@router.api_route("/switch", methods=READS, dependencies=[STEER])
def ask_about_switch(request: Request, edge: ThisEdge) -> Response:
    """Say what the one switch does before it is turned."""
    with edge.kit.database.read() as connection:
        return show(
            request,
            connection,
            "settings_switch.html",
            room=ROOM,
            is_stopped=pauses.everywhere(connection).is_sending_stopped,
            on_wire=attempts.count_open(connection),
        )


@router.post("/switch", dependencies=[STEER])
def turn_switch(edge: ThisEdge, person: ThisPerson, form: Form) -> RedirectResponse:
    """Stop all sending, and answer when no call starts any more; or let it go on."""
    wish = form.get("turn", "")
    if wish not in {"stop", "start"}:
        raise HTTPException(400, "Please choose whether sending stops or goes on.")
    switch_sending(edge.kit, is_stopped=wish == "stop", by=person.id, reason=_reason(form))
    edge.ring()
    return back_to(f"{PAGE}?said={'sending_stopped' if wish == 'stop' else 'sending_goes_on'}")


@router.post("/pause", dependencies=[STEER])
def pause(edge: ThisEdge, person: ThisPerson, form: Form) -> RedirectResponse:
    """Let a channel, a sequence or a sender rest, and answer when no call of it starts any more."""
    _turn(_PAUSES, edge.kit, form, person.id)
    return back_to(_back(form, "paused"))


@router.post("/resume", dependencies=[STEER])
def resume(edge: ThisEdge, person: ThisPerson, form: Form) -> RedirectResponse:
    """Let a channel, a sequence or a sender go on."""
    _turn(_RESUMES, edge.kit, form, person.id)
    edge.ring()
    return back_to(_back(form, "resumed"))


def _turn(turns: Mapping[str, Turn], kit: Kit, form: Form, by: str) -> None:
    turn, subject = turns.get(form.get("kind", "")), form.get("subject", "")
    if turn is None:
        raise HTTPException(400, "Please choose a channel, a sequence or a sender.")
    try:
        turn(kit, subject, by, _reason(form))
    except NoSuchSequence:
        raise HTTPException(404, "There is no such sequence.") from None
    except NotReady as reason:
        raise HTTPException(409, f"{str(reason)[:1].upper()}{str(reason)[1:]}.") from None


def _channel(name: str) -> Channel:
    if name not in MACHINE_CHANNELS:
        raise HTTPException(400, "Email, texts and voicemail can rest: please choose one of them.")
    return Channel(name)


def _sender(kit: Kit, sender_id: str) -> Sender:
    with kit.database.read() as connection:
        found = next((one for one in senders_of.all_senders(connection) if one.id == sender_id), None)
    if found is None:
        raise HTTPException(404, "There is no such sender.")
    return found


_PAUSES: Mapping[str, Turn] = {
    StopKind.CHANNEL: lambda kit, name, by, why: steering.pause_channel(kit, _channel(name), by=by, reason=why),
    StopKind.SEQUENCE: lambda kit, name, by, why: steering.pause_sequence(kit, name, by=by, reason=why),
    StopKind.SENDER: lambda kit, name, by, why: pause_sender(
        kit, _sender(kit, name), by=by, reason=why or PAUSED_BY_HAND
    ),
}
_RESUMES: Mapping[str, Turn] = {
    StopKind.CHANNEL: lambda kit, name, by, _: steering.resume_channel(kit, _channel(name), by=by),
    StopKind.SEQUENCE: lambda kit, name, by, _: steering.resume_sequence(kit, name, by=by),
    StopKind.SENDER: lambda kit, name, by, _: resume_sender(kit, _sender(kit, name), by=by),
}


def _reason(form: Form) -> str:
    return form.get("reason", "")[:REASON_MAX]


def _back(form: Form, said: str) -> str:
    """Return the page of ours that the button stood on, with what was done; never anybody else's."""
    path = form.get("back", PAGE)
    is_ours = path == "/console" or path.startswith("/console/")
    clean = path.partition("?")[0] if is_ours and not set(path) & set("\\#\r\n") else PAGE
    return f"{clean}?said={said}"
