"""Leave a lead alone for a while, in everything it walks; and go on."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import Field

from engine.flows.looking_after import NothingToDo, pause_lead, resume_lead, snooze_lead
from engine.web.api import problems
from engine.web.api.answers import Answer
from engine.web.api.carrying import Carrier, ThisCarrier
from engine.web.api.enrollments import PauseIn
from engine.web.api.lead_facts import must_exist
from engine.web.api.permits import SEQUENCES_WRITE
from engine.web.api.problems import Refused

router = APIRouter(tags=["Leads"])

OK = 200


class RestOut(Answer):
    """What became of a lead's enrollments."""

    lead_id: str
    enrollments: int = Field(description="How many rest, or go on.")


@router.post(
    "/v1/leads/{lead_id}/pause",
    response_model=RestOut,
    summary="Leave a lead alone",
    dependencies=[SEQUENCES_WRITE],
    openapi_extra={"x-problems": ["not-now"]},
)
def pause_lead_sequences(lead_id: UUID, body: PauseIn, carrier: ThisCarrier) -> Response:
    """Let all that a lead walks for marketing rest, until a date or until it is resumed; then nothing of it leaves."""

    def work() -> tuple[int, RestOut]:
        kit, by = carrier.edge.kit, carrier.caller.by
        _ask(carrier, lead_id)
        try:
            if body.until is None:
                count = pause_lead(kit, str(lead_id), by=by, reason=body.reason)
            else:
                count = snooze_lead(kit, str(lead_id), body.until, by=by)
        except NothingToDo as error:
            raise Refused(problems.NOT_NOW, str(error), reason="nothing_walks") from error
        return OK, RestOut(lead_id=str(lead_id), enrollments=count)

    return carrier.carry_apart(body, work)


@router.post(
    "/v1/leads/{lead_id}/resume", response_model=RestOut, summary="Go on with a lead", dependencies=[SEQUENCES_WRITE]
)
def resume_lead_sequences(lead_id: UUID, carrier: ThisCarrier) -> Response:
    """Let everything that rests for a lead go on."""

    def work() -> tuple[int, RestOut]:
        _ask(carrier, lead_id)
        count = resume_lead(carrier.edge.kit, str(lead_id), by=carrier.caller.by)
        return OK, RestOut(lead_id=str(lead_id), enrollments=count)

    return carrier.carry_apart(None, work)


def _ask(carrier: Carrier, lead_id: UUID) -> None:
    with carrier.edge.kit.database.read() as connection:
        must_exist(connection, lead_id)
