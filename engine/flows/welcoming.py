"""Links that let somebody in once: to choose a password, to become the first admin, or to look around a demonstration."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from typing import Any

from engine.domain.access import LinkPurpose, Role
from engine.domain.signing_in import FIRST_ADMIN_FOR, LOOK_AROUND_FOR
from engine.flows.entrance import Entrance, hash_of
from engine.flows.kit import Kit
from engine.flows.passwords import weakness_of
from engine.flows.people import MadeLink, NewPerson, insert_person, write_link
from engine.flows.signing_in import Caller, Opened, open_session
from engine.store import accounts, audit, installation, one_time_links, sessions, users
from engine.store.database import Connection

GUIDE = NewPerson(id="guide", name="Guide", email="guide@demonstration.invalid", owns_leads=False, role=Role.ADMIN)
"""Who looks around in a demonstration."""

ID_STEM_MAX = 36
"""Characters of an id before the number that tells it from another's, so that the whole is none too long."""


class LinkOver(LookupError):
    """This link opens nothing: it was used, replaced, or its time is over."""


class WeakPassword(ValueError):
    """This password can't be taken; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """What a link that still works is for; *email* is None where its opener has yet to say who they are."""

    purpose: LinkPurpose
    user_id: str | None
    name: str
    email: str | None
    expires_at: datetime


def first_admin_link(kit: Kit) -> MadeLink | None:
    """Return a link by which the first admin comes in, in place of any told before; None when somebody can sign in."""
    with kit.database.write() as connection:
        if accounts.is_claimed(connection):
            return None
        now = kit.database.now(connection)
        one_time_links.use_all(connection, LinkPurpose.FIRST_ADMIN, now)
        return write_link(kit, connection, LinkPurpose.FIRST_ADMIN, now, now + FIRST_ADMIN_FOR, user_id=None)


def look_around_link(kit: Kit) -> MadeLink | None:
    """Return a link that signs a browser in to a demonstration at once, as often as it is opened; None elsewhere."""
    with kit.database.write() as connection:
        if not installation.is_demonstration(connection):
            return None
        now = kit.database.now(connection)
        if accounts.find(connection, GUIDE.id) is None:
            insert_person(kit, connection, GUIDE, by="demonstration")
        one_time_links.use_all(connection, LinkPurpose.LOOK_AROUND, now, user_id=GUIDE.id)
        return write_link(kit, connection, LinkPurpose.LOOK_AROUND, now, now + LOOK_AROUND_FOR, user_id=GUIDE.id)


def read_link(kit: Kit, token: str) -> Welcome:
    """Return what a link is for, without using it; raises LinkOver."""
    with kit.database.read() as connection:
        row = _find(connection, token, kit.database.now(connection))
        person = users.find(connection, row["user_id"]) if row["user_id"] else None
    return Welcome(
        purpose=LinkPurpose(row["purpose"]),
        user_id=row["user_id"],
        name=person["name"] if person else "",
        email=person["email"] if person else None,
        expires_at=row["expires_at"],
    )


def look_around(entrance: Entrance, token: str, caller: Caller) -> Opened:
    """Sign a browser in to a demonstration; raises LinkOver."""
    kit = entrance.kit
    with kit.database.write() as connection:
        row = _find(connection, token, kit.database.now(connection))
        if row["purpose"] != LinkPurpose.LOOK_AROUND or not installation.is_demonstration(connection):
            raise LinkOver
        return open_session(kit, connection, GUIDE.id, GUIDE.email, caller, awaits_code=False)


def choose_password(entrance: Entrance, token: str, password: str, caller: Caller) -> Opened:
    """Use a link to choose a password, end every session there was, and sign in.

    Raises LinkOver, WeakPassword, and TooBusy; a refused password leaves the link as it was.
    """
    kit = entrance.kit
    welcome = read_link(kit, token)
    if welcome.purpose is not LinkPurpose.WELCOME or welcome.user_id is None or welcome.email is None:
        raise LinkOver
    hashed = _hashed(entrance, password, (welcome.user_id, welcome.name, welcome.email))
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        _use(connection, token, now)
        account = accounts.find(connection, welcome.user_id, lock=True)
        if account is None or account["disabled_at"] is not None:
            raise LinkOver
        write_password(kit, connection, welcome.user_id, hashed, by=welcome.user_id)
        awaits_code = account["totp_secret"] is not None
        return open_session(kit, connection, welcome.user_id, welcome.email, caller, awaits_code=awaits_code)


def become_admin(entrance: Entrance, token: str, person: NewPerson, password: str, caller: Caller) -> Opened:
    """Use the first link of an installation: *person* becomes its admin, and is signed in.

    Whoever has that email already keeps their id and name; else somebody who has that id does, and a number is added to it.
    Raises LinkOver, WeakPassword and TooBusy.
    """
    kit = entrance.kit
    if read_link(kit, token).purpose is not LinkPurpose.FIRST_ADMIN:
        raise LinkOver
    hashed = _hashed(entrance, password, (person.id, person.name, person.email))
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        installation.lock(connection)  # of two who open it at the same moment, one becomes the first
        _use(connection, token, now)
        if accounts.is_claimed(connection):
            raise LinkOver
        user_id = _make_admin(kit, connection, person, now)
        write_password(kit, connection, user_id, hashed, by=user_id)
        return open_session(kit, connection, user_id, person.email, caller, awaits_code=False)


def change_password(entrance: Entrance, user_id: str, email: str, name: str, password: str, caller: Caller) -> Opened:
    """Give somebody who just proved themselves another password; every session ends, and a new one is opened.

    Raises WeakPassword and TooBusy.
    """
    hashed = _hashed(entrance, password, (user_id, name, email))
    with entrance.kit.database.write() as connection:
        write_password(entrance.kit, connection, user_id, hashed, by=user_id)
        return open_session(entrance.kit, connection, user_id, email, caller, awaits_code=False)


def write_password(kit: Kit, connection: Connection, user_id: str, hashed: str, *, by: str) -> None:
    """Keep a new password's hash, end every session and link of its owner, and note it."""
    now = kit.database.now(connection)
    before = accounts.find(connection, user_id, lock=True)
    assert before is not None
    accounts.change(connection, user_id, password_hash=hashed, password_at=now)
    sessions.end_all(connection, user_id)
    one_time_links.use_all(connection, LinkPurpose.WELCOME, now, user_id=user_id)
    told: Mapping[str, Any] = {"password_at": before["password_at"].isoformat() if before["password_at"] else None}
    audit.note(
        connection, row_id=kit.ids.new(), at=now, actor=by, action="person.password_changed", subject=user_id,
        before=told, after={"password_at": now.isoformat()},
    )  # fmt: skip


def _make_admin(kit: Kit, connection: Connection, person: NewPerson, now: datetime) -> str:
    known = users.find_by_email(connection, person.email)
    if known is None:
        person = replace(person, id=_free_id(connection, person.id))
        insert_person(kit, connection, person, by=person.id)
        return person.id
    user_id: str = known["id"]
    account = accounts.find(connection, user_id, lock=True)
    if account is None:
        accounts.add(connection, user_id, Role.ADMIN, now)
    else:
        accounts.change(connection, user_id, role=Role.ADMIN, disabled_at=None)
    audit.note(
        connection, row_id=kit.ids.new(), at=now, actor=user_id, action="person.role_changed", subject=user_id,
        before={"role": account["role"] if account else None}, after={"role": Role.ADMIN},
    )  # fmt: skip
    return user_id


def _hashed(entrance: Entrance, password: str, about: tuple[str, ...]) -> str:
    weakness = weakness_of(password, about)
    if weakness is not None:
        raise WeakPassword(weakness)
    return entrance.passwords.hash(password)


def _find(connection: Connection, token: str, now: datetime) -> one_time_links.RowMapping:
    row = one_time_links.find(connection, hash_of(token), now)
    if row is None:
        raise LinkOver
    return row


def _use(connection: Connection, token: str, now: datetime) -> None:
    row = one_time_links.find(connection, hash_of(token), now, lock=True)
    if row is None:
        raise LinkOver
    one_time_links.use(connection, row["id"], now)


def _free_id(connection: Connection, wished: str) -> str:
    """Return *wished*, or with the lowest number that makes it nobody's: its owner can't choose, it comes of their email."""
    if users.find(connection, wished) is None:
        return wished
    numbered = (f"{wished[:ID_STEM_MAX]}-{number}" for number in count(2))
    return next(one for one in numbered if users.find(connection, one) is None)
