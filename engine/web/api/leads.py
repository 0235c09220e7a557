"""Leads: send one, read one, let one enter a sequence, and say what happened to it."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks
from fastapi.responses import Response

from engine.domain.timing import TimingError
from engine.flows.checking import ask_online, checked
from engine.flows.draft import Draft, Grant
from engine.flows.enroll import enroll
from engine.flows.happen import happen
from engine.flows.intake import take_in_and_start
from engine.flows.shelf import Missing
from engine.store import contents, leads
from engine.store.database import Connection
from engine.web.api import problems
from engine.web.api.answers import ArrivalOut, Checks, EntryOut, HappenedOut, LeadOut, checks_of, entry_of
from engine.web.api.asks import ConsentIn, EnrollmentIn, EventIn, LeadIn
from engine.web.api.carrying import ThisCarrier
from engine.web.api.lead_facts import lead_out
from engine.web.api.permits import EVENTS_WRITE, LEADS_READ, LEADS_WRITE, SEQUENCES_WRITE
from engine.web.api.problems import FieldError, Refused
from engine.web.api.texts import not_ahead
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
    whose consent came with its exact wording.
    """
    kit = carrier.edge.kit

    def work(connection: Connection, now: datetime) -> tuple[int, ArrivalOut]:
        draft = checked(_draft(body, now))
        [arrival] = take_in_and_start(kit, connection, [draft], now, recorded_by=carrier.caller.by)
        later.add_task(ask_online, kit, arrival.lead_id)
        answer = ArrivalOut(
            id=arrival.lead_id,
            is_new=arrival.is_new,
            entries=[entry_of(entry) for entry in arrival.entries],
            checks=checks_of(draft.checks) or Checks(),
        )
        return CREATED if arrival.is_new else OK, answer

    return carrier.carry(body, work)


@router.get("/v1/leads/{lead_id}", summary="Read a lead", dependencies=[LEADS_READ])
def read_lead(lead_id: UUID, edge: ThisEdge) -> LeadOut:
    """Return one lead: facts, permission, and where it stands."""
    with edge.kit.database.read() as connection:
        found = lead_out(connection, str(lead_id))
    if found is None:
        raise Refused(problems.NOT_FOUND, NO_LEAD)
    return found


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
        at = _instant(body.at, now, "at")
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
NO_LEAD = "There is no such lead. Send it first, and use the id of the answer."


def _lock(connection: Connection, lead_id: str) -> None:
    if not leads.load(connection, [lead_id]):
        raise Refused(problems.NOT_FOUND, NO_LEAD)
    leads.lock(connection, [lead_id], ())


def _draft(body: LeadIn, now: datetime) -> Draft:
    facts = body.model_dump(exclude={"consents"})
    grants = tuple(_grant(one, now, f"consents[{number}].at") for number, one in enumerate(body.consents))
    return Draft(**facts, grants=grants)


def _grant(consent: ConsentIn, now: datetime, where: str) -> Grant:
    return Grant(**{**consent.model_dump(), "at": _instant(consent.at, now, where)})


def _instant(at: datetime | None, now: datetime, field: str) -> datetime:
    try:
        return not_ahead(at, now)
    except OverflowError as error:
        found = FieldError(field=field, message="This lies in the future.", remedy="Send when it happened, or nothing.")
        raise Refused(problems.INVALID, errors=[found]) from error
