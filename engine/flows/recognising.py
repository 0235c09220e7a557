"""Tell who is known already: by email, else by a phone number that isn't shared with somebody else."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from channels.address import Address, AddressKind
from engine.flows.draft import Draft
from engine.store import leads
from engine.store.database import Connection


class Known:
    """Who is known by the addresses of a batch: the leads on record, and those the batch itself brings."""

    def __init__(self, connection: Connection, drafts: Sequence[Draft]) -> None:
        self._fields: dict[str, Mapping[str, Any]] = {}
        self._by_email: dict[str, str] = {}
        self._by_phone: dict[str, list[str]] = {}
        emails = {draft.email for draft in drafts if draft.email}
        phones = {draft.phone for draft in drafts if draft.phone}
        found = leads.find_many(connection, emails, phones)
        for stored in leads.survivors(connection, found):
            known = {name: getattr(stored.lead, name) for name in _COMPARED}
            self.add(stored.lead.id, {**known, "checks": stored.checks})
        for double in found:
            if double.merged_into is not None:  # known by its addresses still, as who it became part of
                self._know(double.merged_into, double.lead.email, double.lead.phone)

    def add(self, lead_id: str, fields: Mapping[str, Any]) -> None:
        """Know *lead_id* by its *fields*, too."""
        self._fields[lead_id] = fields
        self._know(lead_id, fields["email"], fields["phone"])

    def _know(self, lead_id: str, email: str | None, phone: str | None) -> None:
        if email:
            self._by_email.setdefault(email, lead_id)
        if phone and lead_id not in self._by_phone.setdefault(phone, []):
            self._by_phone[phone].append(lead_id)

    @property
    def lead_ids(self) -> Collection[str]:
        """Everybody who is known."""
        return self._fields.keys()

    def addresses(self, lead_id: str) -> list[Address]:
        """Return where *lead_id* is reached."""
        pairs = ((AddressKind.EMAIL, "email"), (AddressKind.PHONE, "phone"))
        return [Address(kind, self._fields[lead_id][name]) for kind, name in pairs if self._fields[lead_id][name]]

    def fields(self, lead_id: str) -> Mapping[str, Any]:
        """Return what is known of *lead_id*."""
        return self._fields[lead_id]

    def match(self, draft: Draft) -> str | None:
        """Return who *draft* is: the lead with its email, else the first with its phone who may be the same person."""
        if draft.email in self._by_email:
            return self._by_email[draft.email]
        sharing = self._by_phone.get(draft.phone or "", [])
        return next((one for one in sharing if _may_be_one(self._fields[one], draft)), None)


_COMPARED = (
    "first_name",
    "last_name",
    "company",
    "country",
    "region",
    "interest",
    "source",
    "phone",
    "email",
    "custom",
)


def _may_be_one(known: Mapping[str, Any], draft: Draft) -> bool:
    """A couple or an office may share a line: who differs in email and in name is somebody else."""
    if not known["email"] or not draft.email:
        return True
    names = [
        f"{first} {last}".strip().casefold()
        for first, last in ((known["first_name"], known["last_name"]), (draft.first_name, draft.last_name))
    ]
    return "" in names or names[0] == names[1]
