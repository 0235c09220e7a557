"""What strangers post is kept in a form that every database and every JSON reader takes."""

import json

from hypothesis import given
from hypothesis import strategies as st

from channels.storable import TEXT_CHARACTERS_MAX, stable_id, storable, storable_text


def test_what_databases_refuse_is_replaced() -> None:
    assert storable({"a\0": "b\ud800", "n": float("nan"), "i": 2**60, "t": (1, True, None)}) == {
        "a\N{REPLACEMENT CHARACTER}": "b?",
        "n": None,
        "i": hex(2**60),
        "t": [1, True, None],
    }


def test_size_and_depth_are_bounded() -> None:
    deep: list[object] = []
    for _ in range(3000):
        deep = [deep]

    assert len(json.dumps(storable(deep))) < 100
    assert len(storable_text("é" * 50_000)) == TEXT_CHARACTERS_MAX
    assert len(storable(list(range(5000)))) == 500


def test_an_id_depends_on_what_is_said_and_not_on_its_order() -> None:
    assert stable_id({"a": 1, "b": 2}) == stable_id({"b": 2, "a": 1})
    assert stable_id("a", "b") != stable_id("ab")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=10,
)


@given(anything)
def test_anything_becomes_plain_json(value: object) -> None:
    once = storable(value)

    assert json.loads(json.dumps(once, allow_nan=False, ensure_ascii=False).encode()) == once
    assert stable_id(value) == stable_id(value)
