"""Search messages, and keep views of the log."""

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Change nothing yet."""
