"""Let people sign in: who may, what proves it, where they are signed in, and what slows guessing down."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

INSTANT = sa.DateTime(timezone=True)
ID = sa.String(36).with_variant(sa.Uuid(as_uuid=False), "postgresql")


def upgrade() -> None:
    """Create the tables of signing in."""
    op.create_table(
        "accounts",
        sa.Column("user_id", sa.Text(), sa.ForeignKey("users.id"), primary_key=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("password_hash", sa.Text()),
        sa.Column("password_at", INSTANT),
        sa.Column("totp_secret", sa.LargeBinary()),
        sa.Column("totp_pending", sa.LargeBinary()),
        sa.Column("totp_step", sa.BigInteger()),
        sa.Column("disabled_at", INSTANT),
        sa.CheckConstraint("role IN ('admin', 'marketer', 'operator', 'viewer')", name="role"),
        sa.CheckConstraint("totp_step IS NULL OR totp_secret IS NOT NULL", name="step"),
    )
    op.create_table(
        "sessions",
        sa.Column("id", ID, primary_key=True),
        sa.Column("user_id", sa.Text(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("awaits_code", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.UniqueConstraint("hash"),
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])
    op.create_table(
        "one_time_links",
        sa.Column("id", ID, primary_key=True),
        sa.Column("user_id", sa.Text(), sa.ForeignKey("users.id")),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT),
        sa.CheckConstraint("purpose IN ('first_admin', 'look_around', 'welcome')", name="purpose"),
        sa.UniqueConstraint("hash"),
    )
    op.create_index("ix_one_time_links_user_id", "one_time_links", ["user_id"])
    op.create_index("ix_one_time_links_expires_at", "one_time_links", ["expires_at"])
    op.create_table(
        "recovery_codes",
        sa.Column("id", ID, primary_key=True),
        sa.Column("user_id", sa.Text(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT),
        sa.UniqueConstraint("user_id", "hash"),
    )
    op.create_table(
        "sign_in_brakes",
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.CheckConstraint("failures >= 0", name="count"),
    )
    op.create_index("ix_sign_in_brakes_last_at", "sign_in_brakes", ["last_at"])
    # Paged by key: the newest first, also for one person or one kind of change.
    op.drop_index("ix_audit_log_at", "audit_log")
    op.create_index("ix_audit_log_at_id", "audit_log", ["at", "id"])
    op.create_index("ix_audit_log_actor_at_id", "audit_log", ["actor", "at", "id"])
    op.create_index("ix_audit_log_action_at_id", "audit_log", ["action", "at", "id"])
    op.create_index("ix_audit_log_subject_at_id", "audit_log", ["subject", "at", "id"])
