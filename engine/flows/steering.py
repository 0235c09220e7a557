"""Pause and resume what sends, a channel or a sequence at a time, and tell all that is stopped: since when, by whom, why.

Single senders and the one switch are turned in `going_live`, one lead in `resting`; all of them stop with the same
strength: nothing is put on record after a stop commits, and when it returns no call starts any more.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from channels.address import Channel
from engine.flows.going_live import STOP_ACTIONS, SWITCH
from engine.flows.kit import Kit
from engine.store import attempts, audit, contents, pauses, senders
from engine.store.database import Connection
from engine.store.pages import Row


class StopKind(StrEnum):
    """What may be stopped apart from one lead."""

    EVERYTHING = "everything"  # the one switch
    CHANNEL = "channel"
    SEQUENCE = "sequence"
    SENDER = "sender"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One thing that is stopped; *since* and *by* are None and empty where it rests since it was made."""

    kind: StopKind
    subject: str  # the channel, the sequence's name, the sender's id
    name: str  # what people call it
    since: datetime | None
    by: str
    reason: str


class NoSuchSequence(LookupError):
    """There is no sequence of this name."""


def pause_channel(kit: Kit, channel: Channel, *, by: str, reason: str = "") -> bool:
    """Let nothing more leave by *channel*, answers and confirmations neither; return whether it went on before."""
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        is_changed = pauses.pause_channel(connection, channel, by=by, reason=reason, now=now)
        if is_changed:
            _note(kit, connection, "channel.paused", channel, by, is_paused=True, reason=reason)
    _wait_out(kit, lambda connection: attempts.last_open_call_by(connection, channel=channel))
    return is_changed


def resume_channel(kit: Kit, channel: Channel, *, by: str) -> bool:
    """Let *channel* go on; return whether it rested. What is overdue goes at its senders' pace."""
    with kit.database.write() as connection:
        is_changed = pauses.resume_channel(connection, channel)
        if is_changed:
            _note(kit, connection, "channel.resumed", channel, by, is_paused=False)
    return is_changed


def pause_sequence(kit: Kit, name: str, *, by: str, reason: str = "") -> bool:
    """Let nothing more of a sequence leave; return whether it went on before. Raises `NoSuchSequence`.

    Its walks go on, and so do its calls and other tasks: what they plan meanwhile waits.
    """
    is_changed = _turn_sequence(kit, name, by=by, is_paused=True, reason=reason)
    _wait_out(kit, lambda connection: attempts.last_open_call_by(connection, sequence=name))
    return is_changed


def resume_sequence(kit: Kit, name: str, *, by: str) -> bool:
    """Let a sequence go on; return whether it rested. Raises `NoSuchSequence`."""
    return _turn_sequence(kit, name, by=by, is_paused=False)


def all_stops(connection: Connection) -> list[Stop]:
    """Return all that is stopped, the widest first: four queries, however much waits for it."""
    everywhere = pauses.everywhere(connection)
    resting = [one for one in senders.all_senders(connection) if one.rests_for]
    asleep = [row["name"] for row in contents.sequences(connection) if row["is_paused"]]
    told = audit.last_of(connection, [SWITCH, *asleep, *(one.id for one in resting)], STOP_ACTIONS | _OWN_ACTIONS)
    switch = [_told(StopKind.EVERYTHING, SWITCH, "All sending", told)] if everywhere.is_sending_stopped else []
    channels = [
        Stop(
            kind=StopKind.CHANNEL,
            subject=row["channel"],
            name=row["channel"],
            since=row["paused_at"],
            by=row["paused_by"],
            reason=row["reason"],
        )
        for row in everywhere.channels
    ]
    sequences = [_told(StopKind.SEQUENCE, name, name, told) for name in asleep]
    by_sender = [_told(StopKind.SENDER, one.id, one.address, told, reason=one.rests_for) for one in resting]
    return [*switch, *channels, *sequences, *by_sender]


def in_the_way(stops: Sequence[Stop], message: Row) -> list[Stop]:
    """Return those of *stops* that keep *message*, a row of `messages` that has not left, from leaving."""
    of_it = {
        StopKind.EVERYTHING: SWITCH,
        StopKind.CHANNEL: message["channel"],
        StopKind.SEQUENCE: message["sequence"],
        StopKind.SENDER: message["sender_id"],
    }
    return [one for one in stops if one.subject == of_it[one.kind]]


_OWN_ACTIONS = frozenset({"sequence.paused"})


def _turn_sequence(kit: Kit, name: str, *, by: str, is_paused: bool, reason: str = "") -> bool:
    with kit.database.write() as connection:
        is_changed = pauses.pause_sequence(connection, name, is_paused=is_paused)
        if is_changed is None:
            raise NoSuchSequence(name)
        if is_changed:
            action = "sequence.paused" if is_paused else "sequence.resumed"
            _note(kit, connection, action, name, by, is_paused=is_paused, reason=reason)
    return is_changed


def _told(kind: StopKind, subject: str, name: str, told: Mapping[str, Any], *, reason: str | None = None) -> Stop:
    noted = told.get(subject)
    why = reason if reason is not None else (noted["after"] or {}).get("reason", "") if noted else ""
    since, by = (noted["at"], noted["actor"]) if noted else (None, "")
    return Stop(kind=kind, subject=subject, name=name, since=since, by=by, reason=why)


def _note(
    kit: Kit, connection: Connection, action: str, subject: str, by: str, *, is_paused: bool, reason: str = ""
) -> None:
    before, after = {"is_paused": not is_paused}, {"is_paused": is_paused, **({"reason": reason} if reason else {})}
    now = kit.database.now(connection)
    audit.note(
        connection, row_id=kit.ids.new(), at=now, actor=by, action=action, subject=subject, before=before, after=after
    )


def _wait_out(kit: Kit, last_call_by: Callable[[Connection], datetime | None]) -> None:
    """Wait until what was on record before has started or never will."""
    with kit.database.read() as connection:
        call_by = last_call_by(connection)
    kit.wait_out(call_by)
