"""Who may use the API, what was answered to them, and what is done every so often."""

from sqlalchemy import Column, Float, ForeignKey, Integer, LargeBinary, Table, UniqueConstraint

from engine.store.tables.metadata import Id, Json, id_column, instant, metadata, text

api_keys = Table(
    "api_keys",
    metadata,
    id_column(),
    text("name", "whom it was made for"),
    text("hash", "SHA-256 of the key, which is kept nowhere"),
    text("hint", "its first characters, to tell keys apart"),
    instant("created_at", "when it was made"),
    instant("last_used_at", "when it last opened the door", nullable=True),
    instant("revoked_at", "since when it opens nothing", nullable=True),
    Column("scopes", Json, nullable=False, server_default="[]", comment="what it may do, as a list of words"),
    Column("tokens", Float, comment="how many requests it may make at once at tokens_at; null before the first"),
    instant("tokens_at", "when tokens was true", nullable=True),
    UniqueConstraint("hash"),
    comment="Keys of programs that use the API",
)

idempotent_requests = Table(
    "idempotent_requests",
    metadata,
    Column("api_key_id", Id, ForeignKey("api_keys.id"), primary_key=True, comment="who asked"),
    text("key", "the Idempotency-Key they sent", primary_key=True),
    text("fingerprint", "hash of method, path and body: the same key with another request is refused"),
    instant("created_at", "when it was first asked"),
    Column("status", Integer, comment="what was answered; null while the first is under way"),
    Column("body", LargeBinary, comment="the answer, as sent"),
    comment="Requests that are carried out once, however often they come",
)

errands = Table(
    "errands",
    metadata,
    text("name", "which errand", primary_key=True),
    instant("done_at", "when it was last done"),
    Column("detail", Json, comment="where it stopped, and what it found"),
    comment="What is done every so often, whoever does it",
)
