"""What letting people in needs at hand beside the kit: a hasher, and keys that serve nothing else."""

import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as keyed_digest

from cryptography.fernet import Fernet

from engine.flows.kit import Kit
from engine.flows.passwords import Passwords

TOKEN_BYTES = 32  # nobody guesses these, so a plain hash keeps them
TOKEN_MAX = 100  # longer is no token of ours, and not worth hashing


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """The kit, the hasher of passwords, what seals secrets of second factors, and the key of keyed hashes."""

    kit: Kit
    passwords: Passwords
    seal: Fernet
    pepper: bytes

    def keyed(self, *parts: str) -> str:
        """Return a hash of *parts* that nobody can make without our key."""
        return keyed_digest(self.pepper, "\0".join(parts).encode("utf-8", "surrogatepass"), "sha256").hex()


def make_entrance(kit: Kit, *, seal_key: bytes, pepper: bytes, passwords: Passwords | None = None) -> Entrance:
    """Return the entrance of an installation; both keys have 32 bytes and serve nothing else."""
    seal = Fernet(urlsafe_b64encode(seal_key))
    return Entrance(kit=kit, passwords=passwords or Passwords(), seal=seal, pepper=pepper)


def new_token() -> str:
    """Return a secret for a cookie or a link, as it stands in a URL."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def hash_of(token: str) -> str:
    """Return what is kept of a token: with this much chance in it, a slow hash would add nothing."""
    return sha256(token[:TOKEN_MAX].encode("utf-8", "surrogatepass")).hexdigest()


def known_browser(entrance: Entrance, email: str) -> str:
    """Return what a browser keeps to be known again as one that *email* signed in from."""
    nonce = secrets.token_urlsafe(12)
    return f"{nonce}.{entrance.keyed('browser', email, nonce)}"


def is_known(entrance: Entrance, email: str, told: str) -> bool:
    """Return whether *told* was given to a browser that *email* signed in from."""
    nonce, _, mark = told[: TOKEN_MAX * 2].partition(".")
    return compare_digest(mark.encode(), entrance.keyed("browser", email, nonce).encode())
