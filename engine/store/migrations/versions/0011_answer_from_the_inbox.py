"""Answer leads from the inbox, find them by any part of a name, and join doubles."""

import re
import unicodedata
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB

revision = "0011"
down_revision = "0010"

INSTANT = sa.DateTime(timezone=True)
ID = sa.String(36).with_variant(sa.Uuid(as_uuid=False), "postgresql")
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
WORD = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")

ENROLLMENT_IS_OPEN = "status NOT IN ('finished', 'stopped')"
ANSWER_IS_OPEN = "state = 'open' AND kind = 'answer'"
ROWS_AT_ONCE = 1_000


def upgrade() -> None:
    """Count the changes of leads, keep what is written to them, and list them by their words and their last reply."""
    _widen_leads()
    op.add_column("messages", sa.Column("sent_as", ID))
    _create_tables()
    _index("ix_enrollments_walking", "enrollments", ["sequence", "lead_id"], ENROLLMENT_IS_OPEN)
    _index("ix_tasks_answers", "tasks", ["lead_id"], ANSWER_IS_OPEN)
    op.execute(
        "INSERT INTO threads (lead_id, last_at, owner) SELECT replies.lead_id, max(replies.at), min(leads.owner) "
        "FROM replies JOIN leads ON leads.id = replies.lead_id GROUP BY replies.lead_id"
    )
    _fill_words()


def _widen_leads() -> None:
    op.add_column("leads", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    if op.get_context().dialect.name == "postgresql":
        op.add_column("leads", sa.Column("merged_into", ID))
        op.create_foreign_key("fk_leads_merged_into_leads", "leads", "leads", ["merged_into"], ["id"])
        op.create_check_constraint(
            op.f("ck_leads_not_into_itself"), "leads", "merged_into IS NULL OR merged_into <> id"
        )
    else:  # SQLite takes both with the column alone; to rebuild the table would copy every lead
        op.execute(
            "ALTER TABLE leads ADD COLUMN merged_into VARCHAR(36) "
            "CONSTRAINT fk_leads_merged_into_leads REFERENCES leads (id) "
            "CONSTRAINT ck_leads_not_into_itself CHECK (merged_into IS NULL OR merged_into <> id)"
        )
    for column in ("status", "owner", "source", "country"):
        op.create_index(f"ix_leads_{column}_created_at_id", "leads", [column, "created_at", "id"])
    _index("ix_leads_merged", "leads", ["merged_into"], "merged_into IS NOT NULL")
    _index("ix_leads_review", "leads", ["review_since"], "review_since IS NOT NULL")


def _create_tables() -> None:
    op.create_table(
        "lead_words",
        sa.Column("word", WORD, primary_key=True),
        sa.Column("lead_id", ID, sa.ForeignKey("leads.id"), primary_key=True),
        sa.Index("ix_lead_words_lead_id", "lead_id"),
    )
    op.create_table(
        "threads",
        sa.Column("lead_id", ID, sa.ForeignKey("leads.id"), primary_key=True),
        sa.Column("last_at", INSTANT, nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Index("ix_threads_last_at_lead_id", "last_at", "lead_id"),
        sa.Index("ix_threads_owner_last_at_lead_id", "owner", "last_at", "lead_id"),
    )
    op.create_table(
        "answers",
        sa.Column("message_id", ID, sa.ForeignKey("messages.id"), primary_key=True),
        sa.Column("reply_id", ID, sa.ForeignKey("replies.id"), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("thread", JSON, nullable=False),
        sa.Index("ix_answers_reply_id", "reply_id"),
    )
    op.create_table(
        "reply_corrections",
        sa.Column("id", ID, primary_key=True),
        sa.Column("reply_id", ID, sa.ForeignKey("replies.id"), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("corrected_by", sa.Text(), nullable=False),
        sa.Column("read_as", sa.Text(), nullable=False),
        sa.Column("corrected_to", sa.Text(), nullable=False),
        sa.Column("reading", JSON, nullable=False),
        sa.Index("ix_reply_corrections_reply_id", "reply_id"),
        sa.Index("ix_reply_corrections_at_id", "at", "id"),
    )


def _index(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, postgresql_where=sa.text(where), sqlite_where=sa.text(where))


def _fill_words() -> None:
    """Note what the leads on record are searched by, some at a time."""
    names = ("first_name", "last_name", "company", "email", "phone")
    leads = sa.table("leads", sa.column("id", ID), *(sa.column(name, sa.Text()) for name in names))
    words = sa.table("lead_words", sa.column("word", sa.Text()), sa.column("lead_id", ID))
    after = None
    while True:
        query = sa.select(leads).order_by(leads.c.id).limit(ROWS_AT_ONCE)
        rows = op.get_bind().execute(query if after is None else query.where(leads.c.id > after)).all()
        if not rows:
            return
        after = rows[-1].id
        op.bulk_insert(words, [{"word": word, "lead_id": row.id} for row in rows for word in sorted(_words_of(row))])


def _words_of(row: Any) -> set[str]:
    names = f"{row.first_name} {row.last_name} {row.company}"
    email = row.email or ""
    texts = [*re.split(r"[^\w]+", _fold(names)), _fold(email), *re.split(r"[^\w]+", _fold(email))]
    digits = re.sub(r"\D", "", row.phone or "")
    texts += [digits[skipped:] for skipped in range(4)] if digits else []
    return {text[:60] for text in texts if text}


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))
