"""The order of tasks: the same tasks stand in the same order, what may be done goes ahead, and each says why."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.lead import LeadStatus
from engine.domain.next_task import Doable, Waiting, in_order
from tests.databases import START

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PLAIN = Waiting(id="plain", due_at=START, lead_since=START - 30 * DAY, status=LeadStatus.WORKING)

moments = st.integers(min_value=-90 * 24 * 60, max_value=60).map(lambda minutes: START + timedelta(minutes=minutes))
waiting = st.builds(
    Waiting,
    id=st.uuids().map(str),
    due_at=moments,
    lead_since=moments,
    status=st.sampled_from(LeadStatus),
    interest=st.sampled_from(["", "a furnace"]),
    worth=st.floats(min_value=0, max_value=1e9),
    replied_at=st.none() | moments,
    clicked_at=st.none() | moments,
    doable=st.sampled_from(Doable),
    opens_at=st.none() | moments,
)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"lead_since": START - timedelta(minutes=4)}, "arrived 4 min ago"),
        ({"replied_at": START - 2 * HOUR}, "answered 2 h ago"),
        ({"clicked_at": START - 3 * DAY}, "clicked 3 days ago"),
        ({"status": LeadStatus.QUALIFIED}, "qualified"),
        ({"worth": 4500.0}, "worth 4,500"),
        ({"interest": "a furnace"}, "asked about a furnace"),
        ({"due_at": START - 5 * HOUR}, "5 h late"),
    ],
)
def test_each_reason_goes_ahead_of_none_and_is_said(changes: dict[str, Any], why: str) -> None:
    first, second = in_order([PLAIN, replace(PLAIN, id="z", **changes)], START)

    assert (first.id, first.reasons) == ("z", (why,))
    assert second.reasons == ()


def test_a_lead_who_just_arrived_goes_ahead_of_a_late_rich_one() -> None:
    fresh = replace(PLAIN, id="fresh", lead_since=START - timedelta(minutes=2))
    rich = replace(PLAIN, id="rich", worth=100_000.0, due_at=START - 3 * DAY)

    assert [one.id for one in in_order([rich, fresh], START)] == ["fresh", "rich"]


def test_a_call_that_opens_sooner_goes_ahead_among_those_that_wait() -> None:
    soon = replace(PLAIN, id="soon", doable=Doable.LATER, opens_at=START + HOUR)
    rich = replace(PLAIN, id="rich", doable=Doable.LATER, opens_at=START + DAY, worth=1e6)

    assert [one.id for one in in_order([rich, soon, PLAIN], START)] == ["plain", "soon", "rich"]


@given(st.lists(waiting, max_size=12, unique_by=lambda one: one.id), st.randoms())
def test_the_order_does_not_depend_on_how_they_come(tasks: list[Waiting], random: object) -> None:
    mixed = list(tasks)
    random.shuffle(mixed)  # type: ignore[attr-defined]

    assert in_order(mixed, START) == in_order(tasks, START)


@given(st.lists(waiting, max_size=12, unique_by=lambda one: one.id))
def test_what_may_be_done_goes_ahead(tasks: list[Waiting]) -> None:
    standing = [one.doable for one in in_order(tasks, START)]

    assert standing == sorted(standing)


@given(waiting, st.integers(min_value=0, max_value=400))
def test_waiting_longer_never_sets_a_task_back(one: Waiting, hours: int) -> None:
    later = replace(one, id="0", due_at=one.due_at - timedelta(hours=hours))

    before, after = (next(each for each in in_order([task], START)) for task in (one, later))

    assert after.points >= before.points
