"""Permission: the append-only facts, the seals that chain them, and the addresses that must not be used."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, UniqueConstraint

from channels.address import AddressKind, Channel
from consent.facts import Basis, FactKind, Purpose, SuppressionReason
from engine.store.tables.metadata import Id, Json, id_column, instant, metadata, one_of, promise, text

ERASED: dict[str, str] = {}
"""The one value `consent_facts.personal` may be changed to; triggers in the database refuse every other change."""

consent_facts = Table(
    "consent_facts",
    metadata,
    id_column(),
    Column("lead_id", Id, ForeignKey("leads.id"), comment="whose permission; null where the business vouches"),
    text("channel", "which channel; null where the business vouches", nullable=True),
    text("purpose", "marketing, service; null covers every purpose", nullable=True),
    text("topic", "what the messages are about; null covers every topic", nullable=True),
    text("kind", "requested, granted, withdrawn, attested"),
    text("basis", "how permission was given"),
    instant("at", "when it happened"),
    instant("recorded_at", "when we wrote it"),
    instant("expires_at", "when the permission ends by itself", nullable=True),
    text("attests", "what the business vouches for, by name; null for facts of a lead", nullable=True),
    text("source", "form, import, reply, one-click, api, person, sandbox"),
    text("recorded_by", "who or what recorded it"),
    Column("personal", Json, nullable=False, comment="wording shown, page, evidence: erased on request"),
    text("commitment", "salted hash of personal, so that erasure leaves the chain whole"),
    one_of("channel", Channel),
    one_of("purpose", Purpose),
    one_of("kind", FactKind),
    one_of("basis", Basis),
    promise(
        "about_somebody",
        "(kind = 'attested') = (attests IS NOT NULL) AND (attests IS NOT NULL OR (lead_id IS NOT NULL AND channel IS NOT NULL))",
    ),
    Index(None, "lead_id", "channel", "at"),
    Index(None, "attests"),
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
    Index(None, "at", "id"),
    comment="An address we must not use",
)

registry_copies = Table(
    "registry_copies",
    metadata,
    id_column(),
    text("registry", "which list: us_national_dnc, gb_tps ..."),
    instant("as_of", "the day the list was drawn up"),
    instant("imported_at", "when we took it in"),
    text("imported_by", "who took it in"),
    text("source", "the file"),
    Column("entries", Integer, nullable=False, comment="how many numbers it held"),
    Index(None, "registry", "as_of"),
    comment="One copy of a public list of numbers that must not be called",
)

registry_entries = Table(
    "registry_entries",
    metadata,
    text("registry", "which list", primary_key=True),
    text("key", "HMAC of the number, as in suppressions", primary_key=True),
    text("key_id", "which key made the HMAC"),
    instant("listed_at", "since when it is listed; the date of the first copy that held it where the list doesn't say"),
    comment="A number on a public list, by the newest copy",
)

emergencies = Table(
    "emergencies",
    metadata,
    id_column(),
    text("place", "a state or country: US-NY"),
    instant("starts_at", "since when"),
    instant("ends_at", "until when; null while nobody has lifted it", nullable=True),
    text("note", "what was declared, and where one can read it"),
    instant("recorded_at", "when we wrote it"),
    text("recorded_by", "who recorded it"),
    comment="A declared emergency, in which nobody may be solicited",
)
