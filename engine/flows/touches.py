"""Make the rows of touches that the planner decided: messages and tasks, each through the gate first."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2b

from channels.address import Channel
from consent.answer import Answer, Outcome
from consent.facts import GateFacts, TouchFact
from engine.domain import sequence as plan
from engine.domain.decision import Assign, Send, Skip
from engine.domain.enrollment import Enrollment
from engine.domain.history import MessageFact, TaskFact
from engine.domain.message import Delivery, MessageState
from engine.domain.task import TaskKind, TaskState
from engine.flows.asking import Row, address_of, ask, decision_row, is_rehearsal
from engine.flows.kit import Kit
from engine.flows.rendering import render_script
from engine.store import consents, messages, senders, tasks
from engine.store import tables as t
from engine.store.database import Connection
from engine.store.leads import StoredLead
from engine.store.statements import insert_rows

FIRST_LANE_FOR = timedelta(hours=1)
"""A lead that entered within this time is being answered, not followed up: its messages go ahead of every backlog."""

IMPORT_SOURCE = "import"
"""A list that was loaded asked nothing just now: it never enters the first lane."""

NO_SENDER = "no_sender"
"""Why a message is skipped where nothing sends on its channel: a business without a number still walks its leads."""


class TouchBook:
    """Collects the touches of one batch and writes them together; asks for gate facts once, when first needed."""

    def __init__(self, kit: Kit, connection: Connection, now: datetime, stored: Sequence[StoredLead]) -> None:
        self._kit = kit
        self._connection = connection
        self._now = now
        self._leads = {one.lead.id: one for one in stored}
        self._gate_facts: dict[str, GateFacts] | None = None
        self._senders: dict[Channel, list[senders.Sender]] | None = None
        self._messages: list[Row] = []
        self._tasks: list[Row] = []
        self._decisions: list[Row] = []

    def message(self, enrollment: Enrollment, sequence: plan.Sequence, decision: Send | Skip) -> MessageFact:
        """Plan the stage's message: scheduled, held or skipped, as the gate advises."""
        stored = self._leads[enrollment.lead_id]
        row = self._message_row(stored, enrollment, sequence, decision)
        if isinstance(decision, Skip):
            row |= self._skipped(decision.reason)
        else:
            answer = self._ask(stored, decision.channel, sequence)
            row |= self._planned(row, answer)
            self._decisions.append(decision_row(self._kit.ids, answer, self._now, asked="plan", message_id=row["id"]))
        self._messages.append(row)
        return MessageFact(
            stage=enrollment.stage,
            occurrence=enrollment.occurrence,
            channel=decision.channel,
            template=decision.template,
            state=MessageState(row["state"]),
            reason=row["reason"],
            ended_at=row["ended_at"],
            delivery=Delivery.NONE,
        )

    def task(self, enrollment: Enrollment, sequence: plan.Sequence, decision: Assign) -> TaskFact:
        """Plan the stage's task; a call that the gate blocks is on record as cancelled, one it holds is due later."""
        stored = self._leads[enrollment.lead_id]
        touch = decision.touch
        row = tasks.new_row(
            task_id=self._kit.ids.new(),
            intent_key=enrollment.intent_key(),
            lead_id=enrollment.lead_id,
            kind=touch.kind,
            owner=stored.lead.owner,
            title=_title(stored, touch.kind),
            now=self._now,
            due_at=decision.due_at,
            enrollment_id=enrollment.id,
            sequence=enrollment.sequence,
            stage=enrollment.stage,
            occurrence=enrollment.occurrence,
            script=touch.script,
            body=render_script(self._kit, self._connection, stored.lead, touch.script, Channel(touch.kind)),
        )
        if touch.kind is TaskKind.CALL:
            row |= self._call(row, stored, sequence)
        self._tasks.append(row)
        return TaskFact(
            stage=enrollment.stage,
            occurrence=enrollment.occurrence,
            kind=touch.kind,
            state=TaskState(row["state"]),
            outcome=None,
            created_at=self._now,
            due_at=row["due_at"],
            ended_at=row["ended_at"],
        )

    def write(self) -> None:
        """Write all that was planned."""
        messages.insert(self._connection, self._messages)
        tasks.insert(self._connection, self._tasks)
        insert_rows(self._connection, t.decisions, self._decisions)

    def _message_row(
        self, stored: StoredLead, enrollment: Enrollment, sequence: plan.Sequence, decision: Send | Skip
    ) -> Row:
        sender = self._sender(decision.channel, enrollment.lead_id)
        return new_message_row(
            message_id=self._kit.ids.new(),
            intent_key=enrollment.intent_key(),
            lead_id=enrollment.lead_id,
            address_id=address_of(stored, decision.channel)[1],
            channel=decision.channel,
            purpose=sequence.purpose,
            topic=sequence.topic,
            template=decision.template,
            lane=self._lane(stored),
            now=self._now,
            sender_id=sender.id if sender else None,
            enrollment_id=enrollment.id,
            sequence=enrollment.sequence,
            stage=enrollment.stage,
            occurrence=enrollment.occurrence,
            variant=decision.variant,
            revision=enrollment.revision,
        ) | {"reason": sender.rests_for if sender else ""}

    def _planned(self, row: Row, answer: Answer) -> Row:
        if answer.outcome is Outcome.BLOCK:
            return self._skipped(answer.reason) | {"rule": answer.rule}
        if row["sender_id"] is None:
            return self._skipped(NO_SENDER)
        if answer.outcome is Outcome.HOLD:
            held = {"state": MessageState.HELD, "reason": answer.reason, "rule": answer.rule}
            return held | {"due_at": answer.until}
        return {}

    def _skipped(self, reason: str) -> Row:
        return {"state": MessageState.SKIPPED, "reason": str(reason), "due_at": None, "ended_at": self._now}

    def _call(self, row: Row, stored: StoredLead, sequence: plan.Sequence) -> Row:
        answer = self._ask(stored, Channel.CALL, sequence)
        self._decisions.append(decision_row(self._kit.ids, answer, self._now, asked="plan", task_id=row["id"]))
        if answer.outcome is Outcome.BLOCK:
            return {"state": TaskState.CANCELLED, "note": answer.reason, "ended_at": self._now}
        if answer.outcome is Outcome.HOLD and answer.until is not None:
            return {"due_at": max(row["due_at"], answer.until)}
        return {}

    def _ask(self, stored: StoredLead, channel: Channel, sequence: plan.Sequence) -> Answer:
        if self._gate_facts is None:
            self._gate_facts = consents.load_gate_facts(self._connection, self._leads.values(), self._now)
        facts = self._gate_facts[stored.lead.id]
        answer = ask(
            stored,
            facts,
            self._kit.rulebook,
            self._now,
            channel=channel,
            purpose=sequence.purpose,
            planned_at=self._now,
            sequence=sequence.name,
            topic=sequence.topic,
            is_rehearsed=is_rehearsal(self._senders_of(channel)),
        )
        if answer.outcome is Outcome.ALLOW:
            # What this batch plans for now counts for what it plans next.
            planned = TouchFact(channel=channel, at=self._now, purpose=sequence.purpose)
            self._gate_facts[stored.lead.id] = replace(facts, touches=(*facts.touches, planned))
        return answer

    def _sender(self, channel: Channel, lead_id: str) -> senders.Sender | None:
        return choose_sender(self._senders_of(channel), lead_id)

    def _senders_of(self, channel: Channel) -> list[senders.Sender]:
        if self._senders is None:
            self._senders = {}
            for sender in senders.all_senders(self._connection):
                self._senders.setdefault(sender.channel, []).append(sender)
        return self._senders.get(channel, [])

    def _lane(self, stored: StoredLead) -> str:
        is_fresh = self._now - stored.lead.created_at < FIRST_LANE_FOR
        return "first" if is_fresh and stored.lead.source != IMPORT_SOURCE else "main"


def choose_sender(choice: Sequence[senders.Sender], lead_id: str) -> senders.Sender | None:
    """Return the sender a lead hears from: always the same one while it is there and does not rest.

    Once a channel has a sender that reaches people, the sandbox gets nothing new of it: what is to be said waits until
    somebody goes live.
    """
    choice = [sender for sender in choice if sender.is_live] or choice
    awake = [sender for sender in choice if not sender.rests_for] or list(choice)
    if not awake:
        return None
    return awake[int.from_bytes(blake2b(lead_id.encode(), digest_size=4).digest(), "big") % len(awake)]


def new_message_row(  # noqa: PLR0913 - one argument for each column
    *,
    message_id: str,
    intent_key: str,
    lead_id: str,
    address_id: str | None,
    channel: Channel,
    purpose: str,
    template: str,
    lane: str,
    now: datetime,
    sender_id: str | None,
    enrollment_id: str | None = None,
    sequence: str = "",
    stage: str = "",
    occurrence: int = 0,
    variant: str | None = None,
    revision: str | None = None,
    topic: str | None = None,
) -> Row:
    """Return the row of a new message, scheduled for now."""
    return {
        "id": message_id,
        "intent_key": intent_key,
        "lead_id": lead_id,
        "address_id": address_id,
        "enrollment_id": enrollment_id,
        "sender_id": sender_id,
        "sequence": sequence,
        "stage": stage,
        "occurrence": occurrence,
        "variant": variant,
        "channel": channel,
        "purpose": purpose,
        "topic": topic,
        "template": template,
        "lane": lane,
        "state": MessageState.SCHEDULED,
        "reason": "",
        "rule": "",
        "created_at": now,
        "planned_at": now,
        "due_at": now,
        "claimed_by": None,
        "revision": revision,
        "tries": 0,
        "ended_at": None,
        "delivery": Delivery.NONE,
    }


def _title(stored: StoredLead, kind: TaskKind) -> str:
    lead = stored.lead
    name = f"{lead.first_name} {lead.last_name}".strip() or lead.company or "this lead"
    return {TaskKind.CALL: f"Call {name}", TaskKind.LETTER: f"Write to {name}"}.get(kind, f"Reach out to {name}")
