"""The second factor: codes of an authenticator app (RFC 6238), each once, and codes for the day the phone is lost."""

import secrets
from collections.abc import Sequence
from datetime import datetime

import pyotp
from cryptography.fernet import InvalidToken

from engine.flows.entrance import Entrance
from engine.flows.kit import Kit
from engine.flows.people import NoSuchPerson
from engine.store import accounts, audit, sessions
from engine.store.database import Connection

ISSUER = "Fifth Touch"
STEP_SECONDS = 30  # what every app knows
STEPS_ASTRAY = 1  # a phone's clock may be this many steps away, and a person takes time to type
RECOVERY_CODES = 10
RECOVERY_CHARACTERS = 12
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that is read as something else; 12 of these are 59 bits


class NothingPending(LookupError):
    """No secret was shown that could be confirmed."""


def begin(entrance: Entrance, user_id: str) -> str:
    """Make a secret for somebody's app, and return it; a code must confirm it."""
    secret = pyotp.random_base32()
    with entrance.kit.database.write() as connection:
        accounts.change(connection, user_id, totp_pending=entrance.seal.encrypt(secret.encode()))
    return secret


def pending(entrance: Entrance, connection: Connection, user_id: str) -> str | None:
    """Return the secret that was shown and waits to be confirmed, or None."""
    account = accounts.find(connection, user_id)
    return _opened(entrance, account["totp_pending"]) if account else None


def address_of(secret: str, email: str) -> str:
    """Return the otpauth address that an authenticator app reads."""
    return pyotp.TOTP(secret, interval=STEP_SECONDS).provisioning_uri(name=email, issuer_name=ISSUER)


def confirm(entrance: Entrance, user_id: str, code: str) -> Sequence[str] | None:
    """Turn the second factor on with a code of the secret that was shown; return the codes for its loss.

    None when the code is not right. Raises NothingPending.
    """
    with entrance.kit.database.write() as connection:
        now = entrance.kit.database.now(connection)
        account = accounts.find(connection, user_id, lock=True)
        secret = _opened(entrance, account["totp_pending"]) if account else None
        if account is None or secret is None:
            raise NothingPending
        step = _step_of(secret, code, now, after=None)
        if step is None:
            return None
        accounts.change(connection, user_id, totp_secret=account["totp_pending"], totp_pending=None, totp_step=step)
        codes = ["".join(secrets.choice(ALPHABET) for _ in range(RECOVERY_CHARACTERS)) for _ in range(RECOVERY_CODES)]
        rows = [
            {"id": entrance.kit.ids.new(), "user_id": user_id, "hash": _kept(entrance, user_id, one), "created_at": now}
            for one in codes
        ]
        accounts.replace_recovery_codes(connection, user_id, rows)
        was_on = account["totp_secret"] is not None
        _note(entrance.kit, connection, now, user_id, by=user_id, was_on=was_on, is_on=True)
        return ["-".join(one[at : at + 4] for at in range(0, RECOVERY_CHARACTERS, 4)) for one in codes]


def reset(kit: Kit, user_id: str, *, by: str) -> None:
    """Take somebody's second factor away; where another does it, they sign in again. Raises NoSuchPerson."""
    with kit.database.write() as connection:
        account = accounts.find(connection, user_id, lock=True)
        if account is None:
            raise NoSuchPerson(user_id)
        accounts.change(connection, user_id, totp_secret=None, totp_pending=None, totp_step=None)
        accounts.replace_recovery_codes(connection, user_id, [])
        if account["totp_secret"] is None:
            return
        if by != user_id:
            sessions.end_all(connection, user_id)
        _note(kit, connection, kit.database.now(connection), user_id, by=by, was_on=True, is_on=False)


def is_right_code(entrance: Entrance, connection: Connection, user_id: str, code: str, now: datetime) -> bool:
    """Return whether *code* proves *user_id* now, and use it up."""
    account = accounts.find(connection, user_id, lock=True)
    secret = _opened(entrance, account["totp_secret"]) if account else None
    if account is None or secret is None:
        return False
    tidy = "".join(code.split()).replace("-", "").lower()
    step = _step_of(secret, tidy, now, after=account["totp_step"])
    if step is not None:
        accounts.change(connection, user_id, totp_step=step)
        return True
    return accounts.use_recovery_code(connection, user_id, _kept(entrance, user_id, tidy), now)


def _step_of(secret: str, code: str, now: datetime, *, after: int | None) -> int | None:
    """Return the half minute that *code* stands for, None if it is none near *now* or not *after* the last one used."""
    tidy = "".join(code.split())
    totp = pyotp.TOTP(secret, interval=STEP_SECONDS)
    present = int(now.timestamp()) // STEP_SECONDS
    for step in range(present - STEPS_ASTRAY, present + STEPS_ASTRAY + 1):
        if (after is None or step > after) and secrets.compare_digest(
            totp.generate_otp(step).encode(), tidy.encode("utf-8", "surrogatepass")
        ):
            return step
    return None


def _opened(entrance: Entrance, sealed: bytes | None) -> str | None:
    if sealed is None:
        return None
    try:
        return entrance.seal.decrypt(sealed).decode()
    except InvalidToken:  # sealed under another key: no code can be right, and the way in is a reset
        return None


def _kept(entrance: Entrance, user_id: str, code: str) -> str:
    return entrance.keyed("recovery", user_id, code)


def _note(kit: Kit, connection: Connection, now: datetime, user_id: str, *, by: str, was_on: bool, is_on: bool) -> None:
    audit.note(
        connection, row_id=kit.ids.new(), at=now, actor=by, subject=user_id,
        action="person.second_factor_on" if is_on else "person.second_factor_off",
        before={"second_factor": was_on}, after={"second_factor": is_on},
    )  # fmt: skip
