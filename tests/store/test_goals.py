"""What a business wants of a month counts from that month on."""

from datetime import date

from engine.domain.goals import Goal
from engine.store import goals
from engine.store.database import Database
from tests.databases import START


def test_a_goal_counts_from_its_month_until_another_does(database: Database) -> None:
    march, april, may = (date(2026, month, 1) for month in (3, 4, 5))
    with database.write() as connection:
        for target, since in ((10, march), (20, march), (0, may)):
            goals.put(connection, Goal.LEADS, target, since=since, by="ada", now=START)

        found = [goals.of_month(connection, month) for month in (date(2026, 2, 1), march, april, may)]

    assert found == [{}, {Goal.LEADS: 20}, {Goal.LEADS: 20}, {}]
