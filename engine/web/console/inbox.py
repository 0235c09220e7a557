"""Inbox: what leads wrote, one conversation each, with how it was read; corrected in one key, answered from here."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from channels.inbound.quotes import unquoted
from consent.replies import Label
from engine.domain.message import MessageState
from engine.flows.rereading import NoSuchReply, correct
from engine.flows.writing import NotAnswered, answer_reply, assign_thread, channel_for, cost_of_text, read_thread
from engine.store import inbox, lead_list, leads, timeline, users
from engine.store.database import Connection
from engine.store.pages import Key, Page
from engine.store.timeline import EntryKind
from engine.web.bodies import Form
from engine.web.console.closed_links import close_links
from engine.web.console.frame import READS, back_to, show
from engine.web.console.reply_snippets import snippets_for
from engine.web.edge import Edge, ThisEdge
from engine.web.listing import cursor, json_rows, link, plain, start_of, wanted, wants_json
from engine.web.person import WORK, ThisPerson, person_of

ROOM = "/console/inbox"
SHOWN = ("mine", "unassigned", "unsure")
WAITING, ANSWERED = "waiting", "answered"
CONVERSATION_ROWS = 30

CORRECTIONS: Mapping[str, Label] = {
    "s": Label.OPT_OUT,
    "l": Label.NOT_NOW,
    "i": Label.INTERESTED,
    "u": Label.QUESTION,
    "w": Label.WRONG_NUMBER,
    "o": Label.OUT_OF_OFFICE,
    "p": Label.POSITIVE,
    "n": Label.NEUTRAL,
}
"""What a reply may be read as instead, by the key that says so."""

router = APIRouter(prefix=ROOM)


@router.api_route("", methods=READS)
def show_inbox(request: Request, edge: ThisEdge) -> Response:
    """Show conversations: those that wait for an answer first, then the others, the newest first in each."""
    chosen = wanted(request, "show", SHOWN)
    person = person_of(request)
    owner = {"mine": person.id, "unassigned": ""}.get(chosen or "")
    search = inbox.ThreadFilter(owner=owner, only_unsure=chosen == "unsure")
    part = wanted(request, "part", (WAITING, ANSWERED)) or WAITING
    with edge.kit.database.read() as connection:
        waiting, answered = _pages(connection, search, part, start_of(request))
        rows = [*waiting.rows, *answered.rows]
        older = _onward(request, waiting, answered)
        latest = inbox.latest_replies(connection, rows)
        if wants_json(request):
            return json_rows([{**row, "latest": plain(latest.get(row["lead_id"]))} for row in rows], older)
        return show(
            request,
            connection,
            "inbox.html",
            room=ROOM,
            waiting=waiting.rows,
            answered=answered.rows,
            latest=latest,
            asked={"show": chosen},
            choices=SHOWN,
            names=_names(connection),
            older=older,
            newest=link(request, after=None, part=None) if "after" in request.query_params else None,
        )


def _pages(connection: Connection, search: inbox.ThreadFilter, part: str, start: Key | None) -> tuple[Page, Page]:
    """Return what waits and, once all of that is shown, what does not."""
    waiting = Page(rows=[], next=None)
    if part == WAITING:
        waiting = inbox.list_threads(connection, search, is_waiting=True, start=start)
        start = None
    room = inbox.THREAD_ROWS - len(waiting.rows)
    if waiting.next is not None or room <= 0:
        return waiting, Page(rows=[], next=None)
    return waiting, inbox.list_threads(connection, search, is_waiting=False, start=start, rows=room)


def _onward(request: Request, waiting: Page, answered: Page) -> str | None:
    if waiting.next is not None:
        return link(request, after=cursor(waiting.next), part=WAITING)
    return link(request, after=cursor(answered.next), part=ANSWERED) if answered.next else None


@router.api_route("/{lead_id}", methods=READS)
def show_thread(request: Request, lead_id: UUID, edge: ThisEdge) -> Response:
    """Show one conversation: what they said and we sent, in order, and a place to answer."""
    return _thread(request, edge, str(lead_id))


def _thread(
    request: Request,
    edge: Edge,
    lead_id: str,
    *,
    draft: str = "",
    nonce: str = "",
    trouble: str = "",
    status: int = 200,
) -> Response:
    kit = edge.kit
    with kit.database.read() as connection:
        survivor = leads.survivor_of(connection, lead_id)
        lead = lead_list.find_lead(connection, survivor)
        thread = inbox.find_thread(connection, survivor)
        if survivor != lead_id:
            return back_to(f"{ROOM}/{survivor}")
        if lead is None or thread is None:
            raise HTTPException(404, "There is no such conversation.")
        kinds = (EntryKind.MESSAGE, EntryKind.REPLY)
        story = timeline.read_timeline(
            connection, lead_id, after=start_of(request), rows=CONVERSATION_ROWS, kinds=kinds
        )
        following = cursor(story.next)
        sent = [entry.row["id"] for entry in story.entries if entry.kind is EntryKind.MESSAGE]
        if wants_json(request):
            entries = [
                {"kind": entry.kind, "at": entry.at, **entry.row, "entry": entry.kind} for entry in story.entries
            ]
            return close_links(json_rows([plain(entry) for entry in entries], following), person_of(request))
        last = inbox.answerable(connection, lead_id)
        stored = next(iter(leads.load(connection, [lead_id]).values()))
        offered = snippets_for(request, kit, connection, stored.lead)
        picked = offered.get(request.query_params.get("snippet", ""), "")
        draft = draft or picked
        answer = show(
            request,
            connection,
            "thread.html",
            room=ROOM,
            lead=lead,
            thread=thread,
            entries=list(reversed(story.entries)),
            words=inbox.words_of(connection, sent),
            unquoted=unquoted,
            last=last,
            channel=channel_for(last["channel"]) if last else None,
            cost=cost_of_text(draft) if draft else None,
            draft=draft,
            trouble=trouble,
            nonce=nonce or kit.ids.new(),
            corrections=CORRECTIONS,
            snippets=sorted(offered),
            names=_names(connection),
            open_states=(MessageState.SCHEDULED, MessageState.HELD, MessageState.CLAIMED, MessageState.SENDING),
            older=link(request, after=following) if following else None,
            newest=link(request, after=None) if "after" in request.query_params else None,
        )
    answer.status_code = status
    return answer


@router.post("/{lead_id}/answer", dependencies=[WORK])
def answer(request: Request, lead_id: UUID, edge: ThisEdge, person: ThisPerson, form: Form) -> Response:
    """Send what a person wrote, once however often the button is pressed; or show what it would cost."""
    body, nonce, reply_id = form.get("body", ""), form.get("nonce", "")[:80], form.get("reply", "")
    if "preview" in form:
        return _thread(request, edge, str(lead_id), draft=body, nonce=nonce)
    with edge.kit.database.read() as connection:
        reply = inbox.answerable(connection, str(lead_id))
    if reply is None or reply["id"] != reply_id:
        trouble = "They wrote again meanwhile: read that first, then send your answer."
        return _thread(request, edge, str(lead_id), draft=body, trouble=trouble, status=409)
    try:
        done = answer_reply(edge.kit, reply_id, body, by=person.id, nonce=nonce or edge.kit.ids.new())
    except NotAnswered as refused:
        return _thread(request, edge, str(lead_id), draft=body, nonce=nonce, trouble=str(refused), status=422)
    edge.ring()
    return _done(str(lead_id), f"held: {done.reason}" if done.until else "answered")


@router.post("/{lead_id}/read", dependencies=[WORK])
def read(lead_id: UUID, edge: ThisEdge, person: ThisPerson) -> RedirectResponse:
    """Note that everything they wrote was read, and needs no answer."""
    _must_be_there(edge, str(lead_id))
    read_thread(edge.kit, str(lead_id), by=person.id)
    edge.ring()
    return _done(str(lead_id), "read")


@router.post("/{lead_id}/assign", dependencies=[WORK])
def assign(lead_id: UUID, edge: ThisEdge, person: ThisPerson, form: Form) -> RedirectResponse:
    """Let somebody answer this lead."""
    _must_be_there(edge, str(lead_id))
    owner = form.get("owner", "")
    with edge.kit.database.read() as connection:
        if owner and users.find(connection, owner) is None:
            raise HTTPException(400, "There is nobody of that name here.")
    assign_thread(edge.kit, str(lead_id), owner, by=person.id)
    return _done(str(lead_id), "assigned")


@router.post("/replies/{reply_id}/label", dependencies=[WORK])
def relabel(reply_id: UUID, edge: ThisEdge, person: ThisPerson, form: Form) -> RedirectResponse:
    """Read one reply otherwise, and act on it; what that does not undo is said."""
    label, until = form.get("label", ""), form.get("until", "")
    if label not in set(Label):
        raise HTTPException(400, "Please choose one of the meanings.")
    try:
        day = date.fromisoformat(until) if until else None
        done = correct(edge.kit, str(reply_id), Label(label), by=person.id, until=day)
    except ValueError:
        raise HTTPException(400, "That date can't be read: write it as 2026-03-31.") from None
    except NoSuchReply:
        raise HTTPException(404, "There is no such reply.") from None
    edge.ring()
    return _done(done.lead_id, done.warning or f"read as {label.replace('_', ' ')}")


def _must_be_there(edge: Edge, lead_id: str) -> None:
    with edge.kit.database.read() as connection:
        if inbox.find_thread(connection, lead_id) is None:
            raise HTTPException(404, "There is no such conversation.")


def _names(connection: Connection) -> dict[str, Any]:
    return {row["id"]: row["name"] for row in users.all_users(connection)}


def _done(lead_id: str, said: str) -> RedirectResponse:
    return back_to(f"{ROOM}/{lead_id}?{urlencode({'said': said})}")
