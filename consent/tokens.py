"""Tokens for links that work without a login: one-click stop, preferences, clicks.

A token names its subject and is signed; it never expires, because a stop link must work in the oldest mail. It is short, so
that a `List-Unsubscribe` header needs no folding. What it may do is part of the signature: a click token stops nothing.
"""

from base64 import b32decode, b32encode, urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable
from enum import StrEnum
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as hmac_digest
from uuid import UUID


class TokenKind(StrEnum):
    """What a token is good for."""

    STOP = "stop"  # one-click stop of marketing email
    PREFERENCES = "preferences"  # the page of choices
    CLICK = "click"  # a tracked link: its message and its target
    OPEN = "open"  # the image that tells of an opening
    CONFIRM = "confirm"  # the second step of a double opt-in
    REPLY = "reply"  # the address that an answer to one message is sent to


_SIGNATURE_BYTES = 16  # 128 bits: nobody guesses it, and the link stays short
_UUID, _TEXT = b"u", b"t"


def mint(kind: TokenKind, subject_id: str, secret: bytes) -> str:
    """Return a token for *subject_id*, safe in a URL path. The same arguments give the same token."""
    subject = _pack(subject_id)
    return urlsafe_b64encode(subject + _sign(kind, subject, secret)).decode("ascii").rstrip("=")


def read(token: str, kind: TokenKind, secrets: Iterable[bytes]) -> str | None:
    """Return the subject of a token minted for *kind* with any of *secrets*, None for anything else.

    Secrets are rotated by adding the new one first and keeping the old ones for ever.
    """
    try:
        raw = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except (Base64Error, ValueError):
        return None
    return _subject(raw, kind, secrets)


def mint_caseless(kind: TokenKind, subject_id: str, secret: bytes) -> str:
    """Return a token for *subject_id*, an id, whose letters may change case: for the local part of an address."""
    subject = _pack(subject_id)
    return b32encode(subject + _sign(kind, subject, secret)).decode("ascii").rstrip("=").lower()


def read_caseless(token: str, kind: TokenKind, secrets: Iterable[bytes]) -> str | None:
    """Return the subject of a token that `mint_caseless` made for *kind*, None for anything else."""
    try:
        raw = b32decode(token.upper().encode("ascii") + b"=" * (-len(token) % 8))
    except (Base64Error, ValueError):
        return None
    return _subject(raw, kind, secrets)


def _subject(raw: bytes, kind: TokenKind, secrets: Iterable[bytes]) -> str | None:
    subject, signature = raw[:-_SIGNATURE_BYTES], raw[-_SIGNATURE_BYTES:]
    # All secrets are tried, so that the time it takes tells nothing about which one fits.
    fits = [compare_digest(signature, _sign(kind, subject, secret)) for secret in secrets]
    return _unpack(subject) if any(fits) else None


def _sign(kind: TokenKind, subject: bytes, secret: bytes) -> bytes:
    assert secret, "a token needs a secret"
    return hmac_digest(secret, kind.encode() + b"\0" + subject, sha256)[:_SIGNATURE_BYTES]


def _pack(subject_id: str) -> bytes:
    """Return ids in 17 bytes where they are UUIDs in their usual spelling, else as they are."""
    try:
        uuid = UUID(subject_id)
    except ValueError:
        return _TEXT + subject_id.encode()
    return _UUID + uuid.bytes if str(uuid) == subject_id else _TEXT + subject_id.encode()


def _unpack(subject: bytes) -> str:
    return str(UUID(bytes=subject[1:])) if subject[:1] == _UUID else subject[1:].decode()
