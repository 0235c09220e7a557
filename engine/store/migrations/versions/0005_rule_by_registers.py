"""Registers the gate asks, what the business vouches for, topics, warm-up of senders, and incidents told to staff."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

INSTANT = sa.DateTime(timezone=True)
ID = sa.String(36).with_variant(sa.Uuid(as_uuid=False), "postgresql")

FACT_COLUMNS = (
    "id", "lead_id", "channel", "purpose", "topic", "kind", "basis", "at", "recorded_at", "expires_at", "attests",
    "source", "recorded_by", "commitment",
)  # fmt: skip
INCIDENT_KINDS = (
    "content_held", "event_poisoned", "leads_forgotten", "ledger_broken", "outcome_unknown", "sender_failing",
    "sender_paused", "sender_silent",
)  # fmt: skip


def upgrade() -> None:
    """Widen the ledger, create the registers, and give senders their warm-up."""
    op.add_column("leads", sa.Column("erased_at", INSTANT))
    op.add_column("enrollments", sa.Column("topic", sa.Text()))
    op.add_column("messages", sa.Column("topic", sa.Text()))
    if op.get_context().dialect.name == "postgresql":
        _widen_the_ledger()
    else:
        _rebuild_the_ledger_on_sqlite()
    _create_registers()
    _warm_senders()
    _create_incidents()


def _widen_the_ledger() -> None:
    with op.batch_alter_table("consent_facts") as facts:
        facts.alter_column("lead_id", existing_type=ID, nullable=True)
        facts.alter_column("channel", existing_type=sa.Text(), nullable=True)
        facts.add_column(sa.Column("topic", sa.Text()))
        facts.add_column(sa.Column("attests", sa.Text()))
        facts.drop_constraint(op.f("ck_consent_facts_kind"), type_="check")
        facts.create_check_constraint(
            op.f("ck_consent_facts_kind"), "kind IN ('attested', 'granted', 'requested', 'withdrawn')"
        )
        facts.create_check_constraint(
            op.f("ck_consent_facts_about_somebody"),
            "(kind = 'attested') = (attests IS NOT NULL) "
            "AND (attests IS NOT NULL OR (lead_id IS NOT NULL AND channel IS NOT NULL))",
        )
        facts.create_index("ix_consent_facts_attests", ["attests"])


def _rebuild_the_ledger_on_sqlite() -> None:
    """Copy the facts into the wider table: the seals, which refer to them, step aside meanwhile."""
    for table in ("consent_facts", "sealed_facts"):
        for change in ("update", "delete"):
            op.execute(f"DROP TRIGGER {table}_no_{change}")
    op.execute("CREATE TEMPORARY TABLE sealed_facts_aside AS SELECT * FROM sealed_facts")
    op.execute("DELETE FROM sealed_facts")
    _widen_the_ledger()
    op.execute("INSERT INTO sealed_facts SELECT * FROM sealed_facts_aside")
    op.execute("DROP TABLE sealed_facts_aside")
    changes = " OR ".join(f'NEW."{column}" IS NOT OLD."{column}"' for column in FACT_COLUMNS)
    for table in ("consent_facts", "sealed_facts"):
        unless = f"WHEN NEW.personal <> '{{}}' OR {changes}" if table == "consent_facts" else ""
        refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        op.execute(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {unless} {refuse}")
        op.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}")


def _create_registers() -> None:
    op.create_table(
        "registry_copies",
        sa.Column("id", ID, primary_key=True),
        sa.Column("registry", sa.Text(), nullable=False),
        sa.Column("as_of", INSTANT, nullable=False),
        sa.Column("imported_at", INSTANT, nullable=False),
        sa.Column("imported_by", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Index("ix_registry_copies_registry_as_of", "registry", "as_of"),
    )
    op.create_table(
        "registry_entries",
        sa.Column("registry", sa.Text(), primary_key=True),
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("listed_at", INSTANT, nullable=False),
    )
    op.create_table(
        "emergencies",
        sa.Column("id", ID, primary_key=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
    )


def _warm_senders() -> None:
    with op.batch_alter_table("senders") as senders:
        senders.add_column(sa.Column("day_zone", sa.Text(), nullable=False, server_default="UTC"))
        senders.add_column(sa.Column("ramp_first", sa.Integer()))
        senders.add_column(sa.Column("ramp_factor", sa.Float()))
        senders.add_column(sa.Column("ramp_since", sa.Date()))
        senders.add_column(sa.Column("domain_daily_max", sa.Integer()))
        senders.create_check_constraint(
            op.f("ck_senders_ramp"),
            "(ramp_first IS NULL) = (ramp_factor IS NULL) AND (ramp_first IS NULL) = (ramp_since IS NULL) "
            "AND ramp_first >= 1 AND ramp_factor > 1",
        )
        senders.create_check_constraint(op.f("ck_senders_domain_daily_max"), "domain_daily_max >= 1")
    with op.batch_alter_table("senders") as senders:
        senders.alter_column("day_zone", existing_type=sa.Text(), existing_nullable=False, server_default=None)
    op.create_table(
        "sender_domains",
        sa.Column("sender_id", ID, sa.ForeignKey("senders.id"), primary_key=True),
        sa.Column("domain", sa.Text(), primary_key=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sent_today", sa.Integer(), nullable=False),
        sa.CheckConstraint("sent_today >= 0", name="count"),
    )


def _create_incidents() -> None:
    kinds = ", ".join(f"'{kind}'" for kind in INCIDENT_KINDS)
    op.create_table(
        "incidents",
        sa.Column("id", ID, primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("last_at", INSTANT, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("told_at", INSTANT),
        sa.Column("closed_at", INSTANT),
        sa.CheckConstraint(f"kind IN ({kinds})", name="kind"),
        sa.Index(
            "uq_incidents_open",
            "kind",
            "subject",
            unique=True,
            postgresql_where=sa.text("closed_at IS NULL"),
            sqlite_where=sa.text("closed_at IS NULL"),
        ),
        sa.Index(
            "ix_incidents_untold",
            "opened_at",
            postgresql_where=sa.text("told_at IS NULL"),
            sqlite_where=sa.text("told_at IS NULL"),
        ),
        sa.Index("ix_incidents_opened_at_id", "opened_at", "id"),
    )
