"""What the database itself refuses: changing or deleting what was recorded about permission."""

from alembic import op

revision = "0003"
down_revision = "0002"

APPEND_ONLY = ("consent_facts", "consent_seals", "sealed_facts")
FACT_COLUMNS = (
    "id", "lead_id", "channel", "purpose", "kind", "basis", "at", "recorded_at", "expires_at", "source",
    "recorded_by", "commitment",
)  # fmt: skip


def upgrade() -> None:
    """Create the triggers.

    Erasure may empty what is personal in a fact; its commitment stays, and so the chain holds.
    """
    if op.get_context().dialect.name == "postgresql":
        _forbid_changes_on_postgresql()
    else:
        _forbid_changes_on_sqlite()


def _forbid_changes_on_postgresql() -> None:
    op.execute(
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
        END $$
        """
    )
    erases = "NEW.personal = '{}' AND to_jsonb(NEW) - 'personal' = to_jsonb(OLD) - 'personal'"
    for table in APPEND_ONLY:
        unless = f"WHEN (NOT ({erases}))" if table == "consent_facts" else ""
        refuse = "EXECUTE FUNCTION refuse_change()"
        op.execute(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} FOR EACH ROW {unless} {refuse}")
        op.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW {refuse}")
        op.execute(f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} {refuse}")


def _forbid_changes_on_sqlite() -> None:
    changes = " OR ".join(f'NEW."{column}" IS NOT OLD."{column}"' for column in FACT_COLUMNS)
    for table in APPEND_ONLY:
        unless = f"WHEN NEW.personal <> '{{}}' OR {changes}" if table == "consent_facts" else ""
        refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        op.execute(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {unless} {refuse}")
        op.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}")
