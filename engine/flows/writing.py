"""Answer a lead who wrote: a person's own words, by the channel the lead used, through the gate like everything else."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from channels.address import Channel
from channels.segments import Segments, count_segments
from consent.answer import Answer, Outcome
from consent.facts import Basis, FactKind, Purpose
from consent.proof import Proof
from consent.reasons import GateReason
from engine.content.render import TEXT_MESSAGE_CHARACTERS_MAX
from engine.domain.lead import LeadId
from engine.domain.message import MessageState
from engine.domain.task import TaskOutcome
from engine.flows.again import again_if_changed
from engine.flows.asking import address_of, ask, decision_row, is_rehearsal
from engine.flows.claiming import FIRST
from engine.flows.consenting import fact_row
from engine.flows.kit import Kit
from engine.flows.settle_task import NoSuchTask, settle_task
from engine.flows.touches import choose_sender, new_message_row
from engine.flows.withdraw import KIN, lock_leads
from engine.flows.written import WRITTEN, answer_subject, thread_of
from engine.store import answers, audit, consents, events, leads, messages, senders
from engine.store import tables as t
from engine.store.answers import Written
from engine.store.database import Connection
from engine.store.leads import StoredLead
from engine.store.senders import Sender
from engine.store.statements import insert_rows

ANSWERED_WITHIN = timedelta(days=30)
"""How long what a lead wrote allows an answer: later it is a new conversation, which needs a permission of its own."""

BODY_MAX = 10_000
FALLBACK_SUBJECT = "your message"


class NotAnswered(RuntimeError):
    """The answer was not taken; the message says why, and what to do. *reason* is the gate's word where it refused."""

    def __init__(self, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The message that carries an answer; *until* is set where it is held."""

    message_id: str
    channel: Channel
    is_new: bool
    until: datetime | None = None
    reason: str = ""


@again_if_changed
def answer_reply(kit: Kit, reply_id: str, body: str, *, by: str, nonce: str) -> Answered:
    """Write *body* to whoever sent *reply_id*, once for each *nonce*; closes the tasks to answer them.

    Raises `NotAnswered` where there is nothing to say, no way to say it, or the gate forbids it.
    """
    with kit.database.write() as connection:
        reply = answers.find_reply(connection, reply_id)
        if reply is None:
            raise NotAnswered("There is no such reply.")
        stored = _lock(connection, reply["lead_id"])
        now = kit.database.now(connection)
        channel = channel_for(reply["channel"])
        intent_key = f"{reply_id}:answered:{nonce}"
        known = answers.message_of_intent(connection, intent_key)
        if known is not None:
            return Answered(message_id=known["id"], channel=Channel(known["channel"]), is_new=False)
        made = _write(kit, connection, reply, stored, _fit(body, channel), channel, now, by=by, intent_key=intent_key)
        questions = answers.open_questions(connection, stored.lead.id)
    _close(kit, questions, by)
    return made


@again_if_changed
def read_thread(kit: Kit, lead_id: str, *, by: str) -> None:
    """Note that *by* has read everything *lead_id* wrote, and that it needs no answer: sending goes on."""
    with kit.database.write() as connection:
        lead_id = _lock(connection, lead_id).lead.id
        now = kit.database.now(connection)
        _mark_read(connection, lead_id, now)
        audit.note(connection, row_id=kit.ids.new(), at=now, actor=by, action="thread.read", subject=lead_id)
        questions = answers.open_questions(connection, lead_id)
    _close(kit, questions, by)


def assign_thread(kit: Kit, lead_id: str, owner: str, *, by: str) -> None:
    """Let *owner*, empty for anyone, answer *lead_id*."""
    with kit.database.write() as connection:
        leads.lock(connection, [lead_id], ())
        before = answers.assign(connection, lead_id, owner)
        if before in {None, owner}:
            return
        audit.note(
            connection, row_id=kit.ids.new(), at=kit.database.now(connection), actor=by, action="thread.assigned",
            subject=lead_id, before={"owner": before}, after={"owner": owner},
        )  # fmt: skip


def _lock(connection: Connection, lead_id: str) -> StoredLead:
    """Lock *lead_id*, or whom it became part of, and return that lead."""
    lead_id = leads.survivor_of(connection, lead_id)
    stored = leads.load(connection, [lead_id])[LeadId(lead_id)]
    lock_leads(connection, [stored])
    return stored


def channel_for(channel: str) -> Channel:
    """Return by which channel what came by *channel* is answered: who called or left a voicemail gets a text."""
    return Channel.EMAIL if channel == Channel.EMAIL else Channel.SMS


def cost_of_text(body: str) -> Segments:
    """Return what *body* costs as a text."""
    return count_segments(body.strip())


def _fit(body: str, channel: Channel) -> str:
    said = body.replace("\r\n", "\n").strip()
    if not said:
        raise NotAnswered("Write something first.")
    most = TEXT_MESSAGE_CHARACTERS_MAX if channel is Channel.SMS else BODY_MAX
    if len(said) > most:
        raise NotAnswered(f"That is {len(said)} characters long; this channel takes {most}. Shorten it.")
    return said


def _write(  # noqa: PLR0913 - the reply, what is said, and who says it
    kit: Kit,
    connection: Connection,
    reply: Any,
    stored: StoredLead,
    body: str,
    channel: Channel,
    now: datetime,
    *,
    by: str,
    intent_key: str,
) -> Answered:
    sender = _sender(connection, reply, stored, channel)
    _mark_read(connection, stored.lead.id, now)
    _note_permission(kit, connection, reply, stored, channel, now, by=by)
    gate = _ask(kit, connection, leads.load(connection, [stored.lead.id])[stored.lead.id], channel, sender, now)
    if gate.outcome is Outcome.BLOCK:
        raise NotAnswered(_refusal(gate), reason=str(gate.reason))
    row = new_message_row(
        message_id=kit.ids.new(),
        intent_key=intent_key,
        lead_id=stored.lead.id,
        address_id=address_of(stored, channel)[1],
        channel=channel,
        purpose=Purpose.SERVICE,
        template=WRITTEN,
        lane=FIRST,
        now=now,
        sender_id=sender.id,
    )
    if gate.outcome is Outcome.HOLD:
        row |= {"state": MessageState.HELD, "reason": gate.reason, "rule": gate.rule, "due_at": gate.until}
    messages.insert(connection, [row])
    answers.keep(connection, _words(reply, row["id"], body, channel, by=by))
    asked = decision_row(kit.ids, gate, now, asked="answer", message_id=row["id"])
    insert_rows(connection, t.decisions, [asked])
    told = {"message": row["id"], "channel": channel}
    audit.note(
        connection, row_id=kit.ids.new(), at=now, actor=by, action="reply.answered", subject=stored.lead.id, after=told
    )
    return Answered(message_id=row["id"], channel=channel, is_new=True, until=gate.until, reason=str(gate.reason))


def _words(reply: Any, message_id: str, body: str, channel: Channel, *, by: str) -> Written:
    subject, thread = "", tuple[str, ...]()
    if channel is Channel.EMAIL:
        extra = (reply["event"] or {}).get("extra") or {}
        subject = answer_subject(str(extra.get("subject") or ""), FALLBACK_SUBJECT)
        thread = thread_of([str(one) for one in extra.get("references") or ()], str(extra.get("message_id") or ""))
    return Written(message_id=message_id, reply_id=reply["id"], author=by, subject=subject, body=body, thread=thread)


def _sender(connection: Connection, reply: Any, stored: StoredLead, channel: Channel) -> Sender:
    """Return whom they wrote to, else who wrote to them last, else their usual sender."""
    choice = [one for one in senders.all_senders(connection) if one.channel is channel]
    number = ((reply["event"] or {}).get("extra") or {}).get("to")
    stored_message = messages.load(connection, [reply["message_id"]]) if reply["message_id"] else {}
    last = {one.sender_id for one in stored_message.values()}
    wished = [one for one in choice if one.address == number] + [one for one in choice if one.id in last]
    sender = next((one for one in wished if not one.rests_for), None) or choose_sender(choice, stored.lead.id)
    if sender is None:
        raise NotAnswered(f"Nothing sends by {channel} yet: add a sender under Settings.")
    return sender


def _note_permission(
    kit: Kit, connection: Connection, reply: Any, stored: StoredLead, channel: Channel, now: datetime, *, by: str
) -> None:
    """Put on record that who writes may be answered there; not where they have stopped anything, and not for long.

    After a stop of marketing alone a grant would be the latest word on the channel, and hide the stop from the planner.
    """
    if reply["channel"] != channel or now - reply["at"] > ANSWERED_WITHIN:
        return
    stopped = {
        pair
        for purpose in (Purpose.SERVICE, Purpose.MARKETING)
        for pair in consents.already_stopped(connection, [stored.lead.id], purpose)
    }
    if any((stored.lead.id, one) in stopped for one in {channel, *KIN.get(channel, ())}):
        return
    grant = fact_row(
        kit,
        stored.lead.id,
        channel=channel,
        purpose=Purpose.SERVICE,
        kind=FactKind.GRANTED,
        basis=Basis.EXPRESS,
        at=reply["at"],
        now=now,
        source="reply",
        recorded_by=by,
        personal=Proof(
            wording=reply["body"], act=f"wrote to us by {channel}", address=address_of(stored, channel)[0] or ""
        ).to_personal(),
        expires_at=reply["at"] + ANSWERED_WITHIN,
    )
    facts = consents.load_gate_facts(connection, [stored], now)[stored.lead.id].consents
    if not any(one.source == "reply" and one.at == reply["at"] and one.channel is channel for one in facts):
        consents.record(connection, [grant])


def _ask(
    kit: Kit, connection: Connection, stored: StoredLead, channel: Channel, sender: Sender, now: datetime
) -> Answer:
    return ask(
        stored,
        consents.load_gate_facts(connection, [stored], now)[stored.lead.id],
        kit.rulebook,
        now,
        channel=channel,
        purpose=Purpose.SERVICE,
        planned_at=now,
        sequence="",
        is_rehearsed=is_rehearsal([sender]),
    )


def _refusal(gate: Answer) -> str:
    what = {
        GateReason.WITHDRAWN: "they said stop here, so nothing may be sent: they must write START, or allow it anew",
        GateReason.SUPPRESSED: "this address must not be used any more",
        GateReason.NO_ADDRESS: "there is no address for this channel",
        GateReason.NO_CONSENT: "there is no permission for this channel",
        GateReason.CONSENT_EXPIRED: "the permission has run out; what they wrote is too old to be answered by itself",
        GateReason.UNKNOWN_COUNTRY: "nobody knows in which country they are: add it to the lead",
    }
    said = what.get(GateReason(gate.reason), str(gate.reason).replace("_", " "))
    return f"This can't be sent: {said} (rule {gate.rule}). Your words were not kept."


def _mark_read(connection: Connection, lead_id: str, now: datetime) -> None:
    consents.set_review(connection, [lead_id], None)
    events.mark_reviewed(connection, lead_id, now)


def _close(kit: Kit, questions: list[str], by: str) -> None:
    for task_id in questions:
        try:
            settle_task(kit, task_id, TaskOutcome.DONE, by=by)
        except NoSuchTask:
            continue  # somebody was faster
