"""The one task that asks an owner to call a lead back, and the one text that says so: made once, however often they call."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from channels.address import Channel
from channels.events import ProviderEvent
from consent.answer import Outcome
from consent.facts import Purpose
from engine.domain.message import MessageState
from engine.domain.task import TaskKind
from engine.flows.asking import Row, address_of, ask, decision_row, is_rehearsal
from engine.flows.call_lines import line_of
from engine.flows.kit import Kit
from engine.flows.shelf import Missing
from engine.flows.touches import NO_SENDER, choose_sender, new_message_row
from engine.store import calls, consents, messages, senders, tasks
from engine.store import tables as t
from engine.store.database import Connection
from engine.store.leads import StoredLead
from engine.store.statements import insert_rows

log = structlog.get_logger(__name__)

TEMPLATE = "missed-call"
CALL_BACK, TEXT_BACK = "call-back", "text-back"
"""How the intent keys of these tasks and texts begin."""

TEXTS_APART = timedelta(hours=24)
"""Who calls three times within a day is texted once."""

TEXT_BACK_AFTER = timedelta(seconds=10)
"""Word that the call was put through after all, or a stop pressed at its end, comes within this time."""

CLOCKS_APART = timedelta(minutes=1)
"""By how much the clock that times a call may be behind the database's, which times the task."""

CALL_BACK_WITHIN = timedelta(minutes=5)
"""Who has just called is at the phone now (Oldroyd, Lead Response Management study, 2007)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A lead in a call, inside a transaction that has locked them."""

    kit: Kit
    connection: Connection
    event: ProviderEvent
    stored: StoredLead
    now: datetime

    @property
    def call(self) -> str:
        """The name of the call: the provider's, else that of what was told of it."""
        return str(self.event.extra.get("call_sid") or self.event.event_id)


def is_call_back(task: Any) -> bool:
    """Return whether *task* asks to call somebody back who called or wanted to talk; doing it ends the wait for it."""
    return str(task["intent_key"]).startswith(f"{CALL_BACK}:")


def ask_to_call_back(caller: Caller, what: str) -> None:
    """Make the owner's task, or write *what* happened onto the one that is open: repeated calls raise no second."""
    lead, now = caller.stored.lead, caller.now
    us = str(caller.event.extra.get("us") or "")
    line = line_of(caller.kit, caller.connection, lead.owner, us=us, now=now)
    due_at = max(now + CALL_BACK_WITHIN, line.opens_at)
    found = tasks.open_like(caller.connection, f"{CALL_BACK}:{lead.id}:")
    told = f"{caller.event.at:%Y-%m-%d %H:%M} UTC: {what}"
    if found is None:
        row = tasks.new_row(
            task_id=caller.kit.ids.new(),
            intent_key=f"{CALL_BACK}:{lead.id}:{caller.call}",
            lead_id=lead.id,
            kind=TaskKind.CALL,
            owner=lead.owner,
            title=_title(caller.stored, what, 1),
            body=told,
            now=now,
            due_at=due_at,
        )
        tasks.insert(caller.connection, [row])
        return
    lines = found["body"].splitlines()
    if told not in lines:
        lines.append(told)
    since = found["created_at"] - CLOCKS_APART
    title = _title(caller.stored, what, calls.count_calls(caller.connection, lead.id, since=since))
    tasks.refresh(caller.connection, found["id"], title=title, body="\n".join(lines), due_at=due_at)


def drop_call_back(caller: Caller, *, why: str) -> None:
    """Take back the task that this call alone made."""
    key = f"{CALL_BACK}:{caller.stored.lead.id}:{caller.call}"
    tasks.cancel_intents(caller.connection, [key], now=caller.now, reason=why)


def text_back(caller: Caller) -> None:
    """Plan the one text to somebody who called and reached nobody, where the gate does not forbid it."""
    lead, now = caller.stored.lead, caller.now
    if calls.has_texted_back(caller.connection, lead.id, since=now - TEXTS_APART, prefix=f"{TEXT_BACK}:"):
        return
    try:
        caller.kit.shelf.current(caller.connection).template(Channel.SMS, TEMPLATE, lead.language)
    except Missing:
        log.warning("call.no_text_back", lead_id=lead.id, remedy=f"publish templates/sms/{TEMPLATE}.txt")
        return
    ways = _ways(caller)
    row = _text(caller, choose_sender(ways, lead.id))
    facts = consents.load_gate_facts(caller.connection, [caller.stored], now)[lead.id]
    answer = ask(
        caller.stored,
        facts,
        caller.kit.rulebook,
        now,
        channel=Channel.SMS,
        purpose=Purpose.SERVICE,
        planned_at=now,
        sequence="",
        is_rehearsed=is_rehearsal(ways),
    )
    if answer.outcome is Outcome.BLOCK:
        row |= _skipped(answer.reason, now) | {"rule": answer.rule}
    elif row["sender_id"] is None:
        row |= _skipped(NO_SENDER, now)
    elif answer.outcome is Outcome.HOLD:
        row |= {"state": MessageState.HELD, "reason": answer.reason, "rule": answer.rule, "due_at": answer.until}
    messages.insert(caller.connection, [row])
    decision = decision_row(caller.kit.ids, answer, now, asked="plan", message_id=row["id"])
    insert_rows(caller.connection, t.decisions, [decision])


def drop_text_back(caller: Caller, *, why: str) -> None:
    """Take back the text about this call, if it has not left."""
    calls.cancel_text_back(caller.connection, f"{TEXT_BACK}:{caller.call}", now=caller.now, reason=why)


def _ways(caller: Caller) -> list[senders.Sender]:
    """Return who may text back: the number that was called where it can, else any."""
    choice = [one for one in senders.all_senders(caller.connection) if one.channel is Channel.SMS]
    return [one for one in choice if one.address == caller.event.extra.get("us")] or choice


def _text(caller: Caller, sender: senders.Sender | None) -> Row:
    lead = caller.stored.lead
    row = new_message_row(
        message_id=caller.kit.ids.new(),
        intent_key=f"{TEXT_BACK}:{caller.call}",
        lead_id=lead.id,
        address_id=address_of(caller.stored, Channel.SMS)[1],
        channel=Channel.SMS,
        purpose=Purpose.SERVICE,
        template=TEMPLATE,
        lane="first",
        now=caller.now,
        sender_id=sender.id if sender else None,
    )
    return row | {"due_at": caller.now + TEXT_BACK_AFTER}


def _skipped(reason: str, now: datetime) -> Row:
    return {"state": MessageState.SKIPPED, "reason": str(reason), "due_at": None, "ended_at": now}


def _title(stored: StoredLead, what: str, times: int) -> str:
    lead = stored.lead
    name = f"{lead.first_name} {lead.last_name}".strip() or lead.company or "a new caller"
    return f"Call {name} back: {what}" + (f" ({times} calls)" if times > 1 else "")
