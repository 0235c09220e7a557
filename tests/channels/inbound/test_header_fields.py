"""Header fields, mailboxes and ids are read, also when they are bent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.inbound.header_fields import decode_words, read_fields, read_ids, read_mailboxes


def test_fields_are_unfolded_and_strays_left_out() -> None:
    fields = read_fields(b"Subject: One\r\n two\nno field here\nX-Empty:\nTo : a@example.com")

    assert fields == (("Subject", "One two"), ("X-Empty", ""), ("To", "a@example.com"))


@pytest.mark.parametrize(
    ("value", "decoded"),
    [
        ("=?utf-8?q?Op=C3=A9rateur?= de test", "Opérateur de test"),
        ("=?cp850?q?pidi=A2?=", "pidió"),
        ("=?utf-8?B?SsOpcsOpbWllIERlc2F1dGVscw==?=", "Jérémie Desautels"),
        ("=?nonsense?q?caf=C3=A9?=", "café"),
        ("=?utf-8?b?!!!?=", "=?utf-8?b?!!!?="),
        ("plain", "plain"),
    ],
)
def test_encoded_words_are_decoded(value: str, decoded: str) -> None:
    assert decode_words(value) == decoded


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("Bob Smith<bob@example.com>", [("Bob Smith", "bob@example.com")]),
        ('"Lee, Ann" <ann@example.com>, bo@example.com', [("Lee, Ann", "ann@example.com"), ("", "bo@example.com")]),
        ("Lee, Ann <ann@example.com>", [("Ann", "ann@example.com")]),
        ("=?utf-8?q?Ren=C3=A9?= <r@example.com>", [("René", "r@example.com")]),
        ("Reply+TOKEN <reply+AbC@example.com>", [("Reply+TOKEN", "reply+AbC@example.com")]),
        ("(" * 1900 + "a@example.com", [("", "a@example.com")]),
        ("nobody", []),
        ("", []),
    ],
)
def test_mailboxes_are_read(value: str, found: list[tuple[str, str]]) -> None:
    assert [(one.name, one.address) for one in read_mailboxes(value)] == found


def test_ids_are_read_without_brackets_and_folds() -> None:
    assert read_ids("<a@x>\n <b @y>, junk <> c@z") == ("a@x", "b@y")
    assert read_ids("".join(f"<{number}@x>" for number in range(60)))[-1] == "59@x"


@given(st.binary(), st.text())
def test_nothing_raises(block: bytes, value: str) -> None:
    read_fields(block)
    decode_words(value)
    read_mailboxes(value)
    read_ids(value)


@given(st.text(alphabet='"<>()@,;:\\[]=?utf-8qB.a '))
def test_nothing_bent_raises(value: str) -> None:
    decode_words(value)
    read_mailboxes(value)
