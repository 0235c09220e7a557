"""What must hold after every step of any history, told from the rows and from the provider's own account."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from channels.address import Channel
from channels.message import Outbound
from consent.facts import Purpose
from engine.domain.enrollment import RESTING_STATUSES
from engine.domain.message import LEGAL_MOVES, MessageState
from engine.flows.kit import Kit
from engine.store import forgotten
from engine.store import tables as t

CAPS: tuple[tuple[frozenset[Channel], int, timedelta], ...] = (
    (frozenset({Channel.EMAIL, Channel.SMS, Channel.VOICEMAIL}), 2, timedelta(hours=4)),
    (frozenset({Channel.EMAIL}), 1, timedelta(hours=16)),
    (frozenset({Channel.SMS}), 1, timedelta(hours=20)),
    (frozenset({Channel.VOICEMAIL}), 1, timedelta(hours=20)),
    (frozenset({Channel.EMAIL, Channel.SMS, Channel.VOICEMAIL}), 3, timedelta(hours=20)),
    (frozenset({Channel.EMAIL, Channel.SMS, Channel.VOICEMAIL}), 8, timedelta(days=7)),
)
"""The house's own frequency caps, written down once more: channels, how many, in how long."""

SLACK = timedelta(seconds=5)  # a call may start two seconds after its attempt, and the next one at once


def _closure() -> Mapping[MessageState, frozenset[MessageState]]:
    """Return every state that can come of each state, by any number of legal moves."""
    found = {}
    for start in MessageState:
        seen, todo = {start}, [start]
        while todo:
            for move in LEGAL_MOVES[todo.pop()] - seen:
                seen.add(move)
                todo.append(move)
        found[start] = frozenset(seen)
    return found


REACHABLE = _closure()


@dataclass(kw_only=True)
class Watch:
    """Looks at an installation after every step, and remembers what it must compare."""

    kit: Kit
    withdrawn: set[tuple[str, Channel]] = field(
        default_factory=set
    )  # lead and channel: answered, and not granted since
    suppressed: set[tuple[Channel, str]] = field(default_factory=set)  # channel and address: for good
    calls: list[tuple[str, Channel, datetime]] = field(default_factory=list)
    touches: list[tuple[str, Channel, datetime]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    taken: Counter[str] = field(default_factory=Counter)
    _states: dict[str, MessageState] = field(default_factory=dict)
    _facts: dict[str, dict[str, Any]] = field(default_factory=dict)

    def called(self, message: Outbound, *, was_taken: bool) -> None:
        """Hear of a call whose first byte has left."""
        with self.kit.database.read() as connection:
            row = connection.execute(select(t.messages).where(t.messages.c.id == message.id)).mappings().one()
            standing = connection.execute(
                select(t.enrollments.c.status).where(t.enrollments.c.id == row["enrollment_id"])
            ).scalar_one_or_none()  # a confirmation belongs to none
        lead_id, channel = row["lead_id"], message.channel
        self.calls.append((lead_id, channel, self.kit.clock.now()))
        if was_taken:  # what never arrived pestered nobody
            self.touches.append((lead_id, channel, self.kit.clock.now()))
        self.taken[message.id] += was_taken
        is_confirmation = row["purpose"] == Purpose.CONFIRMATION  # the one answer that a stop may have
        if (lead_id, channel) in self.withdrawn and not is_confirmation:
            self.wrong.append(f"{channel} to {lead_id} after an answered stop")
        if (channel, message.to) in self.suppressed and not is_confirmation:
            self.wrong.append(f"{channel} to a suppressed address")
        if standing in RESTING_STATUSES:
            self.wrong.append(f"{channel} to {lead_id} while the walk was {standing}")

    def look(self) -> None:
        """Check all that must hold."""
        assert self.wrong == []
        assert [message for message, count in self.taken.items() if count > 1] == []
        self._check_caps()
        with self.kit.database.read() as connection:
            messages = list(connection.execute(select(t.messages)).mappings())
            attempts = list(connection.execute(select(t.attempts)).mappings())
            facts = {row["id"]: dict(row) for row in connection.execute(select(t.consent_facts)).mappings()}
            audit = forgotten.audit(connection, self.kit.clock.now())
        self._check_moves({row["id"]: MessageState(row["state"]) for row in messages})
        opened = {row["message_id"] for row in attempts if row["outcome"] == "open"}
        assert opened == {row["id"] for row in messages if row["state"] == MessageState.SENDING}
        assert {key: facts.get(key) for key in self._facts} == self._facts, "the ledger only grows"
        self._facts = facts
        assert audit["forgotten"] == 0

    def _check_moves(self, states: dict[str, MessageState]) -> None:
        assert states.keys() >= self._states.keys(), "a message never goes away"
        for message_id, before in self._states.items():
            assert states[message_id] in REACHABLE[before], (message_id, before, states[message_id])
        self._states = states

    def _check_caps(self) -> None:
        by_lead: dict[str, list[tuple[Channel, datetime]]] = defaultdict(list)
        for lead_id, channel, called_at in self.touches:
            by_lead[lead_id].append((channel, called_at))
        for channels, most, within in CAPS:
            for touched in by_lead.values():
                at = sorted(instant for channel, instant in touched if channel in channels)
                for first, last in _windows(at, most + 1):
                    assert last - first > within - SLACK, (channels, most, within, at)


def _windows(instants: list[datetime], size: int) -> Iterator[tuple[datetime, datetime]]:
    """Yield the first and the last of every *size* instants in a row."""
    for start in range(len(instants) - size + 1):
        yield instants[start], instants[start + size - 1]
