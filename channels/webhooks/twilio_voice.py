"""What happens in calls, as Twilio posts it: who answered, which key was pressed, how it ended, who calls in, who is put through."""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from channels.address import Channel
from channels.events import CallOutcome, EventKind, ProviderEvent
from channels.message import Fault, MessageId
from channels.webhooks.form import Form
from channels.webhooks.twilio_fields import PROVIDER, instant, number, phone, read
from channels.webhooks.unreadable import Unreadable


class AnsweredBy(StrEnum):
    """Who or what answered, as machine detection heard it."""

    HUMAN = "human"  # a person: something short and polite, never the recording
    MACHINE_START = "machine_start"  # a machine whose greeting still runs: nothing may be said yet
    MACHINE_END_BEEP = "machine_end_beep"  # a machine that has beeped
    MACHINE_END_SILENCE = "machine_end_silence"  # a machine that fell silent
    MACHINE_END_OTHER = "machine_end_other"  # a machine whose greeting ended some other way
    FAX = "fax"  # hang up
    UNKNOWN = "unknown"  # not told, or not heard: treated as a person


RECORDS = frozenset({AnsweredBy.MACHINE_END_BEEP, AnsweredBy.MACHINE_END_SILENCE, AnsweredBy.MACHINE_END_OTHER})
"""Whoever is listening now records: only these get the voicemail."""

HEARD: dict[AnsweredBy, CallOutcome] = {
    **dict.fromkeys(RECORDS, CallOutcome.MACHINE),
    AnsweredBy.HUMAN: CallOutcome.HUMAN,
    AnsweredBy.UNKNOWN: CallOutcome.HUMAN,
    AnsweredBy.MACHINE_START: CallOutcome.FAILED,
    AnsweredBy.FAX: CallOutcome.FAILED,
}
"""How a call ends that was answered: whoever could not be told from a person was spoken to as one."""

OUTCOMES: dict[str, CallOutcome] = {
    "busy": CallOutcome.BUSY,
    "no-answer": CallOutcome.NO_ANSWER,
    "canceled": CallOutcome.FAILED,
    "failed": CallOutcome.FAILED,
}
"""How a call ends that was not answered."""

PUT_THROUGH = frozenset({"completed", "answered"})
"""The ends of a dialled second call in which two people talked."""

ENDED = frozenset({"completed", *OUTCOMES})
"""What is said of a call that is over."""

ENDS: dict[str, Fault] = {
    "busy": Fault.TRANSIENT,
    "no-answer": Fault.TRANSIENT,
    "canceled": Fault.TRANSIENT,
    "failed": Fault.UNCLASSIFIED,
}
"""How a call ends in which nothing was said."""

DEAD_SIP_CODES = frozenset({"404", "410", "604"})
"""RFC 3261 and RFC 3398: an unallocated number, a number that was given up, a number that exists nowhere."""

PROVES_ACCEPTANCE = frozenset({"queued", "initiated", "ringing", "answered", "in-progress"})


def answered_by(event: ProviderEvent) -> AnsweredBy:
    """Return who answered the call that *event* is about."""
    told = event.extra.get("answered_by")
    return AnsweredBy(told) if told in set(AnsweredBy) else AnsweredBy.UNKNOWN


def parse_answer(
    body: bytes, *, received_at: datetime, message_id: MessageId | None = None
) -> list[ProviderEvent | Unreadable]:
    """Return that our call was answered, and by whom (`answered_by`); nothing is delivered yet. Never raises.

    Asynchronous detection posts the same fields, some of them after the call's end.
    """
    form = read(body, ("CallSid",))
    if isinstance(form, Unreadable):
        return [form]
    who = _answered_by(form)
    told = _event(form, f"answer.{who}", EventKind.ACCEPTED, received_at, message_id, {"accepted": True})
    return [replace(told, outcome=HEARD[who])]


def parse_keypress(
    body: bytes,
    *,
    received_at: datetime,
    message_id: MessageId | None = None,
    stop_key: str = "9",
    connect_key: str = "1",
) -> list[ProviderEvent | Unreadable]:
    """Return what a pressed key means: a stop, a wish to talk, or nothing known. Never raises.

    Any press that begins with *stop_key* stops: a key held too long is no other key.
    """
    form = read(body, ("CallSid",))
    if isinstance(form, Unreadable):
        return [form]
    digits = form.first("Digits")
    kind = EventKind.UNKNOWN
    if digits.startswith(stop_key):
        kind = EventKind.UNSUBSCRIBED
    elif digits.startswith(connect_key):
        kind = EventKind.REPLIED
    extra = {"digits": digits, "accepted": True}
    pressed = _event(form, f"keypress.{digits[:20]}", kind, received_at, message_id, extra)
    return [replace(pressed, text=f"(pressed {digits})")]


def parse_inbound(body: bytes, *, received_at: datetime) -> list[ProviderEvent | Unreadable]:
    """Return that somebody calls us; never raises."""
    form = read(body, ("CallSid", "From"))
    if isinstance(form, Unreadable):
        return [form]
    return [_event(form, "called", EventKind.CALLED, received_at, None, {}, is_inbound=True)]


def parse_status(
    body: bytes, *, received_at: datetime, message_id: MessageId | None = None
) -> list[ProviderEvent | Unreadable]:
    """Return how far a call has come, or how it ended; never raises.

    A voicemail is delivered where a machine recorded, or a person listened instead.
    """
    form = read(body, ("CallSid", "CallStatus"))
    if isinstance(form, Unreadable):
        return [form]
    status, sip = form.first("CallStatus").lower(), form.first("SipResponseCode")
    kind, fault = _outcome(form, status, sip)
    extra: dict[str, Any] = {
        "sip": sip,
        "code": form.first("ErrorCode"),
        "duration_seconds": number(form.first("CallDuration")),
        "dial_status": form.first("DialCallStatus"),
    }
    if fault is not None:
        extra |= {"fault": str(fault), "reason": f"the call ended: {status}"}
    if status in PROVES_ACCEPTANCE:
        extra["accepted"] = True
    told = _event(form, status, kind, instant(form, received_at), message_id, extra)
    return [told if _is_inbound(form) else replace(told, outcome=_end(form, status))]


def parse_dialled(
    body: bytes, *, received_at: datetime, message_id: MessageId | None = None
) -> list[ProviderEvent | Unreadable]:
    """Return whether the lead in a call was put through to a person; never raises.

    Without a status nobody was rung: the call went on here because nobody would have answered.
    """
    form = read(body, ("CallSid",))
    if isinstance(form, Unreadable):
        return [form]
    status = form.first("DialCallStatus").lower()
    kind = EventKind.CONNECTED if status in PUT_THROUGH else EventKind.MISSED
    seconds = number(form.first("DialCallDuration"))
    extra = {"dial_status": status, "duration_seconds": seconds}
    return [_event(form, str(kind), kind, received_at, message_id, extra)]


def as_missed(ended: ProviderEvent) -> ProviderEvent:
    """Return that the caller of a call which has *ended* reached nobody, under the name that `parse_dialled` gives it."""
    sid = ended.extra["call_sid"]
    return replace(ended, event_id=f"{sid}.{EventKind.MISSED}"[:200], kind=EventKind.MISSED)


def _end(form: Form, status: str) -> CallOutcome | None:
    if status != "completed":
        return OUTCOMES.get(status)
    # Without a word on who answered, the call was over before anything was said.
    return HEARD[_answered_by(form)] if form.first("AnsweredBy") else CallOutcome.NO_ANSWER


def _outcome(form: Form, status: str, sip: str) -> tuple[EventKind, Fault | None]:
    if _is_inbound(form):
        return EventKind.UNKNOWN, None  # of a call to us nothing is delivered; who called was told at its start
    if status == "completed":
        who = _answered_by(form)
        arrived = who in RECORDS or who is AnsweredBy.HUMAN
        return (EventKind.DELIVERED, None) if arrived else (EventKind.UNDELIVERED, Fault.TRANSIENT)
    if status == "failed" and sip in DEAD_SIP_CODES:
        return EventKind.BOUNCED, Fault.DEAD_ADDRESS
    fault = ENDS.get(status)
    if fault is None:
        return (EventKind.ACCEPTED if status in PROVES_ACCEPTANCE else EventKind.UNKNOWN), None
    return EventKind.UNDELIVERED, fault


def _event(
    form: Form,
    what: str,
    kind: EventKind,
    at: datetime,
    message_id: MessageId | None,
    extra: dict[str, Any],
    *,
    is_inbound: bool = False,
) -> ProviderEvent:
    sid = form.first("CallSid")
    is_inbound = is_inbound or _is_inbound(form)
    lead, us = (form.first("From", "Caller"), form.first("To", "Called"))[:: 1 if is_inbound else -1]
    return ProviderEvent(
        provider=PROVIDER,
        event_id=f"{sid}.{what}"[:200],
        kind=kind,
        channel=Channel.CALL if is_inbound else Channel.VOICEMAIL,
        at=at,
        message_id=message_id,
        provider_message_id=None if is_inbound else sid,
        address=phone(lead),
        extra={
            "call_sid": sid,
            "status": form.first("CallStatus").lower(),
            "answered_by": str(_answered_by(form)),
            "us": phone(us) or us,
            **extra,
            "raw": form.raw(),
        },
    )


def _is_inbound(form: Form) -> bool:
    return form.first("Direction").lower() == "inbound"


def _answered_by(form: Form) -> AnsweredBy:
    told = form.first("AnsweredBy").lower()
    return AnsweredBy(told) if told in set(AnsweredBy) else AnsweredBy.UNKNOWN
