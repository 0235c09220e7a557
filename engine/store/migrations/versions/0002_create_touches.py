"""What happens with leads: enrollments, tasks, messages, and what providers and leads said."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"

INSTANT = sa.DateTime(timezone=True)
ID = sa.String(36).with_variant(sa.Uuid(as_uuid=False), "postgresql")
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Create the tables of touches."""
    _create_walking()
    _create_messages()
    _create_events()
    if op.get_context().dialect.name == "postgresql":
        # What comes outside the months that `store.partitions` makes; it makes the first ones after each upgrade.
        for table in ("message_bodies", "decisions", "provider_payloads"):
            op.execute(f"CREATE TABLE {table}_default PARTITION OF {table} DEFAULT")


def _create_walking() -> None:
    op.create_table(
        "enrollments",
        sa.Column("id", ID, primary_key=True),
        sa.Column("lead_id", ID, sa.ForeignKey("leads.id"), nullable=False),
        sa.Column("sequence", sa.Text(), nullable=False),
        sa.Column("revision", sa.Text(), sa.ForeignKey("content_revisions.revision"), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("is_exclusive", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("anchor_at", INSTANT, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT),
        sa.Column("ended_at", INSTANT),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("came_from_stage", sa.Text()),
        sa.Column("came_from_occurrence", sa.Integer()),
        sa.Column("rounds", JSON, nullable=False),
        sa.CheckConstraint("purpose IN ('marketing', 'service')", name="purpose"),
        sa.CheckConstraint(
            "status IN ('active', 'finished', 'out_of_office', 'paused', 'snoozed', 'stopped', 'waiting')",
            name="status",
        ),
        sa.CheckConstraint("(status IN ('finished', 'stopped')) = (ended_at IS NOT NULL)", name="ended"),
        sa.CheckConstraint("status NOT IN ('finished', 'stopped') OR due_at IS NULL", name="ended_never_due"),
        sa.CheckConstraint(
            "status NOT IN ('active', 'out_of_office', 'snoozed') OR due_at IS NOT NULL", name="never_forgotten"
        ),
        sa.CheckConstraint("(came_from_stage IS NULL) = (came_from_occurrence IS NULL)", name="came_from"),
        sa.CheckConstraint("occurrence >= 0", name="occurrence"),
        sa.Index(
            "ix_enrollments_due",
            "due_at",
            sqlite_where=sa.text("due_at IS NOT NULL"),
            postgresql_where=sa.text("due_at IS NOT NULL"),
        ),
        sa.Index("ix_enrollments_lead_id", "lead_id"),
        sa.Index(
            "uq_enrollments_open_exclusive",
            "lead_id",
            unique=True,
            sqlite_where=sa.text("is_exclusive AND status NOT IN ('finished', 'stopped')"),
            postgresql_where=sa.text("is_exclusive AND status NOT IN ('finished', 'stopped')"),
        ),
        sa.Index(
            "uq_enrollments_open_sequence",
            "lead_id",
            "sequence",
            unique=True,
            sqlite_where=sa.text("status NOT IN ('finished', 'stopped')"),
            postgresql_where=sa.text("status NOT IN ('finished', 'stopped')"),
        ),
    )
    op.create_table(
        "tasks",
        sa.Column("id", ID, primary_key=True),
        sa.Column("intent_key", sa.Text(), nullable=False),
        sa.Column("lead_id", ID, sa.ForeignKey("leads.id"), nullable=False),
        sa.Column("enrollment_id", ID, sa.ForeignKey("enrollments.id")),
        sa.Column("sequence", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("script", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("outcome", sa.Text()),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('answer', 'call', 'letter', 'review', 'social')", name="kind"),
        sa.CheckConstraint("state IN ('cancelled', 'done', 'open')", name="state"),
        sa.CheckConstraint(
            "outcome IN ('booked', 'done', 'no', 'no_answer', 'not_now', 'reached', 'voicemail_left', 'won', 'wrong_number')",
            name="outcome",
        ),
        sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended"),
        sa.CheckConstraint("state <> 'done' OR outcome IS NOT NULL", name="done_has_outcome"),
        sa.UniqueConstraint("intent_key"),
        sa.Index("ix_tasks_enrollment_id", "enrollment_id"),
        sa.Index("ix_tasks_lead_id", "lead_id"),
        sa.Index(
            "ix_tasks_open",
            "due_at",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        ),
    )


def _create_messages() -> None:
    op.create_table(
        "messages",
        sa.Column("id", ID, primary_key=True),
        sa.Column("intent_key", sa.Text(), nullable=False),
        sa.Column("lead_id", ID, sa.ForeignKey("leads.id"), nullable=False),
        sa.Column("address_id", ID, sa.ForeignKey("addresses.id")),
        sa.Column("enrollment_id", ID, sa.ForeignKey("enrollments.id")),
        sa.Column("sender_id", ID, sa.ForeignKey("senders.id")),
        sa.Column("sequence", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("variant", sa.Text()),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("planned_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT),
        sa.Column("claimed_by", sa.Text()),
        sa.Column("revision", sa.Text()),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("content_revision", sa.Text()),
        sa.Column("text_hash", sa.Text()),
        sa.Column("provider", sa.Text()),
        sa.Column("provider_id", sa.Text()),
        sa.Column("accepted_at", INSTANT),
        sa.Column("ended_at", INSTANT),
        sa.Column("delivery", sa.Text(), nullable=False),
        sa.Column("delivered_at", INSTANT),
        sa.Column("bounced_at", INSTANT),
        sa.Column("opened_at", INSTANT),
        sa.Column("clicked_at", INSTANT),
        sa.Column("replied_at", INSTANT),
        sa.Column("complained_at", INSTANT),
        sa.Column("outcome", sa.Text()),
        sa.CheckConstraint("channel IN ('email', 'sms', 'voicemail')", name="channel"),
        sa.CheckConstraint("purpose IN ('confirmation', 'marketing', 'service')", name="purpose"),
        sa.CheckConstraint("lane IN ('first', 'main')", name="lane"),
        sa.CheckConstraint(
            "state IN ('accepted', 'cancelled', 'claimed', 'failed', 'held', 'scheduled', 'sending', 'skipped', 'unknown')",
            name="state",
        ),
        sa.CheckConstraint("delivery IN ('bounced', 'deferred', 'delivered', 'none', 'undelivered')", name="delivery"),
        sa.CheckConstraint("outcome IN ('busy', 'failed', 'human', 'machine', 'no_answer')", name="outcome"),
        sa.CheckConstraint("(state IN ('claimed', 'held', 'scheduled', 'sending')) = (ended_at IS NULL)", name="ended"),
        sa.CheckConstraint(
            "state IN ('claimed', 'held', 'scheduled', 'sending') OR due_at IS NULL", name="ended_never_due"
        ),
        sa.CheckConstraint(
            "state NOT IN ('claimed', 'scheduled', 'sending') OR due_at IS NOT NULL", name="never_forgotten"
        ),
        sa.CheckConstraint("state <> 'claimed' OR claimed_by IS NOT NULL", name="claimed_by_someone"),
        sa.CheckConstraint(
            "state <> 'accepted' OR (provider IS NOT NULL AND accepted_at IS NOT NULL)", name="accepted_by_someone"
        ),
        sa.CheckConstraint("occurrence >= 0 AND tries >= 0", name="counts"),
        sa.UniqueConstraint("intent_key"),
        sa.Index("ix_messages_address_id", "address_id"),
        sa.Index(
            "ix_messages_claim",
            "sender_id",
            "lane",
            "sequence",
            "due_at",
            sqlite_where=sa.text("state IN ('claimed', 'held', 'scheduled') AND due_at IS NOT NULL"),
            postgresql_where=sa.text("state IN ('claimed', 'held', 'scheduled') AND due_at IS NOT NULL"),
        ),
        sa.Index("ix_messages_created_at_id", "created_at", "id"),
        sa.Index("ix_messages_enrollment_id", "enrollment_id"),
        sa.Index("ix_messages_lead_id_created_at", "lead_id", "created_at"),
        sa.Index("ix_messages_provider_provider_id", "provider", "provider_id"),
        sa.Index(
            "ix_messages_bounced",
            "bounced_at",
            sqlite_where=sa.text("bounced_at IS NOT NULL"),
            postgresql_where=sa.text("bounced_at IS NOT NULL"),
        ),
        sa.Index(
            "ix_messages_complained",
            "complained_at",
            sqlite_where=sa.text("complained_at IS NOT NULL"),
            postgresql_where=sa.text("complained_at IS NOT NULL"),
        ),
        sa.Index(
            "ix_messages_sending",
            "due_at",
            sqlite_where=sa.text("state = 'sending'"),
            postgresql_where=sa.text("state = 'sending'"),
        ),
    )
    op.create_table(
        "message_bodies",
        sa.Column("message_id", ID, primary_key=True),
        sa.Column("created_at", INSTANT, primary_key=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        postgresql_partition_by="RANGE (created_at)",
    )
    op.create_table(
        "decisions",
        sa.Column("id", ID, primary_key=True),
        sa.Column("created_at", INSTANT, primary_key=True),
        sa.Column("message_id", ID),
        sa.Column("task_id", ID),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("until", INSTANT),
        sa.Column("trace", JSON, nullable=False),
        sa.Column("rulebook", sa.Text(), nullable=False),
        sa.CheckConstraint("asked IN ('answer', 'dispatch', 'plan', 'show')", name="asked"),
        sa.CheckConstraint("outcome IN ('allow', 'block', 'hold')", name="outcome"),
        sa.CheckConstraint("message_id IS NOT NULL OR task_id IS NOT NULL", name="about_something"),
        sa.Index("ix_decisions_message_id", "message_id"),
        sa.Index("ix_decisions_task_id", "task_id"),
        postgresql_partition_by="RANGE (created_at)",
    )
    op.create_table(
        "attempts",
        sa.Column("id", ID, primary_key=True),
        sa.Column("message_id", ID, sa.ForeignKey("messages.id"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("call_by", INSTANT, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("fault", sa.Text()),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Text()),
        sa.Column("journal", sa.Text(), nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.CheckConstraint(
            "outcome IN ('accepted', 'never_started', 'open', 'overruled', 'refused', 'unknown')", name="outcome"
        ),
        sa.CheckConstraint(
            "fault IN ('configuration', 'content', 'dead_address', 'opted_out', 'throttled', 'transient', 'unclassified')",
            name="fault",
        ),
        sa.CheckConstraint("(outcome = 'open') = (ended_at IS NULL)", name="ended"),
        sa.CheckConstraint("outcome <> 'refused' OR fault IS NOT NULL", name="refused_for_a_fault"),
        sa.CheckConstraint("number >= 1", name="counts"),
        sa.UniqueConstraint("message_id", "number"),
        sa.Index(
            "ix_attempts_dead",
            "ended_at",
            sqlite_where=sa.text("fault = 'dead_address'"),
            postgresql_where=sa.text("fault = 'dead_address'"),
        ),
        sa.Index(
            "ix_attempts_open",
            "call_by",
            sqlite_where=sa.text("outcome = 'open'"),
            postgresql_where=sa.text("outcome = 'open'"),
        ),
        sa.Index(
            "uq_attempts_one_at_a_time",
            "message_id",
            unique=True,
            sqlite_where=sa.text("outcome IN ('accepted', 'open', 'unknown')"),
            postgresql_where=sa.text("outcome IN ('accepted', 'open', 'unknown')"),
        ),
    )


def _create_events() -> None:
    op.create_table(
        "provider_events",
        sa.Column("id", ID, primary_key=True),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("message_id", ID),
        sa.Column("provider_message_id", sa.Text()),
        sa.Column("lead_id", ID),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("applied_at", INSTANT),
        sa.Column("problem", sa.Text()),
        sa.Column("event", JSON, nullable=False),
        sa.CheckConstraint(
            "kind IN ('accepted', 'bounced', 'called', 'clicked', 'complained', 'connected', 'deferred', 'delivered', 'missed', 'opened', 'replied', 'resubscribed', 'undelivered', 'unknown', 'unsubscribed')",
            name="kind",
        ),
        sa.UniqueConstraint("provider", "event_id"),
        sa.Index("ix_provider_events_message_id", "message_id"),
        sa.Index(
            "ix_provider_events_unmatched",
            "provider",
            "provider_message_id",
            sqlite_where=sa.text("message_id IS NULL AND provider_message_id IS NOT NULL"),
            postgresql_where=sa.text("message_id IS NULL AND provider_message_id IS NOT NULL"),
        ),
        sa.Index(
            "ix_provider_events_todo",
            "received_at",
            sqlite_where=sa.text("applied_at IS NULL"),
            postgresql_where=sa.text("applied_at IS NULL"),
        ),
    )
    op.create_table(
        "provider_payloads",
        sa.Column("id", ID, primary_key=True),
        sa.Column("created_at", INSTANT, primary_key=True),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("callback", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text()),
        sa.Column("headers", JSON, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        postgresql_partition_by="RANGE (created_at)",
    )
    op.create_table(
        "replies",
        sa.Column("id", ID, primary_key=True),
        sa.Column("lead_id", ID, sa.ForeignKey("leads.id"), nullable=False),
        sa.Column("message_id", ID),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("reading", JSON, nullable=False),
        sa.Column("reviewed_at", INSTANT),
        sa.CheckConstraint("channel IN ('call', 'email', 'sms', 'voicemail')", name="channel"),
        sa.Index("ix_replies_lead_id_at", "lead_id", "at"),
    )
