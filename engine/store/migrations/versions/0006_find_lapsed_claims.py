"""What a killed worker had claimed is found at once, however long the line behind it is."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Index the claimed messages."""
    op.create_index(
        "ix_messages_claimed",
        "messages",
        ["sender_id", "lane", "sequence", "due_at"],
        postgresql_where=sa.text("state = 'claimed'"),
        sqlite_where=sa.text("state = 'claimed'"),
    )
