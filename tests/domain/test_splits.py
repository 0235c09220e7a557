"""A lead's variant: stable, by weight, and independent from one split to the next."""

from collections import Counter

import pytest

from engine.domain.lead import LeadId
from engine.domain.sequence import Split, StageId
from engine.domain.splits import choose_variant
from tests.domain.walks import EMAIL, SMS

LEADS = [LeadId(f"lead-{number}") for number in range(4000)]


def chosen(split: Split, *, stage: str = "day-2", sequence: str = "plan") -> list[str]:
    return [choose_variant(split, lead_id=lead, sequence=sequence, stage=StageId(stage)) for lead in LEADS]


def split(**weights: int) -> Split:
    return Split(variants=dict.fromkeys(weights, EMAIL), weights=weights)


def test_a_lead_always_gets_the_same_variant_in_whatever_order_they_are_written() -> None:
    assert chosen(split(a=1, b=2)) == chosen(split(b=2, a=1))


def test_variants_are_given_out_by_weight() -> None:
    counts = Counter(chosen(split(a=1, b=3)))

    assert counts["a"] / len(LEADS) == pytest.approx(0.25, abs=0.03)


def test_another_stage_or_sequence_splits_the_leads_anew() -> None:
    first, stage, sequence = (
        chosen(split(a=1, b=1)),
        chosen(split(a=1, b=1), stage="day-3"),
        chosen(split(a=1, b=1), sequence="other"),
    )

    for other in (stage, sequence):
        same = sum(one == two for one, two in zip(first, other, strict=True))
        assert same / len(LEADS) == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("weights", [{}, {"a": 0}, {"a": 1, "b": -1}], ids=str)
def test_a_split_without_a_weight_for_each_variant_cannot_be_made(weights: dict[str, int]) -> None:
    with pytest.raises(AssertionError):
        Split(variants=dict.fromkeys(weights, SMS), weights=weights)
