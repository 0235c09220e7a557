"""Enrollments: where leads stand in sequences."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from engine.domain.enrollment import EnrollmentStatus
from engine.store import listings
from engine.store.pages import Row
from engine.web.api import problems
from engine.web.api.answers import Answer
from engine.web.api.paging import ThisOnward, TimedQuery, Word
from engine.web.api.permits import SEQUENCES_READ
from engine.web.api.problems import Refused
from engine.web.edge import ThisEdge

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
