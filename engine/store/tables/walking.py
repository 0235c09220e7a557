"""Where leads stand in sequences, and what people are asked to do."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, UniqueConstraint
from sqlalchemy import text as sql

from engine.domain.enrollment import ENDED_STATUSES, EnrollmentStatus
from engine.domain.task import TaskKind, TaskOutcome, TaskState
from engine.store.tables.metadata import (
    Id,
    Json,
    id_column,
    instant,
    listed,
    metadata,
    one_of,
    partial_index,
    promise,
    text,
)
from engine.store.tables.words import SEQUENCE_PURPOSES

ENDED = f"status IN {listed(ENDED_STATUSES)}"
OPEN = f"status NOT IN {listed(ENDED_STATUSES)}"
DATED = listed({EnrollmentStatus.ACTIVE, EnrollmentStatus.OUT_OF_OFFICE, EnrollmentStatus.SNOOZED})

enrollments = Table(
    "enrollments",
    metadata,
    id_column(),
    Column("lead_id", Id, ForeignKey("leads.id"), nullable=False, comment="who walks"),
    text("sequence", "the plan's name"),
    Column("revision", ForeignKey("content_revisions.revision"), nullable=False, comment="the pinned revision"),
    text("purpose", "marketing or service: what a reply or a stop touches"),
    text("topic", "what the sequence is about, where leads may stop one topic alone", nullable=True),
    Column("is_exclusive", Boolean, nullable=False, comment="no other exclusive enrollment beside it"),
    text("status", "active, waiting, paused, out_of_office, snoozed, finished, stopped"),
    text("stage", "the stage it stands at"),
    Column("occurrence", Integer, nullable=False, comment="the round through a repeated part"),
    instant("anchor_at", "what the stage's delay counts from"),
    instant("started_at", "when the lead entered"),
    instant("due_at", "when to look again; null waits for an event or a person", nullable=True),
    instant("ended_at", "when it finished or stopped", nullable=True),
    text("reason", "why it stands as it does"),
    text("came_from_stage", "the touch stage that led here", nullable=True),
    Column("came_from_occurrence", Integer, comment="and its round"),
    Column("rounds", Json, nullable=False, comment="rounds done of each repeated part under way"),
    instant("reached_at", "when it came to the stage; null where that was not kept", nullable=True),
    instant("date_at", "the lead's date, such as an appointment, that it goes by", nullable=True),
    text("date_stage", "the first stage it came to that counts by the date", nullable=True),
    Column("date_occurrence", Integer, comment="the round with which it went back there when the date moved"),
    one_of("purpose", SEQUENCE_PURPOSES),
    one_of("status", EnrollmentStatus),
    promise("ended", f"({ENDED}) = (ended_at IS NOT NULL)"),
    promise("ended_never_due", f"{OPEN} OR due_at IS NULL"),
    # Only a person or an event may bring back one without a date; nobody brings back these.
    promise("never_forgotten", f"status NOT IN {DATED} OR due_at IS NOT NULL"),
    promise("came_from", "(came_from_stage IS NULL) = (came_from_occurrence IS NULL)"),
    promise("occurrence", "occurrence >= 0"),
    Index(None, "lead_id"),
    Index(None, "started_at", "id"),
    Index(None, "sequence", "started_at", "id"),
    partial_index("ix_enrollments_due", "due_at", where=sql("due_at IS NOT NULL")),
    partial_index("ix_enrollments_walking", "sequence", "lead_id", where=sql(OPEN)),
    partial_index(
        "uq_enrollments_open_exclusive",
        "lead_id",
        where=sql(f"is_exclusive AND {OPEN}"),
        unique=True,
    ),
    partial_index(
        "uq_enrollments_open_sequence",
        "lead_id",
        "sequence",
        where=sql(OPEN),
        unique=True,
    ),
    comment="One lead in one sequence revision",
)

tasks = Table(
    "tasks",
    metadata,
    id_column(),
    text("intent_key", "enrollment, stage, occurrence; or the cause: made once"),
    Column("lead_id", Id, ForeignKey("leads.id"), nullable=False, comment="whom it is about"),
    Column("enrollment_id", Id, ForeignKey("enrollments.id"), comment="the enrollment that asked for it"),
    text("sequence", "the enrollment's sequence, or empty"),
    text("stage", "its stage, or empty"),
    Column("occurrence", Integer, nullable=False, comment="its round"),
    text("kind", "call, letter, social, answer, review"),
    text("state", "open, done, cancelled"),
    text("owner", "user id of who does it, empty for anyone"),
    text("title", "one line: what to do"),
    text("script", "name of the call script, or empty"),
    text("body", "the rendered script, or what was said"),
    instant("created_at", "when it was made"),
    instant("due_at", "when it should be done"),
    instant("ended_at", "when it was done or cancelled", nullable=True),
    text("outcome", "how it ended", nullable=True),
    text("note", "what the person wrote, or why it was cancelled"),
    one_of("kind", TaskKind),
    one_of("state", TaskState),
    one_of("outcome", TaskOutcome),
    promise("ended", "(state = 'open') = (ended_at IS NULL)"),
    promise("done_has_outcome", "state <> 'done' OR outcome IS NOT NULL"),
    UniqueConstraint("intent_key"),
    Index(None, "lead_id"),
    Index(None, "enrollment_id"),
    Index(None, "due_at", "id"),
    Index(None, "state", "due_at", "id"),
    partial_index("ix_tasks_open", "due_at", where=sql("state = 'open'")),
    partial_index("ix_tasks_answers", "lead_id", where=sql("state = 'open' AND kind = 'answer'")),
    comment="A touch that a person makes",
)
