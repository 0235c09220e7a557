"""The numbers people are shown, counted from rows: touches, holds, replies, speed, and what left after a stop."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from engine.store import reports
from engine.store import tables as t
from engine.store.database import Database
from tests.databases import START
from tests.store import rows

BEFORE, AFTER = START - timedelta(minutes=1), START + timedelta(minutes=1)
ACCEPTED = {"state": "accepted", "due_at": None, "ended_at": START, "provider": "sandbox", "accepted_at": START}


def stop(**changes: Any) -> dict[str, Any]:
    """Return a withdrawal a minute before START, where attempts are made."""
    return {"kind": "withdrawn", "basis": "none", "at": BEFORE, "recorded_at": BEFORE, "purpose": None} | changes


def grant(**changes: Any) -> dict[str, Any]:
    """Return a grant between the stop and the attempt."""
    between = START - timedelta(seconds=30)
    return {"kind": "granted", "at": between, "recorded_at": between, "purpose": None} | changes


@pytest.mark.parametrize(
    ("message", "facts", "expected"),
    [
        pytest.param({}, [], 0, id="nobody said stop"),
        pytest.param({}, [stop()], 1, id="stopped before"),
        pytest.param({}, [stop(at=AFTER, recorded_at=AFTER)], 0, id="stopped afterwards"),
        pytest.param({}, [stop(recorded_at=AFTER)], 0, id="said before, heard afterwards"),
        pytest.param({}, [stop(channel="sms")], 0, id="stopped another channel"),
        pytest.param({"channel": "sms"}, [stop(channel="sms")], 1, id="stopped texts"),
        pytest.param({"channel": "voicemail"}, [stop(channel="sms")], 1, id="stopped the kin"),
        pytest.param({"channel": "sms"}, [stop(channel="call")], 0, id="stopped calls by people"),
        pytest.param({}, [stop(purpose="marketing")], 1, id="stopped marketing"),
        pytest.param({"purpose": "service"}, [stop(purpose="marketing")], 0, id="service goes on"),
        pytest.param({"purpose": "confirmation"}, [stop()], 0, id="a confirmation is aside"),
        pytest.param({}, [stop(), grant()], 0, id="granted anew"),
        pytest.param({}, [stop(), grant(at=BEFORE, recorded_at=BEFORE)], 1, id="at one instant the stop counts"),
        pytest.param({}, [stop(), grant(at=AFTER, recorded_at=AFTER)], 1, id="granted anew too late"),
        pytest.param({}, [stop(), grant(channel="sms")], 1, id="granted anew elsewhere"),
        pytest.param({}, [stop(), grant(purpose="service")], 1, id="granted anew for something else"),
        pytest.param({"purpose": "service"}, [stop(), grant(purpose="marketing")], 0, id="marketing covers service"),
        pytest.param({}, [grant(at=BEFORE - timedelta(1)), stop()], 1, id="granted before the stop"),
    ],
)
def test_what_was_begun_after_a_stop_is_counted(
    database: Database, message: dict[str, Any], facts: list[dict[str, Any]], expected: int
) -> None:
    with database.write() as connection:
        lead_id = rows.add_lead(connection)
        for one in facts:
            rows.add(connection, t.consent_facts, rows.fact(lead_id, **one))
        add_attempt(connection, lead_id, **message)
        add_attempt(connection, rows.add_lead(connection))  # somebody else, who never said stop

        assert reports.sent_after_opt_out(connection) == expected


@pytest.mark.parametrize(
    ("suppression", "expected"),
    [
        pytest.param({}, 1, id="the address"),
        pytest.param({"at": AFTER}, 0, id="afterwards"),
        pytest.param({"channel": "sms"}, 1, id="its channel"),
        pytest.param({"channel": "voicemail"}, 0, id="another channel"),
        pytest.param({"channel": "voicemail", "reason": "opted_out"}, 1, id="an opt-out of the kin"),
        pytest.param({"key": "another"}, 0, id="another address"),
        pytest.param({"kind": "email"}, 0, id="another kind of address"),
    ],
)
def test_what_was_begun_after_a_suppression_is_counted(
    database: Database, suppression: dict[str, Any], expected: int
) -> None:
    plain = {"id": rows.ids.new(), "kind": "phone", "key": "k1", "key_id": "test", "normalisation": 1, "channel": ""}
    with database.write() as connection:
        address = {"id": rows.ids.new(), "kind": "phone", "key": "k1", "created_at": BEFORE}
        rows.add(connection, t.addresses, address)
        told = {"reason": "hard_bounce", "source": "receipt", "at": BEFORE}
        rows.add(connection, t.suppressions, plain | told | suppression)
        add_attempt(connection, rows.add_lead(connection), channel="sms", address_id=address["id"])

        assert reports.sent_after_opt_out(connection) == expected


def test_touches_are_what_a_provider_took_and_what_people_did(database: Database) -> None:
    with database.write() as connection:
        for channel in ("email", "email", "voicemail"):
            rows.add_message(connection, channel=channel, **ACCEPTED)
        rows.add_message(connection, channel="sms")
        lead_id = rows.add_lead(connection)
        for kind, state in (("call", "done"), ("call", "open"), ("letter", "done"), ("review", "done")):
            add_task(connection, lead_id, kind, state)

        assert reports.touch_counts(connection) == {"email": 2, "sms": 0, "voicemail": 1, "call": 1, "letter": 1}


def test_a_message_that_was_held_twice_was_held_once(database: Database) -> None:
    with database.write() as connection:
        held_then_sent = rows.add_message(connection, **ACCEPTED)
        for _ in range(2):
            add_decision(connection, held_then_sent, "hold")
        add_decision(connection, rows.add_message(connection, **ACCEPTED), "allow")
        rows.add_message(connection, state="held", reason="window")

        assert reports.held_count(connection) == 2
        assert reports.held_by_reason(connection) == {"window": 1}


def test_skips_and_states_are_counted_by_word_the_most_frequent_first(database: Database) -> None:
    skipped = {"state": "skipped", "due_at": None, "ended_at": START}
    with database.write() as connection:
        for reason in ("no_consent", "withdrawn", "withdrawn"):
            rows.add_message(connection, **skipped, reason=reason)

        assert list(reports.skipped_by_reason(connection).items()) == [("withdrawn", 2), ("no_consent", 1)]
        assert reports.states(connection) == {"skipped": 3}


def test_replies_and_stops_are_counted(database: Database) -> None:
    with database.write() as connection:
        lead_id = rows.add_lead(connection)
        for label in ("question", "opt_out", "question"):
            reply = {"id": rows.ids.new(), "lead_id": lead_id, "channel": "email", "at": START, "body": "?"}
            rows.add(connection, t.replies, reply | {"label": label, "reading": {}})
        for channel in ("email", "sms"):
            rows.add(connection, t.consent_facts, rows.fact(lead_id, **stop(channel=channel)))

        assert reports.reply_counts(connection) == {"question": 2, "opt_out": 1}
        assert reports.opt_out_count(connection) == 1


def test_speed_is_the_nearest_rank_of_those_who_were_answered(database: Database) -> None:
    waits = [1, 2, 3, 4, 5, 6, 7, 8, 600, 3600]
    with database.write() as connection:
        rows.add(connection, t.leads, rows.lead())
        for seconds in waits:
            rows.add(connection, t.leads, rows.lead(first_touch_at=START + timedelta(seconds=seconds)))

        speed = reports.speed_to_first_touch(connection)

    assert (speed["answered"], speed["within_5_minutes"]) == (10, 8)
    assert speed["median_seconds"] == pytest.approx(5, abs=0.001)
    assert speed["p90_seconds"] == pytest.approx(600, abs=0.001)


def test_an_empty_house_has_numbers_too(database: Database) -> None:
    with database.read() as connection:
        speed = reports.speed_to_first_touch(connection)

        assert speed == {"answered": 0, "median_seconds": None, "p90_seconds": None, "within_5_minutes": 0}
        assert reports.touch_counts(connection) == {"email": 0, "sms": 0, "voicemail": 0, "call": 0}
        assert reports.sent_after_opt_out(connection) == 0
        assert reports.audit(connection, START)["forgotten"] == 0


def test_work_that_waits_is_counted_by_kind(database: Database) -> None:
    with database.write() as connection:
        lead_id = rows.add_lead(connection)
        for kind, state in (("call", "open"), ("call", "done"), ("answer", "open")):
            add_task(connection, lead_id, kind, state)

        early, due = (reports.work_waiting(connection, now) for now in (BEFORE, START))

    assert (due["call"], due["answer"], due["review"]) == (1, 1, 0)
    assert (early["calls_due"], due["calls_due"]) == (0, 1)


def add_attempt(connection: Connection, lead_id: str, **changes: Any) -> None:
    """Add a message with one accepted attempt, begun at START."""
    message_id = rows.add(connection, t.messages, rows.message(lead_id, **ACCEPTED, **changes))
    rows.add(connection, t.attempts, rows.attempt(message_id, outcome="accepted", ended_at=START))


def add_task(connection: Connection, lead_id: str, kind: str, state: str) -> None:
    """Add a task that is due at START."""
    task_id = rows.ids.new()
    ended: dict[str, Any] = {} if state == "open" else {"ended_at": START, "outcome": "done"}
    texts = dict.fromkeys(("sequence", "stage", "owner", "script", "body", "note"), "")
    plain = {"id": task_id, "intent_key": task_id, "lead_id": lead_id, "kind": kind, "state": state, "title": "Do it"}
    rows.add(connection, t.tasks, texts | plain | {"occurrence": 0, "created_at": START, "due_at": START} | ended)


def add_decision(connection: Connection, message_id: str, outcome: str) -> None:
    """Add an answer of the gate about a message."""
    plain = {"id": rows.ids.new(), "created_at": START, "message_id": message_id, "asked": "plan", "outcome": outcome}
    rows.add(connection, t.decisions, plain | {"reason": "", "rule": "", "trace": [], "rulebook": "test"})
