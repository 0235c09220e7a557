"""One message: its content, its gate trace, what became of it, and what a person may do about it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from channels.address import Channel
from channels.sandbox import NAME as SANDBOX
from channels.segments import count_segments
from engine.content.tracking import untracked
from engine.content.variables import Links, build_variables
from engine.domain.message import WITHDRAWABLE_STATES, MessageState
from engine.flows.cancelling import NotCancellable, cancel
from engine.flows.kit import Kit
from engine.flows.rendering import Unrenderable, render_message
from engine.flows.settle_failed import NotReplayable, list_failed, replay
from engine.flows.settle_overdue import NotOverdue, let_go, send_late
from engine.flows.settle_unknown import NotUnknown, send_again, settle_as_arrived
from engine.flows.shelf import Missing
from engine.flows.steering import Stop, all_stops, in_the_way
from engine.flows.written import WRITTEN, render_written
from engine.store import answers, leads, log
from engine.store.database import Connection
from engine.web import words
from engine.web.bodies import Form
from engine.web.console.acting import ACTS, act_as_lead
from engine.web.console.closed_links import close_links
from engine.web.console.frame import READS, back_to, show
from engine.web.edge import ThisEdge
from engine.web.listing import plain
from engine.web.person import WORK, ThisPerson

ROOM = "/console/messages"

ANSWERS = {
    "it_arrived": settle_as_arrived,
    "sent_again": send_again,
    "sent_late": send_late,
    "let_go": let_go,
    "replayed": replay,
    "cancelled_by_hand": cancel,
}
"""What an operator can say of a message in doubt, of one that is late, failed or still to leave, by the button's value."""

EMAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox"
"""An email brings its own styles, and nothing else of it may act or be fetched, even when it is opened by itself."""

router = APIRouter()


@router.api_route("/{message_id}", methods=READS)
def show_message(request: Request, message_id: UUID, edge: ThisEdge) -> HTMLResponse:
    """Show one message: what it says, why it stands as it does, and what was heard of it."""
    failed = next(iter(list_failed(edge.kit, only=[str(message_id)])), None)
    with edge.kit.database.read() as connection:
        record = _read(connection, message_id)
        content, problem = _content(edge.kit, connection, record)
        text = content.get("body") if content else None
        return show(
            request,
            connection,
            "message.html",
            room=ROOM,
            record=record,
            message=record.message,
            content=content,
            problem=problem,
            segments=count_segments(text, smart=True) if text is not None else None,
            stages=_stages(edge.kit, connection, record),
            failed=failed,
            values=_values(edge.kit, connection, record),
            stops=_stops(connection, record),
            may_cancel=record.message["state"] in WITHDRAWABLE_STATES,
            pretty=pretty,
            acts=ACTS[record.message["channel"]] if _is_sandboxed(record) else (),
        )


@router.api_route("/{message_id}/email", methods=READS)
def show_email(message_id: UUID, edge: ThisEdge, person: ThisPerson) -> HTMLResponse:
    """Show the HTML of an email by itself, for the frame on its page."""
    with edge.kit.database.read() as connection:
        content, _ = _content(edge.kit, connection, _read(connection, message_id))
    if content is None or "html" not in content:
        raise HTTPException(404, "This message has no HTML part.")
    headers = {"Content-Security-Policy": EMAIL_POLICY, "X-Frame-Options": "SAMEORIGIN"}
    shown = untracked(content["html"], edge.settings.base_url, edge.link_secrets)
    return close_links(HTMLResponse(shown, headers=headers), person)


@router.post("/{message_id}/act", dependencies=[WORK])
def act(message_id: UUID, edge: ThisEdge, form: Form) -> RedirectResponse:
    """Act as the lead who got this message from the sandbox."""
    with edge.kit.database.read() as connection:
        record = _read(connection, message_id)
    if not _is_sandboxed(record):
        raise HTTPException(409, "Only what the sandbox took can be answered here.")
    said = act_as_lead(edge.kit, record.message, form.get("act", ""), form.get("text", ""))
    edge.ring()
    return back_to(f"{ROOM}/{message_id}?said={said}")


@router.post("/{message_id}/settle", dependencies=[WORK])
def settle(message_id: UUID, edge: ThisEdge, person: ThisPerson, form: Form) -> RedirectResponse:
    """Say what became of a message whose outcome nobody knows, or what becomes of one that is late or failed."""
    answer = ANSWERS.get(form.get("answer", ""))
    if answer is None:
        raise HTTPException(400, "Please choose one of the buttons.")
    try:
        answer(edge.kit, str(message_id), by=person.id)
    except (NotUnknown, NotOverdue, NotReplayable, NotCancellable) as error:
        if error.state is None:
            raise HTTPException(404, "There is no such message.") from None
        if isinstance(error, NotReplayable):
            raise HTTPException(409, f"It cannot be sent again: {error.why}.") from None
        if isinstance(error, NotCancellable):
            raise HTTPException(409, f"It cannot be cancelled any more: it is {words.say(error.state)}.") from None
        raise HTTPException(409, f"Nobody needs to say this of it any more: it is {error.state}.") from None
    edge.ring()
    return back_to(f"{ROOM}/{message_id}?said={form['answer']}")


def _read(connection: Connection, message_id: UUID) -> log.MessageRecord:
    record = log.read_message(connection, str(message_id))
    if record is None:
        raise HTTPException(404, "There is no such message.")
    return record


def _stops(connection: Connection, record: log.MessageRecord) -> Sequence[Stop]:
    """Return what is stopped and keeps the message from leaving; nothing keeps what has left or ended."""
    return in_the_way(all_stops(connection), record.message) if record.message["ended_at"] is None else ()


def _is_sandboxed(record: log.MessageRecord) -> bool:
    return (record.message["provider"], record.message["state"]) == (SANDBOX, MessageState.ACCEPTED)


def _content(kit: Kit, connection: Connection, record: log.MessageRecord) -> tuple[Mapping[str, Any] | None, str]:
    """Return what was sent; before that, how it would read now, or why it can't be written."""
    if record.body is not None:
        return record.body, ""
    message = record.message
    lead = leads.load(connection, [message["lead_id"]])[message["lead_id"]].lead
    current, channel = kit.shelf.current(connection), Channel(message["channel"])
    by_hand = answers.load(connection, [message["id"]]) if message["template"] == WRITTEN else {}
    if by_hand:
        rendered = render_written(current, lead, by_hand[message["id"]], channel=channel)
    else:
        now, links = kit.database.now(connection), kit.links(lead.id)
        rendered = render_message(current, lead, channel=channel, template=message["template"], links=links, at=now)
    if isinstance(rendered, Unrenderable):
        return None, f"{words.say(rendered.reason)}: {rendered.detail}"
    return asdict(rendered.content), ""


def pretty(value: Any) -> str:
    """Return *value* as JSON that a person can read; the page escapes it."""
    return json.dumps(plain(value), indent=2, ensure_ascii=False, default=str)


def _values(kit: Kit, connection: Connection, record: log.MessageRecord) -> Mapping[str, Any]:
    """Return what a text may say of the lead, as it stands now; links are left out, as they open the lead's pages."""
    lead = leads.load(connection, [record.message["lead_id"]])[record.message["lead_id"]].lead
    try:
        compiled = kit.shelf.current(connection).template(
            Channel(record.message["channel"]), record.message["template"], lead.language
        )
    except Missing:
        return {}
    variables = build_variables(lead, compiled.brand, Links(), at=kit.database.now(connection))
    return {"lead": variables["lead"]}


def _stages(kit: Kit, connection: Connection, record: log.MessageRecord) -> Sequence[str]:
    """Return the stages of the revision this message was planned by, in their order."""
    if record.message["revision"] is None:
        return ()
    try:
        sequence = kit.shelf.sequence(connection, record.message["revision"])
    except Missing:
        return ()
    return [stage.id for stage in sequence.stages]
