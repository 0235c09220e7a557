"""Rights of a person: everything that is kept about them, as a file, and all of it gone where the law lets it go.

Erasing first stops everything for that lead, then empties what names the person, then the raw callbacks that do. What
stays is said with its reason: keyed hashes that keep anybody from writing again, the ledger's chain without personal data,
and proofs of consent as long as a law wants them kept.
"""

import json
import zlib
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog

from channels.address import AddressKind, Channel
from consent.facts import FactKind, SuppressionReason
from consent.jurisdiction import candidates, jurisdictions_of
from engine.domain.enrollment import EnrollmentStatus
from engine.domain.lead import LeadId
from engine.domain.retention import EVERYBODYS_KEPT, Kept, proof_kept_until
from engine.flows.again import again_if_changed
from engine.flows.kit import Kit
from engine.flows.suppressing import suppression_row
from engine.flows.withdraw import Stop, carry_out, lock_leads
from engine.store import (
    audit,
    consents,
    enrollments,
    imports,
    leads,
    messages,
    persons,
    requests,
    suspects,
    tasks,
    webhooks,
)
from engine.store.database import Connection
from engine.store.errors import ChangedMeanwhile
from engine.store.leads import StoredLead

log = structlog.get_logger(__name__)

ERASED = "erased"
"""Why enrollments, messages and tasks of a lead ended that was erased."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What was done: *touched* rows by table, the raw *callbacks* emptied, and what is *kept*."""

    lead_id: str
    at: datetime
    touched: dict[str, int]
    callbacks: int
    kept: tuple[Kept, ...]


@again_if_changed
def erase(kit: Kit, lead_id: str, *, by: str, keeps_proof: bool = True) -> Erasure:
    """Erase the person behind *lead_id* on behalf of *by*; returns when nothing can leave for them any more.

    With whom a double stood for. Without *keeps_proof* not even a law's wish to keep proof counts. Doing it twice does no harm.
    """
    stop = Stop(channels=frozenset(), source=ERASED, wording="", recorded_by=by)
    with kit.database.write() as connection:
        lead_id = leads.survivor_of(connection, lead_id)
        stored = leads.load(connection, [lead_id])[LeadId(lead_id)]
        doubles = list(leads.load(connection, leads.doubles_of(connection, lead_id)).values())
        lock_leads(connection, [stored, *doubles])
        if leads.doubles_of(connection, lead_id) != [one.lead.id for one in doubles]:
            raise ChangedMeanwhile(f"another lead became part of {lead_id} just now: try again")
        now = kit.database.now(connection)
        call_by = carry_out(kit, connection, [stored], stop, now, speaker_id=lead_id)
        _end_all(connection, lead_id, now)
        kept: dict[str, tuple[Channel, datetime, str]] = {}
        touched = Counter[str]()
        for one in (stored, *doubles):
            _suppress(kit, connection, one, now)
            places = _places_of(kit, one)
            proofs = _proofs_to_keep(connection, one, places, now) if keeps_proof else {}
            kept |= proofs
            touched.update(persons.erase(connection, one.lead.id, now, places=places, kept_fact_ids=proofs))
            touched.update(_forget_elsewhere(connection, one))
        audit.note(connection, row_id=kit.ids.new(), at=now, actor=by, action="lead.erased", subject=lead_id)
    kit.wait_out(call_by)
    callbacks = sum(_empty_callbacks(kit, one) for one in (stored, *doubles))
    log.info("lead.erased", lead_id=lead_id, kept=len(kept), callbacks=callbacks)
    return Erasure(
        lead_id=lead_id,
        at=now,
        touched={name: count for name, count in touched.items() if count},
        callbacks=callbacks,
        kept=(*EVERYBODYS_KEPT, *_told(kept.values())),
    )


def _forget_elsewhere(connection: Connection, stored: StoredLead) -> dict[str, int]:
    """Empty what programs elsewhere were told, rows of files, held forms and what is answered once more if asked again."""
    lead_id, addresses = stored.lead.id, [one for one in (stored.lead.email, stored.lead.phone) if one]
    return {
        "webhook_deliveries": webhooks.forget_lead(connection, lead_id),
        "import_rows": imports.forget_lead(connection, lead_id, addresses),
        "form_suspects": suspects.forget_lead(connection, lead_id, addresses),
        "idempotent_requests": requests.forget_lead(connection, [lead_id, *addresses]),
    }


def drop_overdue_proofs(kit: Kit) -> int:
    """Empty the proofs of erased people that no law wants any longer; return how many. Asked once a day."""
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        over = []
        for row in persons.kept_proofs(connection):
            found = proof_kept_until(
                Channel(row["channel"]), row["custom"].get(persons.ERASED_IN, ()), row["erased_at"]
            )
            if found is None or found[0] <= now:
                over.append(row["id"])
        return persons.empty_proof(connection, over)


def everything_about(kit: Kit, lead_id: str) -> dict[str, Any]:
    """Return all that is kept about the person behind *lead_id*, by table, for them to read."""
    with kit.database.read() as connection:
        found = persons.read_rows(connection, lead_id)
    told = {name: [dict(row) for row in rows] for name, rows in found.items() if rows}
    for row in told.get("message_bodies", ()):
        row["body"] = json.loads(zlib.decompress(row["body"]))
    return told


def _end_all(connection: Connection, lead_id: str, now: datetime) -> None:
    """End whatever a stop leaves open: it ends no task but calls, and lets the leave rules end what is walked."""
    ended = [
        replace(one, status=EnrollmentStatus.STOPPED, due_at=None, reason=ERASED)
        for one in enrollments.open_of(connection, [lead_id])
    ]
    enrollments.save(connection, ended, now)
    messages.cancel_open(connection, now=now, reason=ERASED, lead_ids=[lead_id])
    tasks.cancel_open(connection, now=now, reason=ERASED, lead_ids=[lead_id])


def _suppress(kit: Kit, connection: Connection, stored: StoredLead, now: datetime) -> None:
    """Keep the keyed hashes of addresses that are nobody else's, so that an old list brings nobody back."""
    lead = stored.lead
    rows = []
    for kind, address, address_id in (
        (AddressKind.EMAIL, lead.email, stored.email_id),
        (AddressKind.PHONE, lead.phone, stored.phone_id),
    ):
        if address is None or address_id is None or len(leads.sharing(connection, [address_id])) > 1:
            continue
        reason = SuppressionReason.OPTED_OUT
        rows.append(suppression_row(kit, kind, address, channel=None, reason=reason, source=ERASED, now=now))
    consents.suppress(connection, rows)


def _proofs_to_keep(
    connection: Connection, stored: StoredLead, places: Collection[str], now: datetime
) -> dict[str, tuple[Channel, datetime, str]]:
    """Return the facts whose proof a law wants kept after the consent has ended now: channel, until when, which rule."""
    facts = consents.load_gate_facts(connection, [stored], now)[stored.lead.id].consents
    found = {}
    for fact in facts:
        kept = proof_kept_until(fact.channel, places, now)
        if kept is not None and fact.kind is not FactKind.ATTESTED:
            found[fact.id] = (fact.channel, *kept)
    return found


def _told(kept: Collection[tuple[Channel, datetime, str]]) -> Sequence[Kept]:
    by_rule = {rule: (until, channel) for channel, until, rule in sorted(kept)}
    return [
        Kept(
            what="proof of consent", until=until, rule=rule, why="a law wants the proof of a consent kept after its end"
        )
        for rule, (until, _) in sorted(by_rule.items())
    ]


def _empty_callbacks(kit: Kit, stored: StoredLead) -> int:
    """Empty the raw callbacks that name the person, a batch at a time; return how many."""
    addresses = {address for address in (stored.lead.email, stored.lead.phone) if address}
    if not addresses:
        return 0
    emptied, after = 0, None
    while True:
        with kit.database.write() as connection:
            rows = persons.payloads_since(connection, stored.lead.created_at, after)
            for row in rows:
                if persons.names_one_of(row["body"], addresses):
                    persons.drop_payload(connection, row["id"], row["created_at"], ERASED)
                    emptied += 1
        if not rows:
            return emptied
        after = (rows[-1]["created_at"], rows[-1]["id"])


def _places_of(kit: Kit, stored: StoredLead) -> frozenset[str]:
    """Return every jurisdiction the person may be in."""
    lead = stored.lead
    found, _ = candidates(lead.country, lead.region, None, lead.phone, lead.email)
    return jurisdictions_of(tuple(sign.value for sign in found), kit.rulebook.jurisdictions)
