"""What programs elsewhere are to be told: facts just written, who wants to hear of them, and how the telling went."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table
from sqlalchemy import text as sql

from engine.domain.notice import DeliveryState, NoticeType
from engine.store.tables.metadata import Id, Json, id_column, instant, metadata, one_of, partial_index, promise, text

notices = Table(
    "notices",
    metadata,
    Column(
        "number",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=True,
        comment="order of writing",
    ),
    text("type", "what happened"),
    instant("at", "when it was written"),
    Column("subject", Id, nullable=False, comment="the lead, message, enrollment or task it is about"),
    Column("detail", Json, comment="what the subject's row does not tell for good"),
    one_of("type", NoticeType),
    comment="A fact that an endpoint wants to hear of, written with it; gone as soon as it is a delivery",
)

webhook_endpoints = Table(
    "webhook_endpoints",
    metadata,
    id_column(),
    text("url", "where notices are posted"),
    text("description", "what it is for"),
    Column("types", Json, nullable=False, comment="which types it wants"),
    Column("secret_round", Integer, nullable=False, comment="how often its secret was made: secrets are kept nowhere"),
    instant("rotated_at", "when its secret was last replaced", nullable=True),
    instant("created_at", "when it was added"),
    text("created_by", "by whom"),
    instant("paused_at", "since when a person keeps notices back", nullable=True),
    instant("disabled_at", "since when it is told nothing any more", nullable=True),
    text("disabled_reason", "why: gone or failing; empty while it is told"),
    instant("failing_since", "since when nothing gets through; null while it does", nullable=True),
    promise("secret_round", "secret_round >= 1"),
    promise("disabled", "(disabled_at IS NULL) = (disabled_reason = '')"),
    comment="A program elsewhere that is told what happens",
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    id_column("UUIDv7, minted by us: the webhook-id, the same at every try"),
    Column("endpoint_id", Id, ForeignKey("webhook_endpoints.id"), nullable=False, comment="who is told"),
    text("type", "what happened"),
    Column("lead_id", Id, ForeignKey("leads.id"), comment="whom it is about; null for a test"),
    Column("body", Json, comment="what is posted; null once erased"),
    instant("at", "when the fact was written"),
    text("state", "waiting, delivered, failed"),
    instant(
        "due_at", "when it is sent next, or when whoever sends it has lost it; null when it has ended", nullable=True
    ),
    Column("tries", Integer, nullable=False, comment="how often it was tried"),
    instant("first_tried_at", "when it was first tried since it was last asked for", nullable=True),
    instant("tried_at", "when it was last tried", nullable=True),
    Column("status", Integer, comment="the HTTP status of the last try; null without an answer"),
    Column("duration_ms", Integer, comment="how long the last try took"),
    text("answer", "the first part of the last answer's body"),
    text("problem", "why the last try failed, in words; empty where it did not"),
    one_of("type", NoticeType),
    one_of("state", DeliveryState),
    promise("due", "(state = 'waiting') = (due_at IS NOT NULL)"),
    promise("tries", "tries >= 0"),
    partial_index("ix_webhook_deliveries_due", "endpoint_id", "due_at", where=sql("due_at IS NOT NULL")),
    partial_index("ix_webhook_deliveries_failed", "endpoint_id", "at", "id", where=sql("state = 'failed'")),
    Index(None, "endpoint_id", "at", "id"),
    Index(None, "lead_id"),
    Index(None, "at"),
    comment="One notice to one endpoint, and how its telling went",
)
