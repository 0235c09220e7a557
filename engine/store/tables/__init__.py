"""Every table, one noun a module; `metadata` holds them all."""

from engine.store.tables.access import accounts, one_time_links, recovery_codes, sessions, sign_in_brakes
from engine.store.tables.arriving import form_rates, form_suspects, import_rows, imports
from engine.store.tables.content import content_current, content_revisions, sequences
from engine.store.tables.integrators import api_keys, errands, idempotent_requests
from engine.store.tables.ledger import (
    consent_facts,
    consent_seals,
    emergencies,
    registry_copies,
    registry_entries,
    sealed_facts,
    suppressions,
)
from engine.store.tables.messages import (
    answers,
    attempts,
    decisions,
    message_bodies,
    messages,
    provider_events,
    provider_payloads,
    replies,
    reply_corrections,
)
from engine.store.tables.metadata import metadata
from engine.store.tables.operations import (
    audit_log,
    incidents,
    installation,
    sandbox_events,
    sandbox_messages,
    sender_domains,
    senders,
)
from engine.store.tables.pauses import paused_channels
from engine.store.tables.people import addresses, happenings, lead_words, leads, notes, threads, users
from engine.store.tables.reporting import goals
from engine.store.tables.searching import log_views, message_words
from engine.store.tables.telling import notices, webhook_deliveries, webhook_endpoints
from engine.store.tables.walking import enrollments, tasks

__all__ = [
    "accounts",
    "addresses",
    "answers",
    "api_keys",
    "attempts",
    "audit_log",
    "consent_facts",
    "consent_seals",
    "content_current",
    "content_revisions",
    "decisions",
    "emergencies",
    "enrollments",
    "errands",
    "form_rates",
    "form_suspects",
    "goals",
    "happenings",
    "idempotent_requests",
    "import_rows",
    "imports",
    "incidents",
    "installation",
    "lead_words",
    "leads",
    "log_views",
    "message_bodies",
    "message_words",
    "messages",
    "metadata",
    "notes",
    "notices",
    "one_time_links",
    "paused_channels",
    "provider_events",
    "provider_payloads",
    "recovery_codes",
    "registry_copies",
    "registry_entries",
    "replies",
    "reply_corrections",
    "sandbox_events",
    "sandbox_messages",
    "sealed_facts",
    "sender_domains",
    "senders",
    "sequences",
    "sessions",
    "sign_in_brakes",
    "suppressions",
    "tasks",
    "threads",
    "users",
    "webhook_deliveries",
    "webhook_endpoints",
]
