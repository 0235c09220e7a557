"""What a call does beside what is said in it: a lead rings us, is missed, is put through, or asks for a person.

Called inside the transaction that keeps the event, with the lead locked. Events of one call may come in any order and
twice: a missed call that was put through after all takes back its text.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from channels.address import Channel
from channels.events import EventKind, ProviderEvent
from consent.facts import Basis
from engine.domain.enrollment import EnrollmentStatus
from engine.domain.lead import LeadId, LeadStatus
from engine.domain.sequence import Trigger
from engine.flows.call_backs import Caller, ask_to_call_back, drop_call_back, drop_text_back, text_back
from engine.flows.draft import Draft, Grant
from engine.flows.enroll import enroll_by_trigger
from engine.flows.intake import take_in
from engine.flows.kit import Kit
from engine.flows.resting import rest
from engine.store import calls, enrollments, events, leads
from engine.store.database import Connection
from engine.store.leads import StoredLead

SOURCE = "missed-call"
"""The source of a lead who is known by a missed call alone, and the name of what happened."""

INQUIRY = (Channel.CALL, Channel.SMS, Channel.VOICEMAIL)
"""What a caller's question is a basis for, as far as the law where they are takes a question for one."""

RANG, REACHED_NOBODY, WAS_THROUGH, WANTED = (
    "called us",
    "called, and reached nobody",
    "talked with us on the telephone: note what came of it",
    "asked for a person in our call",
)


def called(caller: Caller) -> None:
    """Note that a lead is calling us, so that nobody is forgotten whatever becomes of the call."""
    _happened(caller, str(EventKind.CALLED))
    ask_to_call_back(caller, RANG)


def missed(
    kit: Kit, connection: Connection, event: ProviderEvent, event_id: str, speaker: StoredLead | None, now: datetime
) -> None:
    """Follow up a call that reached nobody: a text, a task, and a lead where the caller was unknown.

    Who pressed a key to stop, or was put through, was not missed; a hidden number is nobody's.
    """
    if event.channel is not Channel.CALL:
        if speaker is not None:
            caller = Caller(kit=kit, connection=connection, event=event, stored=speaker, now=now)
            ask_to_call_back(caller, WANTED)
        return
    if was_settled(connection, event):
        return
    is_stranger = speaker is None
    stored = speaker or _welcome(kit, connection, event, event_id, now)
    if stored is None:
        return
    caller = Caller(kit=kit, connection=connection, event=event, stored=stored, now=now)
    _happened(caller, SOURCE)
    if is_stranger:
        _happened(caller, str(EventKind.CALLED))
    else:
        _pause(caller, "reached nobody")
        enroll_by_trigger(kit, connection, [stored.lead.id], now, trigger=Trigger.EVENT, event=SOURCE)
    text_back(caller)
    ask_to_call_back(caller, REACHED_NOBODY)


def connected(caller: Caller) -> None:
    """Leave the lead to whoever talks with them: no text about a missed call, and a task to say what came of it."""
    _pause(caller, "talked with us")
    drop_text_back(caller, why="put through")
    ask_to_call_back(caller, WAS_THROUGH)


CALL_REACTIONS: Mapping[EventKind, Callable[[Caller], None]] = {
    EventKind.CALLED: called,
    EventKind.CONNECTED: connected,
}
"""What a call does to the lead who is known to make it."""


def asked_to_talk(caller: Caller) -> None:
    """Leave the lead who pressed the key for a person to their owner, as after any human reply."""
    _happened(caller, "replied")
    _pause(caller, "asked to talk")
    ask_to_call_back(caller, WANTED)


def stopped_by_key(caller: Caller) -> None:
    """Take back the task that the call alone had made: whoever rings the opt-out line waits for no call."""
    if caller.event.channel is Channel.CALL:
        drop_call_back(caller, why="called to stop")


def was_settled(connection: Connection, event: ProviderEvent) -> bool:
    """Return whether the caller was put through or said stop in the call that *event* is about."""
    sid = event.extra.get("call_sid")
    settled = [f"{sid}.{EventKind.CONNECTED}", f"{sid}.keypress.9"]
    return bool(sid) and calls.has_heard(connection, event.provider, settled)


def _welcome(kit: Kit, connection: Connection, event: ProviderEvent, event_id: str, now: datetime) -> StoredLead | None:
    """Take in somebody who is known by their number alone, and let them enter what starts by a new lead."""
    if event.address is None:
        return None
    wording = f"called {event.extra.get('us') or 'us'} and reached nobody"
    evidence = f"{event.provider} {event.event_id}"
    grants = tuple(
        Grant(
            channel=one, basis=Basis.IMPLIED_INQUIRY, wording=wording, act="called us", evidence=evidence, at=event.at
        )
        for one in INQUIRY
    )
    draft = Draft(phone=event.address, source=SOURCE, grants=grants)
    (arrival,) = take_in(kit, connection, [draft], now, recorded_by=f"call:{event.provider}")
    calls.name_caller(connection, event_id, arrival.lead_id)
    enroll_by_trigger(kit, connection, [arrival.lead_id], now, trigger=Trigger.LEAD_CREATED)
    return leads.load(connection, [arrival.lead_id])[LeadId(arrival.lead_id)]


def _pause(caller: Caller, why: str) -> None:
    lead = caller.stored.lead
    rest(
        caller.connection, [lead.id], status=EnrollmentStatus.PAUSED, until=None, reason=f"call: {why}", now=caller.now
    )
    if lead.status is LeadStatus.NEW:
        leads.set_status(caller.connection, [lead.id], LeadStatus.WORKING)


def _happened(caller: Caller, name: str) -> None:
    lead_id, event = caller.stored.lead.id, caller.event
    row = {"id": caller.kit.ids.new(), "lead_id": lead_id, "name": name, "at": event.at, "detail": {}}
    events.happened(caller.connection, [row])
    enrollments.wake_open(caller.connection, [lead_id], caller.now)
