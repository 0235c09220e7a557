"""What was published: immutable revisions addressed by hash, and which one is current."""

from sqlalchemy import Boolean, Column, ForeignKey, Table

from engine.store.tables.metadata import Json, instant, metadata, one_of, text
from engine.store.tables.words import SEQUENCE_PURPOSES

content_revisions = Table(
    "content_revisions",
    metadata,
    text("revision", "hash of everything it depends on", primary_key=True),
    text("kind", "sequence, form, email, sms, voicemail, call, brand"),
    text("name", "file name without suffix and locale"),
    text("locale", "BCP 47"),
    text("source", "the text as it was written"),
    Column("compiled", Json, comment="what rendering needs, so that workers parse nothing"),
    instant("published_at", "when it was first published"),
    comment="One immutable revision of a message, a sequence or the brand",
)

content_current = Table(
    "content_current",
    metadata,
    text("kind", "sequence, form, email, sms, voicemail, call, brand", primary_key=True),
    text("name", "file name without suffix and locale", primary_key=True),
    text("locale", "BCP 47", primary_key=True),
    Column("revision", ForeignKey("content_revisions.revision"), nullable=False, comment="the latest"),
    instant("published_at", "since when"),
    comment="The latest revision of each piece of content",
)

sequences = Table(
    "sequences",
    metadata,
    text("name", "the sequence's name", primary_key=True),
    Column("revision", ForeignKey("content_revisions.revision"), nullable=False, comment="what new leads enter"),
    text("purpose", "marketing or service"),
    Column("is_paused", Boolean, nullable=False, comment="nothing is sent while it is"),
    instant("published_at", "when this revision became current"),
    one_of("purpose", SEQUENCE_PURPOSES),
    comment="The sequences that leads may enter",
)
