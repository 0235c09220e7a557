"""Many leads in one request, each answered for itself: one that can't be used keeps none of the others out."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, BackgroundTasks
from fastapi.responses import Response
from pydantic import Field, ValidationError

from engine.flows.checking import ask_online
from engine.store.database import Connection
from engine.web.api import problems
from engine.web.api.answers import Answer, ArrivalOut
from engine.web.api.asks import LeadIn
from engine.web.api.carrying import ThisCarrier
from engine.web.api.fields import errors_of
from engine.web.api.leads import CREATED, OK, arrive
from engine.web.api.permits import LEADS_WRITE
from engine.web.api.problems import Problem, Refused
from engine.web.api.texts import Strict

router = APIRouter(tags=["Leads"])
LEADS_MAX = 100


class LeadsIn(Strict):
    """Leads that are sent together."""

    leads: list[dict[str, Any]] = Field(
        min_length=1,
        max_length=LEADS_MAX,
        description="Each as for a single lead; one that can't be used keeps none out.",
    )


class OneArrivalOut(Answer):
    """What became of one of the leads: one of both is null."""

    status: int = Field(description="As if it had been sent alone: 201, 200, 403 or 422.")
    lead: ArrivalOut | None
    problem: Problem | None


class ArrivalsOut(Answer):
    """What became of each lead, in the order in which they were sent."""

    results: list[OneArrivalOut]


@router.post(
    "/v1/lead-batches",
    response_model=ArrivalsOut,
    summary="Send many leads",
    dependencies=[LEADS_WRITE],
)
def send_leads(body: LeadsIn, carrier: ThisCarrier, later: BackgroundTasks) -> Response:
    """Take up to 100 leads in, each answered for itself; those that can be used are taken in together, or none is.

    Whole files, with a report a row that can be undone, are for the import.
    """
    kit = carrier.edge.kit

    def work(connection: Connection, now: datetime) -> tuple[int, ArrivalsOut]:
        results = []
        for raw in body.leads:
            try:
                lead = LeadIn.model_validate(raw)
                arrival = arrive(kit, connection, lead, now, caller=carrier.caller)
            except (ValidationError, Refused) as error:
                results.append(_refused(error))
                continue
            later.add_task(ask_online, kit, arrival.id)
            status = CREATED if arrival.is_new else OK
            results.append(OneArrivalOut(status=status, lead=arrival, problem=None))
        return OK, ArrivalsOut(results=results)

    return carrier.carry(body, work)


def _refused(error: ValidationError | Refused) -> OneArrivalOut:
    if isinstance(error, ValidationError):
        error = Refused(problems.INVALID, errors=errors_of(error, LeadIn))
    return OneArrivalOut(status=error.kind.status, lead=None, problem=Problem.model_validate(error.told()))
