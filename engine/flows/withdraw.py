"""A lead says stop: put it on record, cancel what has not left, and answer only when nothing more can leave."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from channels.address import PHONE_CHANNELS, AddressKind, Channel, kind_of
from consent.facts import Basis, FactKind, Purpose, SuppressionReason
from consent.proof import Proof
from engine.domain.lead import LeadId
from engine.domain.task import TaskKind
from engine.flows.again import again_if_changed
from engine.flows.asking import address_of
from engine.flows.consenting import fact_row
from engine.flows.kit import Kit
from engine.flows.suppressing import suppression_row
from engine.store import attempts, consents, enrollments, forgotten, leads, messages, tasks
from engine.store.database import Connection
from engine.store.history import MACHINE_CHANNELS
from engine.store.leads import StoredLead

log = structlog.get_logger(__name__)

EVERY_CHANNEL = frozenset(Channel)
AUTOMATED_PHONE = frozenset({Channel.SMS, Channel.VOICEMAIL})

KIN = {
    Channel.SMS: AUTOMATED_PHONE,
    Channel.VOICEMAIL: AUTOMATED_PHONE,
    Channel.CALL: frozenset({Channel.CALL, Channel.VOICEMAIL}),
}
"""Who stops one of these stops its kin: a recorded voice is a call, and a text is one before the law."""

ASK_FIRST = "stopped texts: ask before you dial"
JUST_AFTER = timedelta(microseconds=1)
DECIDE_AFTER = timedelta(days=1)
"""When to come back to a lead for whom a stop left nothing planned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """What a lead stopped, and how they said it. *channels* names what they named; empty means everything."""

    channels: frozenset[Channel]
    source: str
    wording: str
    recorded_by: str
    only_marketing: bool = False
    proof: Proof = field(default_factory=Proof)  # what else is known of it: the page, from where, with which program
    topic: str | None = None  # what they want no more of, where they keep the rest
    every_purpose: bool = False  # it ends service too, where the channel alone would end marketing

    def covers(self) -> frozenset[Channel]:
        """Return every channel that ends, kin included."""
        if not self.channels:
            return EVERY_CHANNEL
        return self.channels.union(*(KIN.get(channel, frozenset()) for channel in self.channels))

    def purpose(self) -> Purpose | None:
        """Return what ends: the mail page ends marketing; a stop by phone or in words ends every purpose."""
        is_page_of_mail = self.channels == {Channel.EMAIL} and not self.every_purpose
        is_marketing = self.only_marketing or self.topic is not None or is_page_of_mail
        return Purpose.MARKETING if is_marketing else None


@again_if_changed
def withdraw(kit: Kit, lead_id: str, stop: Stop) -> None:
    """Carry out *stop* for *lead_id*, or whom it became part of, and every lead it shares a stopped address with.

    Returns only when no call to any of them can start any more; then the lead may be told.
    """
    with kit.database.write() as connection:
        speaker_id = leads.survivor_of(connection, lead_id)
        covered = lock_covered(connection, speaker_id, stop)
        now = kit.database.now(connection)
        call_by = carry_out(kit, connection, covered, stop, now, speaker_id=speaker_id)
    kit.wait_out(call_by)


def lock_covered(connection: Connection, lead_id: str, stop: Stop) -> list[StoredLead]:
    """Lock and return the leads that *stop* of *lead_id*, no double, is about, with all their addresses.

    Raises `ChangedMeanwhile` as `lock_leads` does.
    """
    asked = leads.load(connection, [lead_id])
    address_ids = {one for stored in asked.values() for one in _stopped_addresses(stored, stop)}
    covered = leads.sharing(connection, address_ids) if address_ids else list(asked.values())
    lock_leads(connection, covered)
    return covered


def lock_leads(connection: Connection, covered: Collection[StoredLead]) -> None:
    """Take the locks that dispatch takes, in the same order.

    Raises `ChangedMeanwhile` where one of them became part of another lead meanwhile: `again_if_changed` begins anew.
    """
    leads.lock_as_loaded(connection, covered)


def carry_out(
    kit: Kit, connection: Connection, covered: Collection[StoredLead], stop: Stop, now: datetime, *, speaker_id: str
) -> datetime | None:
    """Write *stop* of the lead *speaker_id*; return the last instant at which a call may still start.

    It ends what it names for the speaker and, for every other of the locked leads *covered*, the channels of an address
    they share. Enrollments are woken, not ended here: their leave rules say what a stop means for them.
    """
    speaker = next((stored for stored in covered if stored.lead.id == speaker_id), None)
    if speaker is None:
        return None
    ended = {stored.lead.id: _ended_for(stored, speaker, stop) for stored in covered}
    covered = [stored for stored in covered if ended[stored.lead.id]]
    # A stop told twice, by a text and by the provider, is one stop.
    known = consents.already_stopped(connection, [one.lead.id for one in covered], stop.purpose(), stop.topic)
    # The latest word counts: a clock that went back must not put a stop before what it takes back.
    latest = consents.latest_words(connection, [one.lead.id for one in covered])
    facts = [
        _fact(kit, one, channel, stop, max(now, latest.get((one.lead.id, channel), now) + JUST_AFTER), now)
        for one in covered
        for channel in sorted(ended[one.lead.id])
        if (one.lead.id, channel) not in known
    ]
    consents.record(connection, facts)
    enrollments.open_of(connection, ended)  # locked together, in order
    # Who has stopped everything rests no more, whatever the order in which the words came.
    heard = {stored.lead.id for stored in covered}
    over = consents.stopped_all(connection, heard, MACHINE_CHANNELS)
    enrollments.wake_open(connection, over, now, even_resting=True)
    enrollments.wake_open(connection, heard - over, now)
    for channels, lead_ids in _by_channels(ended):
        messages.cancel_open(
            connection,
            now=now,
            reason="withdrawn",
            lead_ids=lead_ids,
            channels=channels,
            purpose=stop.purpose(),
            topic=stop.topic,
        )
        if stop.topic is None:
            _stop_tasks(connection, lead_ids, channels, now)
    _leave_nobody(kit, connection, covered, now)
    log.info("lead.withdrew", leads=len(covered), channels=sorted(ended[speaker.lead.id]), source=stop.source)
    address_ids = {address for stored in covered for address in stored.address_ids()}
    return attempts.latest_call_by(connection, {stored.lead.id for stored in covered}, address_ids)


def _ended_for(stored: StoredLead, speaker: StoredLead, stop: Stop) -> frozenset[Channel]:
    """Return what *stop* ends for *stored*: nobody else's email ends by a text from a shared phone."""
    if stored is speaker:
        return stop.covers()
    shared = set(stored.address_ids()) & _stopped_addresses(speaker, stop)
    kinds = {kind for kind, address in _addresses(stored) if address in shared}
    return frozenset(channel for channel in stop.covers() if kind_of(channel) in kinds)


def _addresses(stored: StoredLead) -> tuple[tuple[AddressKind, str | None], ...]:
    return ((AddressKind.EMAIL, stored.email_id), (AddressKind.PHONE, stored.phone_id))


def _by_channels(ended: Mapping[LeadId, frozenset[Channel]]) -> list[tuple[frozenset[Channel], list[str]]]:
    """Return the leads for whom the same channels end, together; who is not concerned is left out."""
    groups: dict[frozenset[Channel], list[str]] = {}
    for lead_id, channels in sorted(ended.items()):
        if channels:
            groups.setdefault(channels, []).append(lead_id)
    return list(groups.items())


def suppress_address(
    kit: Kit,
    connection: Connection,
    covered: Collection[StoredLead],
    kind: AddressKind,
    *,
    reason: SuppressionReason,
    source: str,
    now: datetime,
) -> datetime | None:
    """Stop using the address of *kind* that the locked leads *covered* share, on every channel it serves."""
    values = {stored.lead.email if kind is AddressKind.EMAIL else stored.lead.phone for stored in covered} - {None}
    rows = [
        suppression_row(kit, kind, value, channel=None, reason=reason, source=source, now=now)
        for value in sorted(value for value in values if value)
    ]
    if not rows:
        return None
    consents.suppress(connection, rows)
    lead_ids = {stored.lead.id for stored in covered}
    channels = {channel for channel in Channel if kind_of(channel) is kind}
    enrollments.wake_open(connection, lead_ids, now)
    messages.cancel_open(connection, now=now, reason=reason, lead_ids=lead_ids, channels=channels)
    if kind is AddressKind.PHONE:
        tasks.cancel_open(connection, now=now, reason=reason, lead_ids=lead_ids, kinds={TaskKind.CALL})
    _leave_nobody(kit, connection, covered, now)
    return attempts.latest_call_by(connection, lead_ids, ())


def _stopped_addresses(stored: StoredLead, stop: Stop) -> set[str]:
    """Return the addresses the stop is about: somebody else's email is not stopped by a text from a shared phone."""
    channels = stop.covers()
    found = set()
    if Channel.EMAIL in channels and stored.email_id:
        found.add(stored.email_id)
    if channels & PHONE_CHANNELS and stored.phone_id:
        found.add(stored.phone_id)
    return found


def _fact(kit: Kit, stored: StoredLead, channel: Channel, stop: Stop, at: datetime, now: datetime) -> dict[str, object]:
    address = stop.proof.address or address_of(stored, channel)[0] or ""
    return fact_row(
        kit,
        stored.lead.id,
        channel=channel,
        purpose=stop.purpose(),
        kind=FactKind.WITHDRAWN,
        basis=Basis.NONE,
        topic=stop.topic,
        at=at,
        now=now,
        source=stop.source,
        recorded_by=stop.recorded_by,
        personal=replace(stop.proof, wording=stop.wording, address=address).to_personal(),
    )


def _stop_tasks(connection: Connection, lead_ids: Collection[str], channels: frozenset[Channel], now: datetime) -> None:
    if Channel.CALL in channels:
        kinds = {TaskKind.CALL} if channels != EVERY_CHANNEL else {TaskKind.CALL, TaskKind.LETTER, TaskKind.SOCIAL}
        tasks.cancel_open(connection, now=now, reason="withdrawn", lead_ids=lead_ids, kinds=kinds)
    elif channels & AUTOMATED_PHONE:
        tasks.warn_callers(connection, lead_ids, ASK_FIRST)


def _leave_nobody(kit: Kit, connection: Connection, covered: Collection[StoredLead], now: datetime) -> None:
    """Ask what is next where a cancelled task was all that a lead could count on."""
    forgotten_ids = forgotten.who_of(connection, [stored.lead.id for stored in covered])
    rows = [
        tasks.new_row(
            task_id=kit.ids.new(),
            intent_key=f"{kit.ids.new()}:what-next",
            lead_id=stored.lead.id,
            kind=TaskKind.REVIEW,
            owner=stored.lead.owner,
            title="A stop ended what was planned: decide what is next",
            now=now,
            due_at=now + DECIDE_AFTER,
        )
        for stored in covered
        if stored.lead.id in forgotten_ids
    ]
    tasks.insert(connection, rows)
