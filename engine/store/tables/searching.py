"""What messages are searched by, and the searches that people keep."""

from collections.abc import Collection

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from engine.store.tables.metadata import Id, id_column, instant, metadata, text


class Words(TypeDecorator[Collection[str]]):
    """A set of words, none with a space or a quote: PostgreSQL's own for searching; in SQLite text, for its index."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        """Return the type that *dialect* keeps it as."""
        return dialect.type_descriptor(TSVECTOR() if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Collection[str] | None, dialect: Dialect) -> str | None:
        """Write the words one after another, in an order of their own."""
        if value is None:
            return None
        quote = "'" if dialect.name == "postgresql" else ""
        return " ".join(f"{quote}{word}{quote}" for word in sorted(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Collection[str] | None:  # noqa: ARG002
        """Read what was written."""
        return None if value is None else frozenset(word.strip("'") for word in value.split())


# It goes with the body: when that is erased or too old, so is this. A trigger keeps SQLite's index of it current.
message_words = Table(
    "message_words",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True, comment="what SQLite's index calls it by"),
    Column("message_id", Id, nullable=False, comment="whose words"),
    instant("created_at", "when they were rendered: they are dropped with the body"),
    Column("words", Words, nullable=False, comment="each word of what was said once, without case and accents"),
    UniqueConstraint("message_id"),
    Index(None, "created_at"),
    Index("ix_message_words_words", "words", postgresql_using="gin").ddl_if(dialect="postgresql"),
    comment="What messages are searched by",
)

log_views = Table(
    "log_views",
    metadata,
    id_column(),
    Column("owner", ForeignKey("users.id"), nullable=False, comment="who keeps it"),
    text("name", "as its owner calls it"),
    text("query", "the query string of the log, without its place in it"),
    Column("is_shared", Boolean, nullable=False, comment="everybody sees it"),
    instant("created_at", "when it was kept"),
    UniqueConstraint("owner", "name"),
    comment="Filters of the delivery log that people come back to",
)
