"""Suppose a date for invented leads, where a sequence counts by one that they don't have."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, time, timedelta
from hashlib import blake2b

from engine.domain.appointments import date_of
from engine.domain.lead import Lead
from engine.domain.lead_place import place_of
from engine.domain.sequence import Sequence
from engine.domain.timing import local_date
from engine.flows.kit import Kit
from engine.flows.shelf import Missing
from engine.store import contents, leads
from engine.store.database import Connection

FIRST_DAY, DAYS = 5, 10  # far enough ahead for reminders, and not all on one day
FIRST_HOUR, HOURS = 9, 8


def with_date(lead: Lead, sequence: Sequence, now: datetime) -> Lead:
    """Return *lead* with the date *sequence* counts by: its own, else one within the next weeks, on its own clock."""
    if sequence.date is None or date_of(lead, sequence.date) is not None:
        return lead
    drawn = int.from_bytes(blake2b(lead.id.encode(), digest_size=4).digest(), "big")
    day = local_date(now, place_of(lead)) + timedelta(days=FIRST_DAY + drawn % DAYS)
    date = datetime.combine(day, time(FIRST_HOUR + drawn // DAYS % HOURS))
    return replace(lead, custom={**lead.custom, sequence.date: date.isoformat()})


def suppose_dates(kit: Kit, connection: Connection, lead_ids: Collection[str], name: str, now: datetime) -> None:
    """Give each of *lead_ids* the date that the published sequence *name* counts by; raises `Missing` without one."""
    revisions = {row["name"]: row["revision"] for row in contents.sequences(connection)}
    if name not in revisions:
        raise Missing(name)
    sequence = kit.shelf.sequence(connection, revisions[name])
    if sequence.date is None:
        return
    for lead_id, stored in leads.load(connection, lead_ids).items():
        dated = with_date(stored.lead, sequence, now)
        if dated != stored.lead:
            leads.change(connection, lead_id, {"custom": dict(dated.custom)})
