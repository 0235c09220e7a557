"""Sealing: every fact enters the chain once, in batches, and the chain proves it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from sqlalchemy.exc import IntegrityError

from consent.ledger import GENESIS, SealedFact, seal
from engine.flows.seal import seal_facts
from engine.store import seals
from engine.store import tables as t
from tests.flows.story import ANN, Story


@dataclass(frozen=True, kw_only=True)
class Seal:
    """A batch of facts in chain order, and the head they lead to."""

    facts: tuple[SealedFact, ...]
    head: str


def first_broken(seals: list[Seal]) -> int | None:
    """Return the place of the first seal whose head isn't what its facts lead to."""
    head = GENESIS
    for place, batch in enumerate(seals):
        head = seal(head, batch.facts)
        if head != batch.head:
            return place
    return None


def chain(story: Story) -> list[Seal]:
    facts = {row["id"]: {name: row[name] for name in seals.CHAINED} for row in story.rows(t.consent_facts)}
    placed = sorted(story.rows(t.sealed_facts), key=lambda row: (row["number"], row["position"]))
    return [
        Seal(facts=tuple(facts[one["fact_id"]] for one in placed if one["number"] == row["number"]), head=row["head"])
        for row in story.rows(t.consent_seals)
    ]


def test_every_fact_is_sealed_once_in_batches(story: Story) -> None:
    story.arrives()

    sealed = [seal_facts(story.kit, 3), seal_facts(story.kit, 3), seal_facts(story.kit, 3)]

    assert sealed == [3, 1, 0]
    assert len(chain(story)) == 2
    assert first_broken(chain(story)) is None


def test_a_fact_that_was_changed_breaks_the_chain(story: Story) -> None:
    story.arrives()
    seal_facts(story.kit)
    (seal,) = chain(story)

    changed = ({**seal.facts[0], "channel": "sms" if seal.facts[0]["channel"] == "email" else "email"}, *seal.facts[1:])

    assert first_broken([Seal(facts=changed, head=seal.head)]) == 0


def test_two_sealers_at_once_make_one_chain(story: Story) -> None:
    story.arrives()

    def seal(_: int) -> int:
        try:
            return seal_facts(story.kit, 2)
        except IntegrityError:
            return 0  # the database refused the second seal after one head; the next tick seals what is left

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(seal, range(2)))
    while seal_facts(story.kit):
        pass

    assert len(story.rows(t.sealed_facts)) == len(ANN.grants)
    assert first_broken(chain(story)) is None


@pytest.mark.parametrize("table", [t.consent_facts])
def test_the_ledger_only_grows(story: Story, table: object) -> None:
    lead_id = story.arrives()
    before = story.rows(t.consent_facts)

    story.stops(lead_id)

    after = story.rows(t.consent_facts)
    assert [row for row in after if row["id"] in {one["id"] for one in before}] == before
    assert len(after) > len(before)
