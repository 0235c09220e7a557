"""Keyed hashes of addresses: enough to recognise one, useless to anybody without the key.

Suppressions are kept under them, so that a stop outlives the erasure of the lead it came from.
"""

import hmac
from dataclasses import dataclass, field

NORMALISATION = 1
"""Version of the canonical form that is hashed; kept beside each hash, so that a change of form can be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressKey:
    """The key of this installation; it is permanent, and *key_id* names it on every row it made."""

    key: bytes = field(repr=False)
    key_id: str

    def key_of(self, kind: str, value: str) -> str:
        """Return the hash, in hexadecimal, of the canonical address *value* of *kind*."""
        # The kind stands inside, so that no two kinds can share a hash; the zero byte can't occur in an address.
        return hmac.digest(self.key, f"{kind}\0{value}".encode(), "sha256").hex()
