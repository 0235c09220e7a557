"""What touches brought: answers on their own rows; stops and sales put down to the last touch before them."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from engine.store import tables as t
from engine.store.arrivals import Range
from engine.store.database import Database
from engine.store.yields import FOLLOWS_WITHIN, Touch, Yield, yields
from tests.databases import START
from tests.store import rows
from tests.store.outcomes import call, happen, send

WANTED = Range(start=START, end=START + timedelta(days=10))
DAY = timedelta(days=1)
EMAIL = Touch(sequence="five-days", stage="instant", channel="email", template="hello", variant="")
CALL = Touch(sequence="five-days", stage="call-now", channel="call", template="first-call", variant="")


def test_signs_of_messages_are_counted_by_stage_channel_template_and_variant(database: Database) -> None:
    with database.write() as connection:
        for signs in ({"replied_at": START, "opened_at": START}, {"bounced_at": START}, {"complained_at": START}):
            send(connection, rows.add_lead(connection), START, **signs)
        send(connection, rows.add_lead(connection), START, variant="a", clicked_at=START)
        send(connection, rows.add_lead(connection), START, channel="sms", template="text", clicked_at=START)
        send(connection, rows.add_lead(connection), START, purpose="confirmation")
        rows.add_message(connection)

        found = yields(connection, WANTED)

    assert found[EMAIL] == Yield(made=3, sent=3, emails=3, replied=1, opened=1, bounced=1, complained=1)
    assert found[touch(variant="a")] == Yield(made=1, sent=1, emails=1, clicked=1)
    assert found[touch(channel="sms", template="text")] == Yield(made=1, sent=1)
    assert len(found) == 3


@pytest.mark.parametrize(
    ("at", "is_counted"),
    [
        pytest.param(WANTED.start - timedelta(microseconds=1), False, id="before"),
        pytest.param(WANTED.start, True, id="at the start"),
        pytest.param(WANTED.end - timedelta(microseconds=1), True, id="at the last moment"),
        pytest.param(WANTED.end, False, id="at the end"),
    ],
)
def test_the_range_holds_its_start_and_not_its_end(database: Database, at: datetime, *, is_counted: bool) -> None:
    with database.write() as connection:
        send(connection, rows.add_lead(connection), at)

        assert bool(yields(connection, WANTED)) is is_counted


@pytest.mark.parametrize(
    ("facts", "stopped"),
    [
        pytest.param([{}], 1, id="a stop"),
        pytest.param([{"channel": "email"}, {"channel": "sms"}], 1, id="one word that ends two channels"),
        pytest.param([{"at": START + DAY}, {"at": START + 2 * DAY, "recorded_at": START + DAY}], 1, id="two words"),
        pytest.param([{"source": "import"}], 0, id="somebody else's list"),
        pytest.param([{"kind": "granted"}], 0, id="a grant"),
        pytest.param([{"at": START + FOLLOWS_WITHIN}], 1, id="after thirty days"),
        pytest.param([{"at": START + FOLLOWS_WITHIN + timedelta(seconds=1)}], 0, id="after longer"),
        pytest.param([{"at": START - timedelta(seconds=1)}], 0, id="before anything was sent"),
    ],
)
def test_a_stop_is_put_down_to_the_touch_before_it(
    database: Database, facts: list[dict[str, Any]], stopped: int
) -> None:
    plain = {"kind": "withdrawn", "basis": "none", "at": START + DAY, "recorded_at": START + DAY}
    with database.write() as connection:
        lead_id = rows.add_lead(connection)
        send(connection, lead_id, START)
        for one in facts:
            rows.add(connection, t.consent_facts, rows.fact(lead_id, **plain | one))

        assert yields(connection, WANTED)[EMAIL].stopped == stopped


def test_only_the_last_touch_before_a_sale_has_brought_it(database: Database) -> None:
    with database.write() as connection:
        lead_id = rows.add_lead(connection)
        send(connection, lead_id, START, stage="early")
        send(connection, lead_id, START + DAY)
        send(connection, lead_id, START + 3 * DAY, stage="late")
        for name, days in (("booked", 2), ("booked", 2.5), ("customer", 4), ("quote-sent", 4)):
            happen(connection, lead_id, name, START + days * DAY)

        found = yields(connection, WANTED)

    assert {one.stage: (brought.booked, brought.customers) for one, brought in found.items()} == {
        "early": (0, 0), "instant": (1, 0), "late": (0, 1),
    }  # fmt: skip


def test_a_call_that_ended_in_a_booking_has_brought_it(database: Database) -> None:
    with database.write() as connection:
        lead_id = rows.add_lead(connection)
        send(connection, lead_id, START)
        call(connection, lead_id, START + DAY)
        call(connection, lead_id, START + 2 * DAY, state="cancelled", outcome=None)
        happen(connection, lead_id, "booked", START + DAY)

        found = yields(connection, WANTED)

    assert found[CALL] == Yield(made=1, booked=1)
    assert found[EMAIL] == Yield(made=1, sent=1, emails=1)


def test_what_followed_a_touch_before_the_range_is_not_counted(database: Database) -> None:
    with database.write() as connection:
        lead_id = rows.add_lead(connection)
        send(connection, lead_id, START - DAY)
        happen(connection, lead_id, "booked", START + DAY)

        assert yields(connection, WANTED) == {}


def touch(**changes: str) -> Touch:
    """Return the plain touch, changed."""
    plain = {"sequence": "five-days", "stage": "instant", "channel": "email", "template": "hello", "variant": ""}
    return Touch(**plain | changes)
