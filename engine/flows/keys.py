"""Keys with which programs open the API: made once, told once, and known afterwards by their hash alone."""

import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from engine.domain.access import EVERY_SCOPE, Scope
from engine.flows.kit import Kit
from engine.store import api_keys, audit

PREFIX = "ft_"  # so that a key that was published by mistake is recognised, by people and by scanners
SECRET_BYTES = 32  # nobody guesses these, so guessing needs no brake
HINT_CHARACTERS = len(PREFIX) + 4
TEXT_MAX = 100  # longer is no key of ours, and not worth hashing


class NoSuchKey(LookupError):
    """No key that still opens the door has this id or name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeKey:
    """A new key; *secret* is nowhere else."""

    id: str
    name: str
    hint: str
    scopes: frozenset[Scope]
    secret: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A program that showed a valid key *at* this instant, by the database's clock."""

    key_id: str
    name: str
    scopes: frozenset[Scope]
    at: datetime

    @property
    def by(self) -> str:
        """What stands on whatever it does: in the audit log, on notes and on the ledger."""
        return f"api:{self.name}"


def make_key(kit: Kit, name: str, *, by: str, scopes: Collection[Scope] = EVERY_SCOPE) -> MadeKey:
    """Make a key for the program *name* that may do what *scopes* say, and nothing else."""
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    key_id, hint = kit.ids.new(), secret[:HINT_CHARACTERS]
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        row = {"id": key_id, "name": name, "hash": hash_of(secret), "hint": hint, "created_at": now}
        words = in_words(scopes)
        api_keys.add(connection, {**row, "scopes": words})
        about = {"name": name, "hint": hint, "scopes": words}
        audit.note(
            connection, row_id=kit.ids.new(), at=now, actor=by, action="apikey.created", subject=key_id, after=about
        )
    return MadeKey(id=key_id, name=name, hint=hint, scopes=frozenset(scopes), secret=secret, created_at=now)


def revoke_key(kit: Kit, named: str, *, by: str) -> list[str]:
    """Let the key with this id, or every key of this name, open nothing any more; return their ids.

    Raises `NoSuchKey` when none did.
    """
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        found = [row for row in api_keys.all_keys(connection) if named in (row["id"], row["name"])]
        revoked = [row for row in found if api_keys.revoke(connection, row["id"], now)]
        for row in revoked:
            about = {"name": row["name"], "hint": row["hint"]}
            audit.note(
                connection,
                row_id=kit.ids.new(),
                at=now,
                actor=by,
                action="apikey.revoked",
                subject=row["id"],
                before=about,
            )
    if not revoked:
        raise NoSuchKey(named)
    return [row["id"] for row in revoked]


def caller_of(kit: Kit, secret: str) -> Caller | None:
    """Return who shows *secret*, or None; it is found by its hash, so comparing tells nothing by its time."""
    if not secret.startswith(PREFIX) or len(secret) > TEXT_MAX:
        return None
    with kit.database.read() as connection:
        now = kit.database.now(connection)
        row = api_keys.find(connection, hash_of(secret))
    if row is None:
        return None
    if not api_keys.is_noted(row, now):
        with kit.database.write() as connection:
            api_keys.note_use(connection, row["id"], now)
    return Caller(key_id=row["id"], name=row["name"], scopes=scopes_in(row["scopes"]), at=now)


def in_words(scopes: Collection[Scope]) -> list[str]:
    """Return *scopes* as they are kept and shown: in one order, whatever order they came in."""
    return [scope.value for scope in Scope if scope in scopes]


def scopes_in(words: Iterable[str]) -> frozenset[Scope]:
    """Return the scopes that *words* name; a word that this release does not know allows nothing."""
    known = set(words)
    return frozenset(scope for scope in Scope if scope.value in known)


def hash_of(secret: str) -> str:
    """Return what is kept of a key: with this much chance in it, a slow hash would add nothing."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
