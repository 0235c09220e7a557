"""The people of the business: add them, say what they may do, keep them out, and give them a link to come in by."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.domain.access import LinkPurpose, Role
from engine.domain.signing_in import WELCOME_FOR
from engine.flows.entrance import hash_of, new_token
from engine.flows.kit import Kit
from engine.store import accounts, audit, one_time_links, sessions, users
from engine.store.database import Connection

SHORT_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")


class NoSuchPerson(LookupError):
    """Nobody has this id, or they may not sign in."""


class Taken(ValueError):
    """Somebody has this id or this email already; the message names them."""


class LastAdmin(ValueError):
    """Nobody could look after this installation any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPerson:
    """Somebody to add; without a *role* they take leads and tasks, but may not sign in."""

    id: str
    name: str
    email: str  # canonical
    phone: str | None = None  # E.164
    title: str = ""
    owns_leads: bool = True
    role: Role | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeLink:
    """A link that works once; *token* is nowhere else."""

    token: str
    expires_at: datetime

    def under(self, base_url: str) -> str:
        """Return the address to open."""
        return f"{base_url}/console/welcome/{self.token}"


def add_person(kit: Kit, person: NewPerson, *, by: str) -> MadeLink | None:
    """Add somebody, and return the link by which they choose a password, if they may sign in; raises Taken."""
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        insert_person(kit, connection, person, by=by)
        return _new_link(kit, connection, person.id, now) if person.role is not None else None


def insert_person(kit: Kit, connection: Connection, person: NewPerson, *, by: str) -> None:
    """Add somebody within a transaction; raises Taken."""
    taken = users.find_taken(connection, person.id, person.email)
    if taken is not None:
        raise Taken(f"{taken['id']} ({taken['email']}) is there already: choose another id and email")
    now = kit.database.now(connection)
    row = {
        "id": person.id,
        "name": person.name,
        "email": person.email,
        "phone": person.phone,
        "title": person.title,
        "owns_leads": person.owns_leads,
    }
    users.add(connection, [{**row, "last_assigned_at": None, "created_at": now}])
    if person.role is not None:
        accounts.add(connection, person.id, person.role, now)
    _note(kit, connection, "person.added", person.id, by=by, after={**row, "role": person.role})


def set_role(kit: Kit, user_id: str, role: Role, *, by: str) -> None:
    """Let somebody do from now on what *role* may; where it changes, they sign in again.

    Raises NoSuchPerson and LastAdmin.
    """
    with kit.database.write() as connection:
        admins = accounts.lock_admins(connection)
        account = accounts.find(connection, user_id, lock=True)
        if account is None:
            if users.find(connection, user_id) is None:
                raise NoSuchPerson(user_id)
            accounts.add(connection, user_id, role, kit.database.now(connection))
        elif account["role"] == role:
            return
        else:
            _keep_an_admin(admins, user_id, goes=role is not Role.ADMIN)
            accounts.change(connection, user_id, role=role)
            sessions.end_all(connection, user_id)
        before = {"role": account["role"] if account else None}
        _note(kit, connection, "person.role_changed", user_id, by=by, before=before, after={"role": role})


def disable(kit: Kit, user_id: str, *, by: str) -> None:
    """Keep somebody out from this moment: their sessions and links end. Raises NoSuchPerson and LastAdmin."""
    with kit.database.write() as connection:
        admins = accounts.lock_admins(connection)
        account = _account(connection, user_id)
        if account["disabled_at"] is not None:
            return
        _keep_an_admin(admins, user_id, goes=True)
        now = kit.database.now(connection)
        accounts.change(connection, user_id, disabled_at=now)
        sessions.end_all(connection, user_id)
        one_time_links.use_all(connection, LinkPurpose.WELCOME, now, user_id=user_id)
        _note(
            kit,
            connection,
            "person.disabled",
            user_id,
            by=by,
            before={"may_sign_in": True},
            after={"may_sign_in": False},
        )


def enable(kit: Kit, user_id: str, *, by: str) -> None:
    """Let somebody in again, with the password and role they had; raises NoSuchPerson."""
    with kit.database.write() as connection:
        account = _account(connection, user_id)
        if account["disabled_at"] is None:
            return
        accounts.change(connection, user_id, disabled_at=None)
        _note(
            kit,
            connection,
            "person.enabled",
            user_id,
            by=by,
            before={"may_sign_in": False},
            after={"may_sign_in": True},
        )


def make_link(kit: Kit, user_id: str, *, by: str) -> MadeLink:
    """Return a link by which somebody chooses a new password; the one they had works no more. Raises NoSuchPerson."""
    with kit.database.write() as connection:
        account = _account(connection, user_id)
        if account["disabled_at"] is not None:
            raise NoSuchPerson(user_id)
        link = _new_link(kit, connection, user_id, kit.database.now(connection))
        _note(kit, connection, "person.link_made", user_id, by=by, after={"expires_at": link.expires_at.isoformat()})
        return link


def _new_link(kit: Kit, connection: Connection, user_id: str, now: datetime) -> MadeLink:
    one_time_links.use_all(connection, LinkPurpose.WELCOME, now, user_id=user_id)
    return write_link(kit, connection, LinkPurpose.WELCOME, now, now + WELCOME_FOR, user_id=user_id)


def write_link(
    kit: Kit, connection: Connection, purpose: LinkPurpose, now: datetime, expires_at: datetime, *, user_id: str | None
) -> MadeLink:
    """Write a link that works until *expires_at*, and return it with its token."""
    token = new_token()
    row = {"id": kit.ids.new(), "user_id": user_id, "purpose": purpose, "hash": hash_of(token)}
    one_time_links.add(connection, {**row, "created_at": now, "expires_at": expires_at, "used_at": None})
    return MadeLink(token=token, expires_at=expires_at)


def _account(connection: Connection, user_id: str) -> accounts.RowMapping:
    account = accounts.find(connection, user_id, lock=True)
    if account is None:
        raise NoSuchPerson(user_id)
    return account


def _keep_an_admin(admins: Sequence[str], user_id: str, *, goes: bool) -> None:
    if goes and list(admins) == [user_id]:
        raise LastAdmin("nobody could look after this installation any more: make somebody else an admin first")


def _note(
    kit: Kit,
    connection: Connection,
    action: str,
    user_id: str,
    *,
    by: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    now = kit.database.now(connection)
    audit.note(
        connection, row_id=kit.ids.new(), at=now, actor=by, action=action, subject=user_id, before=before, after=after
    )
