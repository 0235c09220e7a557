"""Take the leads of a file in, in batches: its stops with them, and never a permission that a list only claims."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from channels.address import Address, AddressKind, Channel
from engine.flows.draft import Draft
from engine.flows.enroll import Entry, enroll
from engine.flows.intake import Arrival, assign_to_owners, start, take_in
from engine.flows.kit import Kit
from engine.flows.touches import IMPORT_SOURCE
from engine.leadfile import LeadFile, Row
from engine.store import attempts
from engine.store.database import Connection
from engine.store.statements import slices

BATCH_ROWS = 1_000  # about a second's work: other writers of the embedded database wait that long for their turn


Note = Callable[[Connection, Sequence[Row], Sequence[Arrival]], None]
"""What puts on record what became of the rows of a batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of a file's rows: each made a lead or matched one; *errors* counts what its reader remarked."""

    rows: int
    created: int
    matched: int
    suppressed: int  # rows that came with a stop
    entered: int  # leads that entered a sequence
    assigned: int  # new leads that no sequence took, so that their owners have a task
    errors: int


def import_leads(  # noqa: PLR0913 - what may be told about a file
    kit: Kit,
    leadfile: LeadFile,
    *,
    source: str,
    recorded_by: str,
    sequence: str | None = None,
    batch: int = BATCH_ROWS,
    progress: Callable[[int], None] | None = None,
    note: Note | None = None,
) -> ImportReport:
    """Take every row of *leadfile* in; leads enter *sequence*, or new ones what starts by a new lead.

    *source* names the list. A row and its stops are written together, before it enters anything; a second time changes
    nothing. *progress* gets the rows done so far, *note* each batch in its transaction. Raises `Missing` for an unknown
    sequence; then nothing was taken in.
    """
    taken: list[_Taken] = []
    for rows in slices(leadfile.rows, batch):
        taken += _take_in(kit, rows, source, recorded_by, sequence, note)
        if progress is not None:
            progress(len(taken))
    created = sum(one.arrival.is_new for one in taken)
    return ImportReport(
        rows=len(taken),
        created=created,
        matched=len(taken) - created,
        suppressed=sum(bool(one.draft.suppress) for one in taken),
        entered=len({one.arrival.lead_id for one in taken if one.has_entered}),
        assigned=sum(one.arrival.is_new and not one.is_closed and not one.has_entered for one in taken),
        errors=len(leadfile.errors),
    )


@dataclass(frozen=True, slots=True)
class _Taken:
    """One row's lead, and what became of it."""

    draft: Draft
    arrival: Arrival
    is_closed: bool

    @property
    def has_entered(self) -> bool:
        return any(entry.enrollment_id for entry in self.arrival.entries)


def draft_of(row: Row, source: str) -> Draft:
    """Return the lead that *row* tells of; what it claims about permission is kept as a claim, beside its origin."""
    claims = {
        "origin": row.source or source,
        "tags": list(row.tags),
        "optin_time": row.optin_time,
        "optin_source": row.optin_source,
        "optin_wording": row.optin_wording,
        "other_emails": list(row.other_emails),
        "other_phones": list(row.other_phones),
    }
    return Draft(
        email=row.email,
        phone=row.phone_e164,
        first_name=row.first_name or "",
        last_name=row.last_name or "",
        company=row.company or "",
        country=row.country,
        region=row.region,
        zone=row.timezone,
        language=row.language or "en",
        interest=row.interest or "",
        source=IMPORT_SOURCE,
        cost_cents=row.cost_cents or 0,
        custom={name: value for name, value in claims.items() if value},
        note=row.notes or "",
        suppress=_stops(row),
        further=(
            *(Address(AddressKind.EMAIL, one) for one in row.other_emails),
            *(Address(AddressKind.PHONE, one) for one in row.other_phones),
        ),
    )


def _stops(row: Row) -> frozenset[Channel]:
    ruled_out = (
        (row.suppress_email, {Channel.EMAIL}),
        (row.suppress_sms, {Channel.SMS}),
        (row.suppress_voice, {Channel.VOICEMAIL, Channel.CALL}),
    )
    return frozenset(channel for is_out, channels in ruled_out if is_out for channel in channels)


def _take_in(
    kit: Kit, rows: Sequence[Row], source: str, recorded_by: str, sequence: str | None, note: Note | None
) -> list[_Taken]:
    drafts = [draft_of(row, source) for row in rows]
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        arrived = take_in(kit, connection, drafts, now, recorded_by=recorded_by, is_return=False)
        closed = [draft.is_closed for draft in drafts]
        willing = [one for one, is_closed in zip(arrived, closed, strict=True) if not is_closed]
        if sequence is None:
            arrived = start(kit, connection, arrived, {one.lead_id for one in willing if one.is_new}, now)
        else:
            arrived = _enter(kit, connection, arrived, willing, sequence, now)
        if note is not None:
            note(connection, rows, arrived)
        stopped = {one.lead_id for one, draft in zip(arrived, drafts, strict=True) if draft.suppress and not one.is_new}
        call_by = attempts.latest_call_by(connection, stopped, ()) if stopped else None
    kit.wait_out(call_by)
    return [_Taken(*each) for each in zip(drafts, arrived, closed, strict=True)]


def _enter(
    kit: Kit,
    connection: Connection,
    arrived: Sequence[Arrival],
    willing: Sequence[Arrival],
    sequence: str,
    now: datetime,
) -> list[Arrival]:
    entries = {one.lead_id: one for one in enroll(kit, connection, {one.lead_id for one in willing}, sequence, now)}
    left = {one.lead_id for one in willing if one.is_new and entries[one.lead_id].enrollment_id is None}
    assign_to_owners(kit, connection, left, now)
    return [replace(one, entries=_own(entries.get(one.lead_id))) for one in arrived]


def _own(entry: Entry | None) -> tuple[Entry, ...]:
    return () if entry is None else (entry,)
