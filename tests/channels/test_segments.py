"""What a text costs: against Twilio's published counter, and by properties of the packing."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.graphemes import split_graphemes
from channels.segments import Encoding, count_segments, replace_smart
from tests.shared import shared_file

FIELDS = ("encoding", "segments", "characters", "unicode_scalars", "message_bits", "total_bits", "code_units")

any_text = st.text(st.characters(codec="utf-8"), max_size=400) | st.text("ab€[😀ж\u0301\u200d👩🏽\n", max_size=400)


def test_every_published_vector_is_counted_alike() -> None:
    rows: list[dict[str, Any]] = json.loads(shared_file("vectors/sms_segments.json").read_text())["vectors"]

    for row in rows:
        counted = count_segments(row["text"], smart=row["smart_encoding"])

        assert {field: row[field] for field in FIELDS} == {field: getattr(counted, field) for field in FIELDS}, row[
            "name"
        ]
        assert row["effective_text"] == counted.effective_text, row["name"]
        assert row["non_gsm"] == list(counted.non_gsm), row["name"]


@pytest.mark.parametrize(
    ("text", "encoding", "segments", "characters"),
    [
        pytest.param("", "GSM-7", 1, 0, id="nothing still costs a segment"),
        pytest.param("a" * 160, "GSM-7", 1, 160, id="a full single segment"),
        pytest.param("a" * 161, "GSM-7", 2, 161, id="one more"),
        pytest.param("a" * 152 + "€" + "a" * 152, "GSM-7", 3, 306, id="an escape is not split"),
        pytest.param("ж" * 70, "UCS-2", 1, 70, id="a full single UCS-2 segment"),
        pytest.param("ж" * 66 + "😀" + "ж" * 66, "UCS-2", 3, 133, id="a surrogate pair is not split"),
        pytest.param("ж" * 64 + "👩🏽\u200d💻" + "ж" * 3, "UCS-2", 2, 68, id="a joined emoji is not split"),
        pytest.param("🇺🇸" * 4, "UCS-2", 1, 4, id="a flag is one character"),
        pytest.param("ж\r\n", "UCS-2", 1, 3, id="a line end is two characters"),
        pytest.param("각\u11a8", "UCS-2", 1, 1, id="Hangul joins"),
        pytest.param("\ud83d\ude00", "UCS-2", 1, 1, id="escaped surrogates are joined"),
        pytest.param("\ud800", "UCS-2", 1, 1, id="half a surrogate counts"),
        pytest.param("❤\u0301\u0302🏽", "UCS-2", 1, 2, id="a tone joins nothing that has none"),
    ],
)
def test_a_text_costs(text: str, encoding: str, segments: int, characters: int) -> None:
    counted = count_segments(text)

    assert (encoding, segments, characters) == (counted.encoding, counted.segments, counted.characters)


def test_smart_encoding_keeps_a_typographic_text_in_gsm() -> None:
    text = "\u201cIt\u2019s here\u201d \u2013 really\u2026"

    assert count_segments(text).encoding is Encoding.UCS_2
    assert count_segments(text, smart=True).encoding is Encoding.GSM_7
    assert replace_smart(text) == '"It\'s here" - really...'


def test_smart_encoding_leaves_what_has_no_plain_likeness() -> None:
    assert replace_smart("жé😀\uff41") == "жé😀\uff41"


@given(any_text)
def test_clusters_joined_are_the_text_again(text: str) -> None:
    assert "".join(split_graphemes(text)) == text


@given(any_text)
def test_segments_hold_every_bit(text: str) -> None:
    counted = count_segments(text)

    assert counted.total_bits <= counted.segments * 1120
    assert counted.message_bits == counted.code_units * counted.encoding.unit_bits


@given(any_text, any_text)
def test_a_longer_text_never_costs_less_in_the_same_encoding(text: str, more: str) -> None:
    short, long = count_segments(text + " "), count_segments(text + " " + more)

    assert short.encoding != long.encoding or short.segments <= long.segments


@given(any_text)
def test_smart_encoding_twice_is_smart_encoding_once(text: str) -> None:
    assert replace_smart(replace_smart(text)) == replace_smart(text)
