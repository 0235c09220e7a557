"""What the business vouches for by name: asked by rules, recorded in the ledger, revoked by a later word."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from channels.address import Channel
from consent.facts import Attestation, Basis, FactKind
from consent.ledger import commit_to
from consent.rule import AttestationTerms, Rule
from consent.rulebook import Rulebook
from engine.flows.kit import Kit
from engine.store import audit, consents
from engine.store.database import Connection
from engine.store.gate_facts import attestations_of

MACHINE_CHANNELS = frozenset({Channel.EMAIL, Channel.SMS, Channel.VOICEMAIL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Something that the rulebook wants somebody to vouch for; *is_waiver* where it lifts a rule and nothing waits for it."""

    name: str
    asks: str
    rules: tuple[str, ...]
    places: tuple[str, ...]
    channels: frozenset[Channel]
    is_waiver: bool
    starts_at: datetime | None  # when the first of its rules comes into force; None where one is


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One thing asked for, and the latest word on it."""

    asked: Asked
    word: Attestation | None

    def stands(self, now: datetime) -> bool:
        """Return whether somebody vouches for it at *now*."""
        return self.word is not None and self.word.stands(now)

    def is_missing(self, now: datetime) -> bool:
        """Return whether touches are blocked at *now* because nobody vouches."""
        is_in_force = self.asked.starts_at is None or self.asked.starts_at <= now
        return is_in_force and not self.asked.is_waiver and not self.stands(now)


def asked_for(rulebook: Rulebook) -> dict[str, Asked]:
    """Return everything the rulebook's rules want vouched for, by name."""
    wanted: dict[str, list[Rule]] = {}
    for rule in rulebook.rules:
        if isinstance(rule.terms, AttestationTerms):
            wanted.setdefault(rule.terms.attestation, []).append(rule)
        if rule.waived_by:
            wanted.setdefault(rule.waived_by, []).append(rule)
    return {name: _asked(name, rules) for name, rules in sorted(wanted.items())}


def standing(connection: Connection, rulebook: Rulebook) -> list[Standing]:
    """Return everything that is asked for, with the latest word on each."""
    words = {word.name: word for word in attestations_of(connection)}
    return [Standing(asked=asked, word=words.get(name)) for name, asked in asked_for(rulebook).items()]


def missing(connection: Connection, rulebook: Rulebook, now: datetime, channels: Collection[Channel]) -> list[Standing]:
    """Return what is missing for *channels*: touches there are blocked in the places that ask for it."""
    return [
        one
        for one in standing(connection, rulebook)
        if one.is_missing(now) and not one.asked.channels.isdisjoint(channels)
    ]


def vouch(kit: Kit, name: str, *, by: str, expires_at: datetime | None = None, note: str = "") -> str:
    """Put on record that *by* vouches for *name* from now on; return the fact's id."""
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        return _record(kit, connection, name, by, now, expires_at, note, action="attestation.given")


def revoke(kit: Kit, name: str, *, by: str) -> bool:
    """Put on record that nobody vouches for *name* any more; return whether somebody did."""
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        stood = any(word.name == name and word.stands(now) for word in attestations_of(connection))
        if stood:
            _record(kit, connection, name, by, now, now, "", action="attestation.revoked")
        return stood


def _asked(name: str, rules: list[Rule]) -> Asked:
    texts = [rule.terms.asks for rule in rules if isinstance(rule.terms, AttestationTerms)]
    starts = [rule.starts_at for rule in rules]
    known = [one for one in starts if one is not None]
    return Asked(
        name=name,
        asks=" ".join(dict.fromkeys(texts)) or "; ".join(dict.fromkeys(rule.note for rule in rules if rule.note)),
        rules=tuple(sorted({rule.id for rule in rules})),
        places=tuple(sorted({place for rule in rules for place in rule.jurisdictions})),
        channels=frozenset(channel for rule in rules for channel in rule.channels),
        is_waiver=not texts,
        starts_at=None if len(known) < len(starts) else min(known),
    )


def _record(  # noqa: PLR0913 - one argument for each column
    kit: Kit,
    connection: Connection,
    name: str,
    by: str,
    now: datetime,
    expires_at: datetime | None,
    note: str,
    *,
    action: str,
) -> str:
    # A stop or a grant has a lead; the word of the business has none, and stands for every lead.
    personal, salt, fact_id = {"note": note}, kit.ids.new(), kit.ids.new()
    row = {"id": fact_id, "lead_id": None, "channel": None, "purpose": None, "topic": None, "attests": name}
    how = {"kind": FactKind.ATTESTED, "basis": Basis.NONE, "source": "person", "recorded_by": by}
    when = {"at": now, "recorded_at": now, "expires_at": expires_at}
    proof = {"personal": {**personal, "salt": salt}, "commitment": commit_to(personal, salt.encode())}
    consents.record(connection, [row | how | when | proof])
    told = {"fact": fact_id, "expires_at": expires_at.isoformat() if expires_at else None, "note": note}
    audit.note(connection, row_id=kit.ids.new(), at=now, actor=by, action=action, subject=name, after=told)
    return fact_id
