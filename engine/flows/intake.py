"""Take leads in: who they are, where they are reached, what they allowed, who owns them, and what starts at once."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import cycle
from typing import Any

from channels.address import Address, AddressKind, kind_of, phone_region, phone_zones
from consent.facts import Basis, SuppressionReason
from consent.proof import Proof
from engine.domain.lead import LeadStatus
from engine.domain.sequence import Trigger
from engine.domain.task import TaskKind
from engine.flows.consenting import fact_row
from engine.flows.double_opt_in import ask_to_confirm
from engine.flows.draft import Draft, Grant
from engine.flows.enroll import Entry, enroll_by_trigger
from engine.flows.kit import Kit
from engine.flows.recognising import Known
from engine.flows.suppressing import suppression_row
from engine.store import consents, enrollments, events, forgotten, leads, tasks, users
from engine.store.database import Connection

__all__ = ["Arrival", "Draft", "Grant", "assign_to_owners", "receive_leads", "start", "take_in", "take_in_and_start"]

LEAD_CREATED = "lead.created"
CAME_BACK = "came_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What became of a draft; *is_new* is False when the lead was known by one of its addresses."""

    lead_id: str
    is_new: bool
    entries: tuple[Entry, ...] = ()


def receive_leads(kit: Kit, drafts: Sequence[Draft], *, recorded_by: str, enter: bool = True) -> list[Arrival]:
    """Take *drafts* in, in one transaction, each exactly once however often it is posted; return them in order.

    A lead that is known already gains what it lacked and starts what may start again. With *enter*, sequences that
    start by a new lead begin; one that none takes becomes its owner's task, so that nobody is forgotten. A new lead
    that came with a stop for every way to reach it is lost from the start.
    """
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        if not enter:
            return take_in(kit, connection, drafts, now, recorded_by=recorded_by)
        return take_in_and_start(kit, connection, drafts, now, recorded_by=recorded_by)


def take_in_and_start(
    kit: Kit, connection: Connection, drafts: Sequence[Draft], now: datetime, *, recorded_by: str
) -> list[Arrival]:
    """Do what `receive_leads` does, inside a transaction that has something of its own to keep beside it."""
    arrived = take_in(kit, connection, drafts, now, recorded_by=recorded_by)
    open_ids = {one.lead_id for one, draft in zip(arrived, drafts, strict=True) if not draft.is_closed}
    return start(kit, connection, arrived, open_ids, now)


def take_in(
    kit: Kit,
    connection: Connection,
    drafts: Sequence[Draft],
    now: datetime,
    *,
    recorded_by: str,
    is_return: bool = True,
) -> list[Arrival]:
    """Write the leads of *drafts* and what came with them; return them in order, none of them in any sequence yet.

    Without *is_return* a known lead did not come back: it only stands on a list again, and its note with it.
    """
    book = _Intake(kit, connection, now, recorded_by, drafts)
    arrived = [book.take(draft, is_return=is_return) for draft in drafts]
    book.write()
    return arrived


class _Intake:
    """One batch of arriving leads: read in three queries, written in one statement a table, however large."""

    def __init__(
        self, kit: Kit, connection: Connection, now: datetime, recorded_by: str, drafts: Sequence[Draft]
    ) -> None:
        self._kit = kit
        self._connection = connection
        self._now = now
        self._recorded_by = recorded_by
        self._address_ids = self._lock(drafts)
        self._known = Known(connection, drafts)
        self._turns = _turns(connection, now, len(drafts))
        self._leads: dict[str, dict[str, Any]] = {}
        self._facts: list[dict[str, Any]] = []
        self._suppressions: list[dict[str, Any]] = []
        self._happenings: list[dict[str, Any]] = []
        self._notes: list[dict[str, Any]] = []

    def take(self, draft: Draft, *, is_return: bool) -> Arrival:
        """Collect the lead of *draft* and what came with it."""
        assert draft.addresses
        lead_id = self._known.match(draft)
        is_new = lead_id is None
        if lead_id is None:
            lead_id = self._kit.ids.new()
            self._leads[lead_id] = self._row(draft, lead_id)
            self._known.add(lead_id, self._leads[lead_id])
        else:
            self._complete(lead_id, draft)
        self._keep(draft, lead_id, name=LEAD_CREATED if is_new else CAME_BACK if is_return else None)
        return Arrival(lead_id=lead_id, is_new=is_new)

    def write(self) -> None:
        """Write the leads and what came with them."""
        leads.insert(self._connection, list(self._leads.values()))
        consents.record(self._connection, self._facts)
        ask_to_confirm(self._kit, self._connection, self._facts, self._now)
        consents.suppress(self._connection, self._suppressions)
        events.happened(self._connection, self._in_turn(self._happenings))
        events.note(self._connection, self._notes)

    def _in_turn(self, happenings: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return *happenings*, those of who came back after all that turned them before: the clock may have gone back."""
        back = [one["lead_id"] for one in happenings if one["name"] == CAME_BACK]
        at = forgotten.after_all_that_turned(self._connection, back, self._now) if back else {}
        return [{**one, "at": at.get(one["lead_id"], one["at"])} for one in happenings]

    def _lock(self, drafts: Sequence[Draft]) -> dict[tuple[str, str], str]:
        """Lock whom *drafts* name, then their addresses, as a stop does; return the id of each address.

        Of two batches with the same people, the second waits here and then finds what the first has written.
        """
        known = Known(self._connection, drafts)
        ids = self._ensure_addresses(drafts)
        leads.lock(self._connection, known.lead_ids, set(ids.values()))
        return ids

    def _ensure_addresses(self, drafts: Sequence[Draft]) -> dict[tuple[str, str], str]:
        keys = {(one.kind, one.value): self._key(one) for draft in drafts for one in draft.addresses}
        ids = leads.ensure_addresses(
            self._connection,
            [(kind, key) for (kind, _), key in keys.items()],
            new_id=self._kit.ids.new,
            now=self._now,
        )
        return {(kind, value): ids[kind, key] for (kind, value), key in keys.items()}

    def _key(self, address: Address) -> str:
        return self._kit.address_key.key_of(address.kind, address.value)

    def _address_id(self, kind: AddressKind, value: str | None) -> str | None:
        return self._address_ids[kind, value] if value else None

    def _row(self, draft: Draft, lead_id: str) -> dict[str, Any]:
        zone, zone_source = _zone(draft)
        return {
            "id": lead_id,
            "created_at": self._now,
            "status": LeadStatus.LOST if draft.is_closed else LeadStatus.NEW,
            "first_name": draft.first_name,
            "last_name": draft.last_name,
            "company": draft.company,
            "email": draft.email,
            "phone": draft.phone,
            "email_id": self._address_id(AddressKind.EMAIL, draft.email),
            "phone_id": self._address_id(AddressKind.PHONE, draft.phone),
            "country": draft.country or _phone_country(draft),
            "region": draft.region,
            "zone": zone,
            "zone_source": zone_source,
            "language": draft.language,
            "interest": draft.interest,
            "source": draft.source,
            "owner": next(self._turns),
            "cost_cents": draft.cost_cents,
            "custom": dict(draft.custom),
            "checks": dict(draft.checks) or None,
        }

    def _complete(self, lead_id: str, draft: Draft) -> None:
        """Fill in what was not known; what the lead said before is never overwritten by a form's blank."""
        known = self._known.fields(lead_id)
        names = ("first_name", "last_name", "company", "country", "region", "interest", "source", "phone", "email")
        values = {name: getattr(draft, name) for name in names if getattr(draft, name) and not known[name]}
        if "phone" in values:
            values["phone_id"] = self._address_id(AddressKind.PHONE, draft.phone)
        if "email" in values:
            values["email_id"] = self._address_id(AddressKind.EMAIL, draft.email)
        if not values:
            return
        found = {kind: draft.checks[kind] for kind in ("email", "phone") if kind in values and kind in draft.checks}
        if found:
            values["checks"] = {**(known["checks"] or {}), **found}
        if lead_id in self._leads:
            self._leads[lead_id] |= values
        else:
            leads.change(self._connection, lead_id, values)
        self._known.add(lead_id, {**known, **values})

    def _keep(self, draft: Draft, lead_id: str, *, name: str | None) -> None:
        new_id, now = self._kit.ids.new, self._now
        for grant in self._standing(draft.grants, lead_id):
            self._facts.append(
                fact_row(
                    self._kit,
                    lead_id,
                    channel=grant.channel,
                    purpose=grant.purpose,
                    kind=grant.kind,
                    topic=grant.topic,
                    basis=grant.basis,
                    at=grant.at or now,
                    now=now,
                    source=draft.source or "unknown",
                    recorded_by=self._recorded_by,
                    personal=self._proof(lead_id, grant).to_personal(),
                    expires_at=grant.expires_at,
                )
            )
        self._suppressions += self._suppressed(draft, self._known.addresses(lead_id))
        if name is not None:
            detail = {"source": draft.source, "interest": draft.interest, **self._otherwise(draft, lead_id)}
            self._happenings.append({"id": new_id(), "lead_id": lead_id, "name": name, "at": now, "detail": detail})
        if draft.note and name is not None:
            note = {"id": new_id(), "lead_id": lead_id, "at": now, "author": self._recorded_by, "body": draft.note}
            self._notes.append(note)

    def _standing(self, grants: Sequence[Grant], lead_id: str) -> Sequence[Grant]:
        """Return *grants* without those that a stop stands against: asking a question takes back no stop."""
        asked = [one for one in grants if one.basis is Basis.IMPLIED_INQUIRY]
        if not asked or lead_id in self._leads:
            return grants
        stopped = {
            (channel, purpose)
            for purpose in {one.purpose for one in asked}
            for _, channel in consents.stopped_in_part(self._connection, [lead_id], purpose)
        }
        return [one for one in grants if one not in asked or (one.channel, one.purpose) not in stopped]

    def _proof(self, lead_id: str, grant: Grant) -> Proof:
        """Return what proves *grant*: what came with it, and to whom and where it belongs."""
        known = self._known.fields(lead_id)
        address = known["email"] if kind_of(grant.channel) is AddressKind.EMAIL else known["phone"]
        name = f"{known['first_name']} {known['last_name']}".strip()
        return replace(grant, name=grant.name or name, address=grant.address or address or "")

    def _otherwise(self, draft: Draft, lead_id: str) -> dict[str, Any]:
        """Return what *draft* says otherwise than what is on record, such as a second phone: a person may want it."""
        known = self._known.fields(lead_id)
        names = ("first_name", "last_name", "company", "phone", "email", "country", "region")
        said = {name: getattr(draft, name) for name in names if getattr(draft, name) not in {None, "", known[name]}}
        custom = {name: value for name, value in draft.custom.items() if known["custom"].get(name) != value}
        return {"otherwise": {**said, **custom}} if said or custom else {}

    def _suppressed(self, draft: Draft, known: Collection[Address]) -> list[dict[str, Any]]:
        return [
            suppression_row(
                self._kit,
                address.kind,
                address.value,
                channel=channel,
                reason=SuppressionReason.OPTED_OUT,
                source=self._recorded_by,
                now=self._now,
            )
            for channel in sorted(draft.suppress)
            for address in sorted({*draft.addresses, *draft.further, *known})
            if kind_of(channel) is address.kind
        ]


def _turns(connection: Connection, now: datetime, wanted: int) -> Iterator[str]:
    """Yield an owner for each new lead, in turn; asks only for as many as are wanted, and for nobody twice."""
    asked: list[str] = []
    for _ in range(wanted):
        owner = users.next_owner(connection, now)
        if not owner or owner in asked:
            break
        asked.append(owner)
        yield owner
    yield from cycle(asked or [""])


def start(
    kit: Kit, connection: Connection, arrived: Sequence[Arrival], open_ids: Collection[str], now: datetime
) -> list[Arrival]:
    """Let those of *arrived* that are in *open_ids* enter what starts by a new lead; who enters nothing gets a task."""
    entries = enroll_by_trigger(kit, connection, set(open_ids), now, trigger=Trigger.LEAD_CREATED)
    mine: dict[str, list[Entry]] = {}
    for entry in entries:
        mine.setdefault(entry.lead_id, []).append(entry)
    started = [replace(one, entries=tuple(mine.get(one.lead_id, ()))) for one in arrived]
    walking = enrollments.who_walks(connection, open_ids)
    nobody_takes = [one for one in started if one.lead_id in open_ids and one.lead_id not in walking]
    assign_to_owners(kit, connection, [one.lead_id for one in nobody_takes if one.is_new], now)
    returned = {one.lead_id for one in nobody_takes if not one.is_new}
    assign_to_owners(kit, connection, returned - tasks.who_has_open(connection, returned), now, came_back=True)
    return started


def assign_to_owners(
    kit: Kit, connection: Connection, lead_ids: Collection[str], now: datetime, *, came_back: bool = False
) -> None:
    """Make following up these leads the task of their owners, so that nobody is forgotten: once, or at each return."""
    cause, who = (f"came-back:{now.isoformat()}", "Back again") if came_back else ("no-sequence", "New lead")
    rows = [
        tasks.new_row(
            task_id=kit.ids.new(),
            intent_key=f"{lead_id}:{cause}",
            lead_id=lead_id,
            kind=TaskKind.CALL,
            owner=stored.lead.owner,
            title=f"{who}, and no sequence takes this lead: follow up",
            now=now,
            due_at=now,
        )
        for lead_id, stored in sorted(leads.load(connection, lead_ids).items())
    ]
    tasks.insert(connection, rows)


def _zone(draft: Draft) -> tuple[str | None, str | None]:
    """Return the lead's zone where one thing tells it beyond doubt, and what told it."""
    if draft.zone:
        return draft.zone, "stated"
    zones = phone_zones(draft.phone) if draft.phone else ()
    return (zones[0], "phone") if len(zones) == 1 else (None, None)


def _phone_country(draft: Draft) -> str | None:
    return phone_region(draft.phone) if draft.phone else None
