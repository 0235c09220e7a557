"""Change what is known of a lead: each field read as it is on arrival, and nobody's change overwritten unseen."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from channels.address import Address, AddressKind, InvalidAddress
from engine.domain.lead import LeadId, LeadStatus
from engine.flows.checking import checks_of
from engine.flows.kit import Kit
from engine.flows.looking_after import ask_what_next
from engine.leadfile.places import country_code, language_tag, region_code, zone_name
from engine.store import audit, enrollments, events, forgotten, lead_edits, leads, tasks, users
from engine.store.database import Connection
from engine.store.leads import StoredLead

TEXT_MAX = 200

EDITABLE = (
    "first_name", "last_name", "company", "interest", "status", "owner", "language", "country", "region", "zone",
    "email", "phone",
)  # fmt: skip
"""What people may change, in the order in which it is read: a number is read as it is dialled in the lead's country."""


class Collided(RuntimeError):
    """Somebody changed the lead meanwhile; *version* is what it is now."""

    def __init__(self, version: int) -> None:
        super().__init__(
            "Somebody, or something that happened, changed this lead while you did. Nothing of yours was kept: look at what "
            "it says now, and change it again."
        )
        self.version = version


class Unfit(ValueError):
    """A field can't be taken as it was written; *field* names it and the message says how to write it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Taken(Unfit):
    """Another lead has this address; *lead_id* says who, so that the two can be merged."""

    def __init__(self, field: str, lead_id: str) -> None:
        super().__init__(field, "Another lead has this address. If they are one person, merge the two.")
        self.lead_id = lead_id


def edit_lead(kit: Kit, lead_id: str, changes: Mapping[str, str], *, version: int, by: str) -> dict[str, Any]:
    """Change the fields of *lead_id* that *changes* names, if it still is at *version*; return what changed, as it was.

    Raises `Collided` where it is not, and `Unfit` for the first field that can't be taken; then nothing is changed.
    """
    with kit.database.write() as connection:
        return edit_in(kit, connection, lead_id, changes, version=version, by=by)


def edit_in(
    kit: Kit, connection: Connection, lead_id: str, changes: Mapping[str, str], *, version: int | None, by: str
) -> dict[str, Any]:
    """Do what `edit_lead` does, inside a transaction of the caller's; without a *version* nobody asks for it."""
    now = kit.database.now(connection)
    stored = leads.load(connection, [lead_id])[LeadId(lead_id)]
    values = _read(stored, changes)
    new_ids = _address_ids(kit, connection, values, now)
    leads.lock(connection, [lead_id], [*stored.address_ids(), *(one for one in new_ids.values() if one)])
    stored = leads.load(connection, [lead_id])[LeadId(lead_id)]
    if version is not None and stored.version != version:
        raise Collided(stored.version)
    _refuse_taken(connection, stored, values)
    _refuse_nobody(connection, stored, values)
    changed = {name: value for name, value in values.items() if getattr(stored.lead, name) != value}
    if not changed:
        return {}
    before = {name: getattr(stored.lead, name) for name in changed}
    leads.change(connection, lead_id, {**changed, **_besides(stored, changed, new_ids)})
    _carry_on(kit, connection, stored, changed, new_ids, now, by=by)
    audit.note(
        connection, row_id=kit.ids.new(), at=now, actor=by, action="lead.changed", subject=lead_id,
        before=before, after=changed,
    )  # fmt: skip
    return before


def _read(stored: StoredLead, changes: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in EDITABLE:
        if name in changes:
            text = " ".join(changes[name].split())
            if len(text) > TEXT_MAX:
                raise Unfit(name, f"That is longer than {TEXT_MAX} characters.")
            country = values.get("country", stored.lead.country)
            values[name] = _READERS[name](text, country) if name in _READERS else text
    return values


def _status(text: str, _country: str | None) -> LeadStatus:
    if text not in set(LeadStatus):
        raise Unfit("status", f"There is no such status. Choose one of {', '.join(LeadStatus)}.")
    return LeadStatus(text)


def _country(text: str, _country: str | None) -> str | None:
    found = country_code(text) if text else None
    if text and found is None:
        raise Unfit("country", "No such country is known. Write its code, such as US or GB, or its name.")
    return found


def _region(text: str, country: str | None) -> str | None:
    return region_code(text, country) if text else None


def _zone(text: str, _country: str | None) -> str | None:
    found = zone_name(text) if text else None
    if text and found is None:
        raise Unfit("zone", "No such time zone is known. Write its IANA name, such as America/New_York.")
    return found


def _language(text: str, _country: str | None) -> str:
    found = language_tag(text)
    if found is None:
        raise Unfit("language", "No such language is known. Write its tag, such as en or es-MX.")
    return found


def _email(text: str, _country: str | None) -> str | None:
    try:
        return Address.email(text).value if text else None
    except InvalidAddress as error:
        raise Unfit("email", f"That is no email address: {error}.") from error


def _phone(text: str, country: str | None) -> str | None:
    try:
        return Address.phone(text, country).value if text else None
    except InvalidAddress as error:
        raise Unfit("phone", "That is no phone number: write it with + and the country code.") from error


_READERS: Mapping[str, Callable[[str, str | None], Any]] = {
    "status": _status,
    "country": _country,
    "region": _region,
    "zone": _zone,
    "language": _language,
    "email": _email,
    "phone": _phone,
}

_KINDS = {"email": AddressKind.EMAIL, "phone": AddressKind.PHONE}


def _address_ids(kit: Kit, connection: Connection, values: Mapping[str, Any], now: datetime) -> dict[str, str | None]:
    """Return the row's id of each address named, None for one that is taken away."""
    keys = {
        name: (str(kind), kit.address_key.key_of(kind, values[name]))
        for name, kind in _KINDS.items()
        if values.get(name)
    }
    ids = leads.ensure_addresses(connection, keys.values(), new_id=kit.ids.new, now=now)
    return {name: ids[keys[name]] if name in keys else None for name in _KINDS if name in values}


def _refuse_taken(connection: Connection, stored: StoredLead, values: Mapping[str, Any]) -> None:
    email = values.get("email")
    if email and email != stored.lead.email:
        other = leads.find(connection, email=email, phone=None)
        if other is not None and other.lead.id != stored.lead.id:
            raise Taken("email", other.lead.id)


def _refuse_nobody(connection: Connection, stored: StoredLead, values: Mapping[str, Any]) -> None:
    if not values.get("email", stored.lead.email) and not values.get("phone", stored.lead.phone):
        raise Unfit("email", "A lead needs an address: leave an email, a phone, or both.")
    owner = values.get("owner")
    if owner and owner != stored.lead.owner and users.find(connection, owner) is None:
        raise Unfit("owner", "There is nobody of that name here.")


def _besides(stored: StoredLead, changed: Mapping[str, Any], new_ids: Mapping[str, str | None]) -> dict[str, Any]:
    """Return what changes with the fields: where addresses are locked, what they tell, who said the time zone."""
    besides: dict[str, Any] = {f"{name}_id": new_ids[name] for name in _KINDS if name in changed}
    if besides:
        email, phone = (changed.get(name, getattr(stored.lead, name)) for name in _KINDS)
        kept = {name: found for name, found in stored.checks.items() if name not in changed}
        besides["checks"] = {**checks_of(email, phone), **kept} or None
    if "zone" in changed:
        besides["zone_source"] = "stated" if changed["zone"] else None
    return besides


def _hand_over(connection: Connection, stored: StoredLead, owner: str, now: datetime) -> None:
    """Give *owner* what the lead's owner had to do; where a lead is nobody's, whose turn it is does what is open."""
    lead_id = stored.lead.id
    is_left_open = not owner and bool(tasks.who_has_open(connection, [lead_id]))
    next_owner = users.next_owner(connection, now) if is_left_open else ""
    lead_edits.hand_over(connection, lead_id, before=stored.lead.owner, owner=owner)
    if next_owner:
        lead_edits.give_nameless_tasks(connection, lead_id, next_owner)


def _carry_on(
    kit: Kit,
    connection: Connection,
    stored: StoredLead,
    changed: Mapping[str, Any],
    new_ids: Mapping[str, str | None],
    now: datetime,
    *,
    by: str,
) -> None:
    lead_id = stored.lead.id
    is_customer = changed.get("status") is LeadStatus.CUSTOMER
    if is_customer:
        at = forgotten.after_all_that_turned(connection, [lead_id], now)[lead_id]
        row = {"id": kit.ids.new(), "lead_id": lead_id, "name": "customer", "at": at, "detail": {"by": by}}
        events.happened(connection, [row])
    enrollments.wake_open(connection, [lead_id], now, even_resting=is_customer)
    for name, kind in _KINDS.items():
        if name in changed:
            lead_edits.readdress(connection, lead_id, kind, new_ids[name])
    if "owner" in changed:
        _hand_over(connection, stored, changed["owner"], now)
    if "status" in changed:  # who is open again counts on somebody
        edited = leads.load(connection, [lead_id])[lead_id]
        ask_what_next(kit, connection, edited, now, why=f"Set to {changed['status']} by hand")
