"""What is stopped beside single senders: channels, sequences, and everything.

Each of these stops with the same strength: whoever stops one locks the installation's row alone, which every transaction
that puts attempts on record shares until it ends (`senders.lock_awake`), and asks `in_force` only then. So what is
on record when a stop commits is all there ever is.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, bindparam, delete, literal, select, true, union_all

from engine.store import contents
from engine.store import tables as t
from engine.store.statements import IDS, insert_new


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """The channels and the sequences of which nothing may leave."""

    channels: frozenset[str]
    sequences: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Everywhere:
    """What every page of the console says above all else."""

    is_demonstration: bool
    is_sending_stopped: bool
    channels: tuple[RowMapping, ...]  # the rows of `paused_channels`


def in_force(connection: Connection, sequences: Collection[str]) -> InForce:
    """Return the paused channels, and which of *sequences* are paused: one statement."""
    found = connection.execute(_IN_FORCE, {"ids": sorted(set(sequences))}).all()
    return InForce(
        channels=frozenset(name for kind, name in found if kind == "channel"),
        sequences=frozenset(name for kind, name in found if kind == "sequence"),
    )


_IN_FORCE = union_all(
    select(literal("channel"), t.paused_channels.c.channel),
    select(literal("sequence"), t.sequences.c.name).where(t.sequences.c.is_paused, t.sequences.c.name.in_(IDS)),
)


def everywhere(connection: Connection) -> Everywhere:
    """Return what is stopped for all, and whether the leads are invented: one statement, before any set-up too."""
    rows = connection.execute(_EVERYWHERE).mappings().all()
    return Everywhere(
        is_demonstration=bool(rows and rows[0]["is_demonstration"]),
        is_sending_stopped=bool(rows and rows[0]["is_sending_stopped"]),
        channels=tuple(row for row in rows if row["channel"] is not None),
    )


_EVERYWHERE = (
    select(t.installation.c.is_demonstration, t.installation.c.is_sending_stopped, t.paused_channels)
    .select_from(t.installation)
    .outerjoin(t.paused_channels, true())
    .order_by(t.paused_channels.c.channel)
)


def pause_channel(connection: Connection, channel: str, *, by: str, reason: str, now: datetime) -> bool:
    """Let nothing more leave by *channel*: no attempt is committed after this is. Return whether it went on before."""
    lock_alone(connection)
    if connection.execute(_ONE, {"channel": channel}).first() is not None:
        return False
    row = {"channel": channel, "paused_at": now, "paused_by": by, "reason": reason}
    insert_new(connection, t.paused_channels, [row])
    return True


_ONE = select(t.paused_channels.c.channel).where(t.paused_channels.c.channel == bindparam("channel"))


def resume_channel(connection: Connection, channel: str) -> bool:
    """Let *channel* go on; return whether it rested."""
    statement = delete(t.paused_channels).where(t.paused_channels.c.channel == channel)
    return connection.execute(statement).rowcount > 0


def pause_sequence(connection: Connection, name: str, *, is_paused: bool) -> bool | None:
    """Pause or resume a sequence; return whether that changed anything, None where there is none of that name.

    No attempt of a paused one is committed after this is.
    """
    lock_alone(connection)
    before = connection.execute(select(t.sequences.c.is_paused).where(t.sequences.c.name == name)).scalar_one_or_none()
    if before is None:
        return None
    contents.set_paused(connection, name, is_paused=is_paused)
    return before is not is_paused


def lock_alone(connection: Connection) -> None:
    """Wait until everybody who is putting attempts on record has, and keep others from it until this commits."""
    connection.execute(select(t.installation.c.id).with_for_update()).all()
