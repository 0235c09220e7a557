"""What a person does for one lead from its page: each a form of its own, each on record with who did it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from dateutil.relativedelta import relativedelta
from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from channels.address import Channel
from engine.domain.lead import Lead, LeadId, LeadStatus
from engine.domain.lead_place import place_of
from engine.domain.task import TaskOutcome
from engine.domain.timing import TimingError, when
from engine.flows import looking_after
from engine.flows.editing import EDITABLE, Collided, Taken, Unfit, edit_lead
from engine.flows.looking_after import NothingToDo
from engine.flows.shelf import Missing
from engine.store import lead_list, leads, users
from engine.web.bodies import Form
from engine.web.console.frame import READS, back_to, show
from engine.web.edge import Edge, ThisEdge
from engine.web.person import WORK, ThisPerson

ROOM = "/console/leads"
MONTHS = {"1", "3", "6"}

router = APIRouter(prefix="/{lead_id}", dependencies=[WORK])


def there(lead_id: UUID, edge: ThisEdge) -> Lead:
    """Return the lead of the address; answers 404 where there is none, or it became part of another."""
    with edge.kit.database.read() as connection:
        stored = leads.load(connection, [str(lead_id)]).get(LeadId(str(lead_id)))
    if stored is None or stored.merged_into is not None:
        raise HTTPException(404, "There is no such lead.")
    return stored.lead


ThisLead = Annotated[Lead, Depends(there)]


@router.post("/note")
def add_note(lead: ThisLead, edge: ThisEdge, person: ThisPerson, form: Form) -> RedirectResponse:
    """Write something down about a lead."""
    if not form.get("body"):
        raise HTTPException(400, "Write something first.")
    looking_after.note(edge.kit, lead.id, form["body"], by=person.id)
    return _done(lead, "noted")


@router.post("/pause")
def pause(lead: ThisLead, edge: ThisEdge, person: ThisPerson, form: Form) -> RedirectResponse:
    """Let everything the lead walks rest until somebody resumes it."""
    try:
        looking_after.pause_lead(edge.kit, lead.id, by=person.id, reason=form.get("reason", "")[:200])
    except NothingToDo as nothing:
        return _done(lead, str(nothing))
    return _done(lead, "paused: nothing is sent until it is resumed")


@router.post("/resume")
def resume(lead: ThisLead, edge: ThisEdge, person: ThisPerson) -> RedirectResponse:
    """Let everything that rests go on."""
    count = looking_after.resume_lead(edge.kit, lead.id, by=person.id)
    edge.ring()
    return _done(lead, "goes on" if count else "nothing rested")


@router.post("/snooze")
def snooze(lead: ThisLead, edge: ThisEdge, person: ThisPerson, form: Form) -> RedirectResponse:
    """Leave the lead alone for some months, or until a date."""
    until = _until(edge, lead, form)
    try:
        looking_after.snooze_lead(edge.kit, lead.id, until, by=person.id)
    except NothingToDo as nothing:
        return _done(lead, str(nothing))
    return _done(lead, f"left alone until {until:%d %B %Y}")


@router.post("/enrol")
def enrol(lead: ThisLead, edge: ThisEdge, person: ThisPerson, form: Form) -> RedirectResponse:
    """Let the lead enter a sequence, or say why the rules refuse."""
    name = form.get("sequence", "")
    try:
        answer = looking_after.enrol_lead(edge.kit, lead.id, name, by=person.id).answer
    except Missing:
        raise HTTPException(400, "There is no such sequence.") from None
    edge.ring()
    if answer.enters:
        return _done(lead, f"entered {name}")
    why = f"{answer.reason.replace('_', ' ')} {answer.detail}".strip()
    until = f"; ask again after {answer.until:%d %B %Y}" if answer.until else ""
    return _done(lead, f"did not enter {name}, because of its rules: {why}{until}")


@router.post("/take-out")
def take_out(lead: ThisLead, edge: ThisEdge, person: ThisPerson, form: Form) -> RedirectResponse:
    """Take the lead out of one sequence."""
    try:
        name = looking_after.take_out(edge.kit, lead.id, form.get("enrollment", ""), by=person.id)
    except NothingToDo as nothing:
        return _done(lead, str(nothing))
    return _done(lead, f"taken out of {name}")


@router.post("/stop")
def stop(lead: ThisLead, edge: ThisEdge, person: ThisPerson, form: Form) -> RedirectResponse:
    """Put on record that the lead wants nothing more on a channel, or on any."""
    if form.get("sure") != "yes":
        raise HTTPException(400, "Tick that they said so: only they can take it back.")
    channel = form.get("channel", "")
    if channel and channel not in set(Channel):
        raise HTTPException(400, "There is no such channel.")
    channels = frozenset({Channel(channel)}) if channel else frozenset[Channel]()
    looking_after.stop_lead(edge.kit, lead.id, channels, by=person.id, wording=form.get("wording", "")[:2_000])
    return _done(lead, "stopped")


@router.post("/call")
def log_call(lead: ThisLead, edge: ThisEdge, person: ThisPerson, form: Form) -> RedirectResponse:
    """Put a call on record that nobody had planned."""
    outcome = form.get("outcome", "")
    if outcome not in set(TaskOutcome) - {TaskOutcome.DONE}:
        raise HTTPException(400, "Say how the call ended.")
    until = _day(lead, form["until"]) if form.get("until") else None
    looking_after.log_call(
        edge.kit, lead.id, TaskOutcome(outcome), by=person.id, note=form.get("note", ""), until=until,
        nonce=form.get("nonce", "")[:80] or edge.kit.ids.new(),
    )  # fmt: skip
    edge.ring()
    return _done(lead, "call noted")


@router.api_route("/edit", methods=READS)
def show_edit(request: Request, lead: ThisLead, edge: ThisEdge) -> Response:
    """Show what may be changed of a lead."""
    return _edit(request, edge, lead, {})


@router.post("/edit")
def edit(request: Request, lead: ThisLead, edge: ThisEdge, person: ThisPerson, form: Form) -> Response:
    """Change fields; where somebody else changed the lead meanwhile, or a field can't be taken, say so and keep none."""
    changes = {name: form[name] for name in EDITABLE if name in form}
    version = form.get("version", "")
    if not version.isdecimal():
        raise HTTPException(400, "Open the form again: it does not say which version it changes.")
    try:
        before = edit_lead(edge.kit, lead.id, changes, version=int(version), by=person.id)
    except Collided as collided:
        return _edit(request, edge, lead, changes, trouble=str(collided), status=409)
    except Taken as taken:
        other = f"{ROOM}/{lead.id}/merge?with={taken.lead_id}"
        return _edit(request, edge, lead, changes, trouble=str(taken), field=taken.field, other=other, status=422)
    except Unfit as unfit:
        return _edit(request, edge, lead, changes, trouble=str(unfit), field=unfit.field, status=422)
    edge.ring()
    return _done(lead, "changed" if before else "nothing was different")


def _edit(  # noqa: PLR0913 - what was typed, and what is wrong with it
    request: Request,
    edge: Edge,
    lead: Lead,
    typed: Mapping[str, str],
    *,
    trouble: str = "",
    field: str = "",
    other: str = "",
    status: int = 200,
) -> Response:
    with edge.kit.database.read() as connection:
        row = lead_list.find_lead(connection, lead.id)
        assert row is not None
        context: dict[str, Any] = {name: (typed.get(name) or "") if name in typed else row[name] for name in EDITABLE}
        answer = show(
            request,
            connection,
            "lead_edit.html",
            room=ROOM,
            lead=row,
            fields=context,
            trouble=trouble,
            field=field,
            other=other,
            statuses=list(LeadStatus),
            people={one["id"]: one["name"] for one in users.all_users(connection)},
        )
    answer.status_code = status
    return answer


def _until(edge: Edge, lead: Lead, form: Mapping[str, str]) -> datetime:
    """Return the instant that months, or the day a lead named, mean where the lead is."""
    with edge.kit.database.read() as connection:
        now = edge.kit.database.now(connection)
    months = form.get("months", "")
    if months in MONTHS:
        return now + relativedelta(months=int(months))
    until = _day(lead, form.get("until", ""))
    if until <= now:
        raise HTTPException(400, "That day is over: choose one to come.")
    return until


def _day(lead: Lead, text: str) -> datetime:
    place = place_of(lead)
    try:
        return when(place.country or "", place.region, date.fromisoformat(text), "0 days", zone=place.zone).at
    except (ValueError, TimingError):
        raise HTTPException(400, "That date can't be read: write it as 2026-03-31.") from None


def _done(lead: Lead, said: str) -> RedirectResponse:
    return back_to(f"{ROOM}/{lead.id}?{urlencode({'said': said})}")
