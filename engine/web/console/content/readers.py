"""Whose eyes a message is looked at with: a hard case, or a lead of this installation found by name or address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from fastapi import HTTPException

from engine.content.preview import HARD_CASES
from engine.domain.lead import Lead
from engine.flows.kit import Kit
from engine.store import lead_list, leads
from engine.store.pages import Row
from engine.web.console.content.wishes import TYPICAL, Wishes
from engine.web.words import lead_name

FOUND_MAX = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who reads: *key* is what the address says of it, *is_real* whether it is a lead of this installation."""

    key: str
    name: str
    lead: Lead
    is_real: bool


def reader_of(wishes: Wishes, kit: Kit | None, interests: Mapping[str, str]) -> Reader:
    """Return who is wished for; refuses who does not exist.

    An invented lead asks about something that the brand knows, since what is shown is the brand's.
    """
    key = wishes.lead or TYPICAL
    if key in HARD_CASES:
        lead = HARD_CASES[key]
        if wishes.interest or (lead.interest and key == TYPICAL and lead.interest not in interests):
            lead = replace(lead, interest=wishes.interest or next(iter(interests), ""))
        return Reader(key=key, name=key, lead=lead, is_real=False)
    lead = _stored(key, kit)
    if wishes.interest:
        lead = replace(lead, interest=wishes.interest)
    parts = {name: getattr(lead, name) for name in ("first_name", "last_name", "company", "email", "phone")}
    return Reader(key=key, name=lead_name(parts), lead=lead, is_real=True)


def _stored(key: str, kit: Kit | None) -> Lead:
    try:
        lead_id = str(UUID(key))
    except ValueError:
        raise HTTPException(400, f"There is no lead called “{key[:40]}” to look with.") from None
    if kit is None:
        raise HTTPException(404, "Only invented leads are here: no database is open.")
    with kit.database.read() as connection:
        stored = leads.load(connection, [lead_id])
    if not stored:
        raise HTTPException(404, "There is no such lead.")
    return next(iter(stored.values())).lead


def find(wishes: Wishes, kit: Kit | None) -> Sequence[Row]:
    """Return the leads whose name or address begins as wished, the newest first."""
    if kit is None or not wishes.find:
        return ()
    with kit.database.read() as connection:
        wanted = lead_list.LeadFilter(beginning=wishes.find)
        return lead_list.list_leads(connection, wanted, rows=FOUND_MAX).rows
