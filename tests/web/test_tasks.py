"""The tasks' room: the one most worth doing is open, its end is told beforehand, and the next opens."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from engine.clock import VirtualClock
from engine.domain.access import Role
from engine.domain.task import TaskKind, TaskOutcome
from engine.flows.kit import Kit
from engine.store import tables as t
from engine.store import tasks
from engine.web.console.outcomes import OUTCOMES, offers
from tests.databases import START
from tests.web.scenes import arrive, rows_of, work

ROOM = "/console/tasks"

SignedIn = Callable[[Role | str], TestClient]


def open_card(page: str) -> str:
    """Return the id of the task whose card is open."""
    [found] = re.findall(rf'action="{ROOM}/([0-9a-f-]+)/close"', page)
    return str(found)


def call(kit: Kit, lead_id: str, clock: VirtualClock, *, due: timedelta = timedelta(), kind: str = "call") -> str:
    """Add a task about a lead, due *due* ago; return its id."""
    row = tasks.new_row(
        task_id=kit.ids.new(), intent_key=kit.ids.new(), lead_id=lead_id, kind=kind, owner="", title=f"Ring {lead_id}",
        now=clock.now(), due_at=clock.now() - due, body="> Hello, this is a script.",
    )  # fmt: skip
    with kit.database.write() as connection:
        tasks.insert(connection, [row])
    return str(row["id"])


@pytest.fixture
def calls(kit: Kit, clock: VirtualClock) -> list[str]:
    """Return two calls that wait: to a lead who cost much, and, longer, to one who cost nothing."""
    clock.move_to(clock.now() + timedelta(hours=4))  # eleven in the morning in Oregon
    plain, dear = arrive(kit, 1), arrive(kit, 2, cost_cents=250_000)
    clock.move_to(clock.now() + timedelta(hours=2))
    return [call(kit, dear, clock), call(kit, plain, clock, due=timedelta(hours=1))]


def test_what_is_worth_more_is_open_first_and_says_why(browser: TestClient, calls: list[str]) -> None:
    page = browser.get(ROOM).text

    assert open_card(page) == calls[0]
    assert "<li>worth 2,500</li>" in page
    assert "this is a script" in page
    assert 'href="tel:+15035550102"' in page
    assert re.search(r"\d\d:\d\d, Monday where they are", page)
    assert open_card(browser.get(f"{ROOM}?task={calls[1]}").text) == calls[1]


def test_each_outcome_is_offered_with_its_own_key_and_what_it_does(browser: TestClient, calls: list[str]) -> None:
    page = browser.get(ROOM).text

    for offer in offers(TaskKind.CALL):
        assert offer.does in page
        assert f'value="{offer.outcome}" required data-outcome data-key="{offer.key}"' in page
    taken = {"j", "k", "p", "m", "s", "t", "/", "?"}
    for kind in TaskKind:
        keys = [offer.key for offer in offers(kind)]
        assert len({*keys, *taken}) == len(keys) + len(taken)
    assert {one for kind in OUTCOMES.values() for one in kind} == set(TaskOutcome)


def test_ending_a_task_opens_the_next_in_the_same_list(kit: Kit, browser: TestClient, calls: list[str]) -> None:
    form = {"outcome": "no_answer", "note": "rang twice", "list_kind": "call"}

    answer = browser.post(f"{ROOM}/{calls[0]}/close", data=form)

    assert str(answer.url).endswith(f"{ROOM}?kind=call")
    assert open_card(answer.text) == calls[1]
    [done] = rows_of(kit, t.tasks, id=calls[0])
    assert (done["outcome"], done["note"]) == ("no_answer", "rang twice")


def test_a_no_ends_everything_for_the_lead(kit: Kit, browser: TestClient, calls: list[str]) -> None:
    work(kit)
    lead_id = rows_of(kit, t.tasks, id=calls[0])[0]["lead_id"]

    browser.post(f"{ROOM}/{calls[0]}/close", data={"outcome": "no"})
    work(kit)

    assert rows_of(kit, t.leads, id=lead_id)[0]["status"] == "lost"
    assert [row["state"] for row in rows_of(kit, t.messages, lead_id=lead_id) if row["ended_at"] is None] == []
    assert [row["title"] for row in rows_of(kit, t.tasks, lead_id=lead_id, state="open")] == []
    assert [row["status"] for row in rows_of(kit, t.enrollments, lead_id=lead_id) if row["ended_at"] is None] == []


def test_a_task_is_taken_and_given_back(kit: Kit, browser: TestClient, calls: list[str]) -> None:
    address = f"{ROOM}/{calls[0]}/assign"

    answer = browser.post(address, data={"take": "yes"})

    assert open_card(answer.text) == calls[0]
    [taken] = rows_of(kit, t.tasks, id=calls[0])
    assert taken["owner"] == "admin"
    assert open_card(browser.get(f"{ROOM}?owner=admin").text) == calls[0]
    browser.post(address, data={"owner": ""})
    assert rows_of(kit, t.tasks, id=calls[0])[0]["owner"] == ""
    assert browser.post(address, data={"owner": "nobody"}).status_code == 400
    assert len(rows_of(kit, t.audit_log, action="task.assigned")) == 2


def test_what_is_due_later_is_no_task_yet(kit: Kit, browser: TestClient, clock: VirtualClock, calls: list[str]) -> None:
    lead_id = rows_of(kit, t.tasks, id=calls[0])[0]["lead_id"]
    later = call(kit, lead_id, clock, due=-timedelta(days=2), kind="letter")

    assert later not in browser.get(ROOM).text
    assert f"task={later}" in browser.get(f"{ROOM}/later").text
    assert open_card(browser.get(f"{ROOM}?task={later}").text) == later
    assert "Ends everything" not in browser.get(f"{ROOM}?task={later}").text


def test_a_call_that_may_not_be_made_now_stands_behind_one_that_may(
    kit: Kit, browser: TestClient, calls: list[str]
) -> None:
    with kit.database.write() as connection:
        dear = connection.execute(update(t.leads).where(t.leads.c.cost_cents > 0).values(review_since=START))
    assert dear.rowcount == 1

    page = browser.get(ROOM).text

    assert open_card(page) == calls[1]
    assert f"task={calls[0]}" in page


def test_a_viewer_reads_and_ends_nothing(kit: Kit, signed_in: SignedIn, calls: list[str]) -> None:
    viewer = signed_in(Role.VIEWER)

    assert "How it ended" not in viewer.get(ROOM).text
    assert viewer.post(f"{ROOM}/{calls[0]}/close", data={"outcome": "no"}).status_code == 403
    assert viewer.post(f"{ROOM}/{calls[0]}/assign", data={"owner": ""}).status_code == 403
    assert rows_of(kit, t.tasks, id=calls[0])[0]["state"] == "open"


def test_a_task_that_is_not_there_is_not_found(browser: TestClient) -> None:
    for text in ("x", "0192f000-0000-7000-8000-000000000000"):
        assert browser.get(f"{ROOM}?task={text}").status_code == 404
