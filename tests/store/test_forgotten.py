"""Who is forgotten: the definition, case by case, on rows of every kind."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Table, insert

from engine.store import tables as t
from engine.store.database import Database
from engine.store.forgotten import audit
from engine.store.tasks import new_row
from tests.databases import START
from tests.store import rows

LATER, EARLIER = START + timedelta(days=1), START - timedelta(days=1)
STOPPED = {"status": "stopped", "due_at": None, "ended_at": START}
SENDING: dict[str, Any] = {"state": "sending", "due_at": LATER}
ENDED = "019caf10-3180-7508-8000-00000000000e"
PAUSED: dict[str, Any] = {"status": "paused", "due_at": None}

Row = tuple[Table, Mapping[str, Any]]


def walk(**changes: Any) -> Row:
    """Return an enrollment."""
    return t.enrollments, {"is_exclusive": False, "started_at": EARLIER, "sequence": rows.ids.new()} | changes


def message(**changes: Any) -> Row:
    """Return a message."""
    return t.messages, changes


def task(owner: str = "maren", state: str = "open") -> Row:
    """Return a task."""
    ended: dict[str, Any] = {} if state == "open" else {"ended_at": START, "outcome": "no_answer"}
    return t.tasks, {"owner": owner, "state": state, **ended}


def fact(channel: str, kind: str = "withdrawn", **changes: Any) -> Row:
    """Return a fact of the ledger."""
    return t.consent_facts, {"channel": channel, "kind": kind, **changes}


def happening(name: str, **changes: Any) -> Row:
    """Return something that happened."""
    return t.happenings, {"name": name, **changes}


STOPS = [fact("email"), fact("sms"), fact("voicemail")]

CASES: list[tuple[str, str, Sequence[Row]]] = [
    ("nothing at all", "forgotten", []),
    ("walks on", "next_step", [walk()]),
    ("snoozed to a date", "next_step", [walk(status="snoozed", due_at=LATER)]),
    ("awaits an event, with a timeout", "next_step", [walk(status="waiting", due_at=LATER)]),
    ("waits for its message, which has a time", "next_step", [walk(status="waiting", due_at=None), message()]),
    ("its message is held until morning", "next_step", [message(state="held", due_at=LATER)]),
    ("its message waits for a person", "forgotten", [walk(status="waiting", due_at=None), message(state="held", due_at=None)]),
    ("an answer is on its way", "next_step", [message(**SENDING)]),
    ("its last message is on its way", "forgotten", [walk(id=ENDED, **STOPPED), message(enrollment_id=ENDED, **SENDING)]),
    ("only a confirmation is coming", "forgotten", [message(purpose="confirmation")]),
    ("its last message was sent", "forgotten", [message(state="skipped", due_at=None, ended_at=START)]),
    ("paused for the owner, who has a task", "task", [walk(**PAUSED), task()]),
    ("paused, and the task is done", "forgotten", [walk(**PAUSED), task(state="done")]),
    ("a task that nobody owns", "forgotten", [task(owner="")]),
    ("the plan ran out", "forgotten", [walk(status="finished", due_at=None, ended_at=START, reason="completed")]),
    ("the plan ran out, and somebody decides what is next", "task",
     [walk(status="finished", due_at=None, ended_at=START, reason="completed"), task()]),
    ("stopped by a fault of ours", "forgotten", [walk(**STOPPED, reason="too_many_steps: instant")]),
    ("left by a rule", "ended", [walk(**STOPPED, reason="left: booked")]),
    ("left one, paused in another", "forgotten", [walk(**STOPPED, reason="left: booked"), walk(**PAUSED)]),
    ("left, and came back since", "forgotten", [walk(**STOPPED, reason="left: booked"), happening("came_back", at=LATER)]),
    ("came back, then left", "ended", [walk(**STOPPED, reason="left: booked"), happening("came_back", at=EARLIER)]),
    ("left, then another plan ran out", "forgotten",
     [walk(**STOPPED, reason="left: booked"),
      walk(status="finished", started_at=LATER, due_at=None, ended_at=LATER, reason="completed")]),
    ("booked without any plan", "ended", [happening("booked")]),
    ("booked, and came back since", "forgotten", [happening("booked"), happening("came_back", at=LATER)]),
    ("stopped every machine channel", "ended", STOPS),
    ("stopped all but one", "forgotten", STOPS[:2]),
    ("stopped all, then allowed one again", "forgotten", [*STOPS, fact("sms", "granted", at=LATER)]),
    ("allowed and stopped at one instant", "ended", [*STOPS, fact("sms", "granted")]),
    ("stopped all after having allowed one", "ended", [*STOPS, fact("sms", "granted", at=EARLIER)]),
]  # fmt: skip


@pytest.mark.parametrize(("expected", "more"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_an_open_lead_counts_on_something_or_is_forgotten(
    database: Database, expected: str, more: Sequence[Row]
) -> None:
    with database.write() as connection:
        rows.add(connection, t.content_revisions, rows.revision())
        add_lead(connection, more)
        bystander(connection)

        found = audit(connection, START)

    counts = {name: found[name] for name in ("next_step", "task", "ended", "forgotten")}
    assert counts == dict.fromkeys(counts, 0) | {"next_step": int(expected == "next_step") + 1} | (
        {} if expected == "next_step" else {expected: 1}
    )


@pytest.mark.parametrize(
    ("status", "expected"), [("new", 1), ("working", 1), ("qualified", 1), ("customer", 0), ("lost", 0)]
)
def test_only_open_leads_can_be_forgotten(database: Database, status: str, expected: int) -> None:
    with database.write() as connection:
        rows.add(connection, t.leads, rows.lead(status=status))

        found = audit(connection, START)

    assert (found["leads"], found["open"], found["forgotten"]) == (1, expected, expected)


def test_a_task_without_a_name_falls_to_the_owner_of_the_lead(database: Database) -> None:
    with database.write() as connection:
        add_lead(connection, [task(owner="")], owner="theo")

        assert audit(connection, START)["task"] == 1


def test_a_next_step_that_nobody_looked_at_is_overdue_but_not_forgotten(database: Database) -> None:
    with database.write() as connection:
        rows.add(connection, t.content_revisions, rows.revision())
        add_lead(connection, [walk()])

        on_time, late = audit(connection, START + timedelta(minutes=9)), audit(connection, START + timedelta(hours=1))

    assert (on_time["overdue"], late["overdue"]) == (0, 1)
    assert late["forgotten"] == 0


def add_lead(connection: Connection, more: Sequence[Row], **changes: Any) -> str:
    """Add a lead with *more* rows about them."""
    lead_id = rows.add(connection, t.leads, rows.lead(**changes))
    for table, values in more:
        connection.execute(insert(table).values(_whole(table, lead_id, values)))
    return lead_id


def bystander(connection: Connection) -> None:
    """Add a lead that is well looked after: what is true of them must not be taken for another's."""
    lead_id = rows.add(connection, t.leads, rows.lead())
    rows.add(connection, t.enrollments, rows.enrollment(lead_id))


def _whole(table: Table, lead_id: str, values: Mapping[str, Any]) -> dict[str, Any]:
    if table is t.enrollments:
        return rows.enrollment(lead_id, **values)
    if table is t.messages:
        return rows.message(lead_id, **values)
    if table is t.consent_facts:
        return rows.fact(lead_id, **values)
    if table is t.happenings:
        return {"id": rows.ids.new(), "lead_id": lead_id, "at": START, "detail": {}, **values}
    task_id = rows.ids.new()
    return new_row(
        task_id=task_id, intent_key=task_id, lead_id=lead_id, kind="call", owner="", title="Call", now=START, due_at=START
    ) | dict(values)  # fmt: skip
