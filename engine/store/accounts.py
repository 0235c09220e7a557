"""Who may sign in: their role, and what proves that it is they."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from engine.domain.access import Role
from engine.store import tables as t

__all__ = [
    "RowMapping",
    "add",
    "all_people",
    "change",
    "count_admins",
    "find",
    "find_by_email",
    "is_claimed",
    "lock_admins",
]

_PERSON = (t.users.c.id, t.users.c.name, t.users.c.email)
_PROOFS = (
    t.accounts.c.role,
    t.accounts.c.password_hash,
    t.accounts.c.password_at,
    t.accounts.c.totp_secret,
    t.accounts.c.totp_pending,
    t.accounts.c.totp_step,
    t.accounts.c.disabled_at,
)
_ACCOUNTS = select(*_PERSON, *_PROOFS).join(t.accounts, t.accounts.c.user_id == t.users.c.id)


def find(connection: Connection, user_id: str, *, lock: bool = False) -> RowMapping | None:
    """Return who may sign in under *user_id*, with what proves it, or None."""
    query = _ACCOUNTS.where(t.users.c.id == user_id)
    return connection.execute(query.with_for_update(of=t.accounts) if lock else query).mappings().first()


def find_by_email(connection: Connection, email: str) -> RowMapping | None:
    """Return who may sign in with this canonical *email*, or None."""
    return connection.execute(_ACCOUNTS.where(t.users.c.email == email)).mappings().first()


def add(connection: Connection, user_id: str, role: Role, now: datetime) -> None:
    """Let a user sign in as *role*, once they have chosen a password."""
    connection.execute(insert(t.accounts).values(user_id=user_id, role=role, created_at=now))


def change(connection: Connection, user_id: str, **values: Any) -> None:
    """Change an account."""
    connection.execute(update(t.accounts).where(t.accounts.c.user_id == user_id).values(**values))


def lock_admins(connection: Connection) -> Sequence[str]:
    """Return the ids of all admins who can sign in, and keep them so until the transaction ends."""
    table = t.accounts
    query = select(table.c.user_id).where(*_is_admin()).order_by(table.c.user_id).with_for_update()
    return connection.execute(query).scalars().all()


def count_admins(connection: Connection) -> int:
    """Return how many admins can sign in."""
    return connection.execute(select(func.count()).select_from(t.accounts).where(*_is_admin())).scalar_one()


def is_claimed(connection: Connection) -> bool:
    """Return whether this installation has an admin who can sign in."""
    return count_admins(connection) > 0


def _is_admin() -> tuple[Any, ...]:
    table = t.accounts
    return (table.c.role == Role.ADMIN, table.c.disabled_at.is_(None), table.c.password_hash.is_not(None))


def all_people(connection: Connection) -> Sequence[RowMapping]:
    """Return everybody, by id, with their role and when they were last here; who can't sign in has none.

    What proves who somebody is stays where it is.
    """
    seen = (
        select(t.sessions.c.user_id, func.max(t.sessions.c.seen_at).label("seen_at"))
        .group_by(t.sessions.c.user_id)
        .subquery()
    )
    query = (
        select(
            t.users,
            t.accounts.c.role,
            t.accounts.c.disabled_at,
            t.accounts.c.password_at,
            t.accounts.c.totp_secret.is_not(None).label("has_second_factor"),
            seen.c.seen_at,
        )
        .outerjoin(t.accounts, t.accounts.c.user_id == t.users.c.id)
        .outerjoin(seen, seen.c.user_id == t.users.c.id)
        .order_by(t.users.c.id)
    )
    return connection.execute(query).mappings().all()


def replace_recovery_codes(connection: Connection, user_id: str, rows: Sequence[dict[str, Any]]) -> None:
    """Give somebody new recovery codes instead of all they had."""
    connection.execute(delete(t.recovery_codes).where(t.recovery_codes.c.user_id == user_id))
    if rows:
        connection.execute(insert(t.recovery_codes), list(rows))


def use_recovery_code(connection: Connection, user_id: str, hashed: str, now: datetime) -> bool:
    """Use a recovery code up; return False where there is none, or it was used before."""
    table = t.recovery_codes
    unused = (table.c.user_id == user_id, table.c.hash == hashed, table.c.used_at.is_(None))
    return connection.execute(update(table).where(*unused).values(used_at=now)).rowcount > 0


def count_recovery_codes(connection: Connection, user_id: str) -> int:
    """Return how many recovery codes somebody has left."""
    table = t.recovery_codes
    query = select(func.count()).select_from(table).where(table.c.user_id == user_id, table.c.used_at.is_(None))
    return connection.execute(query).scalar_one()
