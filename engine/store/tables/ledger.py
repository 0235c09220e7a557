"""Permission: the append-only facts, the seals that chain them, and the addresses that must not be used."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, UniqueConstraint

from channels.address import AddressKind, Channel
from consent.facts import Basis, FactKind, Purpose, SuppressionReason
from engine.store.tables.metadata import Id, Json, id_column, instant, metadata, one_of, text

ERASED: dict[str, str] = {}
"""The one value `consent_facts.personal` may be changed to; triggers in the database refuse every other change."""

consent_facts = Table(
    "consent_facts",
    metadata,
    id_column(),
    Column("lead_id", Id, ForeignKey("leads.id"), nullable=False, comment="whose permission"),
    text("channel", "which channel"),
    text("purpose", "marketing, service; null covers every purpose", nullable=True),
    text("kind", "granted, withdrawn, attested"),
    text("basis", "how permission was given"),
    instant("at", "when it happened"),
    instant("recorded_at", "when we wrote it"),
    instant("expires_at", "when the permission ends by itself", nullable=True),
    text("source", "form, import, reply, one-click, api, person, sandbox"),
    text("recorded_by", "who or what recorded it"),
    Column("personal", Json, nullable=False, comment="wording shown, page, evidence: erased on request"),
    text("commitment", "salted hash of personal, so that erasure leaves the chain whole"),
    one_of("channel", Channel),
    one_of("purpose", Purpose),
    one_of("kind", FactKind),
    one_of("basis", Basis),
    Index(None, "lead_id", "channel", "at"),
    comment="One thing that happened to permission; nothing updates or deletes it, erasure of personal aside",
)

consent_seals = Table(
    "consent_seals",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, comment="1, 2, 3 ..."),
    text("previous_head", "the head before this batch"),
    text("head", "hash over the previous head and this batch's facts"),
    instant("at", "when the batch was sealed"),
    UniqueConstraint("previous_head"),
    comment="A batch of facts, chained to the one before",
)

sealed_facts = Table(
    "sealed_facts",
    metadata,
    Column("fact_id", Id, ForeignKey("consent_facts.id"), primary_key=True, comment="the fact"),
    Column("number", ForeignKey("consent_seals.number"), nullable=False, comment="the seal it stands in"),
    Column("position", Integer, nullable=False, comment="its place in the batch"),
    UniqueConstraint("number", "position"),
    comment="Which fact stands where in the chain",
)

suppressions = Table(
    "suppressions",
    metadata,
    id_column(),
    text("kind", "email or phone"),
    text("key", "HMAC of the canonical address: outlives erasure"),
    text("key_id", "which key made the HMAC"),
    Column("normalisation", Integer, nullable=False, comment="version of the canonical form"),
    text("channel", "one channel, or empty for every channel of the address"),
    text("reason", "hard_bounce, complaint, wrong_number, opted_out, legal, deceased"),
    text("source", "what told us"),
    instant("at", "since when"),
    one_of("kind", AddressKind),
    one_of("channel", ["", *Channel]),
    one_of("reason", SuppressionReason),
    UniqueConstraint("kind", "key", "channel", "reason"),
    comment="An address we must not use",
)
