"""Channels may rest, and what is held is counted by reason without reading what is over."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the channels that rest, and an index for what is held."""
    op.create_table(
        "paused_channels",
        sa.Column("channel", sa.Text(), primary_key=True),
        sa.Column("paused_at", INSTANT, nullable=False),
        sa.Column("paused_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("channel IN ('email', 'sms', 'voicemail')", name="channel"),
    )
    held = sa.text("state = 'held'")
    op.create_index("ix_messages_held", "messages", ["reason"], postgresql_where=held, sqlite_where=held)
