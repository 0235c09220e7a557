"""Today: who waits and since when, what is due in order, goals of the month, and counts that stay the same as the audit's."""

from collections.abc import Sequence
from datetime import timedelta

from fastapi.testclient import TestClient
from sqlalchemy import update

from engine.clock import VirtualClock
from engine.domain.goals import Goal
from engine.flows.kit import Kit
from engine.store import goals, reports
from engine.store import tables as t
from tests.store import rows
from tests.web.scenes import arrive, rows_of, walk, work


def told(browser: TestClient, name: str) -> object:
    return browser.get("/console?format=json").json()[name]


def hours_of(kit: Kit, lead_ids: Sequence[str], clock: VirtualClock) -> None:
    """Let the leads have arrived one, two, three ... hours ago."""
    with kit.database.write() as connection:
        for number, lead_id in enumerate(lead_ids, 1):
            at = clock.now() - timedelta(hours=number)
            connection.execute(update(t.leads).where(t.leads.c.id == lead_id).values(created_at=at))


def test_who_still_waits_is_told_the_longest_first_and_counts_on(
    kit: Kit, browser: TestClient, clock: VirtualClock
) -> None:
    waiting = [arrive(kit, number) for number in (1, 2)]
    hours_of(kit, waiting, clock)

    page = browser.get("/console").text

    assert page.index(f"waits-{waiting[1]}") < page.index(f"waits-{waiting[0]}")
    assert f'data-since="{(clock.now() - timedelta(hours=2)).isoformat()}"' in page
    assert ">2 h</span>" in page
    work(kit)
    assert told(browser, "unanswered") == []
    assert "answered after 2 h" in browser.get("/console").text


def test_the_promise_is_counted_as_the_audit_counts_it(kit: Kit, browser: TestClient, clock: VirtualClock) -> None:
    for number in range(4):
        arrive(kit, number)
    walk(kit, clock, days=2)
    with kit.database.write() as connection:
        rows.add(connection, t.leads, rows.lead(first_name="Forlorn"))
        lost = update(t.leads).where(t.leads.c.id == rows_of(kit, t.leads)[0]["id"]).values(status="lost")
        connection.execute(lost)
    clock.move_to(clock.now() + timedelta(days=9))
    with kit.database.read() as connection:
        audit = reports.audit(connection, clock.now())

    found = told(browser, "audit")

    assert found == {name: audit[name] for name in ("open", "forgotten", "overdue")}
    assert audit["forgotten"] == 1


def test_only_the_last_days_are_counted(kit: Kit, browser: TestClient, clock: VirtualClock) -> None:
    lead_id = arrive(kit, grants=())
    walk(kit, clock, days=3)
    assert rows_of(kit, t.messages, state="skipped")
    with kit.database.write() as connection:
        connection.execute(update(t.messages).values(created_at=clock.now() - timedelta(days=2)))
        connection.execute(update(t.leads).values(created_at=clock.now() - timedelta(days=8)))

    assert told(browser, "skipped") == {}
    assert told(browser, "speed")["arrived"] == 0  # type: ignore[index]
    assert lead_id not in browser.get("/console").text.split('id="calls-due"')[0].split('id="new-leads"')[1]


def test_the_month_is_shown_against_its_goals(kit: Kit, browser: TestClient, clock: VirtualClock) -> None:
    assert "against its goals" not in browser.get("/console").text
    arrive(kit)
    with kit.database.write() as connection:
        month = clock.now().date().replace(day=1)
        goals.put(connection, Goal.LEADS, 40, since=month, by="ann", now=clock.now())

    page = browser.get("/console").text

    assert "This month against its goals" in page
    assert "1 of 40" in page
