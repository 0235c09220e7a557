"""What is known before anything is sent: content, people, permission, and what the installation runs on."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None

INSTANT = sa.DateTime(timezone=True)
ID = sa.String(36).with_variant(sa.Uuid(as_uuid=False), "postgresql")
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Create the tables of leads and of all they depend on."""
    _create_content()
    _create_people()
    _create_operations()
    _create_permission()


def _create_content() -> None:
    op.create_table(
        "content_revisions",
        sa.Column("revision", sa.Text(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("compiled", JSON),
        sa.Column("published_at", INSTANT, nullable=False),
    )
    op.create_table(
        "content_current",
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("locale", sa.Text(), primary_key=True),
        sa.Column("revision", sa.Text(), sa.ForeignKey("content_revisions.revision"), nullable=False),
        sa.Column("published_at", INSTANT, nullable=False),
    )
    op.create_table(
        "sequences",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("revision", sa.Text(), sa.ForeignKey("content_revisions.revision"), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("is_paused", sa.Boolean(), nullable=False),
        sa.Column("published_at", INSTANT, nullable=False),
        sa.CheckConstraint("purpose IN ('marketing', 'service')", name="purpose"),
    )


def _create_people() -> None:
    op.create_table(
        "addresses",
        sa.Column("id", ID, primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.CheckConstraint("kind IN ('email', 'phone')", name="kind"),
        sa.UniqueConstraint("kind", "key"),
    )
    op.create_table(
        "leads",
        sa.Column("id", ID, primary_key=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("first_name", sa.Text(), nullable=False),
        sa.Column("last_name", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("email", sa.Text()),
        sa.Column("phone", sa.Text()),
        sa.Column("email_id", ID, sa.ForeignKey("addresses.id")),
        sa.Column("phone_id", ID, sa.ForeignKey("addresses.id")),
        sa.Column("country", sa.Text()),
        sa.Column("region", sa.Text()),
        sa.Column("zone", sa.Text()),
        sa.Column("zone_source", sa.Text()),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("interest", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("cost_cents", sa.Integer(), nullable=False),
        sa.Column("custom", JSON, nullable=False),
        sa.Column("checks", JSON),
        sa.Column("first_touch_at", INSTANT),
        sa.Column("review_since", INSTANT),
        sa.CheckConstraint("status IN ('customer', 'lost', 'new', 'qualified', 'working')", name="status"),
        sa.CheckConstraint("zone_source IN ('address', 'phone', 'stated')", name="zone_source"),
        sa.CheckConstraint("email IS NULL OR email_id IS NOT NULL", name="email_locked"),
        sa.CheckConstraint("phone IS NULL OR phone_id IS NOT NULL", name="phone_locked"),
        sa.UniqueConstraint("email"),
        sa.Index("ix_leads_created_at_id", "created_at", "id"),
        sa.Index("ix_leads_email_id", "email_id"),
        sa.Index("ix_leads_phone", "phone"),
        sa.Index("ix_leads_phone_id", "phone_id"),
    )
    op.create_table(
        "notes",
        sa.Column("id", ID, primary_key=True),
        sa.Column("lead_id", ID, sa.ForeignKey("leads.id"), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Index("ix_notes_lead_id_at", "lead_id", "at"),
    )
    op.create_table(
        "happenings",
        sa.Column("id", ID, primary_key=True),
        sa.Column("lead_id", ID, sa.ForeignKey("leads.id"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("detail", JSON, nullable=False),
        sa.Index("ix_happenings_lead_id_at", "lead_id", "at"),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text()),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("owns_leads", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("last_assigned_at", INSTANT),
        sa.UniqueConstraint("email"),
        sa.Index(
            "ix_users_turn",
            "last_assigned_at",
            sqlite_where=sa.text("owns_leads"),
            postgresql_where=sa.text("owns_leads"),
        ),
    )


def _create_operations() -> None:
    op.create_table(
        "senders",
        sa.Column("id", ID, primary_key=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rate_per_second", sa.Float(), nullable=False),
        sa.Column("burst", sa.Float(), nullable=False),
        sa.Column("tokens", sa.Float(), nullable=False),
        sa.Column("tokens_at", INSTANT, nullable=False),
        sa.Column("daily_max", sa.Integer()),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sent_today", sa.Integer(), nullable=False),
        sa.Column("is_paused", sa.Boolean(), nullable=False),
        sa.Column("paused_reason", sa.Text(), nullable=False),
        sa.Column("trial_left", sa.Integer()),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("heard_at", INSTANT),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.Column("failed_message", sa.Text(), nullable=False),
        sa.Column("opened_at", INSTANT),
        sa.Column("probe_at", INSTANT),
        sa.CheckConstraint("channel IN ('email', 'sms', 'voicemail')", name="channel"),
        sa.CheckConstraint(
            "fault IN ('', 'accepted', 'configuration', 'content', 'dead_address', 'never_started', 'opted_out', 'refused', 'throttled', 'transient', 'unclassified', 'unknown')",
            name="fault",
        ),
        sa.CheckConstraint("rate_per_second > 0 AND burst > 0", name="pace"),
        sa.CheckConstraint("sent_today >= 0 AND daily_max >= 0 AND trial_left >= 0 AND failures >= 0", name="counts"),
        sa.CheckConstraint("(opened_at IS NULL) = (probe_at IS NULL)", name="breaker"),
        sa.UniqueConstraint("channel", "provider", "address"),
    )
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("canary", sa.Text(), nullable=False),
        sa.Column("is_demonstration", sa.Boolean(), nullable=False),
        sa.Column("is_sending_stopped", sa.Boolean(), nullable=False),
        sa.Column("went_live_at", INSTANT),
        sa.Column("demonstration", JSON),
        sa.CheckConstraint("id = 1", name="one_row"),
    )
    op.create_table(
        "audit_log",
        sa.Column("id", ID, primary_key=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("before", JSON),
        sa.Column("after", JSON),
        sa.Index("ix_audit_log_at", "at"),
    )
    op.create_table(
        "sandbox_messages",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("message_id", ID, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("to", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("content", JSON, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Index("ix_sandbox_messages_message_id", "message_id"),
    )
    op.create_table(
        "sandbox_events",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("event", JSON, nullable=False),
        sa.Column("told_at", INSTANT),
        sa.Index(
            "ix_sandbox_events_due",
            "due_at",
            sqlite_where=sa.text("told_at IS NULL"),
            postgresql_where=sa.text("told_at IS NULL"),
        ),
    )


def _create_permission() -> None:
    op.create_table(
        "consent_facts",
        sa.Column("id", ID, primary_key=True),
        sa.Column("lead_id", ID, sa.ForeignKey("leads.id"), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text()),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("personal", JSON, nullable=False),
        sa.Column("commitment", sa.Text(), nullable=False),
        sa.CheckConstraint("channel IN ('call', 'email', 'letter', 'sms', 'social', 'voicemail')", name="channel"),
        sa.CheckConstraint("purpose IN ('confirmation', 'marketing', 'service')", name="purpose"),
        sa.CheckConstraint("kind IN ('attested', 'granted', 'withdrawn')", name="kind"),
        sa.CheckConstraint(
            "basis IN ('existing_relationship', 'express', 'express_written', 'implied_inquiry', 'implied_purchase', 'none', 'soft_opt_in')",
            name="basis",
        ),
        sa.Index("ix_consent_facts_lead_id_channel_at", "lead_id", "channel", "at"),
    )
    op.create_table(
        "consent_seals",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("previous_head", sa.Text(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.UniqueConstraint("previous_head"),
    )
    op.create_table(
        "sealed_facts",
        sa.Column("fact_id", ID, sa.ForeignKey("consent_facts.id"), primary_key=True),
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.ForeignKey("consent_seals.number"),
            nullable=False,
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.UniqueConstraint("number", "position"),
    )
    op.create_table(
        "suppressions",
        sa.Column("id", ID, primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("normalisation", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.CheckConstraint("kind IN ('email', 'phone')", name="kind"),
        sa.CheckConstraint("channel IN ('', 'call', 'email', 'letter', 'sms', 'social', 'voicemail')", name="channel"),
        sa.CheckConstraint(
            "reason IN ('complaint', 'deceased', 'hard_bounce', 'legal', 'opted_out', 'wrong_number')", name="reason"
        ),
        sa.UniqueConstraint("kind", "key", "channel", "reason"),
    )
