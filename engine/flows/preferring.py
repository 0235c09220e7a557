"""What a lead wants to hear about, and how: topics stopped and allowed again by the lead's own hand."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from channels.address import PHONE_CHANNELS, Channel
from consent.facts import Basis, FactKind, Purpose
from consent.proof import Proof
from engine.domain.lead import LeadId
from engine.flows.again import again_if_changed
from engine.flows.asking import address_of
from engine.flows.consenting import fact_row
from engine.flows.kit import Kit
from engine.flows.strangers import lift_opt_out
from engine.flows.withdraw import JUST_AFTER, Stop, carry_out, lock_covered
from engine.store import consents, contents, leads
from engine.store.database import Connection
from engine.store.leads import StoredLead

PAGE = "page"
BY_LEAD = "lead"
OFFERED = (Channel.EMAIL, Channel.SMS)
"""What a lead chooses by; voicemail goes with texts, as it does for every stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One topic by one channel: is it wanted, and may the lead allow it on a page."""

    topic: str
    channel: Channel
    is_wanted: bool
    is_open: bool = True  # a number that stopped all texts is opened by a text alone


def choices_of(kit: Kit, connection: Connection, lead_id: str) -> list[Choice]:
    """Return every topic that sequences are about, by each channel the lead has and the sequences use."""
    stored = leads.load(connection, [lead_id])[LeadId(lead_id)]
    found = []
    for topic, channels in topics(kit, connection).items():
        stopped = _stopped(connection, lead_id, topic)
        closed = _stopped(connection, lead_id, None)
        for channel in OFFERED:
            if channel in channels and address_of(stored, channel)[0] is not None:
                is_open = channel not in PHONE_CHANNELS or channel not in closed
                found.append(Choice(topic=topic, channel=channel, is_wanted=channel not in stopped, is_open=is_open))
    return found


def topics(kit: Kit, connection: Connection) -> Mapping[str, frozenset[Channel]]:
    """Return what published sequences are about, by name, with the channels they use."""
    found: dict[str, frozenset[Channel]] = {}
    for row in contents.sequences(connection):
        sequence = kit.shelf.sequence(connection, row["revision"])
        if sequence.topic is not None:
            found[sequence.topic] = found.get(sequence.topic, frozenset()) | sequence.channels()
    return dict(sorted(found.items()))


@again_if_changed
def choose(kit: Kit, lead_id: str, wanted: Collection[tuple[str, Channel]], proof: Proof) -> None:
    """Stop every topic and channel offered that *wanted* leaves out, and allow again what it names.

    Returns when nothing that was stopped can leave any more. What the page didn't offer stays as it is.
    """
    call_by: datetime | None = None
    with kit.database.write() as connection:
        everything = Stop(channels=frozenset(), source=PAGE, wording=proof.wording, recorded_by=BY_LEAD)
        lead_id = leads.survivor_of(connection, lead_id)
        covered = lock_covered(connection, lead_id, everything)
        now = kit.database.now(connection)
        offered = choices_of(kit, connection, lead_id)
        for topic in sorted({one.topic for one in offered}):
            unwanted = {
                one.channel
                for one in offered
                if one.topic == topic and one.is_wanted and (topic, one.channel) not in wanted
            }
            if unwanted:
                stop = Stop(
                    channels=frozenset(unwanted),
                    source=PAGE,
                    wording=proof.wording,
                    recorded_by=BY_LEAD,
                    proof=proof,
                    topic=topic,
                )
                until = carry_out(kit, connection, covered, stop, now, speaker_id=lead_id)
                call_by = max((one for one in (call_by, until) if one is not None), default=None)
        speaker = next(one for one in covered if one.lead.id == lead_id)
        back = [one for one in offered if one.is_open and not one.is_wanted and (one.topic, one.channel) in wanted]
        _allow_again(kit, connection, speaker, back, proof, now)
    kit.wait_out(call_by)


def _allow_again(
    kit: Kit, connection: Connection, speaker: StoredLead, back: Collection[Choice], proof: Proof, now: datetime
) -> None:
    latest = consents.latest_words(connection, [speaker.lead.id])
    facts = []
    for one in back:
        after = latest.get((speaker.lead.id, one.channel), now) + JUST_AFTER
        facts.append(
            fact_row(
                kit,
                speaker.lead.id,
                channel=one.channel,
                purpose=Purpose.MARKETING,
                kind=FactKind.GRANTED,
                basis=Basis.EXPRESS,
                topic=one.topic,
                at=max(now, after),
                now=now,
                source=PAGE,
                recorded_by=BY_LEAD,
                personal=proof.to_personal(),
            )
        )
        address = address_of(speaker, one.channel)[0]
        if address is not None:
            lift_opt_out(kit, connection, address, one.channel)
    consents.record(connection, facts)


def _stopped(connection: Connection, lead_id: str, topic: str | None) -> set[str]:
    return {channel for _, channel in consents.already_stopped(connection, [lead_id], Purpose.MARKETING, topic)}
