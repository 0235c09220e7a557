"""One lead allows something, as a person or a program tells it: on record with its proof, and in force at once."""

from dataclasses import replace
from datetime import datetime

from channels.address import Channel, kind_of
from consent.facts import FactKind, SuppressionReason
from engine.flows.asking import address_of
from engine.flows.consenting import fact_row
from engine.flows.draft import Grant
from engine.flows.kit import Kit
from engine.flows.strangers import lift_opt_out
from engine.store import consents, dossiers, enrollments
from engine.store.database import Connection
from engine.store.leads import StoredLead


def grant(
    kit: Kit, connection: Connection, stored: StoredLead, given: Grant, now: datetime, *, source: str, recorded_by: str
) -> str:
    """Record that the locked lead *stored* gave *given*; return the fact's id.

    What it takes back is the address's own earlier stop, and nothing else that stands against the address: a dead or
    wrong address, a complaint, a death and a legal threat stay.
    """
    at = given.at or now
    address = address_of(stored, given.channel)[0] or ""
    name = f"{stored.lead.first_name} {stored.lead.last_name}".strip()
    row = fact_row(
        kit,
        stored.lead.id,
        channel=given.channel,
        purpose=given.purpose,
        kind=given.kind,
        basis=given.basis,
        at=at,
        now=now,
        source=source,
        recorded_by=recorded_by,
        personal=replace(given, name=given.name or name, address=given.address or address).to_personal(),
        expires_at=given.expires_at,
        topic=given.topic,
    )
    consents.record(connection, [row])
    if given.kind is FactKind.GRANTED:
        if address and _was_stopped_before(kit, connection, address, given.channel, at):
            lift_opt_out(kit, connection, address, given.channel)
        enrollments.wake_open(connection, [stored.lead.id], now)
    return str(row["id"])


def _was_stopped_before(kit: Kit, connection: Connection, address: str, channel: Channel, at: datetime) -> bool:
    """Return whether the address's own stop is older than a grant of *at*: a stop that came later stands."""
    kind = kind_of(channel)
    assert kind is not None
    stops = dossiers.suppressions_of_key(connection, kind, kit.address_key.key_of(kind, address))
    own = [one["at"] for one in stops if one["reason"] == SuppressionReason.OPTED_OUT and one["channel"] == channel]
    return all(stopped_at < at for stopped_at in own)
