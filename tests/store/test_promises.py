"""What the database itself refuses, whatever the code above it believes."""

import re
from typing import Any

import pytest
from sqlalchemy import Table, delete, select, text, update
from sqlalchemy.exc import IntegrityError

from engine.domain.message import OPEN_STATES, MessageState
from engine.store import tables as t
from engine.store.database import Database
from engine.store.tables.ledger import ERASED
from tests.databases import START
from tests.store import rows

ENDED = {"due_at": None, "ended_at": START}
ACCEPTED = {**ENDED, "state": "accepted", "provider": "sandbox", "accepted_at": START}

LAWFUL_MESSAGES: list[dict[str, Any]] = [
    {"state": "scheduled"},
    {"state": "held"},
    {"state": "held", "due_at": None},
    {"state": "claimed", "claimed_by": "worker"},
    {"state": "sending"},
    ACCEPTED,
    *({**ENDED, "state": state} for state in sorted(frozenset(MessageState) - OPEN_STATES - {MessageState.ACCEPTED})),
]

BROKEN_MESSAGES = [
    ({**ENDED, "state": "gone"}, "state"),
    ({"channel": "call"}, "channel"),
    ({"lane": "fast"}, "lane"),
    ({"purpose": "gossip"}, "purpose"),
    ({"delivery": "lost"}, "delivery"),
    ({"tries": -1}, "counts"),
    ({"state": "scheduled", "due_at": None}, "never_forgotten"),
    ({"state": "sending", "due_at": None}, "never_forgotten"),
    ({"state": "claimed", "claimed_by": "worker", "due_at": None}, "never_forgotten"),
    ({"state": "claimed"}, "claimed_by_someone"),
    ({"state": "scheduled", "ended_at": START}, "ended"),
    ({"state": "failed", "due_at": None}, "ended"),
    ({"state": "failed", "ended_at": START}, "ended_never_due"),
    ({**ACCEPTED, "provider": None}, "accepted_by_someone"),
    ({**ACCEPTED, "accepted_at": None}, "accepted_by_someone"),
]

BROKEN_ENROLLMENTS = [
    ({"status": "lost"}, "status"),
    ({"purpose": "confirmation"}, "purpose"),
    ({"due_at": None}, "never_forgotten"),
    ({"status": "snoozed", "due_at": None}, "never_forgotten"),
    ({"status": "finished", "due_at": None}, "ended"),
    ({"status": "active", "ended_at": START}, "ended"),
    ({"status": "stopped", "ended_at": START}, "ended_never_due"),
    ({"came_from_stage": "instant"}, "came_from"),
    ({"occurrence": -1}, "occurrence"),
]

BROKEN_ATTEMPTS = [
    ({"outcome": "maybe", "ended_at": START}, "outcome"),
    ({"outcome": "accepted"}, "ended"),
    ({"ended_at": START}, "ended"),
    ({"outcome": "refused", "ended_at": START}, "refused_for_a_fault"),
    ({"fault": "bad_luck"}, "fault"),
    ({"number": 0}, "counts"),
]


@pytest.mark.parametrize("changes", LAWFUL_MESSAGES, ids=lambda changes: "-".join(map(str, changes.values())))
def test_every_state_of_a_message_has_a_lawful_row(database: Database, changes: dict[str, Any]) -> None:
    with database.write() as connection:
        assert rows.add_message(connection, **changes)


@pytest.mark.parametrize(("changes", "promise"), BROKEN_MESSAGES)
def test_a_message_that_makes_no_sense_is_refused(database: Database, changes: dict[str, Any], promise: str) -> None:
    with database.write() as connection:
        lead_id = rows.add_lead(connection)

    _refuses(database, t.messages, rows.message(lead_id, **changes), f"ck_messages_{promise}")


@pytest.mark.parametrize(("changes", "promise"), BROKEN_ENROLLMENTS)
def test_an_enrollment_that_makes_no_sense_is_refused(
    database: Database, changes: dict[str, Any], promise: str
) -> None:
    with database.write() as connection:
        rows.add(connection, t.content_revisions, rows.revision())
        lead_id = rows.add_lead(connection)

    _refuses(database, t.enrollments, rows.enrollment(lead_id, **changes), f"ck_enrollments_{promise}")


@pytest.mark.parametrize(("changes", "promise"), BROKEN_ATTEMPTS)
def test_an_attempt_that_makes_no_sense_is_refused(database: Database, changes: dict[str, Any], promise: str) -> None:
    with database.write() as connection:
        message_id = rows.add_message(connection)

    _refuses(database, t.attempts, rows.attempt(message_id, **changes), f"ck_attempts_{promise}")


@pytest.mark.parametrize("kind", ["email", "phone"])
def test_a_lead_has_no_address_that_dispatch_could_not_lock(database: Database, kind: str) -> None:
    _refuses(database, t.leads, rows.lead(**{kind: "somewhere"}), f"ck_leads_{kind}_locked")


@pytest.mark.parametrize("outcome", ["open", "accepted", "unknown"])
def test_a_second_attempt_beside_one_that_may_have_left_is_refused(database: Database, outcome: str) -> None:
    ended_at = None if outcome == "open" else START
    with database.write() as connection:
        message_id = rows.add_message(connection)
        rows.add(connection, t.attempts, rows.attempt(message_id, outcome=outcome, ended_at=ended_at))

    second = rows.attempt(message_id, number=2)
    _refuses(database, t.attempts, second, "uq_attempts_one_at_a_time", "attempts.message_id")


@pytest.mark.parametrize("outcome", ["refused", "never_started", "overruled"])
def test_another_attempt_may_follow_one_that_provably_came_to_nothing(database: Database, outcome: str) -> None:
    fault = "throttled" if outcome == "refused" else None
    with database.write() as connection:
        message_id = rows.add_message(connection)
        rows.add(connection, t.attempts, rows.attempt(message_id, outcome=outcome, fault=fault, ended_at=START))

        assert rows.add(connection, t.attempts, rows.attempt(message_id, number=2))


def test_one_intent_makes_one_message(database: Database) -> None:
    with database.write() as connection:
        rows.add_message(connection, intent_key="e:instant:0")
        lead_id = rows.add_lead(connection)

    second = rows.message(lead_id, intent_key="e:instant:0")
    _refuses(database, t.messages, second, "uq_messages_intent_key", "messages.intent_key")


def test_a_lead_walks_one_exclusive_sequence_at_a_time(database: Database) -> None:
    with database.write() as connection:
        rows.add(connection, t.content_revisions, rows.revision())
        lead_id = rows.add_lead(connection)
        rows.add(connection, t.enrollments, rows.enrollment(lead_id))
        rows.add(connection, t.enrollments, rows.enrollment(lead_id, sequence="service-news", is_exclusive=False))

    second = rows.enrollment(lead_id, sequence="instant-answer")
    _refuses(database, t.enrollments, second, "uq_enrollments_open_exclusive", "enrollments.lead_id")


def test_a_lead_walks_a_sequence_once_at_a_time(database: Database) -> None:
    with database.write() as connection:
        rows.add(connection, t.content_revisions, rows.revision())
        lead_id = rows.add_lead(connection)
        first = rows.enrollment(lead_id, is_exclusive=False)
        rows.add(connection, t.enrollments, first)

    second = rows.enrollment(lead_id, is_exclusive=False)
    _refuses(database, t.enrollments, second, "uq_enrollments_open_sequence", "enrollments.lead_id")


def test_a_lead_may_enter_again_after_the_end(database: Database) -> None:
    with database.write() as connection:
        rows.add(connection, t.content_revisions, rows.revision())
        lead_id = rows.add_lead(connection)
        rows.add(connection, t.enrollments, rows.enrollment(lead_id, status="finished", **ENDED))

        assert rows.add(connection, t.enrollments, rows.enrollment(lead_id))


def test_a_provider_event_heard_twice_is_kept_once(database: Database) -> None:
    with database.write() as connection:
        rows.add(connection, t.provider_events, rows.event(event_id="e1"))

    second = rows.event(event_id="e1")
    _refuses(database, t.provider_events, second, "uq_provider_events_provider", "provider_events.event_id")


@pytest.mark.parametrize("column", [column.name for column in t.consent_facts.c if column.name != "personal"])
def test_nothing_about_permission_is_rewritten(database: Database, column: str) -> None:
    """Not even while its personal part is erased, which alone is allowed."""
    with database.write() as connection:
        lead_id, other_lead_id = rows.add_lead(connection), rows.add_lead(connection)
        fact = rows.fact(lead_id)
        rows.add(connection, t.consent_facts, fact)
    changed = {
        "id": rows.ids.new(),
        "lead_id": other_lead_id,
        "channel": "sms",
        "purpose": None,
        "kind": "withdrawn",
        "basis": "none",
        "at": START.replace(year=2020),
        "recorded_at": START.replace(year=2020),
        "expires_at": START,
    }
    values = {column: changed.get(column, "something else"), "personal": ERASED}

    with pytest.raises(IntegrityError, match="append-only"), database.write() as connection:
        connection.execute(update(t.consent_facts).values(values))


def test_what_is_personal_in_a_fact_can_be_erased_but_not_rewritten(database: Database) -> None:
    with database.write() as connection:
        rows.add(connection, t.consent_facts, rows.fact(rows.add_lead(connection)))

    with pytest.raises(IntegrityError, match="append-only"), database.write() as connection:
        connection.execute(update(t.consent_facts).values(personal={"wording": "another"}))
    with database.write() as connection:
        connection.execute(update(t.consent_facts).values(personal=ERASED))

    with database.read() as connection:
        assert connection.execute(select(t.consent_facts.c.personal)).scalar_one() == ERASED


@pytest.mark.parametrize("table", [t.sealed_facts, t.consent_seals, t.consent_facts], ids=lambda table: table.name)
def test_nothing_about_permission_is_deleted(database: Database, table: Table) -> None:
    _seal_one_fact(database)

    with pytest.raises(IntegrityError, match=f"{table.name} is append-only"), database.write() as connection:
        connection.execute(delete(table))


@pytest.mark.parametrize(("table", "column"), [(t.consent_seals, "head"), (t.sealed_facts, "position")], ids=str)
def test_seals_are_never_changed(database: Database, table: Table, column: str) -> None:
    _seal_one_fact(database)

    with pytest.raises(IntegrityError, match=f"{table.name} is append-only"), database.write() as connection:
        connection.execute(update(table).values({column: 7}))


def test_permission_is_not_truncated_either(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has no TRUNCATE")

    with pytest.raises(IntegrityError, match="append-only"), database.write() as connection:
        connection.execute(text("TRUNCATE consent_facts CASCADE"))


def _seal_one_fact(database: Database) -> None:
    with database.write() as connection:
        fact_id = rows.add(connection, t.consent_facts, rows.fact(rows.add_lead(connection)))
        rows.add(connection, t.consent_seals, {"number": 1, "previous_head": "", "head": "abc", "at": START})
        rows.add(connection, t.sealed_facts, {"fact_id": fact_id, "number": 1, "position": 0})


def _refuses(database: Database, table: Table, row: dict[str, Any], *names: str) -> None:
    with (
        pytest.raises(IntegrityError, match="|".join(map(re.escape, names))) as refused,
        database.write() as connection,
    ):
        rows.add(connection, table, row)
    assert any(name in str(refused.value.orig) for name in names)
