"""Tell programs elsewhere, take imports back, and hold suspected forms."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0014"
down_revision = "0013"

INSTANT = sa.DateTime(timezone=True)
ID = sa.String(36).with_variant(sa.Uuid(as_uuid=False), "postgresql")
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")

TYPES = (
    "'enrollment.finished', 'lead.created', 'lead.stopped', 'lead.updated', 'message.accepted', 'message.bounced', "
    "'message.delivered', 'message.failed', 'message.replied', 'message.unknown', 'task.closed', 'task.created', "
    "'webhook.test'"
)


INCIDENTS = (
    "'content_held', 'event_poisoned', 'leads_forgotten', 'ledger_broken', 'outcome_unknown', 'sender_failing', "
    "'sender_paused', 'sender_silent', 'webhook_disabled'"
)


def upgrade() -> None:
    """Create the tables of notices, imports and suspected forms."""
    _tell()
    _deliver()
    _import()
    _suspect()
    with op.batch_alter_table("incidents") as incidents:
        incidents.drop_constraint(op.f("ck_incidents_kind"), type_="check")
        incidents.create_check_constraint(op.f("ck_incidents_kind"), f"kind IN ({INCIDENTS})")


def _tell() -> None:
    op.create_table(
        "notices",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("subject", ID, nullable=False),
        sa.Column("detail", JSON),
        sa.CheckConstraint(f"type IN ({TYPES})", name="type"),
    )
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", ID, primary_key=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("types", JSON, nullable=False),
        sa.Column("secret_round", sa.Integer(), nullable=False),
        sa.Column("rotated_at", INSTANT),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("paused_at", INSTANT),
        sa.Column("disabled_at", INSTANT),
        sa.Column("disabled_reason", sa.Text(), nullable=False),
        sa.Column("failing_since", INSTANT),
        sa.CheckConstraint("secret_round >= 1", name="secret_round"),
        sa.CheckConstraint("(disabled_at IS NULL) = (disabled_reason = '')", name="disabled"),
    )


def _deliver() -> None:
    table = "webhook_deliveries"
    op.create_table(
        table,
        sa.Column("id", ID, primary_key=True),
        sa.Column("endpoint_id", ID, sa.ForeignKey("webhook_endpoints.id"), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("lead_id", ID, sa.ForeignKey("leads.id")),
        sa.Column("body", JSON),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", INSTANT),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("first_tried_at", INSTANT),
        sa.Column("tried_at", INSTANT),
        sa.Column("status", sa.Integer()),
        sa.Column("duration_ms", sa.Integer()),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.CheckConstraint(f"type IN ({TYPES})", name="type"),
        sa.CheckConstraint("state IN ('delivered', 'failed', 'waiting')", name="state"),
        sa.CheckConstraint("(state = 'waiting') = (due_at IS NOT NULL)", name="due"),
        sa.CheckConstraint("tries >= 0", name="tries"),
    )
    due, failed = sa.text("due_at IS NOT NULL"), sa.text("state = 'failed'")
    op.create_index(
        "ix_webhook_deliveries_due", table, ["endpoint_id", "due_at"], postgresql_where=due, sqlite_where=due
    )
    op.create_index(
        "ix_webhook_deliveries_failed",
        table,
        ["endpoint_id", "at", "id"],
        postgresql_where=failed,
        sqlite_where=failed,
    )
    op.create_index("ix_webhook_deliveries_endpoint_id_at_id", table, ["endpoint_id", "at", "id"])
    op.create_index("ix_webhook_deliveries_lead_id", table, ["lead_id"])
    op.create_index("ix_webhook_deliveries_at", table, ["at"])


def _import() -> None:
    op.create_table(
        "imports",
        sa.Column("id", ID, primary_key=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_hash", sa.Text(), nullable=False),
        sa.Column("options", JSON, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("counts", JSON, nullable=False),
        sa.Column("progress_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("undone_at", INSTANT),
        sa.Column("undone_by", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('done', 'running', 'undoing', 'undone')", name="state"),
        sa.CheckConstraint("taken >= 0 AND taken <= total", name="taken"),
    )
    op.create_index("ix_imports_at_id", "imports", ["at", "id"])
    op.create_table(
        "import_rows",
        sa.Column("import_id", ID, sa.ForeignKey("imports.id"), primary_key=True),
        sa.Column("line", sa.Integer(), primary_key=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("lead_id", ID, sa.ForeignKey("leads.id")),
        sa.Column("remarks", JSON),
        sa.Column("cells", JSON),
        sa.Column("undone", sa.Text(), nullable=False),
        sa.Column("undone_reason", sa.Text(), nullable=False),
        sa.CheckConstraint("outcome IN ('created', 'joined', 'merged', 'refused', 'remark')", name="outcome"),
        sa.CheckConstraint("undone IN ('', 'erased', 'kept')", name="undone"),
    )
    op.create_index("ix_import_rows_import_id_outcome_line", "import_rows", ["import_id", "outcome", "line"])
    known = sa.text("lead_id IS NOT NULL")
    op.create_index("ix_import_rows_lead_id", "import_rows", ["lead_id"], postgresql_where=known, sqlite_where=known)


def _suspect() -> None:
    op.create_table(
        "form_suspects",
        sa.Column("id", ID, primary_key=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("values", JSON, nullable=False),
        sa.Column("visit", JSON, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_at", INSTANT),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("lead_id", ID, sa.ForeignKey("leads.id")),
        sa.CheckConstraint("state IN ('came', 'held', 'real', 'spam')", name="state"),
        sa.CheckConstraint("(state = 'held') = (decided_at IS NULL)", name="decided"),
        sa.UniqueConstraint("fingerprint"),
    )
    op.create_index("ix_form_suspects_at_id", "form_suspects", ["at", "id"])
    held = sa.text("state = 'held'")
    op.create_index("ix_form_suspects_held", "form_suspects", ["at", "id"], postgresql_where=held, sqlite_where=held)
    op.create_table(
        "form_rates",
        sa.Column("form", sa.Text(), primary_key=True),
        sa.Column("sender", sa.Text(), primary_key=True),
        sa.Column("since", INSTANT, primary_key=True),
        sa.Column("count", sa.Integer(), nullable=False),
    )
    op.create_index("ix_form_rates_since", "form_rates", ["since"])
