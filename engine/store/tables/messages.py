"""Touches by machine: messages, their bodies and decisions, attempts, and what providers said."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, UniqueConstraint
from sqlalchemy import text as sql

from channels.events import CallOutcome, EventKind
from channels.message import Fault, ReceiptKind
from consent.answer import Outcome
from consent.facts import Purpose
from engine.domain.message import CLAIMABLE_STATES, OPEN_STATES, Delivery, MessageState
from engine.store.tables.metadata import (
    Id,
    Instant,
    Json,
    id_column,
    instant,
    listed,
    metadata,
    one_of,
    partial_index,
    promise,
    text,
)
from engine.store.tables.words import ADDRESS_CHANNELS, MESSAGE_CHANNELS

OPEN_ATTEMPT = "outcome IN ('accepted', 'open', 'unknown')"
OPEN = f"state IN {listed(OPEN_STATES)}"
CLAIMABLE = f"state IN {listed(CLAIMABLE_STATES)} AND due_at IS NOT NULL"
DATED = listed({MessageState.SCHEDULED, MessageState.CLAIMED, MessageState.SENDING})

LISTED_BY = {
    "sequence": "sequence <> ''",
    "sender_id": "sender_id IS NOT NULL",
    "state": f"state <> '{MessageState.ACCEPTED}'",
    "reason": "reason <> ''",
    "delivery": f"delivery NOT IN ('{Delivery.NONE}', '{Delivery.DELIVERED}')",
}
"""What the log has an index of, and which rows are in it; a query must say so in the same words."""

messages = Table(
    "messages",
    metadata,
    id_column("minted by us; travels to the provider and back"),
    text("intent_key", "enrollment:stage:occurrence, or the cause of an answer: one intent, one message"),
    Column("lead_id", Id, ForeignKey("leads.id"), nullable=False, comment="to whom"),
    Column("sent_as", Id, comment="the double of the lead that was written to, before the two were joined"),
    Column("address_id", Id, ForeignKey("addresses.id"), comment="where; null when the lead has no such address"),
    Column("enrollment_id", Id, ForeignKey("enrollments.id"), comment="null for answers and confirmations"),
    Column("sender_id", Id, ForeignKey("senders.id"), comment="from where"),
    text("sequence", "the enrollment's sequence, or empty"),
    text("stage", "its stage, or empty"),
    Column("occurrence", Integer, nullable=False, comment="its round"),
    text("variant", "the split's variant", nullable=True),
    text("channel", "email, sms, voicemail"),
    text("purpose", "marketing, service, confirmation"),
    text("topic", "of the enrollment's sequence", nullable=True),
    text("template", "the content's name"),
    text("lane", "first, main"),
    text("state", "ours: scheduled, held, claimed, sending, accepted, failed, unknown, skipped, cancelled"),
    text("reason", "why it stands as it does, in one word"),
    text("rule", "the gate's deciding rule, or empty"),
    instant("created_at", "when it was made"),
    instant("planned_at", "when it was first due: a hold for too long counts from here"),
    instant("due_at", "when to look at it: its time, or the end of the lease; null waits for a person", nullable=True),
    text("claimed_by", "the claim's token while a worker has it", nullable=True),
    text("revision", "the sequence revision that planned it; its window is asked again at dispatch", nullable=True),
    Column("tries", Integer, nullable=False, comment="attempts so far"),
    text("content_revision", "what was rendered", nullable=True),
    text("text_hash", "hash of its words: the same ones go to no address twice a day", nullable=True),
    text("provider", "who took it", nullable=True),
    text("provider_id", "the provider's own id", nullable=True),
    instant("accepted_at", "when the provider took it", nullable=True),
    instant("ended_at", "when it reached its final state", nullable=True),
    text("delivery", "the provider's: none, deferred, undelivered, delivered, bounced"),
    instant("delivered_at", "when it arrived", nullable=True),
    instant("bounced_at", "when it came back", nullable=True),
    instant("opened_at", "when a person first opened it", nullable=True),
    instant("clicked_at", "when a person first clicked", nullable=True),
    instant("replied_at", "when it was first answered", nullable=True),
    instant("complained_at", "when it was called spam", nullable=True),
    text("outcome", "how the call of a voicemail ended: human, machine, no_answer, busy, failed", nullable=True),
    one_of("channel", MESSAGE_CHANNELS),
    one_of("purpose", Purpose),
    one_of("lane", ["first", "main"]),
    one_of("state", MessageState),
    one_of("delivery", Delivery),
    one_of("outcome", CallOutcome),
    promise("ended", f"({OPEN}) = (ended_at IS NULL)"),
    promise("ended_never_due", f"{OPEN} OR due_at IS NULL"),
    # A held one without a time waits for a person; nobody comes for these.
    promise("never_forgotten", f"state NOT IN {DATED} OR due_at IS NOT NULL"),
    promise("claimed_by_someone", "state <> 'claimed' OR claimed_by IS NOT NULL"),
    promise("accepted_by_someone", "state <> 'accepted' OR (provider IS NOT NULL AND accepted_at IS NOT NULL)"),
    promise("counts", "occurrence >= 0 AND tries >= 0"),
    UniqueConstraint("intent_key"),
    partial_index("ix_messages_claim", "sender_id", "lane", "sequence", "due_at", where=sql(CLAIMABLE)),
    partial_index("ix_messages_claimed", "sender_id", "lane", "sequence", "due_at", where=sql("state = 'claimed'")),
    partial_index("ix_messages_bounced", "bounced_at", where=sql("bounced_at IS NOT NULL")),
    partial_index("ix_messages_complained", "complained_at", where=sql("complained_at IS NOT NULL")),
    partial_index("ix_messages_held", "reason", where=sql("state = 'held'")),
    partial_index("ix_messages_sending", "due_at", where=sql("state = 'sending'")),
    Index(None, "lead_id", "created_at"),
    Index(None, "address_id"),
    Index(None, "enrollment_id"),
    Index(None, "created_at", "id"),
    Index(None, "provider", "provider_id"),
    # The delivery log by what people filter it by, but for what most messages have.
    Index(None, "channel", "created_at", "id"),
    *(
        partial_index(f"ix_messages_by_{column.removesuffix('_id')}", column, "created_at", "id", where=sql(where))
        for column, where in LISTED_BY.items()
    ),
    comment="One touch by machine",
)

# Large and old: partitioned by time on PostgreSQL, dropped by age. Uniqueness lives in messages.
message_bodies = Table(
    "message_bodies",
    metadata,
    Column("message_id", Id, primary_key=True, comment="the message"),
    Column("created_at", Instant, primary_key=True, comment="when it was rendered; the partition key"),
    Column("body", LargeBinary, nullable=False, comment="the rendered content, JSON, zlib"),
    postgresql_partition_by="RANGE (created_at)",
    comment="What was rendered",
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", Id, primary_key=True, comment="UUIDv7"),
    Column("created_at", Instant, primary_key=True, comment="when it was decided; the partition key"),
    Column("message_id", Id, comment="the message it is about"),
    Column("task_id", Id, comment="the task it is about"),
    text("asked", "plan, dispatch, answer or show"),
    text("outcome", "allow, hold, block"),
    text("reason", "the deciding rule's word"),
    text("rule", "the deciding rule"),
    instant("until", "until when it is held", nullable=True),
    Column("trace", Json, nullable=False, comment="every rule asked, its inputs and its answer"),
    text("rulebook", "version of the rulebook"),
    one_of("asked", ["plan", "dispatch", "answer", "show"]),
    one_of("outcome", Outcome),
    promise("about_something", "message_id IS NOT NULL OR task_id IS NOT NULL"),
    Index(None, "message_id"),
    Index(None, "task_id"),
    postgresql_partition_by="RANGE (created_at)",
    comment="Each change of the gate's answer",
)

attempts = Table(
    "attempts",
    metadata,
    id_column("travels in the journal"),
    Column("message_id", Id, ForeignKey("messages.id"), nullable=False, comment="what was tried"),
    Column("number", Integer, nullable=False, comment="1 for the first try"),
    text("provider", "whom we called"),
    instant("started_at", "when the attempt was committed"),
    instant("call_by", "no call starts after this: what a stop waits out"),
    text("outcome", "open, accepted, refused, never_started, unknown, overruled"),
    text("fault", "why it was refused", nullable=True),
    text("detail", "what the provider said"),
    text("provider_id", "the provider's own id", nullable=True),
    text("journal", "the journal that notes whether the call started"),
    instant("ended_at", "when the outcome was known", nullable=True),
    one_of("outcome", ["open", "overruled", *ReceiptKind]),
    one_of("fault", Fault),
    promise("ended", "(outcome = 'open') = (ended_at IS NULL)"),
    promise("refused_for_a_fault", "outcome <> 'refused' OR fault IS NOT NULL"),
    promise("counts", "number >= 1"),
    UniqueConstraint("message_id", "number"),
    partial_index("uq_attempts_one_at_a_time", "message_id", where=sql(OPEN_ATTEMPT), unique=True),
    partial_index("ix_attempts_dead", "ended_at", where=sql("fault = 'dead_address'")),
    partial_index("ix_attempts_open", "call_by", where=sql("outcome = 'open'")),
    comment="One try at sending, on record before the call",
)

provider_events = Table(
    "provider_events",
    metadata,
    id_column(),
    text("provider", "who said it"),
    text("event_id", "the provider's id of it: heard twice, kept once"),
    text("kind", "delivered, bounced, replied ..."),
    Column("message_id", Id, comment="the message it is about, when known"),
    text("provider_message_id", "the provider's own id of the message, when told", nullable=True),
    Column("lead_id", Id, comment="the lead it is about, when known"),
    instant("at", "when it happened, by the provider's word"),
    instant("received_at", "when we stored it"),
    instant("applied_at", "when it was absorbed; null is still to do", nullable=True),
    text("problem", "why it could not be absorbed; set aside for a person", nullable=True),
    Column("event", Json, nullable=False, comment="the event in our vocabulary"),
    one_of("kind", EventKind),
    UniqueConstraint("provider", "event_id"),
    Index(None, "message_id"),
    partial_index(
        "ix_provider_events_unmatched",
        "provider",
        "provider_message_id",
        where=sql("message_id IS NULL AND provider_message_id IS NOT NULL"),
    ),
    partial_index("ix_provider_events_todo", "received_at", where=sql("applied_at IS NULL")),
    comment="What a provider or a lead said",
)

provider_payloads = Table(
    "provider_payloads",
    metadata,
    Column("id", Id, primary_key=True, comment="UUIDv7"),
    Column("created_at", Instant, primary_key=True, comment="when it came; the partition key"),
    text("provider", "who posted it"),
    text("callback", "to which of our addresses: events, inbound, status, sms, answer ..."),
    text("problem", "what could not be read of it", nullable=True),
    Column("headers", Json, nullable=False, comment="as they came, secrets aside"),
    Column("body", LargeBinary, nullable=False, comment="the raw bytes, zlib"),
    postgresql_partition_by="RANGE (created_at)",
    comment="Raw callbacks",
)

replies = Table(
    "replies",
    metadata,
    id_column("the provider event's id"),
    Column("lead_id", Id, ForeignKey("leads.id"), nullable=False, comment="who answered"),
    Column("message_id", Id, comment="what was answered, when known"),
    text("channel", "email, sms, voicemail, call"),
    instant("at", "when"),
    text("body", "the words"),
    text("label", "what the classifier read"),
    Column("reading", Json, nullable=False, comment="sure, until, channels, evidence"),
    instant("reviewed_at", "when a person read it", nullable=True),
    one_of("channel", ADDRESS_CHANNELS),
    Index(None, "lead_id", "at"),
    comment="What leads wrote or said",
)

answers = Table(
    "answers",
    metadata,
    Column("message_id", Id, ForeignKey("messages.id"), primary_key=True, comment="the message that carries it"),
    Column("reply_id", Id, ForeignKey("replies.id"), nullable=False, comment="what it answers"),
    text("author", "who wrote it: a user id"),
    text("subject", "of an email, else empty"),
    text("body", "the words"),
    Column("thread", Json, nullable=False, comment="Message-IDs of the conversation, oldest first"),
    Index(None, "reply_id"),
    comment="What a person wrote to a lead",
)

reply_corrections = Table(
    "reply_corrections",
    metadata,
    id_column(),
    Column("reply_id", Id, ForeignKey("replies.id"), nullable=False, comment="what was read wrongly"),
    instant("at", "when it was corrected"),
    text("corrected_by", "who read it otherwise: a user id"),
    text("read_as", "what the classifier, or the person before, had read"),
    text("corrected_to", "what it means"),
    Column("reading", Json, nullable=False, comment="how sure the reading was, and by which words"),
    Index(None, "reply_id"),
    Index(None, "at", "id"),
    comment="A reading that a person corrected, to learn from",
)
