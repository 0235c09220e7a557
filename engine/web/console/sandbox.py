"""The sandbox's inbox: what leads would have received, and a lead's own side of it, where one answers as the lead."""

from datetime import timedelta
from uuid import UUID

from babel.dates import format_date
from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from channels.sandbox import NAME as SANDBOX
from engine.content.speech import CannotSpeak
from engine.content.tracking import untracked
from engine.domain.message import MessageState
from engine.store import lead_list, log, sandbox_inbox, sandbox_thread
from engine.store.history import MACHINE_CHANNELS
from engine.web.bodies import Form
from engine.web.console.acting import ABSENCES, ACTS, READY, act_as_lead
from engine.web.console.closed_links import close_links
from engine.web.console.content.desk import ThisDesk
from engine.web.console.content.wishes import LIVE_POLICY
from engine.web.console.frame import READS, back_to, show
from engine.web.console.message import EMAIL_POLICY
from engine.web.edge import ThisEdge
from engine.web.listing import json_rows, link, plain, wanted, wants_json
from engine.web.person import WORK, ThisPerson, person_of

ROOM = "/console/sandbox"
NUMBER_DIGITS_MAX = 18  # what a database can count to

router = APIRouter(prefix=ROOM)


@router.api_route("", methods=READS)
def show_inbox(request: Request, edge: ThisEdge) -> Response:
    """Show what the sandbox took."""
    channel, lead = wanted(request, "channel", MACHINE_CHANNELS), wanted(request, "lead")
    with edge.kit.database.read() as connection:
        page = sandbox_inbox.read_inbox(connection, channel=channel, to=lead, before=_number(request))
        following = str(page.next) if page.next is not None else None
        if wants_json(request):
            return close_links(json_rows(page.rows, following), person_of(request))
        return show(
            request,
            connection,
            "sandbox.html",
            room=ROOM,
            rows=page.rows,
            asked={"channel": channel, "lead": lead},
            choices={"channel": sorted(MACHINE_CHANNELS)},
            older=link(request, after=following) if following else None,
            newest=link(request, after=None) if "after" in request.query_params else None,
        )


@router.api_route("/{lead_id}", methods=READS)
def show_thread(request: Request, lead_id: UUID, edge: ThisEdge) -> Response:
    """Show what came to one lead as they see it, what they said, and what the engine made of that."""
    with edge.kit.database.read() as connection:
        lead = lead_list.find_lead(connection, str(lead_id))
        if lead is None:
            raise HTTPException(404, "There is no such lead.")
        letters = sandbox_thread.read_thread(connection, lead["id"])
        if wants_json(request):
            return close_links(json_rows([plain(one.row) for one in letters], None), person_of(request))
        now = edge.kit.database.now(connection)
        answer = show(
            request,
            connection,
            "sandbox_thread.html",
            room=ROOM,
            lead=lead,
            letters=letters,
            walks=lead_list.walks_of(connection, lead["id"]),
            stopped=[row for row in lead_list.consents_of(connection, lead["id"]) if row["kind"] == "withdrawn"],
            acts=ACTS,
            ready=READY,
            absences={
                name: text.format(day=format_date(now + timedelta(days=14), "d MMMM", locale=LOCALES[name]))
                for name, text in ABSENCES.items()
            },
        )
        answer.headers.update(LIVE_POLICY)  # voicemails are played
        return answer


@router.post("/{lead_id}/act", dependencies=[WORK])
def act(lead_id: UUID, edge: ThisEdge, form: Form) -> RedirectResponse:
    """Act as the lead who got a message from the sandbox; what comes of it is shown where one was."""
    with edge.kit.database.read() as connection:
        record = log.read_message(connection, _id(form.get("message", "")))
    if record is None or record.message["lead_id"] != str(lead_id):
        raise HTTPException(404, "There is no such message of this lead.")
    if (record.message["provider"], record.message["state"]) != (SANDBOX, MessageState.ACCEPTED):
        raise HTTPException(409, "Only what the sandbox took can be answered here.")
    said = act_as_lead(edge.kit, record.message, form.get("act", ""), form.get("text", ""))
    edge.ring()
    return back_to(f"{ROOM}/{lead_id}?said={said}")


@router.api_route("/messages/{number}/email", methods=READS)
def show_email(number: int, edge: ThisEdge, person: ThisPerson) -> HTMLResponse:
    """Show an email as it came, for the frame on its page; a click in it is not tracked, since nobody clicked."""
    content = _content(edge, number)
    if "html" not in content:
        raise HTTPException(404, "This message has no HTML part.")
    headers = {"Content-Security-Policy": EMAIL_POLICY, "X-Frame-Options": "SAMEORIGIN"}
    shown = untracked(content["html"], edge.settings.base_url, edge.link_secrets)
    return close_links(HTMLResponse(shown, headers=headers), person)


@router.api_route("/messages/{number}/voicemail.wav", methods=READS)
def play(number: int, edge: ThisEdge, desk: ThisDesk) -> Response:
    """Read a voicemail aloud."""
    content = _content(edge, number)
    if "script" not in content:
        raise HTTPException(404, "This is no voicemail.")
    try:
        sound = desk.speaker.speak(content["script"], content.get("language", "en"))
    except CannotSpeak as error:
        raise HTTPException(503, str(error)) from None
    return Response(sound.wav, media_type="audio/wav")


LOCALES = {"English": "en", "Español": "es", "Français": "fr"}


def _content(edge: ThisEdge, number: int) -> dict[str, str]:
    with edge.kit.database.read() as connection:
        content = sandbox_inbox.content_of(connection, number) if number < 10**NUMBER_DIGITS_MAX else None
    if content is None:
        raise HTTPException(404, "There is no such message.")
    return content


def _id(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise HTTPException(400, "Please choose one of the buttons.") from None


def _number(request: Request) -> int | None:
    text = request.query_params.get("after", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= NUMBER_DIGITS_MAX):
        raise HTTPException(400, "This link to a further page is damaged: begin again from the first page.")
    return int(text)
