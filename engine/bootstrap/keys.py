"""The installation's secret, and the keys that are made of it."""

import secrets
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from consent.tokens import TokenKind, mint
from engine.content.variables import Links
from engine.settings import Settings
from engine.store.database import file_of


def secret_key(settings: Settings) -> bytes:
    """Return the installation's secret; embedded use makes one and keeps it beside the database."""
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value().encode()
    path = state_folder(settings) / "secret.key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32))
    return path.read_text().strip().encode()


def derive(key: bytes, purpose: str) -> bytes:
    """Return the key for one *purpose*, so that no key serves two."""
    return sha256(b"fifthtouch:" + purpose.encode() + b":" + key).digest()


def key_id(key: bytes) -> str:
    """Return a name for *key* that tells nothing about it."""
    return sha256(b"fifthtouch:name:" + key).hexdigest()[:12]


def link_secrets(settings: Settings) -> tuple[bytes, ...]:
    """Return the secrets that a lead's links may be made with, the present one first."""
    return (derive(secret_key(settings), "links"),)


def make_links(settings: Settings, key: bytes) -> Callable[[str], Links]:
    """Return the function that makes a lead's own links."""
    base, secret = settings.base_url, derive(key, "links")

    def links(lead_id: str) -> Links:
        return Links(
            unsubscribe=f"{base}/u/{mint(TokenKind.STOP, lead_id, secret)}",
            preferences=f"{base}/p/{mint(TokenKind.PREFERENCES, lead_id, secret)}",
            confirm=f"{base}/confirm/{mint(TokenKind.CONFIRM, lead_id, secret)}",
        )

    return links


def state_folder(settings: Settings) -> Path:
    """Return the folder for what this machine keeps beside the database: the key, and journals of started calls."""
    return Path(f"{file_of(settings.database_url) or 'fifthtouch'}.d")
