"""Keys for programs, what was answered to them, and what is done once a day."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"

INSTANT = sa.DateTime(timezone=True)
ID = sa.String(36).with_variant(sa.Uuid(as_uuid=False), "postgresql")
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Create the tables of integrators."""
    op.create_table(
        "api_keys",
        sa.Column("id", ID, primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("last_used_at", INSTANT),
        sa.Column("revoked_at", INSTANT),
        sa.UniqueConstraint("hash"),
    )
    op.create_table(
        "idempotent_requests",
        sa.Column("api_key_id", ID, sa.ForeignKey("api_keys.id"), primary_key=True),
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("body", sa.LargeBinary()),
    )
    op.create_table(
        "errands",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("done_at", INSTANT, nullable=False),
        sa.Column("detail", JSON),
    )
