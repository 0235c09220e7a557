"""What the installation runs on: senders, its own identity, the audit log, and the sandbox's account."""

from sqlalchemy import Boolean, Column, Date, Float, ForeignKey, Index, Integer, Table, UniqueConstraint
from sqlalchemy import text as sql

from channels.message import Fault, ReceiptKind
from engine.domain.incident import IncidentKind
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
from engine.store.tables.words import MESSAGE_CHANNELS

senders = Table(
    "senders",
    metadata,
    id_column(),
    text("channel", "email, sms, voicemail"),
    text("provider", "whose adapter sends for it"),
    text("address", "mailbox or number, as leads see it"),
    text("name", "as leads see it"),
    Column("rate_per_second", Float, nullable=False, comment="its pace"),
    Column("burst", Float, nullable=False, comment="tokens it may save up"),
    Column("tokens", Float, nullable=False, comment="tokens at tokens_at"),
    instant("tokens_at", "when tokens was true"),
    Column("daily_max", Integer, comment="sends a day, null for no limit"),
    Column("day", Date, nullable=False, comment="the day sent_today counts, in day_zone"),
    text("day_zone", "whose midnight begins a new day: UTC, or America/Los_Angeles for a carrier's limit"),
    Column("ramp_first", Integer, comment="sends on the first day of its warm-up; null for no warm-up"),
    Column("ramp_factor", Float, comment="how much more each further day may take: 1.5"),
    Column("ramp_since", Date, comment="the first day of its warm-up"),
    Column("domain_daily_max", Integer, comment="sends a day to one recipient domain, null for no limit"),
    Column("sent_today", Integer, nullable=False, comment="sends on that day"),
    Column("is_paused", Boolean, nullable=False, comment="nothing leaves while it is"),
    text("paused_reason", "why"),
    Column("trial_left", Integer, comment="how many more may leave before a person must look; null for no limit"),
    instant("created_at", "when it was added"),
    instant("heard_at", "when its provider last called back about it", nullable=True),
    Column("failures", Integer, nullable=False, comment="messages in a row that its provider failed"),
    text("fault", "how it failed the latest of them, or empty"),
    text("failed_message", "which message met it, or empty"),
    instant("opened_at", "since when its breaker is open; null is closed", nullable=True),
    instant("probe_at", "when one message may be tried while it is", nullable=True),
    one_of("channel", MESSAGE_CHANNELS),
    one_of("fault", ["", *Fault, *ReceiptKind]),
    promise("pace", "rate_per_second > 0 AND burst > 0"),
    promise("counts", "sent_today >= 0 AND daily_max >= 0 AND trial_left >= 0 AND failures >= 0"),
    promise(
        "ramp",
        "(ramp_first IS NULL) = (ramp_factor IS NULL) AND (ramp_first IS NULL) = (ramp_since IS NULL) "
        "AND ramp_first >= 1 AND ramp_factor > 1",
    ),
    promise("domain_daily_max", "domain_daily_max >= 1"),
    promise("breaker", "(opened_at IS NULL) = (probe_at IS NULL)"),
    UniqueConstraint("channel", "provider", "address"),
    comment="A mailbox, a domain or a number we send from",
)

sender_domains = Table(
    "sender_domains",
    metadata,
    Column("sender_id", Id, ForeignKey("senders.id"), primary_key=True, comment="who sends"),
    text("domain", "of the recipients, lower case", primary_key=True),
    Column("day", Date, nullable=False, comment="the day sent_today counts, in the sender's day_zone"),
    Column("sent_today", Integer, nullable=False, comment="sends to that domain on that day"),
    promise("count", "sent_today >= 0"),
    comment="What a sender has sent to one recipient domain today",
)

incidents = Table(
    "incidents",
    metadata,
    id_column(),
    text("kind", "what went wrong"),
    text("subject", "on which thing: a sender's id, a provider and its error, a channel and its template"),
    text("detail", "in words for staff, without addresses"),
    instant("opened_at", "when it first showed"),
    instant("last_at", "when it last showed"),
    Column("count", Integer, nullable=False, comment="how often it showed"),
    instant("told_at", "when staff were last told; null while they still are to be", nullable=True),
    instant("closed_at", "when it was over", nullable=True),
    one_of("kind", IncidentKind),
    partial_index("uq_incidents_open", "kind", "subject", where=sql("closed_at IS NULL"), unique=True),
    partial_index("ix_incidents_untold", "opened_at", where=sql("told_at IS NULL")),
    Index(None, "opened_at", "id"),
    comment="Something that staff must know of: told once, however often it shows",
)

installation = Table(
    "installation",
    metadata,
    Column("id", Integer, primary_key=True, comment="always 1"),
    instant("created_at", "when it was set up"),
    text("key_id", "which key makes the address hashes"),
    text("canary", "HMAC of a fixed word: a wrong key refuses to start"),
    Column("is_demonstration", Boolean, nullable=False, comment="holds invented leads only"),
    Column("is_sending_stopped", Boolean, nullable=False, comment="one switch stops all sending"),
    instant("went_live_at", "when real providers were first allowed to send", nullable=True),
    Column("demonstration", Json, comment="seed, leads, days and summary of a demonstration"),
    promise("one_row", "id = 1"),
    comment="One row about this installation",
)

audit_log = Table(
    "audit_log",
    metadata,
    id_column(),
    instant("at", "when"),
    text("actor", "who"),
    text("action", "what, as noun.verb"),
    text("subject", "on which thing"),
    Column("before", Json, comment="how it was"),
    Column("after", Json, comment="how it is"),
    Index(None, "at", "id"),
    Index(None, "actor", "at", "id"),
    Index(None, "action", "at", "id"),
    Index(None, "subject", "at", "id"),
    comment="Every change a person made",
)

sandbox_messages = Table(
    "sandbox_messages",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True, comment="order of arrival"),
    Column("message_id", Id, nullable=False, comment="our id; more than one row for an id is a duplicate"),
    text("channel", "email, sms, voicemail"),
    text("to", "address"),
    text("sender", "from"),
    text("subject", "of an email, else empty"),
    Column("content", Json, nullable=False, comment="as the lead reads it"),
    instant("at", "when it came"),
    Index(None, "message_id"),
    comment="The sandbox's own account of what it accepted",
)

sandbox_events = Table(
    "sandbox_events",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True, comment="order of invention"),
    instant("due_at", "when it will happen"),
    Column("event", Json, nullable=False, comment="a provider event to come"),
    instant("told_at", "when it was told to the engine", nullable=True),
    partial_index("ix_sandbox_events_due", "due_at", where=sql("told_at IS NULL")),
    comment="What the sandbox's leads will do",
)
