"""Failed messages that may be sent after all: what kept them from leaving has passed, or was mended.

Only what provably never left is replayed; whatever may have arrived is for `settle_unknown`. It is the same message,
planned anew: its intent stays one, its attempts stay on record beside the new one, and windows, pauses and the gate
are asked as for any message that is due now. Its walk went on when it failed and is not moved.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from channels.address import Channel
from channels.message import Fault, MessageId
from engine.domain import delivery
from engine.domain.message import MessageState
from engine.domain.retry import RETRYABLE
from engine.flows.kit import Kit
from engine.flows.rendering import Unrenderable, render_message
from engine.store import audit, events, failures, leads, messages
from engine.store.database import Connection
from engine.store.failures import Failure

log = structlog.get_logger(__name__)

REPLAYED = "replayed"
"""Why a message is scheduled that had failed."""


class NotReplayable(LookupError):
    """This message cannot be replayed, for the reason told, or there is none; *state* is where it stands."""

    def __init__(self, message_id: str, state: MessageState | None, why: str) -> None:
        super().__init__(f"{message_id} cannot be replayed: {why}")
        self.state = state
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A failed message, and *why_not* it cannot be replayed; empty where it can."""

    failure: Failure
    why_not: str


def list_failed(
    kit: Kit,
    *,
    only: Collection[str] | None = None,
    since: datetime | None = None,
    fault: Fault | None = None,
    limit: int = 1000,
) -> list[Failed]:
    """Return failed messages, the oldest first, each with whether it can be replayed; or *only* these, if they failed."""
    with kit.database.read() as connection:
        if only is None:
            found = failures.read(connection, since=since, fault=fault, limit=limit)
        else:
            found = list(failures.named(connection, only).values())
        return _judged(kit, connection, found)


def replay(kit: Kit, message_id: str, *, by: str) -> None:
    """Plan a failed message anew, by the word of *by*; raises `NotReplayable`, also when it was replayed already."""
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        # Locked first: whoever replays at the same moment finds it scheduled.
        message = messages.lock(connection, [message_id]).get(MessageId(message_id))
        if message is None or message.state is not MessageState.FAILED:
            state = message.state if message else None
            raise NotReplayable(message_id, state, f"it is {state}" if state else "there is no such message")
        [failed] = _judged(kit, connection, failures.named(connection, [message_id]).values())
        if failed.why_not:
            raise NotReplayable(message_id, message.state, failed.why_not)
        messages.plan_anew(connection, message_id, now=now, reason=REPLAYED)
        audit.note(
            connection,
            row_id=kit.ids.new(),
            at=now,
            actor=by,
            action="message.replayed",
            subject=message_id,
            before={"state": message.state, "reason": failed.failure.reason, "fault": failed.failure.fault},
        )
    log.warning("message.replayed", message_id=message_id, fault=failed.failure.fault, by=by)


def _judged(kit: Kit, connection: Connection, found: Collection[Failure]) -> list[Failed]:
    heard = events.providers_of(connection, [one.id for one in found], delivery.EVIDENCE) if found else {}
    mended = _mended(kit, connection, [one for one in found if one.fault is Fault.CONTENT])
    return [Failed(failure=one, why_not=_why_not(one, heard, mended)) for one in found]


def _why_not(failure: Failure, heard: Collection[str], mended: Collection[str]) -> str:
    if not failure.is_unsent or failure.id in heard:
        return "it may have arrived"
    if failure.fault is Fault.CONTENT:
        return "" if failure.id in mended else "its text is still the one that was refused"
    return "" if failure.fault in RETRYABLE else f"its provider refused it for good ({failure.fault or 'unknown'})"


def _mended(kit: Kit, connection: Connection, found: Sequence[Failure]) -> set[MessageId]:
    """Return those whose text was published anew since it was refused, and can be written."""
    if not found:
        return set()
    current = kit.shelf.current(connection)
    stored = leads.load(connection, {one.lead_id for one in found})
    now = kit.database.now(connection)
    mended = set()
    for one in found:
        lead, channel = stored[one.lead_id].lead, Channel(one.channel)
        made = render_message(current, lead, channel=channel, template=one.template, links=kit.links(lead.id), at=now)
        if not isinstance(made, Unrenderable) and made.revision != one.content_revision:
            mended.add(one.id)
    return mended
