"""Take leads in: who they are, where they are reached, what they allowed, who owns them, and what starts at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from channels.address import AddressKind, Channel, phone_region, phone_zones
from consent.facts import Basis, FactKind, Purpose, SuppressionReason
from engine.domain.lead import LeadStatus
from engine.domain.sequence import Trigger
from engine.domain.task import TaskKind
from engine.flows.consenting import fact_row
from engine.flows.enroll import Entry, enroll_by_trigger
from engine.flows.kit import Kit
from engine.flows.suppressing import suppression_row
from engine.store import consents, events, leads, tasks, users
from engine.store.database import Connection
from engine.store.leads import StoredLead

LEAD_CREATED = "lead.created"
CAME_BACK = "came_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Permission as the lead gave it: the channel, how, and the exact wording shown."""

    channel: Channel
    basis: Basis
    wording: str = ""
    page: str = ""
    purpose: Purpose | None = Purpose.MARKETING
    at: datetime | None = None  # None: now


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A lead as it arrives; addresses are canonical. *suppress* names the channels that must not be used."""

    email: str | None = None
    phone: str | None = None
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    country: str | None = None
    region: str | None = None
    zone: str | None = None
    language: str = "en"
    interest: str = ""
    source: str = ""
    cost_cents: int = 0
    custom: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    grants: tuple[Grant, ...] = ()
    suppress: frozenset[Channel] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What became of a draft; *is_new* is False when the lead was known by one of its addresses."""

    lead_id: str
    is_new: bool
    entries: tuple[Entry, ...] = ()


def receive_leads(kit: Kit, drafts: Sequence[Draft], *, recorded_by: str, enter: bool = True) -> list[Arrival]:
    """Take *drafts* in, in one transaction, each exactly once however often it is posted; return them in order.

    A lead that is known already gains what it lacked and starts what may start again. With *enter*, sequences that
    start by a new lead begin; one that none takes becomes its owner's task, so that nobody is forgotten.
    """
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        book = _Intake(kit, connection, now, recorded_by)
        arrived = [book.take(draft) for draft in drafts]
        book.write()
        if not enter:
            return arrived
        return _start(kit, connection, arrived, now)


class _Intake:
    """One batch of arriving leads."""

    def __init__(self, kit: Kit, connection: Connection, now: datetime, recorded_by: str) -> None:
        self._kit = kit
        self._connection = connection
        self._now = now
        self._recorded_by = recorded_by
        self._facts: list[dict[str, Any]] = []
        self._suppressions: list[dict[str, Any]] = []
        self._happenings: list[dict[str, Any]] = []
        self._notes: list[dict[str, Any]] = []

    def take(self, draft: Draft) -> Arrival:
        """Write the lead of *draft* and collect what came with it."""
        assert draft.email or draft.phone
        known = leads.find(self._connection, email=draft.email, phone=draft.phone)
        address_ids = self._addresses(draft)
        if known is None:
            lead_id = self._kit.ids.new()
            leads.insert(self._connection, [self._row(draft, lead_id, address_ids)])
        else:
            lead_id = known.lead.id
            self._complete(known, draft, address_ids)
        self._keep(draft, lead_id, name=LEAD_CREATED if known is None else CAME_BACK)
        return Arrival(lead_id=lead_id, is_new=known is None)

    def write(self) -> None:
        """Write what came with the leads."""
        consents.record(self._connection, self._facts)
        consents.suppress(self._connection, self._suppressions)
        events.happened(self._connection, self._happenings)
        events.note(self._connection, self._notes)

    def _addresses(self, draft: Draft) -> dict[AddressKind, str]:
        key_of = self._kit.address_key.key_of
        pairs = [
            (kind, key_of(kind, value))
            for kind, value in ((AddressKind.EMAIL, draft.email), (AddressKind.PHONE, draft.phone))
            if value
        ]
        ids = leads.ensure_addresses(self._connection, pairs, new_id=self._kit.ids.new, now=self._now)
        return {kind: ids[kind, key] for kind, key in pairs}

    def _row(self, draft: Draft, lead_id: str, address_ids: Mapping[AddressKind, str]) -> dict[str, Any]:
        zone, zone_source = _zone(draft)
        return {
            "id": lead_id,
            "created_at": self._now,
            "status": LeadStatus.NEW,
            "first_name": draft.first_name,
            "last_name": draft.last_name,
            "company": draft.company,
            "email": draft.email,
            "phone": draft.phone,
            "email_id": address_ids.get(AddressKind.EMAIL),
            "phone_id": address_ids.get(AddressKind.PHONE),
            "country": draft.country or _phone_country(draft),
            "region": draft.region,
            "zone": zone,
            "zone_source": zone_source,
            "language": draft.language,
            "interest": draft.interest,
            "source": draft.source,
            "owner": users.next_owner(self._connection, self._now),
            "cost_cents": draft.cost_cents,
            "custom": dict(draft.custom),
        }

    def _complete(self, known: StoredLead, draft: Draft, address_ids: Mapping[AddressKind, str]) -> None:
        """Fill in what was not known; what the lead said before is never overwritten by a form's blank."""
        lead = known.lead
        values: dict[str, Any] = {
            name: getattr(draft, name)
            for name in ("first_name", "last_name", "company", "country", "region", "interest", "source")
            if getattr(draft, name) and not getattr(lead, name)
        }
        if draft.phone and not lead.phone:
            values |= {"phone": draft.phone, "phone_id": address_ids[AddressKind.PHONE]}
        if draft.email and not lead.email:
            values |= {"email": draft.email, "email_id": address_ids[AddressKind.EMAIL]}
        if values:
            leads.change(self._connection, lead.id, values)

    def _keep(self, draft: Draft, lead_id: str, *, name: str) -> None:
        new_id, now = self._kit.ids.new, self._now
        for grant in draft.grants:
            self._facts.append(
                fact_row(
                    self._kit,
                    lead_id,
                    channel=grant.channel,
                    purpose=grant.purpose,
                    kind=FactKind.GRANTED,
                    basis=grant.basis,
                    at=grant.at or now,
                    now=now,
                    source=draft.source or "unknown",
                    recorded_by=self._recorded_by,
                    personal={"wording": grant.wording, "page": grant.page},
                )
            )
        self._suppressions += [self._suppression(draft, channel) for channel in sorted(draft.suppress)]
        detail = {"source": draft.source, "interest": draft.interest}
        self._happenings.append({"id": new_id(), "lead_id": lead_id, "name": name, "at": now, "detail": detail})
        if draft.note:
            note = {"id": new_id(), "lead_id": lead_id, "at": now, "author": self._recorded_by, "body": draft.note}
            self._notes.append(note)

    def _suppression(self, draft: Draft, channel: Channel) -> dict[str, Any]:
        kind = AddressKind.EMAIL if channel is Channel.EMAIL else AddressKind.PHONE
        address = draft.email if kind is AddressKind.EMAIL else draft.phone
        assert address is not None
        return suppression_row(
            self._kit,
            kind,
            address,
            channel=channel,
            reason=SuppressionReason.OPTED_OUT,
            source=self._recorded_by,
            now=self._now,
        )


def _start(kit: Kit, connection: Connection, arrived: Sequence[Arrival], now: datetime) -> list[Arrival]:
    entries = enroll_by_trigger(kit, connection, {one.lead_id for one in arrived}, now, trigger=Trigger.LEAD_CREATED)
    started = [
        Arrival(
            lead_id=one.lead_id,
            is_new=one.is_new,
            entries=tuple(entry for entry in entries if entry.lead_id == one.lead_id),
        )
        for one in arrived
    ]
    stored = leads.load(connection, {one.lead_id for one in arrived})
    rows = [
        tasks.new_row(
            task_id=kit.ids.new(),
            intent_key=f"{one.lead_id}:no-sequence",
            lead_id=one.lead_id,
            kind=TaskKind.CALL,
            owner=stored_lead.lead.owner,
            title="New lead that no sequence takes: follow up",
            now=now,
            due_at=now,
        )
        for one in started
        if one.is_new and not any(entry.enrollment_id for entry in one.entries)
        for stored_lead in [found for found in stored.values() if found.lead.id == one.lead_id]
    ]
    tasks.insert(connection, rows)
    return started


def _zone(draft: Draft) -> tuple[str | None, str | None]:
    """Return the lead's zone where one thing tells it beyond doubt, and what told it."""
    if draft.zone:
        return draft.zone, "stated"
    zones = phone_zones(draft.phone) if draft.phone else ()
    return (zones[0], "phone") if len(zones) == 1 else (None, None)


def _phone_country(draft: Draft) -> str | None:
    return phone_region(draft.phone) if draft.phone else None
