"""Double opt-in: what a form asked for is confirmed from the address itself, and until then allows nothing.

One message asks, nothing reminds. An email is confirmed by a button behind its link, a number by a text that says YES: whoever
owns a mailbox does not own every number that was typed beside it (DE-DOI).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from channels.address import AddressKind, Channel, kind_of
from channels.events import ProviderEvent
from consent.facts import Basis, FactKind, Purpose
from consent.proof import Proof, proof_from
from engine.flows.asking import address_of
from engine.flows.claiming import FIRST
from engine.flows.confirming import YES
from engine.flows.draft import Grant
from engine.flows.granting import grant
from engine.flows.kit import Kit
from engine.flows.shelf import Missing
from engine.flows.touches import choose_sender, new_message_row
from engine.store import dossiers, leads, messages, senders
from engine.store.database import Connection
from engine.store.leads import StoredLead

log = structlog.get_logger(__name__)

TEMPLATES: Mapping[AddressKind, tuple[Channel, str]] = {
    AddressKind.EMAIL: (Channel.EMAIL, "confirm-subscription"),
    AddressKind.PHONE: (Channel.SMS, "confirm-number"),
}
TEXT_WITHIN = timedelta(days=7)
"""A YES that comes later answers something else."""
LINK_WITHIN = timedelta(days=30)
ASKED_PER_DAY_MAX = 3
"""Whoever types somebody else's address again and again bothers them no more often."""


def ask_to_confirm(kit: Kit, connection: Connection, facts: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Make the one message that asks to confirm each of the new *facts* that were only requested."""
    requested = [fact for fact in facts if fact["kind"] == FactKind.REQUESTED]
    stored = leads.load(connection, {fact["lead_id"] for fact in requested}) if requested else {}
    asked: set[tuple[str, AddressKind]] = set()
    for fact in requested:
        kind = kind_of(Channel(fact["channel"]))
        if kind is None or (fact["lead_id"], kind) in asked:
            continue
        asked.add((fact["lead_id"], kind))
        _ask(kit, connection, stored[fact["lead_id"]], kind, str(fact["id"]), now)


def _ask(kit: Kit, connection: Connection, one: StoredLead, kind: AddressKind, fact_id: str, now: datetime) -> None:
    channel, template = TEMPLATES[kind]
    _, address_id = address_of(one, channel)
    if address_id is None or dossiers.asked_since(connection, address_id, template, now) >= ASKED_PER_DAY_MAX:
        return
    try:
        kit.shelf.current(connection).template(channel, template, one.lead.language)
    except Missing:
        remedy = f"add templates/{channel}/{template}, then publish"
        log.error("double_opt_in.no_template", template=template, remedy=remedy)  # noqa: TRY400 - the remedy is said
        return
    choice = [each for each in senders.all_senders(connection) if each.channel is channel]
    sender = choose_sender(choice, one.lead.id)
    if sender is None:
        log.warning("double_opt_in.no_sender", lead_id=one.lead.id, channel=channel)
        return
    row = new_message_row(
        message_id=kit.ids.new(),
        intent_key=f"{fact_id}:confirm",
        lead_id=one.lead.id,
        address_id=address_id,
        channel=channel,
        purpose=Purpose.CONFIRMATION,
        template=template,
        lane=FIRST,
        now=now,
        sender_id=sender.id,
    )
    messages.insert(connection, [row])


def pending(
    connection: Connection, one: StoredLead, kind: AddressKind, now: datetime, within: timedelta
) -> list[Mapping[str, Any]]:
    """Return what *one* asked for, for the address of *kind* they have now, and has not confirmed or stopped since."""
    latest: dict[str, Mapping[str, Any]] = {}
    for fact in dossiers.facts_of(connection, [one.lead.id]):
        if fact["channel"] and kind_of(Channel(fact["channel"])) is kind:
            latest[fact["channel"]] = {**fact}
    return [
        fact
        for channel, fact in sorted(latest.items())
        if fact["kind"] == FactKind.REQUESTED
        and fact["recorded_at"] > now - within
        and fact["personal"].get("address") == address_of(one, Channel(channel))[0]
    ]


def confirm(
    kit: Kit, connection: Connection, one: StoredLead, asked: Collection[Mapping[str, Any]], by: Proof, now: datetime
) -> list[str]:
    """Grant what was *asked* for, with the proof of both steps; return the ids of the facts. The lead is locked."""
    return [
        grant(kit, connection, one, _granted(fact, by), now, source="confirmed", recorded_by="lead") for fact in asked
    ]


def _granted(fact: Mapping[str, Any], by: Proof) -> Grant:
    first = proof_from(fact["personal"])
    proof = replace(
        first,
        ip=by.ip,
        user_agent=by.user_agent,
        page=by.page or first.page,
        act=by.act,
        evidence=by.evidence,
        request=str(fact["id"]),
        requested_at=fact["at"].isoformat(),
    )
    return Grant(
        channel=Channel(fact["channel"]),
        basis=Basis(fact["basis"]),
        purpose=Purpose(fact["purpose"]) if fact["purpose"] else None,
        topic=fact["topic"],
        expires_at=fact["expires_at"],
        **{name: getattr(proof, name) for name in Proof.__dataclass_fields__},
    )


def confirm_by_text(kit: Kit, connection: Connection, one: StoredLead, event: ProviderEvent, now: datetime) -> bool:
    """Grant what waits for a YES from this number; return whether the text has done its work.

    A bare YES that comes too late for what was asked confirms nothing.
    """
    own, _ = address_of(one, Channel.SMS)
    if own is None or event.address not in {None, own}:
        return False
    asked = pending(connection, one, AddressKind.PHONE, now, TEXT_WITHIN)
    word = (event.text or "").strip(" .!,").casefold()
    if asked:
        act = f"SMS {word.upper()[:20]}"
        confirm(kit, connection, one, asked, Proof(act=act, evidence=f"{event.provider} {event.event_id}"), now)
        return True
    return word in YES and bool(pending(connection, one, AddressKind.PHONE, now, timedelta(days=3_650)))
