"""Keys are made for some things only, and for so many requests at a time."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0009"
down_revision = "0008"

JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
EVERYTHING = [
    "leads:read", "leads:write", "messages:read", "messages:write", "tasks:read", "tasks:write",
    "consent:read", "consent:write", "sequences:read", "sequences:write", "events:write", "reports:read",
]  # fmt: skip


def upgrade() -> None:
    """Let keys that stand do all that they could, one that names no scope nothing; list what programs ask for."""
    op.add_column("api_keys", sa.Column("scopes", JSON, nullable=False, server_default="[]"))
    op.add_column("api_keys", sa.Column("tokens", sa.Float()))
    op.add_column("api_keys", sa.Column("tokens_at", sa.DateTime(timezone=True)))
    keys = sa.table("api_keys", sa.column("scopes", JSON))
    op.execute(sa.update(keys).values(scopes=EVERYTHING))
    op.create_index("ix_enrollments_started_at_id", "enrollments", ["started_at", "id"])
    op.create_index("ix_enrollments_sequence_started_at_id", "enrollments", ["sequence", "started_at", "id"])
    op.create_index("ix_tasks_due_at_id", "tasks", ["due_at", "id"])
    op.create_index("ix_tasks_state_due_at_id", "tasks", ["state", "due_at", "id"])
    op.create_index("ix_suppressions_at_id", "suppressions", ["at", "id"])
