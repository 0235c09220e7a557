"""Bytes become text whatever is claimed of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.inbound.charsets import decode_text


@pytest.mark.parametrize(
    ("raw", "charset", "text"),
    [
        (b"pidi\xa2", "cp850", "pidió"),
        (b"World \x80", "windows-1252", "World €"),
        ("señor".encode(), "UTF-8", "señor"),
        ("señor".encode(), "us-ascii", "señor"),
        ("señor".encode(), "x-unknown", "señor"),
        (b"caf\xe9", "utf-8", "caf�"),
        (b"caf\xe9", "us-ascii", "café"),
        (b"caf\xe9", "", "café"),
        (b"\x1b$B$3\x1b(B", "iso-2022-jp", "こ"),
        ("שלום".encode("iso-8859-8"), "iso-8859-8-i", "שלום"),
        (b"Hello", "iso-8859-10", "Hello"),
        (b"a\r\nb\rc", "utf-8", "a\nb\nc"),
        (b"a\0b", "utf-8", "a�b"),
        (b"caf\xe9", "iso-8859-99", "café"),
    ],
)
def test_text_is_read_in_its_charset_or_the_likeliest(raw: bytes, charset: str, text: str) -> None:
    assert decode_text(raw, charset, 100) == text


@pytest.mark.parametrize(
    "charset", ["punycode", "idna", "unicode_escape", "zip", "rot13", "hex", "base64", "utf-7", "\0"]
)
def test_a_codec_that_is_no_charset_of_mail_is_never_used(charset: str) -> None:
    assert decode_text(b"a-bc+AGE-", charset, 100) == "a-bc+AGE-"


@given(st.binary(), st.text() | st.sampled_from(["utf-16", "gb18030", "hz", "iso-2022-kr", "cp437", "big5"]))
def test_nothing_raises_and_everything_can_be_stored(raw: bytes, charset: str) -> None:
    text = decode_text(raw, charset, 50)

    assert len(text) <= 50
    assert "\0" not in text
    text.encode()
