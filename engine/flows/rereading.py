"""Correct what a reply was read as: act as if it had been read so, and keep the correction to learn from.

A stop that was acted on is never lifted here, however the reply is read now: only the lead can take it back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from channels.address import Channel
from consent.replies import Label, Reading
from engine.domain.enrollment import EnrollmentStatus
from engine.domain.lead import LeadId
from engine.flows.acting import lock_concerned
from engine.flows.again import again_if_changed
from engine.flows.eventjson import event_from_json
from engine.flows.kit import Kit
from engine.flows.matching import Heard
from engine.flows.reacting import act_on, note_reply
from engine.flows.reaction import React
from engine.flows.resting import resume
from engine.store import answers, audit, consents, leads, messages, tasks
from engine.store.database import Connection
from engine.store.pages import Row

NEEDS_NO_ANSWER = frozenset({Label.OPT_OUT, Label.NOT_NOW, Label.OUT_OF_OFFICE})
RESTS = frozenset({Label.NOT_NOW, Label.OUT_OF_OFFICE})
NO_PERSON = frozenset({Label.OUT_OF_OFFICE})

STAYS: Mapping[Label, str] = {
    Label.OPT_OUT: (
        "The stop stays: only the lead can take it back, by writing START or on their page. What they allowed otherwise is "
        "recorded with its proof."
    ),
    Label.WRONG_NUMBER: "The address stays out of use: lift it under Consent if you know that it is theirs after all.",
}
"""What a correction does not undo, by what the reply had been read as."""

NOT_GRANTED = "A correction allows nothing in the lead's name: record their permission with its proof."


class NoSuchReply(LookupError):
    """There is no reply with this id, or nothing is left of what it came as."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What came of a correction; *warning* says what was not undone, and what must happen instead."""

    lead_id: str
    before: Label
    after: Label
    warning: str = ""


@again_if_changed
def correct(
    kit: Kit,
    reply_id: str,
    label: Label,
    *,
    by: str,
    channels: frozenset[Channel] = frozenset(),
    until: date | None = None,
) -> Correction:
    """Read *reply_id* as *label* and act on it; returns when nothing that it stops can leave any more.

    *channels* narrows an opt-out, *until* is the date that was named. Raises `NoSuchReply`.
    """
    with kit.database.write() as connection:
        reply = answers.find_reply(connection, reply_id)
        if reply is None or not reply["event"]:
            raise NoSuchReply(reply_id)
        heard = _heard(connection, reply)
        covered = lock_concerned(kit, connection, [heard])[heard.id]
        before = Label(reply["label"])
        done = Correction(lead_id=reply["lead_id"], before=before, after=label, warning=_warning(before, label))
        if before is label:
            return done
        now = kit.database.now(connection)
        reading = _reading(reply, label, channels=channels, until=until)
        _keep(kit, connection, reply, reading, by=by, now=now)
        doing = React(kit=kit, connection=connection, heard=heard, now=now)
        speaker = next(one for one in covered if one.lead.id == reply["lead_id"])
        if label in NEEDS_NO_ANSWER:
            tasks.cancel_intents(connection, [f"{reply_id}:answer"], now=now, reason="read otherwise")
        if label in RESTS:  # what waited for a person does so no longer: whoever corrects has looked
            resume(connection, [speaker.lead.id], now, only=frozenset({EnrollmentStatus.PAUSED}))
        reaction = act_on(doing, covered, speaker, reading)
        if before in NO_PERSON and label not in NO_PERSON:
            note_reply(doing, speaker)
        if not answers.has_unread(connection, speaker.lead.id):
            consents.set_review(connection, [speaker.lead.id], None)
    kit.wait_out(reaction.call_by)
    return done


def _heard(connection: Connection, reply: Row) -> Heard:
    """Return the event that *reply* came as; it is the lead's, whoever has the address by now."""
    event = event_from_json(reply["event"])
    found = messages.load(connection, [reply["message_id"]]) if reply["message_id"] else {}
    lead = leads.load(connection, [reply["lead_id"]])[LeadId(reply["lead_id"])]
    holders = (str(lead.lead.id),) if event.address in {lead.lead.email, lead.lead.phone} else ()
    message = next(iter(found.values()), None)
    return Heard(id=reply["id"], event=event, message=message, lead_id=reply["lead_id"], holders=holders)


def _reading(reply: Row, label: Label, *, channels: frozenset[Channel], until: date | None) -> Reading:
    said = reply["reading"].get("until")
    read = date.fromisoformat(said[:10]) if said and label in RESTS else None
    return Reading(label=label, sure=True, until=until or read, channels=channels, evidence=("read by a person",))


def _warning(before: Label, after: Label) -> str:
    if before in STAYS:
        return STAYS[before]
    return NOT_GRANTED if after is Label.OPT_IN else ""


def _keep(kit: Kit, connection: Connection, reply: Row, reading: Reading, *, by: str, now: datetime) -> None:
    answers.keep_correction(
        connection,
        {
            "id": kit.ids.new(),
            "reply_id": reply["id"],
            "at": now,
            "corrected_by": by,
            "read_as": reply["label"],
            "corrected_to": reading.label,
            "reading": reply["reading"],
        },
    )
    read = {**reply["reading"], "label": reading.label.value, "sure": True, "corrected_by": by}
    answers.read_otherwise(connection, reply["id"], label=reading.label, reading=read, now=now)
    audit.note(
        connection, row_id=kit.ids.new(), at=now, actor=by, action="reply.corrected", subject=reply["lead_id"],
        before={"label": reply["label"]}, after={"label": reading.label.value},
    )  # fmt: skip
