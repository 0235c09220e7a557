"""The dispatch transaction: lock leads and addresses, read facts, ask the gate, put attempts on record.

Everybody takes locks in one order: leads, addresses, enrollments, attempts, messages, tasks, senders, the installation.
A claim holds its sender first, but takes only messages that nobody holds; who pauses a sender holds no lock before it.
"""

import json
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta

from channels.message import AttemptId, Content, MessageId, Outbound
from consent.answer import Answer, Outcome
from consent.facts import GateFacts, Rendered, TouchFact
from consent.reasons import GateReason
from engine.content.judging import findings_of
from engine.content.legal_lines import Line, with_lines
from engine.domain.enrollment import ENDED_STATUSES, EnrollmentStatus
from engine.domain.lead import LeadId
from engine.domain.lead_place import place_of
from engine.domain.pacing import cost_of
from engine.domain.sequence import OverdueThen, StageId
from engine.domain.timing import next_open
from engine.flows.asking import Row, address_of, ask, decision_row, is_rehearsal
from engine.flows.kit import CALL_BY, Kit
from engine.flows.outgoing import RESERVED_ADDRESS
from engine.flows.overdue import OVERDUE, Limit, ask_task, hold_unfit, limit_of
from engine.flows.rendering import Unrenderable
from engine.flows.repeated import SAME_TEXT, Said, addresses_of, text_hash
from engine.flows.saying import is_first
from engine.store import attempts, consents, enrollments, leads, message_words, messages, pauses, senders, tasks
from engine.store import tables as t
from engine.store.database import Connection
from engine.store.leads import StoredLead
from engine.store.messages import StoredMessage
from engine.store.statements import insert_rows

SENDER_PAUSED = "sender_paused"
"""Why a message came back that was claimed when somebody stopped its sender, or all sending."""

CHANNEL_PAUSED, SEQUENCE_PAUSED = "channel_paused", "sequence_paused"
"""Why a message came back that was claimed when somebody stopped its channel, or its sequence."""

GREW_LONGER = "grew_longer"
"""Why a text came back that turned out to cost its sender more than it was charged for."""

ALLOW_LIST_WAIT = timedelta(hours=1)  # the allow-list is read at every start: somebody may have added to it

SENDING_LEASE = timedelta(seconds=90)
"""When a worker that has not settled its attempts by then is taken for dead; longer than any provider's time-out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A claimed message, rendered."""

    message: StoredMessage
    lead: StoredLead
    content: Content
    content_revision: str
    sender: senders.Sender
    sender_name: str
    reply_to: str | None
    said: Rendered  # what it says, as the rules on content look at it
    lines: Mapping[Line, str] = field(default_factory=dict)  # what may be added to a text that lacks it
    tokens_max: int = 1  # what its sender was charged for it


def commit_attempts(kit: Kit, token: str, batch: Sequence[Prepared]) -> list[Outbound]:
    """Put on record an attempt for each message of *batch* that may leave now; return what to send.

    The others are held or skipped with their reason, in the same transaction.
    """
    lead_ids = {one.message.lead_id for one in batch}
    address_ids = {one.message.address_id for one in batch if one.message.address_id}
    with kit.database.write() as connection:
        leads.lock(connection, lead_ids, address_ids)
        now = kit.database.now(connection)
        dispatch = _Dispatch(kit, connection, now, lead_ids, addresses_of(one.message for one in batch))
        # Enrollments before messages: the order in which everybody takes these locks.
        enrollment_ids = {one.message.enrollment_id for one in batch if one.message.enrollment_id}
        at_rest = enrollments.lock_resting(connection, enrollment_ids)
        still_ours = messages.lock_claimed(connection, [one.message.id for one in batch], token)
        # Senders and the installation last: whoever stops them holds nothing else that anybody waits for.
        awake = senders.lock_awake(connection, {one.sender.id for one in batch})
        stopped = pauses.in_force(connection, {one.message.sequence for one in batch})
        for one in batch:
            if one.message.id not in still_ours:
                continue
            reason = _stopped_by(one, awake, stopped)
            if reason is None:
                dispatch.consider(one, at_rest.get(one.message.enrollment_id or ""))
            else:
                messages.schedule(connection, one.message.id, due_at=now, reason=reason)
        dispatch.write()
    return dispatch.going


def _stopped_by(one: Prepared, awake: Collection[str], stopped: pauses.InForce) -> str | None:
    if one.message.channel in stopped.channels:
        return CHANNEL_PAUSED
    if one.message.sequence in stopped.sequences:
        return SEQUENCE_PAUSED
    return None if one.sender.id in awake else SENDER_PAUSED


class _Dispatch:
    """One dispatch transaction as it fills up."""

    def __init__(
        self,
        kit: Kit,
        connection: Connection,
        now: datetime,
        lead_ids: Collection[LeadId],
        address_ids: Collection[str],
    ) -> None:
        self.going: list[Outbound] = []
        self._kit = kit
        self._connection = connection
        self._now = now
        self._leads = leads.load(connection, lead_ids)
        self._facts: dict[str, GateFacts] = consents.load_gate_facts(connection, self._leads.values(), now)
        self._said = Said(connection, address_ids, now)
        self._starts: list[Row] = []
        self._attempts: list[Row] = []
        self._bodies: list[Row] = []
        self._words: list[Row] = []
        self._decisions: list[Row] = []
        self._tasks: list[Row] = []

    def consider(self, one: Prepared, rest: str | None) -> None:
        """Let *one* go, or hold or skip it with its reason."""
        message = one.message
        if rest == EnrollmentStatus.FINISHED and message.tries:
            rest = None  # somebody wants it sent again after the last stage: only a walk that was stopped forbids that
        if rest in ENDED_STATUSES:
            # It was under way when its walk ended, and came back unsent: nobody would ever wake it.
            assert message.enrollment_id is not None
            ids = [message.enrollment_id]
            messages.cancel_open(self._connection, now=self._now, reason="walk_ended", enrollment_ids=ids)
            return
        if rest is not None:
            messages.hold(self._connection, message.id, until=None, reason=rest)
            return
        if self._is_too_late(message):
            return
        opens_at = self._window_opens_at(message)
        if opens_at > self._now:
            self._hold(message, until=opens_at, reason="window")
            return
        kept_back = self._kept_back(one)
        if kept_back == RESERVED_ADDRESS:
            self._skip(message, kept_back)
            return
        asked, answer = self._ask(one)
        words = text_hash(one.content, self._kit.links(message.lead_id))
        if answer.outcome is not Outcome.BLOCK and self._said.has(message, words):
            self._skip(message, SAME_TEXT)
            return
        if answer.outcome is not Outcome.ALLOW:
            self._refuse(message, answer)
            return
        self._let_go(replace(one, content=asked), words, kept_back)

    def _let_go(self, one: Prepared, words: str, kept_back: str | None) -> None:
        """Start *one*, which the gate allows, unless its address is kept back or it costs more than was charged for it."""
        if kept_back is not None:
            self._hold(one.message, until=self._now + ALLOW_LIST_WAIT, reason=kept_back)
            return
        if cost_of(one.content) > one.tokens_max:
            # What its lead heard before has changed since it was charged: its next claim charges for the longer text.
            messages.schedule(self._connection, one.message.id, due_at=self._now, reason=GREW_LONGER)
            return
        self._said.note(one.message, words)
        self._start(one, words)

    def _is_too_late(self, message: StoredMessage) -> bool:
        """Skip *message*, or ask a person, where its stage says so and the time is over; return whether that was done."""
        limit = self._limit(message)
        if limit is None or self._now < limit.at:
            return False
        if limit.then is OverdueThen.SKIP:
            self._skip(message, OVERDUE)
        else:
            messages.hold(self._connection, message.id, until=None, reason=OVERDUE)
            owner = self._leads[message.lead_id].lead.owner
            self._tasks.append(ask_task(self._kit, message, owner, self._now))
        return True

    def _limit(self, message: StoredMessage) -> Limit | None:
        return limit_of(self._kit, self._connection, message, self._leads[message.lead_id])

    def _hold(self, message: StoredMessage, *, until: datetime | None, reason: str, rule: str = "") -> None:
        """Hold *message*, and look at it no later than it is overdue."""
        limit = self._limit(message)
        if until is not None and limit is not None:
            until = min(until, max(limit.at, self._now))
        messages.hold(self._connection, message.id, until=until, reason=reason, rule=rule)

    def _kept_back(self, one: Prepared) -> str | None:
        """Return why no real provider writes to this address from here, if so."""
        address, _ = address_of(self._leads[one.message.lead_id], one.message.channel)
        if address is None or not one.sender.is_live:
            return None
        return self._kit.outgoing.keep_back(one.message.channel, address)

    def write(self) -> None:
        """Write attempts, bodies and decisions of all that goes."""
        attempts.insert(self._connection, self._attempts)
        messages.start_sending(self._connection, self._starts)
        insert_rows(self._connection, t.message_bodies, self._bodies)
        message_words.keep(self._connection, self._words)
        insert_rows(self._connection, t.decisions, self._decisions)
        if self._tasks:
            tasks.insert(self._connection, self._tasks)

    def _ask(self, one: Prepared) -> tuple[Content, Answer]:
        """Return the gate's answer, and the content it is about: with the lines that the law misses in a text."""
        said = replace(one.said, is_first=is_first(self._facts[one.message.lead_id], one.message.channel, self._now))
        answer = self._answer(one, said)
        if answer.reason != GateReason.CONTENT:
            return one.content, answer
        mended = with_lines(said, findings_of(answer.rules), one.lines)
        return (one.content, answer) if mended is None else (mended.content, self._answer(one, mended))

    def _answer(self, one: Prepared, said: Rendered) -> Answer:
        message = one.message
        return ask(
            self._leads[message.lead_id],
            self._facts[message.lead_id],
            self._kit.rulebook,
            self._now,
            channel=message.channel,
            purpose=message.purpose,
            planned_at=message.planned_at,
            sequence=message.sequence,
            topic=message.topic,
            rendered=said,
            is_rehearsed=is_rehearsal([one.sender]),
        )

    def _refuse(self, message: StoredMessage, answer: Answer) -> None:
        self._decisions.append(decision_row(self._kit.ids, answer, self._now, asked="dispatch", message_id=message.id))
        if answer.outcome is Outcome.HOLD:
            self._hold(message, until=answer.until, reason=answer.reason, rule=answer.rule)
            return
        if answer.reason == GateReason.CONTENT:
            self._hold_unfit(message, answer)
            return
        self._skip(message, answer.reason, answer.rule)

    def _hold_unfit(self, message: StoredMessage, answer: Answer) -> None:
        """Hold what says the wrong words: somebody may publish better ones within the hour."""
        detail = " ".join(findings_of(answer.rules).values())
        problem = Unrenderable(reason=answer.reason, detail=detail, rule=answer.rule)
        stored = self._leads[message.lead_id]
        is_over = hold_unfit(self._kit, self._connection, message, problem, stored=stored, now=self._now)
        if is_over and message.enrollment_id:
            enrollments.wake(self._connection, [message.enrollment_id], self._now)

    def _skip(self, message: StoredMessage, reason: str, rule: str = "") -> None:
        messages.skip(self._connection, message.id, now=self._now, reason=reason, rule=rule)
        if message.enrollment_id:
            enrollments.wake(self._connection, [message.enrollment_id], self._now)

    def _start(self, one: Prepared, words: str) -> None:
        message, sender = one.message, one.sender
        # What goes now counts for what else this batch has for the same lead.
        facts = self._facts[message.lead_id]
        touch = TouchFact(channel=message.channel, at=self._now, purpose=message.purpose)
        self._facts[message.lead_id] = replace(facts, touches=(*facts.touches, touch))
        attempt_id = AttemptId(self._kit.ids.new())
        number = message.tries + 1
        self._attempts.append(
            {
                "id": attempt_id,
                "message_id": message.id,
                "number": number,
                "provider": sender.provider,
                "started_at": self._now,
                "call_by": self._now + CALL_BY,
                "outcome": attempts.OPEN,
                "fault": None,
                "detail": "",
                "provider_id": None,
                "journal": self._kit.journal.name,
                "ended_at": None,
            }
        )
        lease_until = self._now + SENDING_LEASE
        told = {"content_revision": one.content_revision, "text_hash": words}
        self._starts.append({"id": message.id, "due_at": lease_until, "tries": number, **told})
        self._bodies.append({"message_id": message.id, "created_at": self._now, "body": pack(one.content)})
        found_by = message_words.words_of(message_words.said_in(one.content))
        self._words.append({"message_id": message.id, "created_at": self._now, "words": found_by})
        self.going.append(self._outbound(one, attempt_id))

    def _outbound(self, one: Prepared, attempt_id: AttemptId) -> Outbound:
        stored = self._leads[one.message.lead_id]
        address, _ = address_of(stored, one.message.channel)
        assert address is not None
        lead = stored.lead
        return Outbound(
            id=MessageId(one.message.id),
            attempt_id=attempt_id,
            channel=one.message.channel,
            to=address,
            to_name=f"{lead.first_name} {lead.last_name}".strip(),
            sender=one.sender.address,
            sender_name=one.sender_name,
            content=one.content,
            reply_to=one.reply_to,
        )

    def _window_opens_at(self, message: StoredMessage) -> datetime:
        if message.revision is None:
            return self._now
        sequence = self._kit.shelf.sequence(self._connection, message.revision)
        stage = sequence.stage(StageId(message.stage))
        window = stage.window if stage is not None and stage.window is not None else sequence.window
        return next_open(self._now, window, place_of(self._leads[message.lead_id].lead))


def pack(content: Content) -> bytes:
    """Return a rendered message as it is kept: JSON, compressed."""
    return zlib.compress(json.dumps(asdict(content), ensure_ascii=False).encode(), level=1)
