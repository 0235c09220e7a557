"""What changed between two revisions of a sequence or a message, stage by stage and line by line."""

from dataclasses import dataclass
from difflib import unified_diff
from enum import StrEnum

from engine.domain.sequence import Sequence


class Change(StrEnum):
    """What became of a piece or a stage."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StageChange:
    """What became of one stage."""

    stage: str
    change: Change


def stage_changes(old: Sequence, new: Sequence) -> list[StageChange]:
    """Return which stages of *old* are gone or say something else in *new*, and which are new, as they stand there.

    A stage whose own lines are the same but that stands elsewhere is no change of the stage.
    """
    before = {stage.id: stage for stage in old.stages}
    after = {stage.id: stage for stage in new.stages}
    changes = [StageChange(stage=one, change=Change.REMOVED) for one in before if one not in after]
    for stage_id, stage in after.items():
        if stage_id not in before:
            changes.append(StageChange(stage=stage_id, change=Change.ADDED))
        elif before[stage_id] != stage:
            changes.append(StageChange(stage=stage_id, change=Change.CHANGED))
    return changes


def text_difference(before: str, after: str, *, name: str) -> str:
    """Return the unified diff of two texts of the piece *name*; empty where they are alike."""
    lines = unified_diff(
        before.splitlines(), after.splitlines(), fromfile=f"{name} (current)", tofile=f"{name} (new)", lineterm=""
    )
    return "\n".join(lines)
