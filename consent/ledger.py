"""The ledger's arithmetic: one canonical text per fact, and a chain of hashes over all of them.

Each fact changes the head, so nobody can alter, drop or reorder facts without a different head, and a head written down
elsewhere proves all that came before it. Personal data stays beside the chain: a fact carries only a salted commitment to it,
so that erasing data and salt leaves the chain whole and the commitment mute.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from hmac import digest as hmac_digest

Value = str | int | bool | datetime | None
SealedFact = Mapping[str, Value]
"""A fact as it enters the chain: its id, kind, channel, purpose, basis, instants, source, and the commitment."""

GENESIS = sha256(b"fifthtouch consent ledger 1").hexdigest()
"""The head before the first fact."""

_SALT_BYTES_MIN = 16  # a phone number has few digits: without a long salt its commitment could be guessed


def seal(previous_head: str, facts: Iterable[SealedFact]) -> str:
    """Return the head after *facts*, in their order; sealing in one batch or several gives the same head."""
    head = bytes.fromhex(previous_head)
    for fact in facts:
        head = sha256(head + sha256(canonical(fact)).digest()).digest()
    return head.hex()


def canonical(fact: SealedFact) -> bytes:
    """Return the one text of *fact*: JSON with sorted keys and no spaces, instants in UTC to the microsecond."""
    plain = {key: _instant(value) if isinstance(value, datetime) else value for key, value in fact.items()}
    return json.dumps(plain, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True).encode()


def _instant(value: datetime) -> str:
    assert value.tzinfo is not None, "an instant knows its zone"
    return value.astimezone(UTC).isoformat(timespec="microseconds")


def commit_to(personal: Mapping[str, Value], salt: bytes) -> str:
    """Return a commitment to *personal* data; who has both data and *salt* can check it, others learn nothing."""
    assert len(salt) >= _SALT_BYTES_MIN, "a commitment needs a long salt"
    return hmac_digest(salt, canonical(personal), sha256).hex()
