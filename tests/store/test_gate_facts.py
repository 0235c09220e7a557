"""What the gate is told: everything, about a whole batch, in four statements."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event

from consent.facts import Attestation, Emergency, GateFacts, RegistryFact
from engine.domain.lead import LeadId
from engine.store import leads
from engine.store import tables as t
from engine.store.database import Database
from engine.store.gate_facts import load_gate_facts
from tests.databases import START
from tests.store.rows import add, fact, ids, lead

DAY = timedelta(days=1)


def phoned(connection: Connection, key: str) -> LeadId:
    """Insert a lead with a phone whose hash is *key*; return its id."""
    address = {"id": ids.new(), "kind": "phone", "key": key, "created_at": START}
    phone_id = add(connection, t.addresses, address)
    return LeadId(add(connection, t.leads, lead(phone="+12124567890", phone_id=phone_id)))


def listed(connection: Connection, registry: str, key: str, at: datetime = START) -> None:
    add(connection, t.registry_entries, {"registry": registry, "key": key, "key_id": "k", "listed_at": at})


def copied(connection: Connection, registry: str, as_of: datetime, imported_at: datetime = START) -> None:
    told = {"imported_by": "test", "source": "file", "entries": 1, "imported_at": imported_at}
    add(connection, t.registry_copies, {"id": ids.new(), "registry": registry, "as_of": as_of, **told})


def vouched(connection: Connection, at: datetime, **changes: Any) -> str:
    nobody = {"channel": None, "purpose": None, "kind": "attested", "basis": "none", "attests": "terms-read"}
    return add(connection, t.consent_facts, fact("", **nobody, at=at) | {"lead_id": None} | changes)


def told(connection: Connection, *lead_ids: LeadId, at: datetime = START, **what: Any) -> list[GateFacts]:
    stored = leads.load(connection, lead_ids)
    facts = load_gate_facts(connection, stored.values(), at, **what)
    return [facts[one] for one in lead_ids]


def test_a_batch_takes_four_statements(database: Database) -> None:
    with database.write() as connection:
        batch = [phoned(connection, f"key-{number}") for number in range(200)]
        copied(connection, "us_national_dnc", START)
        copied(connection, "texas_no_call", START)
        vouched(connection, START)
        stored = leads.load(connection, batch).values()
        statements: list[str] = []
        event.listen(connection, "before_cursor_execute", lambda *said: statements.append(said[2]))

        facts = load_gate_facts(connection, stored, START)

    assert (len(statements), len(facts)) == (4, 200)


def test_every_register_says_when_it_was_copied_and_whether_the_number_is_on_it(database: Database) -> None:
    with database.write() as connection:
        on_one, on_none = phoned(connection, "here"), phoned(connection, "elsewhere")
        copied(connection, "us_national_dnc", START - 9 * DAY, START - 8 * DAY)
        copied(connection, "us_national_dnc", START - 2 * DAY)
        copied(connection, "texas_no_call", START - 5 * DAY)
        listed(connection, "us_national_dnc", "here", START - 30 * DAY)
        listed(connection, "us_national_dnc:being read", "elsewhere")

        here, elsewhere = told(connection, on_one, on_none)

    national = RegistryFact(registry="us_national_dnc", scrubbed_at=START - 2 * DAY, listed_at=START - 30 * DAY)
    texas = RegistryFact(registry="texas_no_call", scrubbed_at=START - 5 * DAY)
    assert set(here.registries) == {national, texas}
    assert {(one.registry, one.listed_at) for one in elsewhere.registries} == {
        ("us_national_dnc", None),
        ("texas_no_call", None),
    }


def test_the_latest_word_of_the_business_counts(database: Database) -> None:
    with database.write() as connection:
        someone = phoned(connection, "here")
        vouched(connection, START - 3 * DAY, recorded_by="ann")
        revoked = vouched(connection, START - DAY, recorded_by="bob", expires_at=START - DAY)

        (facts,) = told(connection, someone)

    assert facts.attestations == (
        Attestation(id=revoked, name="terms-read", at=START - DAY, by="bob", expires_at=START - DAY),
    )
    assert not facts.attestations[0].stands(START)
    assert facts.consents == ()


@pytest.mark.parametrize(
    ("ends_at", "expected"), [(None, 1), (START + DAY, 1), (START, 0), (START - DAY, 0)],
    ids=["nobody lifted it", "lasts", "just over", "over"],
)  # fmt: skip
def test_emergencies_count_until_they_end(database: Database, ends_at: datetime | None, expected: int) -> None:
    with database.write() as connection:
        someone = phoned(connection, "here")
        row: dict[str, Any] = {
            "id": ids.new(),
            "place": "US-NY",
            "starts_at": START - 2 * DAY,
            "ends_at": ends_at,
            "note": "flood",
        }
        add(connection, t.emergencies, row | {"recorded_at": START, "recorded_by": "test"})

        (facts,) = told(connection, someone)

    assert [Emergency(id=row["id"], place="US-NY", starts_at=START - 2 * DAY, ends_at=ends_at)] * expected == [
        *facts.emergencies
    ]


def test_what_was_learnt_later_can_be_left_out(database: Database) -> None:
    with database.write() as connection:
        someone = phoned(connection, "here")
        add(connection, t.consent_facts, fact(someone, recorded_at=START + DAY))
        vouched(connection, START, recorded_at=START + DAY)
        copied(connection, "us_national_dnc", START, imported_at=START + DAY)
        listed(connection, "us_national_dnc", "here", START + DAY)

        (then,) = told(connection, someone, known_by=START)
        (now,) = told(connection, someone)

    assert (then.consents, then.attestations, then.registries) == ((), (), ())
    assert (len(now.consents), len(now.attestations), len(now.registries)) == (1, 1, 1)
