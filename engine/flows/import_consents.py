"""Put a file's consents and stops on record, each at its own instant; the same file twice adds nothing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from channels.address import Address, AddressKind, Channel, kind_of
from consent.facts import FactKind, SuppressionReason
from engine.domain.lead import LeadId
from engine.flows.asking import address_of
from engine.flows.consenting import fact_row
from engine.flows.kit import Kit
from engine.flows.reaction import latest
from engine.flows.strangers import suppress_stranger
from engine.flows.withdraw import Stop, carry_out, lock_leads
from engine.leadfile.consent_rows import ConsentRow
from engine.store import consents, dossiers, enrollments, leads
from engine.store.database import Connection
from engine.store.leads import StoredLead
from engine.store.statements import slices

BATCH_ROWS = 500
SOURCE = "import"
CLOCK_SKEW = timedelta(minutes=5)


class Outcome(StrEnum):
    """What became of a row."""

    RECORDED = "recorded"  # it stands in the ledger now
    KNOWN = "known"  # it stood there already
    SUPPRESSED = "suppressed"  # nobody has the address; it is not used if somebody comes with it
    REFUSED = "refused"  # it was not taken, and why is said


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of the row on *line*."""

    line: int
    outcome: Outcome
    detail: str = ""
    remedy: str = ""


def import_consents(kit: Kit, rows: Sequence[ConsentRow], *, by: str, dry_run: bool = False) -> list[Imported]:
    """Record *rows*, and return what became of each; returns when nothing that a stop covers can leave any more.

    With *dry_run* everything is tried and nothing stays.
    """
    told: list[Imported] = []
    for part in slices(rows, BATCH_ROWS):
        batch = _Batch(kit=kit, by=by)
        with kit.database.write() as connection:
            tried = connection.begin_nested()
            told += batch.take(connection, part)
            if dry_run:
                tried.rollback()
            else:
                tried.commit()
        if not dry_run:
            kit.wait_out(latest(batch.call_bys))
    return told


@dataclass(kw_only=True)
class _Batch:
    kit: Kit
    by: str
    call_bys: list[datetime | None] = field(default_factory=list)

    def take(self, connection: Connection, rows: Sequence[ConsentRow]) -> list[Imported]:
        """Record *rows* inside a transaction."""
        found = _holders(connection, rows)
        covered = leads.sharing(connection, {one for each in found.values() for one in each.address_ids()})
        joined = leads.survivors(connection, list(found.values()))  # what a double says, it says as who it is now
        everybody = {one.lead.id: one for one in (*covered, *found.values(), *joined)}
        lock_leads(connection, list(everybody.values()))
        now = self.kit.database.now(connection)
        known = {_key({**fact}) for fact in dossiers.facts_of(connection, everybody)}
        return [self._take_row(connection, row, everybody.values(), known, now) for row in rows]

    def _take_row(
        self,
        connection: Connection,
        row: ConsentRow,
        everybody: Collection[StoredLead],
        known: set[tuple[Any, ...]],
        now: datetime,
    ) -> Imported:
        mine = leads.survivors(connection, [one for one in everybody if _has(one, row.addresses)])
        if row.kind is FactKind.WITHDRAWN:
            return self._stop(connection, row, mine, known, now)
        if not mine:
            remedy = "Import the lead first, with `fifthtouch lead import` or `lead add`."
            return Imported(line=row.line, outcome=Outcome.REFUSED, detail="Nobody has this address.", remedy=remedy)
        assert row.at is not None
        if row.at > now + CLOCK_SKEW:
            remedy = "Write when it was given."
            return Imported(line=row.line, outcome=Outcome.REFUSED, detail="It lies in the future.", remedy=remedy)
        # A number may be a family's; the words are one person's: whoever was there first.
        fresh = self._facts(row, mine[:1], row.channels, row.at, known, now)
        consents.record(connection, fresh)
        if fresh:
            enrollments.wake_open(connection, [mine[0].lead.id], now)
        is_over = any(_stopped_since(known, mine[0], channel, row.at) for channel in row.channels)
        return Imported(
            line=row.line,
            outcome=Outcome.RECORDED if fresh else Outcome.KNOWN,
            detail="A later stop stands against it." if is_over else "",
        )

    def _stop(
        self,
        connection: Connection,
        row: ConsentRow,
        mine: Sequence[StoredLead],
        known: set[tuple[Any, ...]],
        now: datetime,
    ) -> Imported:
        if not mine:
            self._suppress(connection, row, now)
            return Imported(line=row.line, outcome=Outcome.SUPPRESSED, detail="Nobody has this address.")
        at = min(row.at or now, now)
        ends = Stop(channels=row.channels, source=SOURCE, wording="", recorded_by="").covers()
        reached = frozenset(one for one in ends if kind_of(one) in {address.kind for address in row.addresses})
        fresh = self._facts(row, mine, reached, at, known, now) if row.at else []
        consents.record(connection, fresh)
        standing = {
            one.lead.id: frozenset(channel for channel in reached if not _granted_since(known, one, channel, at))
            for one in mine
        }
        changed = False
        for one in mine:
            channels = standing[one.lead.id]
            if not channels or (row.at and not fresh):
                continue
            before = len(dossiers.facts_of(connection, [one.lead.id])) if row.at is None else 0
            stop = Stop(
                channels=channels,
                source=SOURCE,
                wording=row.proof.wording,
                recorded_by=self._recorder(row),
                only_marketing=row.purpose is not None,
                topic=row.topic,
                proof=row.proof,
            )
            # The fact stands already, at its own instant: what is left is to cancel what was about to leave.
            self.call_bys.append(carry_out(self.kit, connection, mine, stop, now, speaker_id=one.lead.id))
            changed = changed or (row.at is None and len(dossiers.facts_of(connection, [one.lead.id])) > before)
        return Imported(line=row.line, outcome=Outcome.RECORDED if fresh or changed else Outcome.KNOWN)

    def _suppress(self, connection: Connection, row: ConsentRow, now: datetime) -> None:
        for address in row.addresses:
            self.call_bys.append(
                suppress_stranger(
                    self.kit,
                    connection,
                    address.value,
                    address.kind,
                    channels=row.channels,
                    reason=SuppressionReason.OPTED_OUT,
                    source=SOURCE,
                    now=now,
                )
            )

    def _facts(
        self,
        row: ConsentRow,
        mine: Sequence[StoredLead],
        channels: Collection[Channel],
        at: datetime,
        known: set[tuple[Any, ...]],
        now: datetime,
    ) -> list[dict[str, Any]]:
        """Return the facts of *row* that are not on record, and know them from now on."""
        rows = []
        for one in mine:
            for channel in sorted(channels):
                fact = self._fact(row, one, channel, at, now)
                if _key(fact) not in known:
                    known.add(_key(fact))
                    rows.append(fact)
        return rows

    def _fact(self, row: ConsentRow, one: StoredLead, channel: Channel, at: datetime, now: datetime) -> dict[str, Any]:
        name = f"{one.lead.first_name} {one.lead.last_name}".strip()
        address = address_of(one, channel)[0] or ""
        personal = {**row.proof.to_personal(), "address": address, **({"name": name} if name else {})}
        return fact_row(
            self.kit,
            LeadId(one.lead.id),
            channel=channel,
            purpose=row.purpose,
            kind=row.kind,
            basis=row.basis,
            at=at,
            now=now,
            source=SOURCE,
            recorded_by=self._recorder(row),
            personal=personal,
            expires_at=row.expires_at,
            topic=row.topic,
        )

    def _recorder(self, row: ConsentRow) -> str:
        return f"{self.by}: {row.recorded_by}" if row.recorded_by else self.by


def _holders(connection: Connection, rows: Sequence[ConsentRow]) -> Mapping[str, StoredLead]:
    addresses = {address for row in rows for address in row.addresses}
    emails = {one.value for one in addresses if one.kind is AddressKind.EMAIL}
    phones = {one.value for one in addresses if one.kind is AddressKind.PHONE}
    return {one.lead.id: one for one in leads.find_many(connection, emails, phones)}


def _has(one: StoredLead, addresses: Collection[Address]) -> bool:
    return any(address.value in {one.lead.email, one.lead.phone} for address in addresses)


def _key(fact: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(fact[name] for name in ("lead_id", "channel", "kind", "basis", "at", "purpose", "topic"))


def _stopped_since(known: Collection[tuple[Any, ...]], one: StoredLead, channel: Channel, at: datetime) -> bool:
    """Return whether *one* stopped *channel* after the grant *at*."""
    return any(
        fact[0] == one.lead.id and fact[1] == channel and fact[2] == FactKind.WITHDRAWN and fact[4] >= at
        for fact in known
    )


def _granted_since(known: Collection[tuple[Any, ...]], one: StoredLead, channel: Channel, at: datetime) -> bool:
    """Return whether *one* allowed *channel* again after the stop *at*: the latest word counts."""
    return any(
        fact[0] == one.lead.id and fact[1] == channel and fact[2] == FactKind.GRANTED and fact[4] > at for fact in known
    )
