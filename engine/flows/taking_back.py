"""A stop pressed by mistake: the lead takes it back with a button of their own, for email alone and for a day.

It is a new permission in the words that stood there, not the old one back. Texts and calls are opened by a text alone,
and whoever comes later chooses anew on the page of choices.
"""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime, timedelta

from channels.address import Channel
from consent.facts import Basis, FactKind, Purpose
from consent.proof import Proof
from engine.domain.lead import LeadId
from engine.flows.again import again_if_changed
from engine.flows.draft import Grant
from engine.flows.granting import grant
from engine.flows.kit import Kit
from engine.flows.preferring import BY_LEAD, PAGE
from engine.flows.withdraw import JUST_AFTER, lock_leads
from engine.store import lead_list, leads
from engine.store.database import Connection
from engine.store.pages import Row

WITHIN = timedelta(days=1)
"""How long a stop may be called a mistake."""

OWN_DOORS = frozenset({PAGE, "one-click"})
"""Where a stop was pressed; one that was said in words or as a complaint was meant."""

WORDS = frozenset({FactKind.WITHDRAWN, FactKind.GRANTED})


def may_take_back(kit: Kit, lead_id: str) -> bool:
    """Return whether the lead's last word about email is a stop that they may still take back."""
    with kit.database.read() as connection:
        return _mistake(connection, lead_id, kit.database.now(connection)) is not None


@again_if_changed
def take_back(kit: Kit, lead_id: str, proof: Proof) -> bool:
    """Allow email again by the lead's own hand; *proof* holds the words they pressed. Return False where it is too late."""
    with kit.database.write() as connection:
        lead_id = leads.survivor_of(connection, lead_id)
        stored = leads.load(connection, [lead_id]).get(LeadId(lead_id))
        if stored is None:
            return False
        lock_leads(connection, [stored])
        now = kit.database.now(connection)
        stop = _mistake(connection, lead_id, now)
        if stop is None:
            return False
        given = Grant(
            channel=Channel.EMAIL,
            basis=Basis.EXPRESS,
            purpose=Purpose(stop["purpose"]) if stop["purpose"] else None,
            at=max(now, stop["at"] + JUST_AFTER),
            **{one.name: getattr(proof, one.name) for one in fields(Proof)},
        )
        grant(kit, connection, stored, given, now, source=PAGE, recorded_by=BY_LEAD)
    return True


def _mistake(connection: Connection, lead_id: str, now: datetime) -> Row | None:
    """Return the stop that is the lead's last word about all email, where it was pressed lately.

    Whoever stopped a topic before meant that: a permission for all email would lift it, so none is offered.
    """
    ledger: Sequence[Row] = lead_list.consents_of(connection, lead_id)
    said = {fact["topic"]: fact for fact in ledger if fact["channel"] == Channel.EMAIL and fact["kind"] in WORDS}
    latest = said.pop(None, None)
    if latest is None or latest["kind"] != FactKind.WITHDRAWN or latest["source"] not in OWN_DOORS:
        return None
    if any(fact["kind"] == FactKind.WITHDRAWN for fact in said.values()):
        return None
    return latest if latest["recorded_at"] > now - WITHIN else None
