"""Is a posted batch really SendGrid's: its ECDSA signature over the timestamp and the raw body, checked before parsing.

The official library checks the same thing but wants text, raises on bad input and knows no time, so only its result is
matched here (by the published vectors), over bytes. Inbound mail with a security policy is signed the same way.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from channels.webhooks.headers import header

SIGNATURE_HEADER = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP_HEADER = "X-Twilio-Email-Event-Webhook-Timestamp"

REPLAY_WINDOW = timedelta(hours=25)  # SendGrid posts a refused batch again for 24 hours
MAIL_REPLAY_WINDOW = timedelta(hours=73)  # and a refused mail for 72
CLOCK_SKEW = timedelta(minutes=5)  # how far ahead of ours its clock may be

_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_PEM_LINE = re.compile(r"-----[A-Z ]+-----")


def verify(
    headers: Mapping[str, str],
    body: bytes,
    public_keys: Sequence[str],
    *,
    now: datetime,
    window: timedelta = REPLAY_WINDOW,
) -> bool:
    """Return whether one of *public_keys* signed *body* and it was signed inside *window* before *now*; never raises.

    Keys are SendGrid's base64 text, with or without PEM lines; several are valid while one is replaced by another.
    """
    digest = sha256(signed_prefix(headers) + body).digest()
    return why_not(headers, digest, public_keys, now=now, window=window) is None


def signed_prefix(headers: Mapping[str, str]) -> bytes:
    """Return what is signed before the body: its timestamp."""
    return header(headers, TIMESTAMP_HEADER).encode("utf-8", "replace")


def why_not(
    headers: Mapping[str, str],
    digest: bytes,
    public_keys: Sequence[str],
    *,
    now: datetime,
    window: timedelta = REPLAY_WINDOW,
) -> str | None:
    """Return why a body is not believed of which *digest* is the SHA-256, after `signed_prefix`; None where it is."""
    timestamp = header(headers, TIMESTAMP_HEADER)
    signature = _decoded(header(headers, SIGNATURE_HEADER))
    if not signature or not _TIMESTAMP.fullmatch(timestamp):
        return "no signature"
    if not _is_fresh(int(timestamp), now, window):
        return "stale, or from the future"
    keys = [_key(text) for text in public_keys]
    if any(key is not None and _is_signed(key, signature, digest) for key in keys):
        return None
    return "the signature does not fit"


def _is_fresh(timestamp: int, now: datetime, window: timedelta) -> bool:
    try:
        signed_at = datetime.fromtimestamp(timestamp, UTC)
    except (ValueError, OverflowError, OSError):
        return False
    return -CLOCK_SKEW <= now - signed_at <= window


def _is_signed(key: EllipticCurvePublicKey, signature: bytes, digest: bytes) -> bool:
    try:
        key.verify(signature, digest, ECDSA(Prehashed(SHA256())))
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


@lru_cache(maxsize=16)
def _key(text: str) -> EllipticCurvePublicKey | None:
    """Return the parsed key, None for anything that is none; cached, because parsing costs more than checking."""
    der = _decoded("".join(_PEM_LINE.sub("", text).split()))
    try:
        key = load_der_public_key(der) if der else None
    except (UnsupportedAlgorithm, ValueError):
        return None
    return key if isinstance(key, EllipticCurvePublicKey) else None


def _decoded(text: str) -> bytes:
    """Return the bytes of strict base64, none where it is not."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""
