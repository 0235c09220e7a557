"""The chain of facts, checked without a database: each way to break it is found, and told once, at its place."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from consent.chain import (
    FINDINGS_MAX,
    LATE_AFTER,
    Anchor,
    Fault,
    Finding,
    Link,
    Placed,
    Verdict,
    anchor_from,
    examine,
    fits,
)
from consent.ledger import GENESIS, Value, commit_to, seal

MORNING = datetime(2026, 11, 23, 9, tzinfo=UTC)
SALT = "sixteen letters or more"
minute = timedelta(minutes=1)


def fact(number: int, at: datetime | None = None) -> dict[str, Value]:
    """Return the sealed part of one fact, recorded a minute after the one before it."""
    said: dict[str, Value] = {"wording": f"wording {number}"}
    return {
        "id": f"fact-{number}",
        "recorded_at": at or MORNING + number * minute,
        "commitment": commit_to(said, SALT.encode()),
    }


def placed(one: dict[str, Value], seal_number: int | None, position: int | None) -> Placed:
    personal = {"wording": f"wording {str(one['id']).rpartition('-')[2]}", "salt": SALT}
    return Placed(fact_id=str(one["id"]), fact=one, personal=personal, number=seal_number, position=position)


def chain(*batches: list[dict[str, Value]]) -> tuple[list[Link], list[Placed]]:
    """Seal *batches* one after the other."""
    links: list[Link] = []
    facts: list[Placed] = []
    head = GENESIS
    for number, batch in enumerate(batches, 1):
        before, head = head, seal(head, batch)
        links.append(Link(number=number, previous_head=before, head=head))
        facts += [placed(one, number, position) for position, one in enumerate(batch)]
    return links, facts


def three_seals() -> tuple[list[Link], list[Placed]]:
    return chain([fact(1), fact(2)], [fact(3)], [fact(4), fact(5)])


def found(links: Iterable[Link], facts: Iterable[Placed], *anchors: Anchor) -> list[tuple[Fault, int | None]]:
    return [(one.fault, one.number) for one in examine(links, facts, [], anchors).findings]


def verdict_of(links: list[Link], facts: list[Placed], unsealed: list[Placed] | None = None) -> Verdict:
    return examine(links, facts, unsealed or [])


def test_a_whole_chain_tells_how_far_it_goes() -> None:
    links, facts = three_seals()

    verdict = verdict_of(links, facts, [placed(fact(6), None, None)])

    assert verdict.is_whole
    assert (verdict.seals, verdict.sealed, verdict.unsealed, verdict.erased) == (3, 5, 1, 0)
    assert (verdict.number, verdict.head) == (3, links[-1].head)
    assert (verdict.findings, verdict.late) == ((), ())


def test_facts_of_seals_that_are_gone_are_told_one_by_one() -> None:
    links, facts = three_seals()

    assert found(links[1:], facts)[:2] == [(Fault.GAP, 1), (Fault.GAP, 1)]
    assert found(links[:2], facts) == [(Fault.GAP, 3), (Fault.GAP, 3)]
    assert found([], facts[:1]) == [(Fault.GAP, 1)]


def test_what_follows_a_gap_is_judged_by_itself() -> None:
    links, facts = three_seals()

    assert found([links[0], links[2]], [one for one in facts if one.number != 2]) == [(Fault.GAP, 2)]


def test_a_seal_that_follows_another_head_is_forked_and_altered_at_most_once() -> None:
    links, facts = three_seals()
    links[1] = Link(number=2, previous_head="0" * 64, head=links[1].head)

    assert found(links, facts) == [(Fault.FORKED, 2)]


def test_a_head_that_is_no_head_breaks_its_own_seal_and_the_next() -> None:
    links, facts = three_seals()
    links[1] = Link(number=2, previous_head=links[0].head, head="zzz")

    assert found(links, facts) == [(Fault.ALTERED, 2), (Fault.FORKED, 3), (Fault.ALTERED, 3)]


def test_a_changed_fact_is_named_where_it_is_alone_in_its_seal() -> None:
    links, facts = three_seals()

    altered = [replace(one, fact={**(one.fact or {}), "source": "a letter"}) for one in facts]

    assert verdict_of(links, altered).findings == (
        Finding(fault=Fault.ALTERED, number=1),
        Finding(fault=Fault.ALTERED, number=2, fact_id="fact-3"),
        Finding(fault=Fault.ALTERED, number=3),
    )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda facts: [facts[1], facts[0], *facts[2:]], [(Fault.MOVED, 1), (Fault.MOVED, 1), (Fault.ALTERED, 1)]),
        (lambda facts: facts[1:], [(Fault.MOVED, 1), (Fault.ALTERED, 1)]),
        (lambda facts: [facts[0], *facts[2:]], [(Fault.ALTERED, 1)]),
        (lambda facts: [*facts[:2], placed(fact(9), 1, 2), *facts[2:]], [(Fault.ALTERED, 1)]),
        (lambda facts: [replace(facts[0], fact=None), *facts[1:]], [(Fault.MISSING, 1)]),
        (lambda facts: [replace(facts[0], fact=None, is_readable=False), *facts[1:]], [(Fault.UNREADABLE, 1)]),
        (lambda facts: [replace(facts[0], personal={"salt": SALT}), *facts[1:]], [(Fault.PERSONAL, 1)]),
    ],
    ids=["swapped", "first dropped", "last dropped", "slipped in", "gone", "unreadable", "other personal data"],
)
def test_each_change_of_a_seal_is_told_there_and_nowhere_else(
    change: Callable[[list[Placed]], list[Placed]], told: list[tuple[Fault, int]]
) -> None:
    links, facts = three_seals()

    assert found(links, change(facts)) == told


def test_erased_facts_are_counted_and_leave_the_chain_whole() -> None:
    links, facts = three_seals()

    verdict = verdict_of(links, [replace(one, personal={}) for one in facts], [replace(facts[0], personal={})])

    assert (verdict.is_whole, verdict.erased) == (True, 6)


def test_an_unsealed_fact_is_held_to_its_personal_data_too() -> None:
    swapped = replace(placed(fact(6), None, None), personal={"wording": "anything", "salt": SALT})

    assert verdict_of([], [], [swapped]).findings == (Finding(fault=Fault.PERSONAL, number=None, fact_id="fact-6"),)


@pytest.mark.parametrize(
    ("personal", "is_fit"),
    [
        ({"wording": "wording 1", "salt": SALT}, True),
        ({"wording": "wording 1", "salt": SALT + "."}, False),
        ({"wording": "wording 1", "salt": "short"}, False),
        ({"wording": object(), "salt": SALT}, False),
        ({"wording": "wording 1"}, False),
        (["wording 1", SALT], False),
    ],
    ids=["its own", "another salt", "a short salt", "no text", "no salt", "a list"],
)
def test_personal_data_fit_only_with_their_salt(personal: object, *, is_fit: bool) -> None:
    assert fits(personal, str(fact(1)["commitment"])) is is_fit


def test_a_fact_much_older_than_those_before_it_is_told_as_late() -> None:
    just_late = fact(3, at=MORNING + 2 * minute - LATE_AFTER - timedelta(seconds=1))
    in_time = fact(4, at=MORNING + 2 * minute - LATE_AFTER)

    verdict = verdict_of(*chain([fact(1), fact(2)], [just_late, in_time]))

    assert (verdict.is_whole, verdict.late) == (True, ("fact-3",))


def test_a_ledger_that_is_broken_everywhere_tells_its_first_places_and_how_many_there_are() -> None:
    long_ago = MORNING - timedelta(days=9)
    late = [fact(number, at=long_ago) for number in range(2, FINDINGS_MAX + 5)]
    links, facts = chain([fact(1), *late])

    verdict = verdict_of(links, [replace(one, personal=None) for one in facts])

    assert (verdict.broken, len(verdict.findings)) == (FINDINGS_MAX + 4, FINDINGS_MAX)
    assert len(verdict.late) == FINDINGS_MAX


def test_an_anchor_holds_the_chain_to_its_head() -> None:
    links, facts = three_seals()
    kept = [Anchor(head=one.head, number=one.number) for one in links]

    assert found(links, facts, Anchor(head=GENESIS, number=0), *kept) == []
    assert found(links[:1], facts[:2], *kept) == [(Fault.CUT, 2), (Fault.CUT, 3)]
    assert found(links, facts, Anchor(head="a" * 64, number=2)) == [(Fault.ANCHOR, 2)]
    assert found(links, facts, Anchor(head="a" * 64, number=0)) == [(Fault.ANCHOR, 0)]
    assert found(links, facts, kept[0], Anchor(head="a" * 64, number=1)) == [(Fault.ANCHOR, 1), (Fault.ANCHOR, 1)]


def test_a_seal_that_is_told_as_altered_is_not_told_again_for_its_anchor() -> None:
    links, facts = three_seals()
    kept = Anchor(head=links[1].head, number=2)
    links[1] = replace(links[1], head="b" * 64)

    assert found(links, facts, kept)[:1] == [(Fault.ALTERED, 2)]
    assert (Fault.ANCHOR, 2) not in found(links, facts, kept)


def test_an_anchor_is_read_as_it_was_printed() -> None:
    head = "0123456789abcdef" * 4

    assert anchor_from(f" {head.upper()}@12\n") == Anchor(head=head, number=12)


@pytest.mark.parametrize(
    "text", ["", "@1", f"{'a' * 63}@1", f"{'a' * 65}@1", f"{'g' * 64}@1", f"{'a' * 64}@", f"{'a' * 64}@\u0661"]
)
def test_what_is_no_anchor_is_none(text: str) -> None:
    assert anchor_from(text) is None
