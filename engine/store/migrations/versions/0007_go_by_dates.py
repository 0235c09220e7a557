"""Enrollments remember the date of the lead's own that they go by, and when they came to their stage."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add what an enrollment knows of its lead's date."""
    op.add_column("enrollments", sa.Column("reached_at", INSTANT))
    op.add_column("enrollments", sa.Column("date_at", INSTANT))
    op.add_column("enrollments", sa.Column("date_stage", sa.Text()))
    op.add_column("enrollments", sa.Column("date_occurrence", sa.Integer()))
