"""Leads: send one, read one, let one enter a sequence, and say what happened to it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, Query
from fastapi.responses import Response
from pydantic import Field, field_validator

from engine.domain.access import Scope
from engine.domain.lead import LeadStatus
from engine.domain.timing import TimingError
from engine.flows.checking import ask_online, checked
from engine.flows.custom_fields import set_custom
from engine.flows.draft import Draft, Grant
from engine.flows.editing import Collided, Unfit, edit_in
from engine.flows.enroll import enroll
from engine.flows.happen import happen
from engine.flows.intake import take_in_and_start
from engine.flows.keys import Caller
from engine.flows.kit import Kit
from engine.flows.shelf import Missing
from engine.store import contents, leads, listings
from engine.store.database import Connection
from engine.web.api import problems
from engine.web.api.answers import (
    ArrivalOut,
    Checks,
    EntryOut,
    HappenedOut,
    LeadFactsOut,
    LeadOut,
    LeadsOut,
    checks_of,
    entry_of,
)
from engine.web.api.asks import ConsentIn, EnrollmentIn, EventIn, LeadIn, LeadPatch
from engine.web.api.carrying import ThisCarrier
from engine.web.api.lead_facts import NO_LEAD, facts_of, instant_of, lead_out
from engine.web.api.matching import ThisMatch, tag
from engine.web.api.paging import ThisOnward, TimedQuery
from engine.web.api.paging import Word as QueryWord
from engine.web.api.permits import EVENTS_WRITE, LEADS_READ, LEADS_WRITE, SEQUENCES_WRITE, ask_for
from engine.web.api.problems import FieldError, Refused
from engine.web.api.texts import EmailText, PhoneText, read_email, read_phone
from engine.web.edge import ThisEdge

CREATED, OK = 201, 200

router = APIRouter(tags=["Leads"])


@router.post(
    "/v1/leads",
    status_code=CREATED,
    response_model=ArrivalOut,
    summary="Send a lead",
    dependencies=[LEADS_WRITE],
    responses={OK: {"model": ArrivalOut, "description": "The lead was known: what was missing was filled in."}},
)
def send_lead(body: LeadIn, carrier: ThisCarrier, later: BackgroundTasks) -> Response:
    """Take a lead in, or recognise one that is known by its email or phone; sequences for new leads begin at once.

    Contact data is checked and never changed: what looks wrong stands in `checks`. Texts and voicemail go only to those
    whose consent came with its exact wording; a key that sends `consents` needs `consent:write` too.
    """
    kit = carrier.edge.kit

    def work(connection: Connection, now: datetime) -> tuple[int, ArrivalOut]:
        answer = arrive(kit, connection, body, now, caller=carrier.caller)
        later.add_task(ask_online, kit, answer.id)
        return CREATED if answer.is_new else OK, answer

    return carrier.carry(body, work)


def arrive(kit: Kit, connection: Connection, body: LeadIn, now: datetime, *, caller: Caller) -> ArrivalOut:
    """Take one lead in; return what became of it. Its consents ask for a scope of their own."""
    if body.consents:
        ask_for(Scope.CONSENT_WRITE, caller)
    draft = checked(_draft(body, now))
    [arrival] = take_in_and_start(kit, connection, [draft], now, recorded_by=caller.by)
    return ArrivalOut(
        id=arrival.lead_id,
        is_new=arrival.is_new,
        entries=[entry_of(entry) for entry in arrival.entries],
        checks=checks_of(draft.checks) or Checks(),
    )


class LeadQuery(TimedQuery):
    """Which leads."""

    email: EmailText | None = Field(default=None, description="Who has this address.")
    phone: PhoneText | None = Field(default=None, description="Who has this number, with + and the country code.")
    status: LeadStatus | None = Field(default=None, description="Who has come so far.")
    source: QueryWord | None = Field(default=None, description="Who came from there.")
    owner: str | None = Field(default=None, max_length=80, description="Whose; empty for nobody's.")

    @field_validator("email")
    @classmethod
    def _email(cls, value: str | None) -> str | None:
        return read_email(value) if value else None

    @field_validator("phone")
    @classmethod
    def _phone(cls, value: str | None) -> str | None:
        return read_phone(value, None) if value else None


@router.get("/v1/leads", summary="List leads", dependencies=[LEADS_READ])
def list_leads(edge: ThisEdge, onward: ThisOnward, query: Annotated[LeadQuery, Query()]) -> LeadsOut:
    """Return leads, the newest first; `since` and `before` ask when they came."""
    names = ("email", "phone", "status", "source", "owner")
    wanted = query.wanted(**{name: getattr(query, name) for name in names})
    with edge.kit.database.read() as connection:
        page = listings.list_leads(connection, wanted, start=query.start, rows=query.limit)
    return LeadsOut(leads=[LeadFactsOut(**facts_of(row)) for row in page.rows], next=onward(page.next))


@router.get("/v1/leads/{lead_id}", summary="Read a lead", dependencies=[LEADS_READ], openapi_extra={"x-etag": True})
def read_lead(lead_id: UUID, edge: ThisEdge, response: Response) -> LeadOut:
    """Return one lead: facts, permission, and where it stands. Its `ETag` is the version of its facts."""
    with edge.kit.database.read() as connection:
        found = lead_out(connection, str(lead_id))
    if found is None:
        raise Refused(problems.NOT_FOUND, NO_LEAD)
    response.headers["ETag"] = tag(found.version)
    return found


@router.patch(
    "/v1/leads/{lead_id}",
    response_model=LeadOut,
    summary="Change a lead",
    dependencies=[LEADS_WRITE],
    openapi_extra={"x-etag": True, "x-problems": ["changed", "no-match-said"]},
)
def change_lead(lead_id: UUID, body: LeadPatch, match: ThisMatch, carrier: ThisCarrier) -> Response:
    """Change the fields that are sent, if nobody changed the lead since you read it: `If-Match` says what you read.

    Consent isn't changed here: record a grant or a withdrawal. Erasing a person is for people: `fifthtouch lead erase`.
    """

    def work(connection: Connection, now: datetime) -> tuple[int, LeadOut]:
        if not leads.load(connection, [str(lead_id)]):
            raise Refused(problems.NOT_FOUND, NO_LEAD)
        named = body.model_dump(exclude_unset=True, exclude={"custom"})
        changes = {name: "" if value is None else str(value) for name, value in named.items()}
        kit, by = carrier.edge.kit, carrier.caller.by
        try:
            edit_in(kit, connection, str(lead_id), changes, version=match.version, by=by)
        except Collided as error:
            raise Refused(problems.CHANGED, headers={"ETag": tag(error.version)}) from error
        except Unfit as error:
            found = FieldError(field=error.field, message=str(error), remedy="Send another, or leave it out.")
            raise Refused(problems.INVALID, errors=[found]) from error
        if body.custom:
            set_custom(kit, connection, str(lead_id), body.custom, now, by=by)
        told = lead_out(connection, str(lead_id))
        assert told is not None
        return OK, told

    return carrier.carry(body, work)


@router.post(
    "/v1/leads/{lead_id}/enrollments",
    status_code=CREATED,
    response_model=EntryOut,
    summary="Let a lead enter a sequence",
    dependencies=[SEQUENCES_WRITE],
    openapi_extra={"x-problems": ["not-entered"]},
)
def enroll_lead(lead_id: UUID, body: EnrollmentIn, carrier: ThisCarrier) -> Response:
    """Let a lead enter a published sequence; its first stage is due at once."""

    def work(connection: Connection, now: datetime) -> tuple[int, EntryOut]:
        _lock(connection, str(lead_id))
        try:
            [entry] = enroll(carrier.edge.kit, connection, [str(lead_id)], body.sequence, now)
        except Missing as error:
            known = ", ".join(row["name"] for row in contents.sequences(connection)) or "none"
            found = FieldError(
                field="sequence", message="No such sequence is published.", remedy=f"Published: {known}."
            )
            raise Refused(problems.INVALID, errors=[found]) from error
        answer = entry.answer
        if not answer.enters:
            until = answer.until.isoformat() if answer.until else None
            said = f"{answer.reason.replace('_', ' ')} {answer.detail}".strip()
            raise Refused(problems.NOT_ENTERED, f"Not entered: {said}.", reason=answer.reason, until=until)
        return CREATED, entry_of(entry)

    return carrier.carry(body, work)


@router.post(
    "/v1/leads/{lead_id}/events",
    status_code=CREATED,
    response_model=HappenedOut,
    summary="Say what happened to a lead",
    dependencies=[EVENTS_WRITE],
)
def send_event(lead_id: UUID, body: EventIn, carrier: ThisCarrier) -> Response:
    """Put an event on record: sequences wait for it, branch on it, end by it and begin by it, by its name.

    With `at` in `detail` it sets the lead's appointment, and with null there it removes it; what counts by it moves.
    """

    def work(connection: Connection, now: datetime) -> tuple[int, HappenedOut]:
        _lock(connection, str(lead_id))
        at = instant_of(body.at, now, "at")
        try:
            event_id, entries = happen(
                carrier.edge.kit, connection, str(lead_id), body.name, at=at, detail=body.detail, now=now
            )
        except TimingError as error:
            found = FieldError(field="detail", message=f"{error}."[:1].upper() + f"{error}."[1:], remedy=HOW_TO_DATE)
            raise Refused(problems.INVALID, errors=[found]) from error
        told = [entry_of(entry) for entry in entries]
        return CREATED, HappenedOut(id=event_id, name=body.name, at=at, entries=told)

    return carrier.carry(body, work)


HOW_TO_DATE = "Write 2026-03-05T14:00:00-05:00, or null to remove the date."


def _lock(connection: Connection, lead_id: str) -> None:
    if not leads.load(connection, [lead_id]):
        raise Refused(problems.NOT_FOUND, NO_LEAD)
    leads.lock(connection, [lead_id], ())


def _draft(body: LeadIn, now: datetime) -> Draft:
    facts = body.model_dump(exclude={"consents"})
    grants = tuple(_grant(one, now, f"consents[{number}].at") for number, one in enumerate(body.consents))
    return Draft(**facts, grants=grants)


def _grant(consent: ConsentIn, now: datetime, where: str) -> Grant:
    return Grant(**{**consent.model_dump(), "at": instant_of(consent.at, now, where)})
