"""Enrollments: where leads stand in sequences."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import ConfigDict, Field

from engine.domain.enrollment import EnrollmentStatus
from engine.flows import pausing
from engine.flows.looking_after import NothingToDo
from engine.flows.pausing import NotOpen
from engine.store import listings
from engine.store.pages import Row
from engine.web.api import problems
from engine.web.api.answers import Answer
from engine.web.api.carrying import Carrier, ThisCarrier
from engine.web.api.paging import Moment, ThisOnward, TimedQuery, Word
from engine.web.api.permits import SEQUENCES_READ, SEQUENCES_WRITE
from engine.web.api.problems import Refused
from engine.web.api.texts import Line, Strict
from engine.web.edge import ThisEdge

OK = 200

router = APIRouter(tags=["Enrollments"])

NO_ENROLLMENT = "There is no such enrollment. Use the id that an answer of this API gave."


class EnrollmentOut(Answer):
    """One lead in one sequence."""

    id: str
    lead_id: str
    sequence: str
    revision: str = Field(description="The version of the sequence that it walks, as a hash.")
    status: EnrollmentStatus
    stage: str
    reason: str = Field(description="Why it stands as it does.")
    started_at: datetime
    due_at: datetime | None = Field(
        description="When the engine looks at it again; null waits for an event or a person."
    )
    ended_at: datetime | None


class EnrollmentsOut(Answer):
    """Enrollments, the latest first."""

    enrollments: list[EnrollmentOut]
    next: str | None = Field(description="Send it as `after` for the earlier ones; null at the end.")


class EnrollmentQuery(TimedQuery):
    """Which enrollments."""

    lead_id: UUID | None = Field(default=None, description="Of this lead.")
    sequence: Word | None = Field(default=None, description="In this sequence.")
    status: EnrollmentStatus | None = Field(default=None, description="That stand so.")


@router.get("/v1/enrollments", summary="List enrollments", dependencies=[SEQUENCES_READ])
def list_enrollments(edge: ThisEdge, onward: ThisOnward, query: Annotated[EnrollmentQuery, Query()]) -> EnrollmentsOut:
    """Return enrollments, the latest first; `since` and `before` ask when they started."""
    wanted = query.wanted(lead_id=query.lead_id, sequence=query.sequence, status=query.status)
    with edge.kit.database.read() as connection:
        page = listings.list_enrollments(connection, wanted, start=query.start, rows=query.limit)
    return EnrollmentsOut(enrollments=[enrollment_out(row) for row in page.rows], next=onward(page.next))


@router.get("/v1/enrollments/{enrollment_id}", summary="Read an enrollment", dependencies=[SEQUENCES_READ])
def read_enrollment(enrollment_id: UUID, edge: ThisEdge) -> EnrollmentOut:
    """Return where one lead stands in one sequence."""
    with edge.kit.database.read() as connection:
        row = listings.find_enrollment(connection, str(enrollment_id))
    if row is None:
        raise Refused(problems.NOT_FOUND, NO_ENROLLMENT)
    return enrollment_out(row)


def enrollment_out(row: Row) -> EnrollmentOut:
    """Return one enrollment as integrators get it."""
    return EnrollmentOut(**{name: row[name] for name in EnrollmentOut.model_fields})


class PauseIn(Strict):
    """For how long, and why."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"until": "2026-06-01T09:00:00Z", "reason": "on holiday"}, {}]}
    )

    until: Moment | None = Field(default=None, description="When to go on; until it is resumed, if left out.")
    reason: Line = Field(default="", description="Why, for whoever looks.")


@router.post(
    "/v1/enrollments/{enrollment_id}/pause",
    response_model=EnrollmentOut,
    summary="Pause an enrollment",
    dependencies=[SEQUENCES_WRITE],
    openapi_extra={"x-problems": ["not-now"]},
)
def pause_enrollment(enrollment_id: UUID, body: PauseIn, carrier: ThisCarrier) -> Response:
    """Let one enrollment rest; when this answers, nothing more of it leaves. The lead's other enrollments go on."""

    def pause() -> None:
        pausing.pause_enrollment(
            carrier.edge.kit, str(enrollment_id), until=body.until, reason=body.reason, by=carrier.caller.by
        )

    return carrier.carry_apart(body, lambda: _turned(carrier, enrollment_id, pause))


@router.post(
    "/v1/enrollments/{enrollment_id}/resume",
    response_model=EnrollmentOut,
    summary="Resume an enrollment",
    dependencies=[SEQUENCES_WRITE],
    openapi_extra={"x-problems": ["not-now"]},
)
def resume_enrollment(enrollment_id: UUID, carrier: ThisCarrier) -> Response:
    """Let an enrollment that rests go on at once."""

    def resume() -> None:
        pausing.resume_enrollment(carrier.edge.kit, str(enrollment_id), by=carrier.caller.by)

    return carrier.carry_apart(None, lambda: _turned(carrier, enrollment_id, resume))


@router.post(
    "/v1/enrollments/{enrollment_id}/stop",
    response_model=EnrollmentOut,
    summary="Stop an enrollment",
    dependencies=[SEQUENCES_WRITE],
    openapi_extra={"x-problems": ["not-now"]},
)
def stop_enrollment(enrollment_id: UUID, carrier: ThisCarrier) -> Response:
    """Take the lead out of the sequence for good; when this answers, nothing more of it leaves.

    This is no opt-out: other sequences go on. For a lead that said stop, record a withdrawal.
    """

    def stop() -> None:
        pausing.stop_enrollment(carrier.edge.kit, str(enrollment_id), by=carrier.caller.by)

    return carrier.carry_apart(None, lambda: _turned(carrier, enrollment_id, stop))


def _turned(carrier: Carrier, enrollment_id: UUID, act: Callable[[], None]) -> tuple[int, EnrollmentOut]:
    """Return the enrollment after *act*."""
    why: Exception | None = None
    try:
        act()
    except NotOpen as error:
        if error.status is None:
            raise Refused(problems.NOT_FOUND, NO_ENROLLMENT) from error
        why = error
    except NothingToDo as error:
        why = error
    told = read_enrollment(enrollment_id, carrier.edge)
    if why is not None:
        raise Refused(problems.NOT_NOW, f"The enrollment is {told.status}.", reason=told.status) from why
    return OK, told
