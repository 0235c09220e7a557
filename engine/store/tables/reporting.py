"""What a business wants of a month, and the indexes that reports and the ledger's pages read by."""

from sqlalchemy import Column, Date, Index, Integer, Table
from sqlalchemy import text as sql

from engine.domain.goals import Goal
from engine.store.tables.ledger import consent_facts
from engine.store.tables.messages import messages
from engine.store.tables.metadata import instant, metadata, one_of, promise, text
from engine.store.tables.people import happenings
from engine.store.tables.walking import tasks

goals = Table(
    "goals",
    metadata,
    text("goal", "what is wanted", primary_key=True),
    Column("since", Date, primary_key=True, comment="the first day of the first month it is wanted of"),
    Column("target", Integer, nullable=False, comment="how many, or per cent, of each month; 0 wants nothing any more"),
    text("set_by", "who wants it"),
    instant("set_at", "when they said so"),
    one_of("goal", Goal),
    promise("target", "target >= 0"),
    comment="What a business wants of every month, until it wants something else",
)

# Reports look at a stretch of time, whatever else a table is mostly asked for.
Index(None, messages.c.accepted_at)
Index("ix_tasks_done", tasks.c.ended_at, postgresql_where=sql("state = 'done'"), sqlite_where=sql("state = 'done'"))
Index(None, happenings.c.name, happenings.c.at)
# The ledger is read a page at a time, the newest first, whole or one kind of fact.
Index(None, consent_facts.c.at, consent_facts.c.id)
Index(None, consent_facts.c.kind, consent_facts.c.at, consent_facts.c.id)
