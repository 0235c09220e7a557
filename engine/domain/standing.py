"""An enrollment at a stage at an instant, with all that is known of it: what every rule of the planner reads."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from engine.domain.decision import Move, Reason
from engine.domain.enrollment import Dated, Enrollment
from engine.domain.history import Facts, MessageFact, TaskFact
from engine.domain.lead_place import place_of
from engine.domain.sequence import NEXT, Repeat, Sequence, Stage, StageId
from engine.domain.timing import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One enrollment, its present stage, the facts and the instant."""

    enrollment: Enrollment
    sequence: Sequence
    stage: Stage
    facts: Facts
    now: datetime

    @property
    def place(self) -> Place:
        """The lead's clock and calendar."""
        return place_of(self.facts.lead)

    def message(self) -> MessageFact | None:
        """Return the message made for this visit to the stage."""
        found = find_message(self.facts, self.stage.id, self.enrollment.occurrence)
        if found is None and self._is_said_already():
            made = [message for message in self.facts.messages if message.stage == self.stage.id]
            return max(made, key=lambda message: message.occurrence, default=None)
        return found

    def task(self) -> TaskFact | None:
        """Return the task made for this visit to the stage."""
        place = (self.stage.id, self.enrollment.occurrence)
        found = next((task for task in reversed(self.facts.tasks) if (task.stage, task.occurrence) == place), None)
        if found is None and self._is_said_already():
            made = [task for task in self.facts.tasks if task.stage == self.stage.id]
            return max(made, key=lambda task: task.occurrence, default=None)
        return found

    def _is_said_already(self) -> bool:
        """Return whether what an earlier visit said here counts: the lead's date moved, and this stage ignores it."""
        dated = self.enrollment.dated
        return dated is not None and dated.occurrence == self.enrollment.occurrence and self.stage.by_date is None

    def move(
        self,
        to: StageId,
        reason: Reason,
        *,
        anchor_at: datetime,
        detail: str = "",
        rounds: Mapping[StageId, int] | None = None,
    ) -> Move:
        """Return the move to *to* (a stage, `END`, or `NEXT` for the stage that follows).

        A move back starts another visit: the occurrence grows, and repeats inside the part gone back over start anew.
        """
        target = self.sequence.after(self.stage.id) if to == NEXT else to
        kept = self.enrollment.rounds if rounds is None else rounds
        occurrence = self.enrollment.occurrence
        if self.goes_back(target):
            occurrence += 1
            kept = self._without_repeats_inside(target, kept)
        return Move(
            to=target,
            anchor_at=anchor_at,
            occurrence=occurrence,
            reason=reason,
            detail=detail,
            rounds=dict(kept),
            dated=self._dated_at(target),
        )

    def _dated_at(self, target: StageId) -> Dated | None:
        """Return the enrollment's date as it is kept at *target*: the first stage that counts by it is remembered."""
        dated, stage = self.enrollment.dated, self.sequence.stage(target)
        if dated is None or dated.since is not None or stage is None or stage.by_date is None:
            return dated
        return replace(dated, since=target)

    def anchor_without_touch(self, to: StageId) -> datetime:
        """Return from when the delay at *to* counts if nothing was said to the lead here: still from the last touch.

        Going back counts from now instead, else a part whose touches are all passed over would go round at once.
        """
        return self.now if self.goes_back(to) else self.enrollment.anchor_at

    def goes_back(self, to: StageId) -> bool:
        """Return whether *to* is this stage or one before it."""
        ids = [stage.id for stage in self.sequence.stages]
        return to in ids and ids.index(to) <= ids.index(self.stage.id)

    def _without_repeats_inside(self, to: StageId, rounds: Mapping[StageId, int]) -> dict[StageId, int]:
        ids = [stage.id for stage in self.sequence.stages]
        part = self.sequence.stages[ids.index(to) : ids.index(self.stage.id)]
        inside = {stage.id for stage in part if isinstance(stage.step, Repeat)}
        return {stage_id: count for stage_id, count in rounds.items() if stage_id not in inside}


def find_message(facts: Facts, stage: StageId, occurrence: int) -> MessageFact | None:
    """Return the message made at *stage* on its visit number *occurrence*."""
    place = (stage, occurrence)
    return next((one for one in reversed(facts.messages) if (one.stage, one.occurrence) == place), None)
