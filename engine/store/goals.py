"""What a business wants of a month; each word of theirs counts from its month on, so that old months keep their goals."""

from datetime import date, datetime

from sqlalchemy import Connection, and_, func, select

from engine.domain.goals import Goal
from engine.store import tables as t
from engine.store.statements import insert_rows


def of_month(connection: Connection, month: date) -> dict[Goal, int]:
    """Return the targets of the month that begins on *month*, in the order of `Goal`."""
    table = t.goals
    latest = (
        select(table.c.goal, func.max(table.c.since).label("since"))
        .where(table.c.since <= month)
        .group_by(table.c.goal)
        .subquery()
    )
    query = select(table.c.goal, table.c.target).join(
        latest, and_(latest.c.goal == table.c.goal, latest.c.since == table.c.since)
    )
    found = {Goal(goal): target for goal, target in connection.execute(query) if target}
    return {goal: found[goal] for goal in Goal if goal in found}


def put(connection: Connection, goal: Goal, target: int, *, since: date, by: str, now: datetime) -> None:
    """Want *target* of the month that begins on *since* and of those after it; 0 wants nothing."""
    table = t.goals
    connection.execute(table.delete().where(table.c.goal == goal, table.c.since == since))
    insert_rows(connection, table, [{"goal": goal, "since": since, "target": target, "set_by": by, "set_at": now}])
