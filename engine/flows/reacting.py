"""What an event from a lead does: the table *What stops what*, as code."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from channels.address import AddressKind, Channel, kind_of
from channels.events import EventKind, ProviderEvent
from consent.facts import Basis, FactKind, SuppressionReason
from consent.replies import Label, Reading, classify, to_json
from consent.replies.keywords import command
from engine.domain.enrollment import EnrollmentStatus
from engine.domain.lead import LeadStatus
from engine.domain.lead_place import place_of
from engine.domain.task import TaskKind
from engine.domain.timing import when
from engine.flows.consenting import fact_row
from engine.flows.kit import Kit
from engine.flows.resting import rest
from engine.flows.withdraw import Stop, carry_out, suppress_address
from engine.store import consents, enrollments, events, leads, tasks
from engine.store.database import Connection
from engine.store.leads import StoredLead

ALL_OF_IT = re.compile(r"\beverything\b", re.IGNORECASE)
"""STOP by text ends automated phone; "stop everything" means what it says, on whatever channel it comes."""

SNOOZE_WITHOUT_DATE = timedelta(days=90)
"""Somebody who says "not now" and no date is left alone for a season."""

AWAY_WITHOUT_DATE = timedelta(days=7)
"""An auto-reply without a date of return."""

ANSWER_WITHIN = timedelta(minutes=5)
"""A lead who writes is at the phone now (Oldroyd, Lead Response Management study, 2007)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class React:
    """An event under way, inside its transaction; the leads it covers are locked."""

    kit: Kit
    connection: Connection
    event: ProviderEvent
    event_id: str
    lead_id: str | None
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """What came of it: until when calls may still start, and whether it tells about the message's delivery."""

    call_by: datetime | None = None
    is_delivery: bool = True


def react(doing: React, covered: Sequence[StoredLead]) -> Reaction:
    """Act on an urgent event for the locked leads *covered*; the first of them by id need not be who spoke."""
    speaker = next((one for one in covered if one.lead.id == doing.lead_id), None)
    if speaker is None:
        return Reaction()  # nobody we know; the event stays on record
    match doing.event.kind:
        case EventKind.BOUNCED:
            return Reaction(call_by=_suppress(doing, covered, speaker, SuppressionReason.HARD_BOUNCE))
        case EventKind.COMPLAINED:
            call_bys = [
                _suppress(doing, covered, speaker, SuppressionReason.COMPLAINT),
                _stop(doing, covered, frozenset(), "complaint", only_marketing=True),
            ]
            return Reaction(call_by=max((one for one in call_bys if one is not None), default=None))
        case EventKind.UNSUBSCRIBED:
            return Reaction(call_by=_stop(doing, covered, frozenset({_pressed_on(doing)}), "unsubscribe"))
        case EventKind.RESUBSCRIBED:
            _grant(doing, speaker)
            return Reaction()
        case EventKind.REPLIED:
            return _replied(doing, covered, speaker)
        case _:
            return Reaction()


def _replied(doing: React, covered: Sequence[StoredLead], speaker: StoredLead) -> Reaction:
    text = doing.event.text or ""
    reading = classify(text, doing.event.at, language=speaker.lead.language)
    _keep_reply(doing, speaker, text, reading)
    if doing.event.machine and reading.label is not Label.OUT_OF_OFFICE:
        return Reaction(is_delivery=False)  # "we received your mail": kept, but nobody said anything
    act = REACTIONS.get(reading.label, _pause_for_owner)
    reaction = act(doing, covered, speaker, reading)
    if reading.label is not Label.OUT_OF_OFFICE:
        _happened(doing, speaker, "replied")
    if not reading.sure and reading.label is not Label.OPT_OUT:
        consents.set_review(doing.connection, [speaker.lead.id], doing.now)
        _ask_owner(doing, speaker, "Read this reply: sending is held until you do")
    return reaction


def _opted_out(doing: React, covered: Sequence[StoredLead], _speaker: StoredLead, reading: Reading) -> Reaction:
    channels = reading.channels
    text = doing.event.text or ""
    is_word = command(text) is not None and not ALL_OF_IT.search(text)
    if doing.event.channel is not Channel.EMAIL and is_word:
        channels = frozenset({_pressed_on(doing)})
    return Reaction(call_by=_stop(doing, covered, channels, "reply"))


def _wrong_number(doing: React, covered: Sequence[StoredLead], speaker: StoredLead, _reading: Reading) -> Reaction:
    _ask_owner(doing, speaker, "Wrong number: find the right one")
    return Reaction(call_by=_suppress(doing, covered, speaker, SuppressionReason.WRONG_NUMBER))


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
    return carry_out(doing.kit, doing.connection, covered, stop, doing.now, speaker_id=doing.lead_id or "")


def _suppress(
    doing: React, covered: Sequence[StoredLead], speaker: StoredLead, reason: SuppressionReason
) -> datetime | None:
    kind = kind_of(doing.event.channel)
    assert kind is not None
    address = speaker.lead.email if kind is AddressKind.EMAIL else speaker.lead.phone
    same = [one for one in covered if address in (one.lead.email, one.lead.phone)]
    return suppress_address(
        doing.kit, doing.connection, same, kind, reason=reason, source=doing.event.provider, now=doing.now
    )


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
        personal={"wording": doing.event.text or ""},
    )
    consents.record(doing.connection, [row])
    enrollments.wake_open(doing.connection, [speaker.lead.id], doing.now)


def _keep_reply(doing: React, speaker: StoredLead, text: str, reading: Reading) -> None:
    events.keep_replies(
        doing.connection,
        [
            {
                "id": doing.event_id,
                "lead_id": speaker.lead.id,
                "message_id": doing.event.message_id,
                "channel": doing.event.channel,
                "at": doing.event.at,
                "body": text,
                "label": reading.label,
                "reading": to_json(reading),
                "reviewed_at": None,
            }
        ],
    )


def _happened(doing: React, speaker: StoredLead, name: str) -> None:
    row = {"id": doing.kit.ids.new(), "lead_id": speaker.lead.id, "name": name, "at": doing.event.at, "detail": {}}
    events.happened(doing.connection, [row])
    enrollments.wake_open(doing.connection, [speaker.lead.id], doing.now)


def _ask_owner(doing: React, speaker: StoredLead, title: str) -> None:
    row = tasks.new_row(
        task_id=doing.kit.ids.new(),
        intent_key=f"{doing.event_id}:answer",
        lead_id=speaker.lead.id,
        kind=TaskKind.ANSWER,
        owner=speaker.lead.owner,
        title=title,
        body=doing.event.text or "",
        now=doing.now,
        due_at=doing.now + ANSWER_WITHIN,
    )
    tasks.insert(doing.connection, [row])
