"""Hear again, after a mend, what was set aside: events that could not be absorbed, callbacks that could not be read.

Events are unique by their provider's id, so whatever was understood the first time is not heard twice.
"""

from collections.abc import Collection
from datetime import datetime

import structlog

from channels.events import ProviderEvent
from channels.webhooks.unreadable import Unreadable
from engine.flows.absorb import absorb_anew, receive
from engine.flows.callbacks import READERS, read_callback
from engine.flows.kit import Kit
from engine.flows.raw import Raw, problem_of
from engine.store import audit, set_aside
from engine.store.set_aside import Kept, SetAside

log = structlog.get_logger(__name__)

NOTHING_LEFT = "nothing of it is kept any more"
NO_READER = "nobody reads what comes to this address"


class NotHeard(Exception):
    """What was set aside stays so, for the reason told."""

    def __init__(self, row_id: str, why: str) -> None:
        super().__init__(f"{row_id} cannot be heard again: {why}")
        self.why = why


def list_set_aside(
    kit: Kit, *, only: Collection[str] | None = None, since: datetime | None = None, limit: int = 1000
) -> list[SetAside]:
    """Return what was set aside, the oldest first: *only* these ids, or what came *since* an instant."""
    with kit.database.read() as connection:
        return set_aside.read(connection, only=only, since=since, limit=limit)


def hear_again(kit: Kit, one: SetAside, *, by: str, domain: str | None) -> None:
    """Absorb an event, or read a callback, once more, by the word of *by*; raises `NotHeard` where it still fails.

    *domain* is where answers to our mail go. A stop in it is carried out before this returns.
    """
    problem = _read_again(kit, one.id, domain) if one.is_callback else absorb_anew(kit, one.id)
    with kit.database.write() as connection:
        audit.note(
            connection,
            row_id=kit.ids.new(),
            at=kit.database.now(connection),
            actor=by,
            action="event.replayed",
            subject=one.id,
            before={"problem": one.problem.partition(":")[0][:200], "is_mended": not problem},
        )
    log.warning("event.replayed", event_id=one.id, is_callback=one.is_callback, is_mended=not problem, by=by)
    if problem:
        raise NotHeard(one.id, problem)


def _read_again(kit: Kit, payload_id: str, domain: str | None) -> str | None:
    """Read a raw callback once more and take in what it says; return what still cannot be read of it."""
    with kit.database.read() as connection:
        kept = set_aside.read_callback(connection, payload_id)
    if kept is None or not kept.body:
        return NOTHING_LEFT
    if (kept.provider, kept.callback) not in READERS:
        return NO_READER
    found = read_callback(kit, _raw(kept), received_at=kept.created_at, domain=domain)
    receive(kit, [one for one in found if isinstance(one, ProviderEvent)])
    problem = problem_of([one for one in found if isinstance(one, Unreadable)])
    with kit.database.write() as connection:
        set_aside.note_problem(connection, kept, problem)
    return problem


def _raw(kept: Kept) -> Raw:
    headers = dict(kept.headers)
    target = headers.pop(":path", "")
    return Raw(provider=kept.provider, callback=kept.callback, target=target, headers=headers, body=kept.body)
