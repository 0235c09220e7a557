"""Say what the business wants of a month: from this one on, until somebody says something else."""

from collections.abc import Mapping

from engine.domain.goals import Goal
from engine.flows.kit import Kit
from engine.flows.reporting import zone_of
from engine.store import audit, goals

SET = "goals.set"


def aim(kit: Kit, targets: Mapping[Goal, int], *, by: str) -> None:
    """Want *targets* of this month and of those after it; 0 wants nothing. What stays as it is is not noted."""
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        month = now.astimezone(zone_of(kit, connection)).date().replace(day=1)
        before = goals.of_month(connection, month)
        changed = {goal: target for goal, target in targets.items() if target != before.get(goal, 0)}
        for goal, target in changed.items():
            goals.put(connection, goal, target, since=month, by=by, now=now)
        if changed:
            audit.note(
                connection,
                row_id=kit.ids.new(),
                at=now,
                actor=by,
                action=SET,
                subject=month.isoformat(),
                before={goal: before.get(goal, 0) for goal in changed},
                after={goal: changed[goal] for goal in changed},
            )
