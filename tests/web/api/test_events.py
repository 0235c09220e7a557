"""Events told from outside: sequences begin, wait, branch and end by them."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from engine.clock import VirtualClock
from engine.flows.happen import OURS
from engine.flows.kit import Kit
from engine.store import tables as t
from tests.flows.content import publish_plan
from tests.web.api.conftest import LEADS
from tests.web.scenes import rows_of, work

BY_VISIT = """\
name: visited
enter: {when: event, event: visited-pricing}
exclusive: no
stages:
  - {id: wait, wait for: signed, timeout: 3 days, then: thanks, else: end}
  - {id: thanks, email: short-question}
"""


def tell(program: TestClient, lead_id: str, name: str, **more: Any) -> Any:
    """Tell an event that must be taken; return the answer."""
    answer = program.post(f"{LEADS}/{lead_id}/events", json={"name": name, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


def walk_of(kit: Kit, lead_id: str, sequence: str) -> Any:
    """Return the lead's enrollment in *sequence*."""
    [found] = rows_of(kit, t.enrollments, lead_id=lead_id, sequence=sequence)
    return found


def test_a_sequence_begins_by_an_event_of_its_name(program: TestClient, kit: Kit, lead_id: str) -> None:
    publish_plan(kit, BY_VISIT)

    told = tell(program, lead_id, "visited-pricing", detail={"plan": "gold"})

    assert [(one["sequence"], one["reason"]) for one in told["entries"]] == [("visited", "enters")]
    [happening] = rows_of(kit, t.happenings, id=told["id"])
    assert (happening["name"], happening["detail"]) == ("visited-pricing", {"plan": "gold"})
    assert tell(program, lead_id, "visited-elsewhere")["entries"] == []


def test_who_waits_for_an_event_goes_on_at_once(
    program: TestClient, kit: Kit, lead_id: str, clock: VirtualClock
) -> None:
    publish_plan(kit, BY_VISIT)
    tell(program, lead_id, "visited-pricing")
    work(kit)
    clock.move_to(clock.now() + timedelta(hours=1))

    tell(program, lead_id, "signed")
    work(kit)

    sent = rows_of(kit, t.messages, lead_id=lead_id, sequence="visited")
    assert [row["template"] for row in sent] == ["short-question"]


@pytest.mark.parametrize(("name", "status"), [("booked", "qualified"), ("customer", "customer")])
def test_an_event_that_a_leave_rule_names_ends_the_walk(
    program: TestClient, kit: Kit, lead_id: str, clock: VirtualClock, name: str, status: str
) -> None:
    work(kit)
    clock.move_to(clock.now() + timedelta(minutes=1))

    tell(program, lead_id, name)
    work(kit)

    assert walk_of(kit, lead_id, "instant-answer")["status"] == "stopped"
    assert rows_of(kit, t.leads, id=lead_id)[0]["status"] == status


def test_a_rest_ends_only_by_what_the_walk_is_left_by(
    program: TestClient, kit: Kit, lead_id: str, clock: VirtualClock
) -> None:
    work(kit)
    with kit.database.write() as connection:
        connection.execute(t.enrollments.update().values(status="paused", due_at=None))
    clock.move_to(clock.now() + timedelta(minutes=1))

    tell(program, lead_id, "visited-pricing")
    work(kit)
    assert walk_of(kit, lead_id, "instant-answer")["status"] == "paused"

    tell(program, lead_id, "booked")
    work(kit)
    assert walk_of(kit, lead_id, "instant-answer")["status"] == "stopped"


def test_what_happened_earlier_is_put_on_record_as_of_then(program: TestClient, kit: Kit, lead_id: str) -> None:
    told = tell(program, lead_id, "visited-pricing", at="2026-03-01T10:00:00+02:00")

    assert told["at"] == "2026-03-01T08:00:00Z"
    assert rows_of(kit, t.happenings, id=told["id"])[0]["at"].isoformat() == "2026-03-01T08:00:00+00:00"


def test_a_clock_a_little_ahead_is_forgiven(program: TestClient, lead_id: str) -> None:
    assert tell(program, lead_id, "visited", at="2026-03-02T15:04:00Z")["at"] == "2026-03-02T15:00:00Z"

    refused = program.post(f"{LEADS}/{lead_id}/events", json={"name": "visited", "at": "2026-03-02T15:06:00Z"})

    assert refused.json()["errors"][0]["field"] == "at"


@pytest.mark.parametrize("name", [*sorted(OURS), "Visited Pricing", "", "x" * 81])
def test_names_that_nobody_may_use_are_refused(program: TestClient, kit: Kit, lead_id: str, name: str) -> None:
    refused = program.post(f"{LEADS}/{lead_id}/events", json={"name": name})

    assert refused.status_code == 422
    [error] = refused.json()["errors"]
    assert error["field"] == "name"
    assert error["remedy"]
    assert len(rows_of(kit, t.happenings)) == 1


BY_DATE = """\
name: reminder
date: appointment
purpose: service
enter: {when: event, event: visit-booked}
exclusive: no
stages:
  - {id: remind, email: short-question, before: 1 day at 10:00}
"""


def test_an_event_sets_the_date_that_a_sequence_counts_by_and_moves_it(
    program: TestClient, kit: Kit, lead_id: str, clock: VirtualClock
) -> None:
    publish_plan(kit, BY_DATE)
    first, second = (clock.now() + timedelta(days=days) for days in (10, 20))
    told = tell(program, lead_id, "visit-booked", detail={"at": first.isoformat()})
    work(kit)

    tell(program, lead_id, "visit-moved", detail={"at": second.isoformat()})

    assert [one["reason"] for one in told["entries"]] == ["enters"]
    walking = walk_of(kit, lead_id, "reminder")
    assert walking["date_at"] == second
    assert timedelta() < second - walking["due_at"] < timedelta(days=2)
    tell(program, lead_id, "visit-called-off", detail={"at": None})
    assert walk_of(kit, lead_id, "reminder")["status"] == "stopped"


def test_a_date_that_cannot_be_read_is_told_with_its_field(program: TestClient, lead_id: str) -> None:
    answer = program.post(f"{LEADS}/{lead_id}/events", json={"name": "visit-booked", "detail": {"at": "soon"}})

    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert error["field"] == "detail"
    assert error["message"].startswith("Cannot read the date 'soon'")
    assert "2026-03-05" in error["remedy"]
