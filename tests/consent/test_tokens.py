"""Tokens of links: who made them, what for, and how long they are."""

from hypothesis import given
from hypothesis import strategies as st

from consent.tokens import TokenKind, mint, mint_caseless, read, read_caseless

OLD, NEW = b"old secret", b"new secret"
LEAD = "01890a5d-ac96-774b-bcce-b302099a8057"


@given(st.text(max_size=60) | st.uuids().map(str), st.sampled_from(TokenKind))
def test_a_token_gives_back_its_subject(subject: str, kind: TokenKind) -> None:
    assert read(mint(kind, subject, NEW), kind, [NEW]) == subject


def test_an_old_token_works_after_the_secret_was_rotated() -> None:
    token = mint(TokenKind.STOP, LEAD, OLD)

    assert read(token, TokenKind.STOP, [NEW, OLD]) == LEAD
    assert read(token, TokenKind.STOP, [NEW]) is None
    assert read(token, TokenKind.STOP, []) is None


def test_a_token_is_good_for_one_thing_only() -> None:
    assert read(mint(TokenKind.CLICK, LEAD, NEW), TokenKind.STOP, [NEW]) is None


@given(st.text(max_size=80))
def test_anything_else_is_no_token(token: str) -> None:
    assert read(token, TokenKind.STOP, [NEW]) is None


@given(st.integers(0, 43), st.sampled_from("AZaz09-_"))
def test_a_token_changed_in_one_place_is_refused(place: int, letter: str) -> None:
    token = mint(TokenKind.STOP, LEAD, NEW)
    forged = token[:place] + letter + token[place + 1 :]

    assert forged == token or read(forged, TokenKind.STOP, [NEW]) is None


def test_a_token_is_short_and_needs_no_quoting() -> None:
    token = mint(TokenKind.STOP, LEAD, NEW)

    assert len(token) == 44
    assert token.replace("-", "").replace("_", "").isalnum()


def test_a_token_for_an_address_survives_a_change_of_case() -> None:
    token = mint_caseless(TokenKind.REPLY, LEAD, NEW)

    assert token == token.lower()
    assert len(token) <= 64  # RFC 5321: the longest local part
    for spelled in (token, token.upper(), token.title()):
        assert read_caseless(spelled, TokenKind.REPLY, [NEW]) == LEAD
    assert read_caseless(token, TokenKind.STOP, [NEW]) is None
    assert read_caseless(token, TokenKind.REPLY, [OLD]) is None


@given(st.text(max_size=80))
def test_anything_else_is_no_caseless_token(token: str) -> None:
    assert read_caseless(token, TokenKind.REPLY, [NEW]) is None
