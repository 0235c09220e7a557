"""What a business wants of a month, and how far it has come."""

from dataclasses import dataclass
from enum import StrEnum

TARGET_MAX = 1_000_000


class Goal(StrEnum):
    """One thing that is counted by the month."""

    LEADS = "leads"  # how many arrive
    FAST_ANSWERS = "fast_answers"  # per cent of those who arrived that were answered within five minutes
    BOOKED = "booked"  # how many book
    CUSTOMERS = "customers"  # how many become customers


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What was wanted of a whole month, what there is, and what there should be by now at an even pace."""

    goal: Goal
    target: int
    reached: float
    due_by_now: float

    @property
    def is_on_track(self) -> bool:
        """Return whether at this pace the month ends well."""
        return self.reached >= self.due_by_now


def progress(goal: Goal, *, target: int, reached: float, part_of_month: float) -> Progress:
    """Return how far *goal* has come when *part_of_month*, 0 to 1, is over; a share is due in full from the first day."""
    due = target if goal is Goal.FAST_ANSWERS else target * part_of_month
    return Progress(goal=goal, target=target, reached=reached, due_by_now=due)
