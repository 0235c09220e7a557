"""What is said in a call: to whoever answers ours, after a key, to somebody who calls us, and when nobody could be reached.

Each flow returns what to do as values. Events of the call are kept, and acted on, before any of these is asked: what is
said here is true already. Asked twice, each says the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog

from channels.address import Channel
from channels.events import EventKind, ProviderEvent
from channels.webhooks.twilio_voice import ENDED, RECORDS, AnsweredBy, answered_by, as_missed
from channels.webhooks.twiml import Dial, Gather, Hangup, Play, Redirect, Say, Verb
from channels.webhooks.unreadable import Unreadable
from consent.answer import Answer, Outcome
from consent.facts import GateFacts
from engine.domain.enrollment import EnrollmentStatus
from engine.domain.message import MessageState
from engine.flows.asking import ask, decision_row, is_rehearsal
from engine.flows.call_lines import CallLinks, Line, line_of, seller_of
from engine.flows.call_words import ENGLISH, CallWords, words_in
from engine.flows.calling import was_settled
from engine.flows.kit import Kit
from engine.flows.matching import match
from engine.flows.shelf import Missing
from engine.store import calls, consents, enrollments, leads, pauses, senders
from engine.store import log as message_log
from engine.store import tables as t
from engine.store.database import Connection
from engine.store.leads import StoredLead
from engine.store.messages import StoredMessage
from engine.store.statements import insert_rows

log = structlog.get_logger(__name__)

Verbs = tuple[Verb, ...]
SILENCE: Verbs = (Hangup(),)
KEY_SECONDS = 6

ON_ITS_WAY = frozenset({MessageState.SENDING, MessageState.ACCEPTED, MessageState.UNKNOWN})
"""A call that is answered was made, whether or not our own record of it is complete."""

MUTE = frozenset(
    {
        EnrollmentStatus.STOPPED,
        EnrollmentStatus.PAUSED,
        EnrollmentStatus.SNOOZED,
        EnrollmentStatus.OUT_OF_OFFICE,
    }
)
"""An enrollment that rests or was ended early says nothing; one that came to its end by this call does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """A call as far as anything is known of it."""

    message: StoredMessage | None
    stored: StoredLead | None
    language: str
    words: CallWords
    name: str
    line: Line
    us: str
    now: datetime

    @property
    def message_id(self) -> str | None:
        return self.message.id if self.message else None

    def say(self, text: str) -> Say:
        return Say(text=text.format(name=self.name), language=self.words.language)

    def end(self, text: str) -> Verbs:
        return self.say(text), Hangup()

    def put_through(self, links: CallLinks) -> Verbs:
        """Ring the owner where somebody answers now, else say that a person will call back."""
        if self.line.number is None or not self.line.is_answered(self.now):
            return self.end(self.words.call_back)
        dial = Dial(number=self.line.number, caller_id=self.us, action=links.dialled(self.message_id))
        return self.say(self.words.connecting), dial


def answer(kit: Kit, event: ProviderEvent, links: CallLinks) -> Verbs:
    """Return what a call of ours says to whoever answered it: to a machine the message, to a person who calls and why.

    The gate is asked again under the locks of dispatch: where a stop came since the call was made, nothing is said. What
    is said is what was rendered and asked about then.
    """
    with kit.database.write() as connection:
        call = _call(kit, connection, event)
        if call.message is None or not _may_speak(kit, connection, call.message):
            return SILENCE
        body = message_log.read_body(connection, call.message.id)
    who = answered_by(event)
    if body is None or who not in {*RECORDS, AnsweredBy.HUMAN, AnsweredBy.UNKNOWN}:
        return SILENCE
    if who in RECORDS:
        return message_verb(body, call.language), Hangup()
    script = Say(text=body.get("human_script") or call.words.tried.format(name=call.name), language=call.language)
    prompt = (script, call.say(call.words.keys))
    gather = Gather(prompt=prompt, action=links.keypress(call.message_id), seconds=KEY_SECONDS)
    return gather, *call.end(call.words.goodbye)


def after_key(kit: Kit, event: ProviderEvent, links: CallLinks, *, again: bool) -> Verbs:
    """Return what follows a pressed key, which has been acted on; *again* where one was not understood before."""
    with kit.database.read() as connection:
        call = _call(kit, connection, event)
    if event.kind is EventKind.UNSUBSCRIBED:
        is_known = call.stored is not None or event.address is not None
        return call.end(call.words.stopped if is_known else call.words.hidden_stop)
    if event.kind is EventKind.REPLIED:
        return call.put_through(links)
    if event.channel is Channel.CALL:
        return _go_on(call, links)
    if again:
        return call.end(call.words.goodbye)
    prompt = (call.say(call.words.other_key), call.say(call.words.keys))
    gather = Gather(prompt=prompt, action=links.keypress(call.message_id, again=True), seconds=KEY_SECONDS)
    return gather, *call.end(call.words.goodbye)


def welcome(kit: Kit, event: ProviderEvent, links: CallLinks) -> Verbs:
    """Return what somebody who calls us hears: who we are, the key that stops machines, and then a person or our regret."""
    with kit.database.read() as connection:
        call = _call(kit, connection, event)
    prompt = [call.say(call.words.welcome)]
    if not call.line.is_answered(call.now):
        prompt.append(call.say(call.words.closed if event.address else call.words.closed_hidden))
    prompt.append(call.say(call.words.stop_key))
    # Where a person answers, the pause is short: whoever wants a person should not wait for a key.
    seconds = 1 if call.line.is_answered(call.now) else KEY_SECONDS
    return Gather(prompt=tuple(prompt), action=links.keypress(None), seconds=seconds), *_go_on(call, links)


def after_dial(kit: Kit, event: ProviderEvent) -> Verbs:
    """Return what is said when a person has been talked with, or could not be reached."""
    if event.kind is EventKind.CONNECTED:
        return SILENCE
    with kit.database.read() as connection:
        call = _call(kit, connection, event)
    was_rung = bool(event.extra.get("dial_status"))
    if not was_rung:
        return call.end(call.words.goodbye)
    return call.end(call.words.call_back if event.address else call.words.closed_hidden)


def with_missed(kit: Kit, found: Sequence[ProviderEvent | Unreadable]) -> list[ProviderEvent | Unreadable]:
    """Return *found*, and for each call to us that is over without a person or a stop in it that it was missed."""
    told = [one for one in found if isinstance(one, ProviderEvent)]
    ended = [one for one in told if one.channel is Channel.CALL and one.extra.get("status") in ENDED]
    if not ended:
        return list(found)
    with kit.database.read() as connection:
        return [*found, *(as_missed(one) for one in ended if not was_settled(connection, one))]


def is_recorded(event: ProviderEvent) -> bool:
    """Return whether a machine records whatever is said now: no place for an apology."""
    return answered_by(event) not in {AnsweredBy.HUMAN, AnsweredBy.UNKNOWN}


def apologise(*, language: str = "en") -> Verbs:
    """Return what a person hears when we cannot do what they called for."""
    words = words_in(language)
    return Say(text=words.sorry, language=words.language), Hangup()


def _go_on(call: _Call, links: CallLinks) -> Verbs:
    """Ring the owner, or note that nobody could be reached: that is told by the address of the next step."""
    if call.line.is_answered(call.now):
        return call.put_through(links)
    return (Redirect(url=links.dialled(None)),)


def message_verb(body: Mapping[str, Any], language: str) -> Play | Say:
    """Return how a machine is told the message that was kept as *body*: its recording, else its script."""
    recording = body.get("audio_url") or ""
    if recording.startswith(("https://", "http://")):
        return Play(url=recording)
    return Say(text=body["script"], language=language)


def _may_speak(kit: Kit, connection: Connection, message: StoredMessage) -> bool:
    """Ask the gate whether the call may say what it was made for, and put a new answer on record."""
    if message.channel is not Channel.VOICEMAIL or message.state not in ON_ITS_WAY:
        return False
    leads.lock(connection, [message.lead_id], [message.address_id] if message.address_id else [])
    now = kit.database.now(connection)
    at_rest = enrollments.lock_resting(connection, [message.enrollment_id] if message.enrollment_id else [])
    if at_rest.get(message.enrollment_id or "") in MUTE:
        log.info("call.silent", message_id=message.id, reason="at rest")
        return False
    if message.sender_id and not senders.is_awake(connection, message.sender_id, claimed=True):
        log.info("call.silent", message_id=message.id, reason="sending is stopped")
        return False
    if message.sequence in pauses.in_force(connection, [message.sequence]).sequences:
        log.info("call.silent", message_id=message.id, reason="the sequence is paused")
        return False
    given = _ask(kit, connection, message, now)
    before = calls.last_decision(connection, message.id, "answer")
    if before is None or (before["outcome"], before["rule"]) != (given.outcome, given.rule):
        insert_rows(connection, t.decisions, [decision_row(kit.ids, given, now, asked="answer", message_id=message.id)])
    if given.outcome is not Outcome.ALLOW:
        log.info("call.silent", message_id=message.id, reason=given.reason, rule=given.rule)
    return given.outcome is Outcome.ALLOW


def _ask(kit: Kit, connection: Connection, message: StoredMessage, now: datetime) -> Answer:
    stored = leads.load(connection, [message.lead_id])[message.lead_id]
    facts = consents.load_gate_facts(connection, [stored], now)[message.lead_id]
    ways = [one for one in senders.all_senders(connection) if one.id == message.sender_id]
    return ask(
        stored,
        _without_this_call(facts, calls.started_at(connection, message.id)),
        kit.rulebook,
        now,
        channel=message.channel,
        purpose=message.purpose,
        planned_at=message.planned_at,
        sequence=message.sequence,
        is_rehearsed=is_rehearsal(ways),
    )


def _without_this_call(facts: GateFacts, attempts: list[datetime]) -> GateFacts:
    """Return *facts* as they were before the call: it must not count against itself where contacts are capped."""
    own = {(Channel.VOICEMAIL, at) for at in attempts}
    return replace(facts, touches=tuple(one for one in facts.touches if (one.channel, one.at) not in own))


def _call(kit: Kit, connection: Connection, event: ProviderEvent) -> _Call:
    message = _message_of(connection, event)
    if message is not None:
        stored: StoredLead | None = leads.load(connection, [message.lead_id])[message.lead_id]
    else:
        stored = leads.find(connection, email=None, phone=event.address) if event.address else None
    brand = seller_of(kit, connection)
    spoken = stored.lead.language if stored else (brand.locale if brand else ENGLISH.language)
    language = _locale(kit, connection, message.content_revision, spoken) if message else spoken
    us = str(event.extra.get("us") or "")
    now = kit.database.now(connection)
    return _Call(
        message=message,
        stored=stored,
        language=language,
        words=words_in(language),
        name=brand.name if brand else "",
        line=line_of(kit, connection, stored.lead.owner if stored else "", us=us, now=now),
        us=us,
        now=now,
    )


def _locale(kit: Kit, connection: Connection, revision: str | None, spoken: str) -> str:
    """Return the language that the message was written in, whatever the lead's is: a voice must fit its text."""
    try:
        return kit.shelf.compiled(connection, revision or "").locale
    except Missing:
        return spoken


def _message_of(connection: Connection, event: ProviderEvent) -> StoredMessage | None:
    """Return the message that the call was made for: as its signed address says, else by the provider's own id."""
    return match(connection, [("", event)])[0].message
