"""Read reports and the ledger quickly, and keep what a business wants of a month."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the goals, and index what reports and the ledger's pages ask for."""
    op.create_table(
        "goals",
        sa.Column("goal", sa.Text(), primary_key=True),
        sa.Column("since", sa.Date(), primary_key=True),
        sa.Column("target", sa.Integer(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", INSTANT, nullable=False),
        sa.CheckConstraint("goal IN ('booked', 'customers', 'fast_answers', 'leads')", name="goal"),
        sa.CheckConstraint("target >= 0", name="target"),
    )
    op.create_index("ix_messages_accepted_at", "messages", ["accepted_at"])
    is_done = sa.text("state = 'done'")
    op.create_index("ix_tasks_done", "tasks", ["ended_at"], postgresql_where=is_done, sqlite_where=is_done)
    op.create_index("ix_happenings_name_at", "happenings", ["name", "at"])
    op.create_index("ix_consent_facts_at_id", "consent_facts", ["at", "id"])
    op.create_index("ix_consent_facts_kind_at_id", "consent_facts", ["kind", "at", "id"])
