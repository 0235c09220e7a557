"""Send what is due: claim by pace, render, lock and gate and put attempts on record, call, note receipts as they come.

Nothing leaves without an attempt committed before the call. A stop that commits first is seen by the gate, because the
facts are read after the locks; a stop that commits later waits until `call_by` has passed.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from channels.address import Channel
from channels.message import AttemptId, EmailContent, MessageId, Outbound, Receipt, ReceiptKind
from consent.facts import GateFacts
from engine.domain.pacing import cost_of, next_day
from engine.flows import domain_limits
from engine.flows.arriving import runs, runs_as_they_arrive
from engine.flows.breaking import FAILING, fails_until
from engine.flows.claiming import Claim, charge, claim, give_back
from engine.flows.dispatch import Prepared, commit_attempts
from engine.flows.kit import CALL_BY, Kit
from engine.flows.overdue import hold_unwritten
from engine.flows.receipts import record
from engine.flows.rendering import Rendered, Unrenderable, render_message
from engine.flows.saying import is_first, longest, said_by
from engine.flows.written import WRITTEN, render_written
from engine.store import answers, gate_facts, leads, messages
from engine.store.errors import Unreachable
from engine.store.leads import StoredLead
from engine.store.messages import StoredMessage

log = structlog.get_logger(__name__)

RECEIPTS_BATCH_MAX = 50
STRIDES_MAX = 4  # that one claim takes: what a slow process holds, others cannot send
DAILY_LIMIT = "daily_limit"
STOPPING = "worker_stopping"

RECORD_AGAIN_SECONDS = 1.0
RECORD_TRIES_MAX = 60  # while the database restarts; after that the lease is nearly over, and evidence decides


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
    for taken in claim(kit, lane, min(limit, kit.stride.size * STRIDES_MAX)):
        total += len(taken.message_ids)
        _deliver_claim(kit, taken)
        if kit.is_stopping():
            break
    return total


def _deliver_claim(kit: Kit, taken: Claim) -> None:
    prepared, held = _prepare(kit, taken)
    if held:
        hold_unwritten(kit, taken.token, held)
    extra = {one.message.id: one.tokens_max - 1 for one in prepared}
    too_much = charge(kit, taken, extra)
    tomorrow = next_day(taken.sender.pace, taken.at)
    if too_much:
        _put_off(kit, taken, too_much, until=tomorrow, reason=DAILY_LIMIT)
    recipients: dict[MessageId, str] = {}
    if domain_limits.is_limited(taken):
        recipients = {one.message.id: one.lead.lead.email or "" for one in prepared if one.message.id not in too_much}
        crowded = domain_limits.count(kit, taken, recipients)
        if crowded:
            _put_off(kit, taken, crowded, until=tomorrow, reason=domain_limits.DOMAIN_LIMIT)
        too_much |= crowded
    tried: set[MessageId] = set()
    started: dict[MessageId, int] = {}
    going = [one for one in prepared if one.message.id not in too_much]
    while left := going[len(tried) :]:
        if kit.is_stopping():
            _put_off(kit, taken, {one.message.id for one in left}, until=taken.at, reason=STOPPING)
            break
        if tried and (until := fails_until(kit, taken.sender)):
            _put_off(kit, taken, {one.message.id for one in left}, until=until, reason=FAILING)
            break
        batch = left[: kit.stride.size]
        tried |= {one.message.id for one in batch}
        started |= _send(kit, taken, batch)
    charged = sum(cost for one, cost in extra.items() if one not in too_much)
    needed = sum(tokens - 1 for tokens in started.values())
    give_back(kit, taken, unused=len(taken.message_ids) - len(started), extra=charged - needed)
    domain_limits.give_back(
        kit, taken, (to for one, to in recipients.items() if one not in started and one not in too_much)
    )


def _prepare(kit: Kit, taken: Claim) -> tuple[list[Prepared], list[tuple[MessageId, Unrenderable]]]:
    """Render the claimed messages; those that cannot be rendered come back apart."""
    prepared: list[Prepared] = []
    held: list[tuple[MessageId, Unrenderable]] = []
    with kit.database.read() as connection:
        claimed = messages.load(connection, taken.message_ids)
        stored = leads.load(connection, {one.lead_id for one in claimed.values()})
        current = kit.shelf.current(connection)
        now = kit.database.now(connection)
        touched = {}
        if taken.sender.channel is Channel.SMS:
            touched = gate_facts.load_touches(connection, stored, now)
        by_hand = answers.load(connection, [one.id for one in claimed.values() if one.template == WRITTEN])
        for message_id in taken.message_ids:
            message = claimed[message_id]
            lead = stored[message.lead_id].lead
            if message_id in by_hand:
                rendered = render_written(current, lead, by_hand[message_id], channel=message.channel)
            else:
                rendered = render_message(
                    current, lead, channel=message.channel, template=message.template, links=kit.links(lead.id), at=now
                )
            if isinstance(rendered, Unrenderable):
                held.append((message_id, rendered))
            else:
                facts = GateFacts(touches=tuple(touched.get(lead.id, ())))
                prepared.append(_prepared(kit, taken, message, stored[message.lead_id], rendered, facts))
    return prepared, held


def _prepared(
    kit: Kit, taken: Claim, message: StoredMessage, stored: StoredLead, rendered: Rendered, facts: GateFacts
) -> Prepared:
    lead = stored.lead
    content, reply_to = rendered.content, None
    said = said_by(
        content, message, brand=rendered.brand, links=kit.links(lead.id), sender=taken.sender, language=lead.language
    )
    first = replace(said, is_first=is_first(facts, message.channel, taken.at))
    if isinstance(content, EmailContent):
        content = kit.outgoing.track(message.id, content)
        reply_to = kit.outgoing.reply_to(message.id) or rendered.reply_to
    return Prepared(
        message=message,
        lead=stored,
        content=content,
        content_revision=rendered.revision,
        sender=taken.sender,
        sender_name=rendered.from_name or taken.sender.name,
        reply_to=reply_to,
        said=said,
        lines=rendered.lines,
        tokens_max=cost_of(longest(kit.rulebook, stored, message, first, rendered.lines)),
    )


def _put_off(kit: Kit, taken: Claim, message_ids: Collection[MessageId], *, until: datetime, reason: str) -> None:
    """Let go of claimed messages of which nothing has left: others may take them at *until*."""
    with kit.database.write() as connection:
        for message_id in sorted(messages.lock_claimed(connection, message_ids, taken.token)):
            messages.schedule(connection, message_id, due_at=until, reason=reason)
    log.info("messages.put_off", count=len(message_ids), reason=reason, sender_id=taken.sender.id)


def _send(kit: Kit, taken: Claim, batch: Sequence[Prepared]) -> dict[MessageId, int]:
    """Commit the attempts of *batch* and make the calls; return the tokens that each which started has cost."""
    adapter = kit.adapters[taken.sender.provider, taken.sender.channel]  # before anything is on record
    noted = kit.clock.monotonic()  # before the database is asked for its time, so that ours ends first
    going = commit_attempts(kit, taken.token, batch)
    if not going:
        return {}
    deadline = CallDeadline(kit=kit, at_monotonic=noted + CALL_BY.total_seconds())
    attempts = {outbound.id: outbound for outbound in going}
    started: dict[MessageId, int] = {}
    missed = 0
    # The sandbox answers at once; a real provider may let one call wait while the others are answered.
    gather = runs_as_they_arrive if taken.sender.is_live else runs
    for receipts in gather(adapter.send(going, deadline), RECEIPTS_BATCH_MAX):
        _record(kit, taken, [(attempts[message_id], receipt) for message_id, receipt in receipts])
        started |= {
            message_id: cost_of(attempts[message_id].content)
            for message_id, receipt in receipts
            if receipt.kind is not ReceiptKind.NEVER_STARTED
        }
        missed += sum(receipt.is_ours for _, receipt in receipts)
    kit.stride.hear(made=len(going), missed=missed)
    return started


def _record(kit: Kit, taken: Claim, settled: Sequence[tuple[Outbound, Receipt]]) -> None:
    """Write receipts, again and again while the database is away: what a provider said once it says to nobody else.

    Writing them twice is harmless, so it does not matter how far the first try came.
    """
    for tries_left in reversed(range(RECORD_TRIES_MAX)):
        try:
            record(kit, taken.sender, settled)
        except Unreachable:
            if not tries_left:
                raise
            log.warning("receipts.waiting", count=len(settled), tries_left=tries_left)
            kit.clock.sleep(RECORD_AGAIN_SECONDS)
        else:
            return
