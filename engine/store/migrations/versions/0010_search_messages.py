"""Search messages, and keep views of the log."""

import json
import re
import unicodedata
import zlib
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0010"
down_revision = "0009"

INSTANT = sa.DateTime(timezone=True)
ID = sa.String(36).with_variant(sa.Uuid(as_uuid=False), "postgresql")
WORDS = sa.Text().with_variant(TSVECTOR(), "postgresql")

LISTED_BY = {
    "sequence": "sequence <> ''",
    "sender_id": "sender_id IS NOT NULL",
    "state": "state <> 'accepted'",
    "reason": "reason <> ''",
    "delivery": "delivery NOT IN ('none', 'delivered')",
}
SAID = ("subject", "text", "body", "script", "human_script")
ROWS_AT_ONCE = 1_000

UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
WORD = re.compile(rf"[{UNSPACED}]|[^\W_{UNSPACED}]+")


def upgrade() -> None:
    """List messages by what people filter, find them by what they say, and keep what people look for."""
    op.create_index("ix_messages_channel_created_at_id", "messages", ["channel", "created_at", "id"])
    for column, where in LISTED_BY.items():
        name = f"ix_messages_by_{column.removesuffix('_id')}"
        condition = sa.text(where)
        op.create_index(
            name, "messages", [column, "created_at", "id"], postgresql_where=condition, sqlite_where=condition
        )
    words = op.create_table(
        "message_words",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("message_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("words", WORDS, nullable=False),
        sa.UniqueConstraint("message_id", name="uq_message_words_message_id"),
    )
    op.create_index("ix_message_words_created_at", "message_words", ["created_at"])
    if op.get_context().dialect.name == "sqlite":
        _index_on_sqlite()
    _fill(words)
    if op.get_context().dialect.name == "postgresql":
        op.create_index("ix_message_words_words", "message_words", ["words"], postgresql_using="gin")
    op.create_table(
        "log_views",
        sa.Column("id", ID, primary_key=True),
        sa.Column("owner", sa.Text(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.UniqueConstraint("owner", "name", name="uq_log_views_owner_name"),
    )


def _index_on_sqlite() -> None:
    """Make the index of words, whose text lies in the table beside it, and what keeps the two alike."""
    # A demonstration that was replaced leaves the index behind.
    op.execute("DROP TABLE IF EXISTS message_words_index")
    op.execute(
        "CREATE VIRTUAL TABLE message_words_index USING fts5(words, content='message_words', content_rowid='number', "
        "tokenize='unicode61 remove_diacritics 0')"
    )
    put = "INSERT INTO message_words_index (rowid, words) VALUES (new.number, new.words);"
    take = (
        "INSERT INTO message_words_index (message_words_index, rowid, words) VALUES ('delete', old.number, old.words);"
    )
    for act, steps in (("insert", put), ("delete", take), ("update", f"{take} {put}")):
        op.execute(f"CREATE TRIGGER message_words_{act} AFTER {act} ON message_words BEGIN {steps} END")


def _fill(words: sa.Table) -> None:
    """Note what the messages on record say, some at a time; one that was rendered twice as it was said last."""
    bodies = sa.table(
        "message_bodies",
        sa.column("message_id", ID),
        sa.column("created_at", INSTANT),
        sa.column("body", sa.LargeBinary()),
    )
    after: Any = None
    while True:
        query = sa.select(bodies).order_by(bodies.c.message_id, bodies.c.created_at).limit(ROWS_AT_ONCE)
        if after is not None:
            query = query.where(bodies.c.message_id > after)
        rows = op.get_bind().execute(query).all()
        if not rows:
            return
        after = rows[-1].message_id
        latest = {row.message_id: row for row in rows}
        op.bulk_insert(words, [_row(row) for row in latest.values()])


def _row(row: Any) -> dict[str, Any]:
    body = json.loads(zlib.decompress(row.body))
    said = re.sub(r"https?://\S+", " ", "\n".join(str(body[name]) for name in SAID if body.get(name)))
    plain = unicodedata.normalize("NFKD", said.casefold())
    found = sorted(
        {word[:60] for word in WORD.findall("".join(one for one in plain if not unicodedata.combining(one)))}
    )
    quote = "'" if op.get_context().dialect.name == "postgresql" else ""
    said_words = " ".join(f"{quote}{word}{quote}" for word in found)
    return {"message_id": row.message_id, "created_at": row.created_at, "words": said_words}
