"""Leads, the addresses they are reached at, what was noted about them, and the people who own them."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.dialects import postgresql

from channels.address import AddressKind
from engine.domain.lead import LeadStatus
from engine.store.tables.metadata import (
    Id,
    Json,
    id_column,
    instant,
    metadata,
    one_of,
    partial_index,
    promise,
    text,
)

addresses = Table(
    "addresses",
    metadata,
    id_column(),
    text("kind", "email or phone"),
    text("key", "HMAC of the canonical address: what dispatch and stop lock, and what suppressions name"),
    instant("created_at", "when it was first seen"),
    one_of("kind", AddressKind),
    UniqueConstraint("kind", "key"),
    comment="One place to reach leads",
)

leads = Table(
    "leads",
    metadata,
    id_column(),
    instant("created_at", "when the lead arrived"),
    text("status", "new, working, qualified, customer, lost"),
    text("first_name", "given name, may be empty"),
    text("last_name", "family name, may be empty"),
    text("company", "may be empty"),
    text("email", "canonical", nullable=True),
    text("phone", "E.164", nullable=True),
    Column("email_id", Id, ForeignKey("addresses.id"), comment="the address row of email"),
    Column("phone_id", Id, ForeignKey("addresses.id"), comment="the address row of phone"),
    text("country", "ISO 3166-1 alpha-2", nullable=True),
    text("region", "ISO 3166-2 without the country", nullable=True),
    text("zone", "IANA time zone", nullable=True),
    text("zone_source", "stated, address or phone", nullable=True),
    text("language", "BCP 47"),
    text("interest", "what the lead asked about"),
    text("source", "where the lead came from"),
    text("owner", "the salesperson's user id, empty when nobody is there to own it"),
    Column("cost_cents", Integer, nullable=False, comment="what this lead cost"),
    Column("custom", Json, nullable=False, comment="further fields, for conditions and templates"),
    Column("checks", Json, comment="what was found out about email and phone when they came"),
    instant("first_touch_at", "when the first message was accepted or the first call was made", nullable=True),
    instant("erased_at", "when all that named the person was erased on request", nullable=True),
    instant("review_since", "an inbound message nobody has read yet: all sending is held", nullable=True),
    Column(
        "version", Integer, nullable=False, server_default="1", comment="grows with each change: edits that collide"
    ),
    Column("merged_into", Id, ForeignKey("leads.id"), comment="the lead that this double became part of"),
    one_of("status", LeadStatus),
    one_of("zone_source", ["stated", "address", "phone"]),
    # What dispatch and a stop lock: an address without its row could be written to while it is being withdrawn.
    promise("email_locked", "email IS NULL OR email_id IS NOT NULL"),
    promise("phone_locked", "phone IS NULL OR phone_id IS NOT NULL"),
    UniqueConstraint("email"),
    Index(None, "phone"),
    Index(None, "email_id"),
    Index(None, "phone_id"),
    promise("not_into_itself", "merged_into IS NULL OR merged_into <> id"),
    Index(None, "created_at", "id"),
    Index(None, "status", "created_at", "id"),
    Index(None, "owner", "created_at", "id"),
    Index(None, "source", "created_at", "id"),
    Index(None, "country", "created_at", "id"),
    partial_index("ix_leads_merged", "merged_into", where=sql("merged_into IS NOT NULL")),
    partial_index("ix_leads_review", "review_since", where=sql("review_since IS NOT NULL")),
    comment="One person we may nurture",
)

lead_words = Table(
    "lead_words",
    metadata,
    # Compared byte by byte, so that an index finds how a word begins in any language.
    Column(
        "word",
        Text().with_variant(postgresql.TEXT(collation="C"), "postgresql"),
        primary_key=True,
        comment="a part of a name, an address or a number, without case and accents",
    ),
    Column("lead_id", Id, ForeignKey("leads.id"), primary_key=True, comment="who is found by it"),
    Index(None, "lead_id"),
    comment="What leads are searched by",
)

threads = Table(
    "threads",
    metadata,
    Column("lead_id", Id, ForeignKey("leads.id"), primary_key=True, comment="with whom"),
    instant("last_at", "when they last wrote"),
    text("owner", "user id of who answers, empty for anyone"),
    Index(None, "last_at", "lead_id"),
    Index(None, "owner", "last_at", "lead_id"),
    comment="The conversation with a lead who has written",
)

notes = Table(
    "notes",
    metadata,
    id_column(),
    Column("lead_id", Id, ForeignKey("leads.id"), nullable=False, comment="whom it is about"),
    instant("at", "when it was written"),
    text("author", "who wrote it: a user id, or the engine"),
    text("body", "the note"),
    Index(None, "lead_id", "at"),
    comment="What a person wrote down about a lead",
)

happenings = Table(
    "happenings",
    metadata,
    id_column(),
    Column("lead_id", Id, ForeignKey("leads.id"), nullable=False, comment="whose"),
    text("name", "replied, booked, customer, or a custom fact's name"),
    instant("at", "when it happened"),
    Column("detail", Json, nullable=False, comment="what else was said"),
    Index(None, "lead_id", "at"),
    comment="What a lead did, by name: what sequences wait for, branch on and leave by",
)

users = Table(
    "users",
    metadata,
    text("id", "a short name that stands on leads and tasks", primary_key=True),
    text("name", "as leads read it"),
    text("email", "canonical"),
    text("phone", "E.164", nullable=True),
    text("title", "as leads read it"),
    Column("owns_leads", Boolean, nullable=False, comment="takes new leads in turn"),
    instant("created_at", "when the user was added"),
    instant("last_assigned_at", "when the last lead was given to them, for taking turns", nullable=True),
    UniqueConstraint("email"),
    partial_index("ix_users_turn", "last_assigned_at", where=sql("owns_leads")),
    comment="A person of the business",
)
