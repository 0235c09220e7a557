"""An enrollment: one lead in one revision of one sequence, and where it stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from engine.domain.lead import LeadId
from engine.domain.sequence import StageId

EnrollmentId = NewType("EnrollmentId", str)


class EnrollmentStatus(StrEnum):
    """What an enrollment is doing."""

    ACTIVE = "active"  # walking; its next step has a time
    WAITING = "waiting"  # a touch is under way, or an event is awaited
    PAUSED = "paused"  # a person looks at it; until a date, or until the owner resumes it
    OUT_OF_OFFICE = "out_of_office"  # the lead is away until a date
    SNOOZED = "snoozed"  # the lead asked for later
    FINISHED = "finished"  # it came to its end, and says how
    STOPPED = "stopped"  # it was ended early, and says why


ENDED_STATUSES = frozenset({EnrollmentStatus.FINISHED, EnrollmentStatus.STOPPED})
RESTING_STATUSES = frozenset({EnrollmentStatus.PAUSED, EnrollmentStatus.OUT_OF_OFFICE, EnrollmentStatus.SNOOZED})
"""Nothing is sent in these; the engine wakes them at `due_at`, or a person does when it is None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """The lead's date as the enrollment knows it, by which it notices that the date was moved.

    *since* is the first stage it came to that counts by the date: there it goes back to when the date moves.
    *occurrence* is the one with which it went back; what it said without regard to the date it does not say again.
    """

    at: datetime
    since: StageId | None = None
    occurrence: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrollment:
    """Where one lead stands in one sequence.

    *occurrence* counts the moves back, so that (enrollment, stage, occurrence) names one intent however often a stage
    is visited. *rounds* holds, for each repeat stage under way, how many rounds of its part are done.
    *anchor_at* is when the step before this one ended: delays count from it, so a held stage pushes the later ones.
    *reached_at* is when it came to its stage, None where that was not kept: then *anchor_at* is the best guess.
    *came_from* is the touch stage (and its occurrence) that led here, for a bounce that arrives late.
    """

    id: EnrollmentId
    lead_id: LeadId
    sequence: str
    revision: str
    status: EnrollmentStatus
    stage: StageId
    occurrence: int = 0
    anchor_at: datetime
    started_at: datetime
    due_at: datetime | None
    reason: str = ""
    came_from: tuple[StageId, int] | None = None
    rounds: Mapping[StageId, int] = field(default_factory=dict)
    reached_at: datetime | None = None
    dated: Dated | None = None

    @property
    def has_ended(self) -> bool:
        """Whether nothing will ever happen here again."""
        return self.status in ENDED_STATUSES

    def intent_key(self) -> str:
        """Return the name of the one touch this enrollment may make at its present stage."""
        return f"{self.id}:{self.stage}:{self.occurrence}"
