"""The ledger proves itself: whoever changes it behind our back is found out, and the first place is told."""

# ruff: noqa: S608 - whoever tampers writes SQL by hand

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from channels.address import Channel
from consent.chain import Anchor, Fault, Finding, anchor_from
from consent.ledger import GENESIS
from engine.flows.kit import Kit
from engine.flows.proving import anchor, verify
from engine.flows.seal import seal_facts
from engine.store import chain
from engine.store import tables as t
from tests.flows.story import ANN, BOB, DAY, SECOND, Story
from tests.flows.tampering import tamper

Change = Callable[[list[str]], str]
"""What is done to the ledger; it is told the ids of the sealed facts, in the order of the chain."""


@pytest.fixture
def facts(story: Story) -> list[str]:
    """Seal nine facts in seals of four, four and one; return their ids in the order of the chain."""
    ann = story.arrives(ANN)
    story.pass_time(SECOND)
    story.arrives(BOB)
    story.pass_time(SECOND)
    story.stops(ann, Channel.EMAIL)
    while seal_facts(story.kit, 4):
        pass
    placed = sorted(story.rows(t.sealed_facts), key=lambda row: (row["number"], row["position"]))
    return [row["fact_id"] for row in placed]


def test_an_untouched_ledger_is_whole(story: Story, facts: list[str]) -> None:
    story.arrives(replace(ANN, email="carl@example.com", phone="+12125550103"))

    verdict = verify(story.kit)

    assert verdict.is_whole
    assert (verdict.seals, verdict.sealed, verdict.unsealed, verdict.erased) == (3, len(facts), 4, 0)
    assert (verdict.number, verdict.head) == (3, story.rows(t.consent_seals)[-1]["head"])
    assert verdict.late == ()


def test_an_empty_ledger_is_whole(kit: Kit) -> None:
    assert verify(kit).is_whole
    assert verify(kit).head == GENESIS


CHANGES: dict[str, str] = {
    "lead_id": "(SELECT id FROM leads ORDER BY id DESC LIMIT 1)",
    "channel": "'sms'",
    "purpose": "NULL",
    "topic": "'offers'",
    "kind": "'requested'",
    "basis": "'express'",
    "at": "'2020-01-01 00:00:00.000000+00'",
    "recorded_at": "'2026-03-02 15:00:07.000000+00'",
    "expires_at": "'2030-01-01 00:00:00.000000+00'",
    "attests": "'that all is well'",
    "source": "'a letter'",
    "recorded_by": "'nobody'",
    "commitment": "'0000'",
}


def test_every_column_of_a_fact_is_tried() -> None:
    assert CHANGES.keys() == {column.name for column in t.consent_facts.c} - {"id", "personal"}


@pytest.mark.parametrize("column", CHANGES)
def test_an_altered_column_is_found(story: Story, facts: list[str], column: str) -> None:
    value = CHANGES[column]
    if story.kit.database.is_sqlite:
        value = value.replace("+00'", "'")
    email = story.rows(t.consent_facts, channel="email")
    victim = next(row["id"] for row in email if row["id"] in facts[:4])

    tamper(story.kit, f"UPDATE consent_facts SET {column} = {value} WHERE id = '{victim}'")

    verdict = verify(story.kit)
    assert not verdict.is_whole
    assert verdict.findings[0].number == 1


def gone(facts: list[str]) -> str:
    return f"DELETE FROM consent_facts WHERE id = '{facts[5]}'"


def gone_with_its_place(facts: list[str]) -> str:
    return f"DELETE FROM sealed_facts WHERE fact_id = '{facts[7]}'"


def moved(facts: list[str]) -> str:
    return f"UPDATE sealed_facts SET position = 9 WHERE fact_id = '{facts[4]}'"


def moved_to_another_seal(facts: list[str]) -> str:
    return f"UPDATE sealed_facts SET number = 3, position = 1 WHERE fact_id = '{facts[7]}'"


def another_head(_facts: list[str]) -> str:
    return f"UPDATE consent_seals SET head = '{'a' * 64}' WHERE number = 2"


def no_head(_facts: list[str]) -> str:
    return "UPDATE consent_seals SET head = 'zzz' WHERE number = 2"


def another_beginning(_facts: list[str]) -> str:
    return f"UPDATE consent_seals SET previous_head = '{'a' * 64}' WHERE number = 2"


def another_number(_facts: list[str]) -> str:
    return "UPDATE consent_seals SET number = 7 WHERE number = 2"


def no_seal(_facts: list[str]) -> str:
    return "DELETE FROM consent_seals WHERE number = 2"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (gone, Fault.MISSING),
        (gone_with_its_place, Fault.ALTERED),
        (moved, Fault.MOVED),
        (moved_to_another_seal, Fault.ALTERED),
        (another_head, Fault.ALTERED),
        (no_head, Fault.ALTERED),
        (another_beginning, Fault.FORKED),
        (another_number, Fault.GAP),
        (no_seal, Fault.GAP),
    ],
)
def test_whoever_drops_or_moves_is_found_out(story: Story, facts: list[str], change: Change, fault: Fault) -> None:
    tamper(story.kit, change(facts))

    verdict = verify(story.kit)

    assert (verdict.findings[0].fault, verdict.findings[0].number) == (fault, 2)


def test_two_facts_that_changed_places_are_found(story: Story, facts: list[str]) -> None:
    tamper(
        story.kit,
        f"UPDATE sealed_facts SET position = 9 WHERE fact_id = '{facts[0]}'",
        f"UPDATE sealed_facts SET position = 0 WHERE fact_id = '{facts[1]}'",
        f"UPDATE sealed_facts SET position = 1 WHERE fact_id = '{facts[0]}'",
    )

    assert verify(story.kit).findings == (Finding(fault=Fault.ALTERED, number=1),)


def slip_in(story: Story, facts: list[str]) -> str:
    """Put a copy of the first fact into the ledger under an id of its own, a day older; return that id."""
    names = [column.name for column in t.consent_facts.c if column.name != "id"]
    values = ", ".join(
        f"'{story.now() - DAY:%Y-%m-%d %H:%M:%S.%f}'" if name == "recorded_at" else name for name in names
    )
    if not story.kit.database.is_sqlite:
        values = values.replace("000000'", "000000+00'::timestamptz")
    new_id = story.kit.ids.new()
    tamper(
        story.kit,
        f"INSERT INTO consent_facts (id, {', '.join(names)}) "
        f"SELECT '{new_id}', {values} FROM consent_facts WHERE id = '{facts[0]}'",
    )
    return new_id


def test_a_fact_that_was_slipped_into_the_chain_is_found(story: Story, facts: list[str]) -> None:
    new_id = slip_in(story, facts)
    tamper(story.kit, f"INSERT INTO sealed_facts (fact_id, number, position) VALUES ('{new_id}', 3, 1)")

    assert verify(story.kit).findings == (Finding(fault=Fault.ALTERED, number=3),)


def test_a_fact_that_was_slipped_in_behind_the_chain_shows_by_its_age(story: Story, facts: list[str]) -> None:
    new_id = slip_in(story, facts)

    assert verify(story.kit).late == (new_id,)
    seal_facts(story.kit)
    assert verify(story.kit).late == (new_id,)


def erase(fact_id: str) -> str:
    return f"UPDATE consent_facts SET personal = '{{}}' WHERE id = '{fact_id}'"


@pytest.mark.parametrize(
    "personal",
    [
        '{"wording": "I agree to everything", "salt": "0123456789abcdef"}',
        '{"wording": "no salt"}',
        '{"wording": "a short salt", "salt": "1"}',
        '{"salt": 7}',
        "[]",
        '"words"',
    ],
)
@pytest.mark.parametrize("is_sealed", [True, False])
def test_personal_data_that_were_swapped_are_found(story: Story, personal: str, *, is_sealed: bool) -> None:
    story.arrives()
    if is_sealed:
        seal_facts(story.kit)
    victim = story.rows(t.consent_facts)[2]["id"]

    tamper(story.kit, f"UPDATE consent_facts SET personal = '{personal}' WHERE id = '{victim}'")

    assert verify(story.kit).findings == (
        Finding(fault=Fault.PERSONAL, number=1 if is_sealed else None, fact_id=victim),
    )


def test_personal_data_of_another_fact_are_found(story: Story, facts: list[str]) -> None:
    tamper(
        story.kit,
        f"UPDATE consent_facts SET personal = (SELECT personal FROM consent_facts WHERE id = '{facts[1]}') "
        f"WHERE id = '{facts[0]}'",
    )

    assert verify(story.kit).findings == (Finding(fault=Fault.PERSONAL, number=1, fact_id=facts[0]),)


def test_erased_personal_data_break_nothing(story: Story, facts: list[str]) -> None:
    with story.kit.database.write() as connection:
        connection.exec_driver_sql(erase(facts[3]))

    verdict = verify(story.kit)

    assert verdict.is_whole
    assert verdict.erased == 1


def cut_the_end(story: Story) -> None:
    tamper(
        story.kit,
        "DELETE FROM consent_facts WHERE id IN (SELECT fact_id FROM sealed_facts WHERE number = 3)",
        "DELETE FROM sealed_facts WHERE number = 3",
        "DELETE FROM consent_seals WHERE number = 3",
    )


@pytest.mark.usefixtures("facts")
def test_only_an_anchor_tells_that_the_end_was_cut_off(story: Story) -> None:
    kept = anchor_from(anchor(story.kit, by="test").text)
    assert kept is not None
    assert verify(story.kit, [kept]).is_whole
    cut_the_end(story)

    assert verify(story.kit).findings == (Finding(fault=Fault.CUT, number=3),)  # the audit log remembers it
    tamper(story.kit, "DELETE FROM audit_log WHERE action = 'ledger.anchored'")
    assert verify(story.kit).is_whole  # nothing inside tells any more
    assert verify(story.kit, [kept]).findings == (Finding(fault=Fault.CUT, number=3),)


@pytest.mark.usefixtures("facts")
def test_a_ledger_that_was_written_anew_is_told_by_an_anchor(story: Story) -> None:
    kept = Anchor(head="a" * 64, number=2)

    assert verify(story.kit, [kept]).findings == (Finding(fault=Fault.ANCHOR, number=2),)
    assert verify(story.kit, [Anchor(head="b" * 64, number=0)]).findings == (Finding(fault=Fault.ANCHOR, number=0),)
    assert verify(story.kit, [Anchor(head=GENESIS, number=0)]).is_whole


@pytest.mark.usefixtures("facts")
def test_an_anchor_is_on_record(story: Story) -> None:
    told = anchor(story.kit, by="ann")

    (noted,) = story.rows(t.audit_log, action="ledger.anchored")
    assert (noted["actor"], noted["subject"], noted["at"]) == ("ann", told.text, told.at)


@pytest.mark.parametrize("text", ["", "abc@1", "a" * 64, f"{'g' * 64}@1", f"{'a' * 64}@-1", f"{'a' * 64}@x"])
def test_what_is_no_anchor_is_told(text: str) -> None:
    assert anchor_from(text) is None


@pytest.mark.parametrize("page", [1, 2, 4, 5, 100])
def test_pages_of_any_size_tell_the_same(story: Story, facts: list[str], page: int) -> None:
    with story.kit.database.read() as connection:
        assert [one.fact_id for one in chain.sealed(connection, page=page)] == facts
        assert [one.number for one in chain.links(connection, page=page)] == [1, 2, 3]
        assert list(chain.unsealed(connection, page=page)) == []


@pytest.mark.parametrize(("column", "value"), [("at", "no instant"), ("personal", "no JSON")])
def test_a_fact_that_cannot_be_read_is_told_alone(story: Story, facts: list[str], column: str, value: Any) -> None:
    if not story.kit.database.is_sqlite:
        pytest.skip("PostgreSQL takes no such value")

    tamper(story.kit, f"UPDATE consent_facts SET {column} = '{value}' WHERE id = '{facts[5]}'")

    assert verify(story.kit).findings == (Finding(fault=Fault.UNREADABLE, number=2, fact_id=facts[5]),)
