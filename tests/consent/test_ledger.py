"""The chain of facts: every change shows."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.ledger import GENESIS, Value, canonical, commit_to, seal

SALT = b"sixteen bytes or more"

facts = st.dictionaries(
    st.sampled_from(["id", "kind", "channel", "at", "source"]),
    st.none() | st.text(max_size=9) | st.integers() | st.booleans() | st.datetimes(timezones=st.just(UTC)),
    min_size=1,
)


@given(st.lists(facts, max_size=6), st.integers(0, 6))
def test_sealing_at_once_or_in_parts_gives_the_same_head(batch: list[dict[str, Value]], split: int) -> None:
    assert seal(seal(GENESIS, batch[:split]), batch[split:]) == seal(GENESIS, batch)


GIVEN: dict[str, Value] = {"id": "1", "kind": "granted"}
STOPPED: dict[str, Value] = {"id": "2", "kind": "withdrawn"}


@pytest.mark.parametrize(
    "tampered",
    [[], [STOPPED, GIVEN], [GIVEN, STOPPED | {"kind": "granted"}], [GIVEN], [GIVEN, STOPPED, STOPPED]],
    ids=["dropped", "reordered", "changed", "cut", "added"],
)
def test_a_tampered_batch_leads_to_another_head(tampered: list[dict[str, Value]]) -> None:
    assert seal(GENESIS, tampered) != seal(GENESIS, [GIVEN, STOPPED])


def test_the_same_facts_after_another_head_lead_to_another_head() -> None:
    assert seal(seal(GENESIS, [GIVEN]), [STOPPED]) != seal(GENESIS, [STOPPED])


def test_one_fact_has_one_text() -> None:
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    in_paris = noon.astimezone(timezone(timedelta(hours=1)))

    assert canonical({"at": noon, "a": "é"}) == canonical({"a": "é", "at": in_paris})
    assert canonical({"a": "é", "at": noon}) == '{"a":"é","at":"2026-11-23T12:00:00.000000+00:00"}'.encode()


def test_a_commitment_needs_data_and_salt() -> None:
    commitment = commit_to({"phone": "+1"}, SALT)

    assert commitment == commit_to({"phone": "+1"}, SALT)
    assert commitment != commit_to({"phone": "+2"}, SALT)
    assert commitment != commit_to({"phone": "+1"}, SALT + b".")


def test_a_short_salt_is_our_own_mistake() -> None:
    with pytest.raises(AssertionError):
        commit_to({"phone": "+1"}, b"short")
