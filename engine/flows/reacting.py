"""What an event from a lead does: the table *What stops what*, as code."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from channels.address import Channel
from channels.events import EventKind
from consent.facts import Basis, FactKind, SuppressionReason
from consent.proof import Proof
from consent.replies import Label, Reading, classify, to_json
from consent.replies.keywords import command
from engine.domain.enrollment import EnrollmentStatus
from engine.domain.lead import LeadStatus
from engine.domain.lead_place import place_of
from engine.domain.task import TaskKind
from engine.domain.timing import when
from engine.flows.asking import address_of
from engine.flows.call_backs import Caller
from engine.flows.calling import CALL_REACTIONS, asked_to_talk, missed, stopped_by_key
from engine.flows.confirming import confirm
from engine.flows.consenting import fact_row
from engine.flows.double_opt_in import confirm_by_text
from engine.flows.ending import covers, lift, suppress, suppress_told
from engine.flows.reaction import React, Reaction, latest
from engine.flows.resting import rest
from engine.flows.withdraw import Stop, carry_out
from engine.store import consents, enrollments, events, leads, tasks
from engine.store.leads import StoredLead

ALL_OF_IT = re.compile(r"\beverything\b", re.IGNORECASE)
"""STOP by text ends automated phone; "stop everything" means what it says, on whatever channel it comes."""

SNOOZE_WITHOUT_DATE = timedelta(days=90)
"""Somebody who says "not now" and no date is left alone for a season."""

AWAY_WITHOUT_DATE = timedelta(days=7)
"""An auto-reply without a date of return."""

ANSWER_WITHIN = timedelta(minutes=5)
"""A lead who writes is at the phone now (Oldroyd, Lead Response Management study, 2007)."""


def react(doing: React, covered: Sequence[StoredLead]) -> Reaction:
    """Act on an urgent event for the locked leads *covered*; the first of them by id need not be who spoke."""
    speaker = next((one for one in covered if one.lead.id == doing.heard.lead_id), None)
    if doing.event.kind is EventKind.MISSED:
        missed(doing.kit, doing.connection, doing.event, doing.heard.id, speaker, doing.now)
        return Reaction(is_delivery=False)
    if speaker is None:
        return Reaction(call_by=_heed_stranger(doing))
    caller = _caller(doing, speaker)
    match doing.event.kind:
        case EventKind.BOUNCED:
            return Reaction(call_by=suppress(doing, covered, speaker, SuppressionReason.HARD_BOUNCE))
        case EventKind.COMPLAINED:
            call_bys = [
                suppress(doing, covered, speaker, SuppressionReason.COMPLAINT),
                _stop(doing, covered, frozenset(), "complaint", only_marketing=True),
            ]
            return Reaction(call_by=latest(call_bys))
        case EventKind.UNSUBSCRIBED:
            call_by = _stop(doing, covered, frozenset({_pressed_on(doing)}), "unsubscribe")
            stopped_by_key(caller)
            return Reaction(call_by=call_by)
        case EventKind.CALLED | EventKind.CONNECTED:
            CALL_REACTIONS[doing.event.kind](caller)
            return Reaction(is_delivery=False)
        case EventKind.RESUBSCRIBED:
            _grant(doing, speaker)
            return Reaction()
        case EventKind.REPLIED:
            return _replied(doing, covered, speaker)
        case _:
            return Reaction()


def _heed_stranger(doing: React) -> datetime | None:
    """Obey somebody who is no lead: their stop counts for whoever comes with that address later."""
    match doing.event.kind:
        case EventKind.BOUNCED:
            return suppress_told(doing, None, SuppressionReason.HARD_BOUNCE)
        case EventKind.COMPLAINED:
            return suppress_told(doing, None, SuppressionReason.COMPLAINT)
        case EventKind.UNSUBSCRIBED:
            return suppress_told(doing, covers({_pressed_on(doing)}), SuppressionReason.OPTED_OUT)
        case EventKind.RESUBSCRIBED:
            lift(doing)
        case EventKind.REPLIED if not doing.event.machine:
            reading = classify(doing.event.text or "", doing.event.at)
            if reading.label is Label.OPT_OUT:
                return suppress_told(doing, covers(_named(doing, reading)), SuppressionReason.OPTED_OUT)
            if reading.label is Label.WRONG_NUMBER:
                return suppress_told(doing, None, SuppressionReason.WRONG_NUMBER)
            if reading.label is Label.OPT_IN:
                lift(doing)
    return None


def _caller(doing: React, speaker: StoredLead) -> Caller:
    return Caller(kit=doing.kit, connection=doing.connection, event=doing.event, stored=speaker, now=doing.now)


def _replied(doing: React, covered: Sequence[StoredLead], speaker: StoredLead) -> Reaction:
    if doing.event.extra.get("digits"):  # a key has no words to read
        asked_to_talk(_caller(doing, speaker))
        return Reaction()
    text = doing.event.text or ""
    reading = classify(text, doing.event.at, language=speaker.lead.language)
    _keep_reply(doing, speaker, text, reading)
    _note_other_address(doing, speaker)
    if doing.event.machine and reading.label is not Label.OUT_OF_OFFICE:
        return Reaction(is_delivery=False)  # "we received your mail": kept, but nobody said anything
    act = REACTIONS.get(reading.label, _pause_for_owner)
    reaction = act(doing, covered, speaker, reading)
    if reading.label is not Label.OUT_OF_OFFICE:
        note_reply(doing, speaker)
    # A machine's words are read only for an absence; a guess that rests a while needs no person to read it.
    if not reading.sure and reading.label is not Label.OPT_OUT and not doing.event.machine:
        consents.set_review(doing.connection, [speaker.lead.id], doing.now)
        _ask_owner(doing, speaker, "Read this reply: sending is held until you do")
    confirm(doing.kit, doing.connection, doing.heard, speaker, doing.now)
    return reaction


def _opted_out(doing: React, covered: Sequence[StoredLead], _speaker: StoredLead, reading: Reading) -> Reaction:
    return Reaction(call_by=_stop(doing, covered, _named(doing, reading), "reply"))


def _named(doing: React, reading: Reading) -> frozenset[Channel]:
    """Return the channels that a stop in words ends: a bare word ends the one it came by."""
    text = doing.event.text or ""
    is_word = command(text) is not None and not ALL_OF_IT.search(text)
    if doing.event.channel is not Channel.EMAIL and is_word:
        return frozenset({_pressed_on(doing)})
    return reading.channels


def _wrong_number(doing: React, covered: Sequence[StoredLead], speaker: StoredLead, _reading: Reading) -> Reaction:
    _ask_owner(doing, speaker, "Wrong number: find the right one")
    return Reaction(call_by=suppress(doing, covered, speaker, SuppressionReason.WRONG_NUMBER))


def _not_now(doing: React, _covered: Sequence[StoredLead], speaker: StoredLead, reading: Reading) -> Reaction:
    until = _instant(speaker, reading) or doing.now + SNOOZE_WITHOUT_DATE
    _rest(doing, speaker, EnrollmentStatus.SNOOZED, until, "asked for later")
    return Reaction()


def _out_of_office(doing: React, _covered: Sequence[StoredLead], speaker: StoredLead, reading: Reading) -> Reaction:
    until = _instant(speaker, reading) or doing.now + AWAY_WITHOUT_DATE
    _rest(doing, speaker, EnrollmentStatus.OUT_OF_OFFICE, until, "out of office")
    return Reaction(is_delivery=False)  # a machine answered: no reply


def _opted_in(doing: React, covered: Sequence[StoredLead], speaker: StoredLead, reading: Reading) -> Reaction:
    _grant(doing, speaker)
    return Reaction() if command(doing.event.text or "") else _pause_for_owner(doing, covered, speaker, reading)


def _pause_for_owner(doing: React, _covered: Sequence[StoredLead], speaker: StoredLead, reading: Reading) -> Reaction:
    rest(
        doing.connection,
        [speaker.lead.id],
        status=EnrollmentStatus.PAUSED,
        until=None,
        reason=f"replied: {reading.label}",
        now=doing.now,
    )
    _ask_owner(doing, speaker, f"Answer: {reading.label.replace('_', ' ')}")
    if speaker.lead.status is LeadStatus.NEW:
        leads.set_status(doing.connection, [speaker.lead.id], LeadStatus.WORKING)
    return Reaction()


REACTIONS: dict[Label, Callable[[React, Sequence[StoredLead], StoredLead, Reading], Reaction]] = {
    Label.OPT_OUT: _opted_out,
    Label.WRONG_NUMBER: _wrong_number,
    Label.NOT_NOW: _not_now,
    Label.OUT_OF_OFFICE: _out_of_office,
    Label.OPT_IN: _opted_in,
}
"""Every other human reply pauses for the owner."""


def act_on(doing: React, covered: Sequence[StoredLead], speaker: StoredLead, reading: Reading) -> Reaction:
    """Act on a reply as a person reads it; a person can say that the lead stops, not that the lead allows."""
    act = _pause_for_owner if reading.label is Label.OPT_IN else REACTIONS.get(reading.label, _pause_for_owner)
    return act(doing, covered, speaker, reading)


def note_reply(doing: React, speaker: StoredLead) -> None:
    """Note that the lead replied, and let what waits for it go on."""
    _happened(doing, speaker, "replied")


def _pressed_on(doing: React) -> Channel:
    """Return the channel that a word or a key ends: a key pressed in a call ends what calls by machine."""
    return Channel.VOICEMAIL if doing.event.channel is Channel.CALL else doing.event.channel


def _stop(
    doing: React,
    covered: Sequence[StoredLead],
    channels: frozenset[Channel],
    source: str,
    *,
    only_marketing: bool = False,
) -> datetime | None:
    stop = Stop(
        channels=channels,
        source=source,
        wording=doing.event.text or "",
        recorded_by=doing.event.provider,
        only_marketing=only_marketing,
    )
    call_bys = [
        carry_out(doing.kit, doing.connection, covered, stop, doing.now, speaker_id=one)
        for one in doing.speakers(covered)
    ]
    if not only_marketing:  # a complaint suppresses the address by itself
        call_bys.append(suppress_told(doing, covers(channels), SuppressionReason.OPTED_OUT))
    return latest(call_bys)


def _instant(speaker: StoredLead, reading: Reading) -> datetime | None:
    """Return the instant a reading means: a day begins at nine, where the lead is."""
    if reading.until is None:
        return None
    place = place_of(speaker.lead)
    return when(place.country or "", place.region, reading.until, "0 days", zone=place.zone).at


def _rest(doing: React, speaker: StoredLead, status: EnrollmentStatus, until: datetime, reason: str) -> None:
    rest(doing.connection, [speaker.lead.id], status=status, until=until, reason=reason, now=doing.now)


def _grant(doing: React, speaker: StoredLead) -> None:
    channel = doing.event.channel
    if channel is Channel.SMS and confirm_by_text(doing.kit, doing.connection, speaker, doing.event, doing.now):
        lift(doing)
        return
    row = fact_row(
        doing.kit,
        speaker.lead.id,
        channel=channel,
        purpose=None,
        kind=FactKind.GRANTED,
        basis=Basis.EXPRESS_WRITTEN,
        at=doing.now,
        now=doing.now,
        source="reply",
        recorded_by=doing.event.provider,
        personal=_said(doing, speaker).to_personal(),
    )
    consents.record(doing.connection, [row])
    lift(doing)
    enrollments.wake_open(doing.connection, [speaker.lead.id], doing.now)


def _said(doing: React, speaker: StoredLead) -> Proof:
    """Return what proves that *speaker* wants to hear from us: their own words, from their own address."""
    text = doing.event.text or ""
    own, _ = address_of(speaker, doing.event.channel)
    return Proof(
        wording=text,
        act=f"wrote {text.strip()[:40]!r} by {doing.event.channel}",
        name=f"{speaker.lead.first_name} {speaker.lead.last_name}".strip(),
        address=doing.event.address or own or "",
        evidence=f"{doing.event.provider} {doing.event.event_id}",
    )


def _keep_reply(doing: React, speaker: StoredLead, text: str, reading: Reading) -> None:
    events.keep_replies(
        doing.connection,
        [
            {
                "id": doing.heard.id,
                "lead_id": speaker.lead.id,
                "message_id": doing.heard.message.id if doing.heard.message else None,
                "channel": doing.event.channel,
                "at": doing.event.at,
                "body": text,
                "label": reading.label,
                "reading": to_json(reading),
                "reviewed_at": None,
            }
        ],
    )


def _note_other_address(doing: React, speaker: StoredLead) -> None:
    """Say beside the lead that the answer came from elsewhere; only the token or the thread told whose it is."""
    address = doing.event.address
    if address is None or address in (speaker.lead.email, speaker.lead.phone):
        return
    note = {
        "id": doing.kit.ids.new(),
        "lead_id": speaker.lead.id,
        "at": doing.event.at,
        "author": doing.event.provider,
        "body": f"Answered from another address: {address}",
    }
    events.note(doing.connection, [note])


def _happened(doing: React, speaker: StoredLead, name: str) -> None:
    row = {"id": doing.kit.ids.new(), "lead_id": speaker.lead.id, "name": name, "at": doing.event.at, "detail": {}}
    events.happened(doing.connection, [row])
    enrollments.wake_open(doing.connection, [speaker.lead.id], doing.now)


def _ask_owner(doing: React, speaker: StoredLead, title: str) -> None:
    row = tasks.new_row(
        task_id=doing.kit.ids.new(),
        intent_key=f"{doing.heard.id}:answer",
        lead_id=speaker.lead.id,
        kind=TaskKind.ANSWER,
        owner=speaker.lead.owner,
        title=title,
        body=doing.event.text or "",
        now=doing.now,
        due_at=doing.now + ANSWER_WITHIN,
    )
    tasks.insert(doing.connection, [row])
