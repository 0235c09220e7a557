"""Let people in by password and second factor, know them again by a cookie, and let them out.

Guessing is counted before it is judged: by the person that is tried, and by the network it is tried from. A browser
that the person signed in from before is counted apart from both, so that no stranger can lock anybody out for good.
An address that nobody has is treated like one that somebody has: the same work, the same words, the same waits.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog

from channels.address import Address, InvalidAddress
from engine.domain.access import Role
from engine.domain.signing_in import (
    CODE_WAIT_MAX,
    CODE_WITHIN,
    FREE_TRIES,
    FREE_TRIES_OF_NETWORK,
    NOTED_EVERY,
    VISIT,
    WAIT_MAX,
    is_over,
    network_of,
)
from engine.flows.entrance import Entrance, hash_of, is_known, new_token
from engine.flows.kit import Kit
from engine.flows.second_factor import is_right_code
from engine.store import accounts, brakes, sessions
from engine.store.brakes import Brake
from engine.store.database import Connection

log = structlog.get_logger(__name__)

AGENT_MAX = 200
NAME_MAX = 320  # the longest email address there is (RFC 5321)


class WrongProof(Exception):
    """The address, the password or the code is not right; which of them is not told."""


class Slowed(Exception):
    """Too many tries: none is looked at before *until*."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who knocks: their address, the browser's name for itself, and its mark if it was here before."""

    client: str
    agent: str
    mark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Somebody who is signed in, or who still owes the code of their second factor."""

    session_id: str
    user_id: str
    name: str
    email: str
    role: Role
    awaits_code: bool
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A session that was opened; *token* is nowhere else."""

    token: str
    email: str
    awaits_code: bool


def sign_in(entrance: Entrance, email: str, password: str, caller: Caller) -> Opened:
    """Open a session for whoever has this email and password; it waits for a code where they have a second factor.

    Raises WrongProof, Slowed, and TooBusy when more sign in at this moment than the machine should bear.
    """
    address = canonical(email)
    counted = brakes_of(entrance, "password", address, caller)
    _count(entrance.kit, counted)
    with entrance.kit.database.read() as connection:
        account = accounts.find_by_email(connection, address)
    may = account is not None and account["disabled_at"] is None
    hashed = account["password_hash"] if account is not None and may else None
    if not entrance.passwords.is_right(hashed, password):
        log.info("person.refused", proof="password", client=caller.client)
        raise WrongProof
    assert account is not None
    newer = entrance.passwords.hash(password) if entrance.passwords.is_outdated(account["password_hash"]) else None
    with entrance.kit.database.write() as connection:
        now = entrance.kit.database.now(connection)
        current = accounts.find(connection, account["id"], lock=True)
        if current is None or current["password_hash"] != hashed or current["disabled_at"] is not None:
            raise WrongProof  # it was changed while we looked
        if newer is not None:
            accounts.change(connection, account["id"], password_hash=newer)
        _forgive(connection, counted, now)
        awaits_code = current["totp_secret"] is not None
        return open_session(entrance.kit, connection, account["id"], address, caller, awaits_code=awaits_code)


def confirm_code(entrance: Entrance, token: str, code: str, caller: Caller) -> Opened:
    """Open the session that *token* promised, with a code of the second factor or one for its loss.

    Raises WrongProof when there is no such promise or the code is not right, and Slowed.
    """
    visit = visit_of(entrance.kit, token, awaiting=True)
    if visit is None:
        raise WrongProof
    counted = brakes_of(entrance, "code", visit.email, caller, longest_wait=CODE_WAIT_MAX)
    _count(entrance.kit, counted)
    with entrance.kit.database.write() as connection:
        now = entrance.kit.database.now(connection)
        if not is_right_code(entrance, connection, visit.user_id, code, now):
            log.info("person.refused", proof="code", user=visit.user_id, client=caller.client)
            raise WrongProof
        _forgive(connection, counted, now)
        if not sessions.end(connection, hash_of(token)):
            raise WrongProof  # it was ended while we looked
        return open_session(entrance.kit, connection, visit.user_id, visit.email, caller, awaits_code=False)


def prove_again(entrance: Entrance, visit: Visit, password: str, caller: Caller) -> None:
    """Make sure that it is still they who sit there, before what proves it is changed; raises WrongProof and Slowed."""
    counted = brakes_of(entrance, "password", visit.email, caller)
    _count(entrance.kit, counted)
    with entrance.kit.database.read() as connection:
        account = accounts.find(connection, visit.user_id)
    if not entrance.passwords.is_right(account["password_hash"] if account else None, password):
        log.info("person.refused", proof="password", user=visit.user_id, client=caller.client)
        raise WrongProof
    with entrance.kit.database.write() as connection:
        _forgive(connection, counted, entrance.kit.database.now(connection))


def visit_of(kit: Kit, token: str, *, awaiting: bool = False) -> Visit | None:
    """Return who shows *token*, or None; with *awaiting* whoever still owes a code, else only who is wholly in."""
    if not token:
        return None
    with kit.database.read() as connection:
        now = kit.database.now(connection)
        row = sessions.find(connection, hash_of(token))
    if row is None or row["awaits_code"] != awaiting:
        return None
    if is_over(seen_at=row["seen_at"], expires_at=row["expires_at"], now=now):
        return None
    if now - row["seen_at"] >= NOTED_EVERY:
        with kit.database.write() as connection:
            sessions.note_seen(connection, row["id"], now)
    return Visit(
        session_id=row["id"],
        user_id=row["user_id"],
        name=row["name"],
        email=row["email"],
        role=Role(row["role"]),
        awaits_code=row["awaits_code"],
        expires_at=row["expires_at"],
    )


def sign_out(kit: Kit, token: str) -> None:
    """End the session of *token*, if there is one."""
    with kit.database.write() as connection:
        sessions.end(connection, hash_of(token))


def open_session(
    kit: Kit, connection: Connection, user_id: str, email: str, caller: Caller, *, awaits_code: bool
) -> Opened:
    """Open a session for somebody who proved who they are, or for ten minutes for somebody who still owes a code."""
    token, now = new_token(), kit.database.now(connection)
    sessions.add(
        connection,
        {
            "id": kit.ids.new(),
            "user_id": user_id,
            "hash": hash_of(token),
            "awaits_code": awaits_code,
            "created_at": now,
            "seen_at": now,
            "expires_at": now + (CODE_WITHIN if awaits_code else VISIT),
            "agent": caller.agent[:AGENT_MAX],
            "client": caller.client,
        },
    )
    if not awaits_code:
        log.info("person.signed_in", user=user_id, client=caller.client)
    return Opened(token=token, email=email, awaits_code=awaits_code)


def canonical(email: str) -> str:
    """Return *email* as it is kept; what is no address stays what it is, and belongs to nobody."""
    try:
        return Address.email(email[:NAME_MAX]).value
    except InvalidAddress:
        return email[:NAME_MAX].casefold()


def brakes_of(
    entrance: Entrance, proof: str, email: str, caller: Caller, *, longest_wait: timedelta = WAIT_MAX
) -> list[Brake]:
    """Return what a try of *proof* is counted by: a known browser alone, else the person and the network."""
    make = partial(Brake, longest=longest_wait)
    if is_known(entrance, email, caller.mark):
        return [make(key=entrance.keyed("known", proof, email, caller.mark), free=FREE_TRIES)]
    network = network_of(caller.client)
    return [
        make(key=entrance.keyed("person", proof, email), free=FREE_TRIES),
        make(key=entrance.keyed("network", network), free=FREE_TRIES_OF_NETWORK, longest=WAIT_MAX),
    ]


def _count(kit: Kit, counted: list[Brake]) -> None:
    with kit.database.write() as connection:
        until = brakes.take(connection, counted, kit.database.now(connection))
    if until is not None:
        raise Slowed(until)


def _forgive(connection: Connection, counted: list[Brake], now: datetime) -> None:
    """Forget the tries of who proved themselves; their network may be others' too, and gets only this try back."""
    own, *shared = counted
    brakes.forgive(connection, [own.key])
    for brake in shared:
        brakes.give_back(connection, brake.key, now)
