"""How leads arrive in numbers: files that were taken in, row by row, and forms that were held back."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, UniqueConstraint
from sqlalchemy import text as sql

from engine.domain.arriving import ImportState, RowOutcome, SuspectState, UndoOutcome
from engine.store.tables.metadata import (
    Id,
    Instant,
    Json,
    id_column,
    instant,
    metadata,
    one_of,
    partial_index,
    promise,
    text,
)

imports = Table(
    "imports",
    metadata,
    id_column(),
    instant("at", "when it began"),
    text("by", "who took the file in"),
    text("file_name", "as it was called"),
    text("file_hash", "SHA-256 of its bytes"),
    Column("options", Json, nullable=False, comment="source, country and sequence, as they were chosen"),
    text("state", "running, done, undoing, undone"),
    Column("total", Integer, nullable=False, comment="rows that can be taken in"),
    Column("taken", Integer, nullable=False, comment="of them taken in so far"),
    Column("counts", Json, nullable=False, comment="rows by what became of them"),
    instant("progress_at", "when something last moved"),
    instant("ended_at", "when the last row was taken in", nullable=True),
    instant("undone_at", "when it was taken back", nullable=True),
    text("undone_by", "who took it back; empty for nobody"),
    one_of("state", ImportState),
    promise("taken", "taken >= 0 AND taken <= total"),
    Index(None, "at", "id"),
    comment="One file of leads that was taken in",
)

import_rows = Table(
    "import_rows",
    metadata,
    Column("import_id", Id, ForeignKey("imports.id"), primary_key=True, comment="of which file"),
    Column("line", Integer, primary_key=True, comment="the line it begins in, from 1; 0 is the file as a whole"),
    text("outcome", "created, joined, merged, refused, remark"),
    Column("lead_id", Id, ForeignKey("leads.id"), comment="the lead it made or joined"),
    Column("remarks", Json, comment="what was lost, changed or doubtful: column, problem, remedy"),
    Column("cells", Json, comment="a refused row as it stood in the file, by column; emptied in time"),
    text("undone", "erased or kept, once it was taken back; empty before"),
    text("undone_reason", "why it was kept"),
    one_of("outcome", RowOutcome),
    one_of("undone", ["", *UndoOutcome]),
    Index(None, "import_id", "outcome", "line"),
    partial_index("ix_import_rows_lead_id", "lead_id", where=sql("lead_id IS NOT NULL")),
    comment="What became of one row of a file",
)

form_suspects = Table(
    "form_suspects",
    metadata,
    id_column(),
    instant("at", "when it was sent"),
    text("form", "which form"),
    text("reason", "why a program is suspected behind it"),
    text("page", "the page it was sent from, or empty"),
    text("sender", "keyed hash of the address it came from"),
    text("fingerprint", "keyed hash of the form and what was written: the same twice is one"),
    Column("values", Json, nullable=False, comment="what was written; emptied when it is decided"),
    Column("visit", Json, nullable=False, comment="from where and with which program; emptied when it is decided"),
    text("state", "held, real, spam, came"),
    instant("decided_at", "when a person said what it is, or its sender sent it once more", nullable=True),
    text("decided_by", "who said so; empty for nobody"),
    Column("lead_id", Id, ForeignKey("leads.id"), comment="the lead it became"),
    one_of("state", SuspectState),
    promise("decided", "(state = 'held') = (decided_at IS NULL)"),
    UniqueConstraint("fingerprint"),
    Index(None, "at", "id"),
    partial_index("ix_form_suspects_held", "at", "id", where=sql("state = 'held'")),
    comment="A form that a program seems to have sent, for a person to judge",
)

form_rates = Table(
    "form_rates",
    metadata,
    text("form", "which form", primary_key=True),
    text("sender", "keyed hash of the address it came from; empty for all together", primary_key=True),
    Column("since", Instant, primary_key=True, comment="the beginning of the ten minutes it counts"),
    Column("count", Integer, nullable=False, comment="how often it was sent"),
    Index(None, "since"),
    comment="How often a form was sent lately",
)
