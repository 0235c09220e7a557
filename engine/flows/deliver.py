"""Send what is due: claim by pace, render, lock and gate and put attempts on record, call, note receipts as they come.

Nothing leaves without an attempt committed before the call. A stop that commits first is seen by the gate, because the
facts are read after the locks; a stop that commits later waits until `call_by` has passed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import TypeVar

import structlog

from channels.message import AttemptId, MessageId, ReceiptKind
from engine.flows.claiming import Claim, claim, give_back
from engine.flows.dispatch import CALL_BY, Prepared, commit_attempts
from engine.flows.kit import Kit
from engine.flows.receipts import record
from engine.flows.rendering import Rendered, Unrenderable, render_message
from engine.store import leads, messages
from engine.store.leads import StoredLead
from engine.store.messages import StoredMessage

log = structlog.get_logger(__name__)

WIRE_BATCH_MAX = 50  # attempts committed together: what goes on the wire within `CALL_BY`
RECEIPTS_BATCH_MAX = 50
BAD_CONTENT_WAIT = timedelta(hours=1)  # held content is tried again: somebody may have published a better revision

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDeadline:
    """Lets a call start until the attempt's `call_by`, counted on this machine's monotonic clock."""

    kit: Kit
    at_monotonic: float

    def may_start(self, attempt_id: AttemptId) -> bool:
        """Return whether the call may start, and if so note it in the journal first.

        The clock is read again after the note: a write may take its time, and whoever is not in the journal must be
        one whose call has not started and never will.
        """
        if self._is_over():
            return False
        self.kit.journal.note(attempt_id)
        return not self._is_over()

    def _is_over(self) -> bool:
        return self.kit.clock.monotonic() >= self.at_monotonic


def deliver(kit: Kit, lane: str, limit: int = 200) -> int:
    """Send up to *limit* due messages of every sender in *lane*; return how many were claimed."""
    total = 0
    for taken in claim(kit, lane, limit):
        total += len(taken.message_ids)
        _deliver_claim(kit, taken)
    return total


def _deliver_claim(kit: Kit, taken: Claim) -> None:
    prepared, held = _prepare(kit, taken)
    if held:
        _hold_unrenderable(kit, taken, held)
    started = 0
    for batch in _runs(iter(prepared), WIRE_BATCH_MAX):
        started += _send(kit, taken, batch)
    give_back(kit, taken, unused=len(taken.message_ids) - started)


def _prepare(kit: Kit, taken: Claim) -> tuple[list[Prepared], list[tuple[MessageId, Unrenderable]]]:
    """Render the claimed messages; those that cannot be rendered come back apart."""
    prepared: list[Prepared] = []
    held: list[tuple[MessageId, Unrenderable]] = []
    with kit.database.read() as connection:
        claimed = messages.load(connection, taken.message_ids)
        stored = leads.load(connection, {one.lead_id for one in claimed.values()})
        current = kit.shelf.current(connection)
        for message_id in taken.message_ids:
            message = claimed[message_id]
            lead = stored[message.lead_id].lead
            rendered = render_message(
                current, lead, channel=message.channel, template=message.template, links=kit.links(lead.id)
            )
            if isinstance(rendered, Unrenderable):
                held.append((message_id, rendered))
            else:
                prepared.append(_prepared(taken, message, stored[message.lead_id], rendered))
    return prepared, held


def _prepared(taken: Claim, message: StoredMessage, stored: StoredLead, rendered: Rendered) -> Prepared:
    return Prepared(
        message=message,
        lead=stored,
        content=rendered.content,
        content_revision=rendered.revision,
        sender=taken.sender,
    )


def _hold_unrenderable(kit: Kit, taken: Claim, held: list[tuple[MessageId, Unrenderable]]) -> None:
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        still_ours = messages.lock_claimed(connection, [message_id for message_id, _ in held], taken.token)
        for message_id, problem in held:
            if message_id in still_ours:
                messages.hold(connection, message_id, until=now + BAD_CONTENT_WAIT, reason=problem.reason)
                log.warning("message.held", message_id=message_id, reason=problem.reason, detail=problem.detail)


def _send(kit: Kit, taken: Claim, batch: Sequence[Prepared]) -> int:
    """Commit the attempts of *batch* and make the calls; return how many of them started."""
    adapter = kit.adapters[taken.sender.provider, taken.sender.channel]  # before anything is on record
    noted = kit.clock.monotonic()  # before the database is asked for its time, so that ours ends first
    going = commit_attempts(kit, taken.token, batch)
    if not going:
        return 0
    deadline = CallDeadline(kit=kit, at_monotonic=noted + CALL_BY.total_seconds())
    attempts = {outbound.id: outbound for outbound in going}
    started = 0
    for receipts in _runs(adapter.send(going, deadline), RECEIPTS_BATCH_MAX):
        record(kit, taken.sender, [(attempts[message_id], receipt) for message_id, receipt in receipts])
        started += sum(receipt.kind is not ReceiptKind.NEVER_STARTED for _, receipt in receipts)
    return started


def _runs(items: Iterator[Item], size: int) -> Iterator[list[Item]]:
    while run := list(islice(items, size)):
        yield run
