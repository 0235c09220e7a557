"""A log of a million messages to 100,000 leads: what a page of it costs, as a multiple of one fetch by primary key."""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from statistics import median
from time import perf_counter
from typing import Any

import pytest
from sqlalchemy import Connection, event, select, text

from engine.clock import SystemClock
from engine.store import schema
from engine.store import tables as t
from engine.store.database import Database
from engine.store.log import LogFilter, read_log
from engine.store.pages import Key
from engine.store.timeline import read_timeline
from tests.databases import START
from tests.servers import running_postgres

pytestmark = pytest.mark.benchmark

LEADS, MESSAGES = 100_000, 1_000_000
LOOKS = 15  # the median of these
PAGE_MAX, SEARCH_MAX = (
    200,
    2_000,
)  # fetches by key: ten times what a quiet machine shows, so that only a lost index fails

FILL = f"""
SET session_replication_role = replica;
SET statement_timeout = 0;
CREATE TEMP TABLE numbered AS SELECT number, gen_random_uuid() AS id FROM generate_series(0, {LEADS} - 1) number;
INSERT INTO leads (id, created_at, status, first_name, last_name, company, email, email_id, language, interest, source,
    owner, cost_cents, custom)
SELECT id, '{START.isoformat()}'::timestamptz + number * interval '10 minutes', 'working', 'first' || number % 500,
    'last' || number, '', 'lead' || number || '@example.com', id, 'en', 'furnace', 'form', '', 0, '{{}}' FROM numbered;
INSERT INTO lead_words (word, lead_id) SELECT unnest(ARRAY['first' || number % 500, 'last' || number, 'lead' || number]), id
FROM numbered;
CREATE TEMP TABLE sending AS SELECT number, gen_random_uuid() AS id FROM generate_series(0, 4) number;
CREATE TEMP TABLE made AS SELECT number, gen_random_uuid() AS id, number * 2003 % {LEADS} AS lead,
    '{START.isoformat()}'::timestamptz + number * interval '1 minute' AS at,
    CASE WHEN number % 1000 = 1 THEN 'failed' WHEN number % 100 = 2 THEN 'held' WHEN number % 20 = 3 THEN 'skipped'
        ELSE 'accepted' END AS state
FROM generate_series(0, {MESSAGES} - 1) number;
INSERT INTO messages (id, intent_key, lead_id, sender_id, sequence, stage, occurrence, channel, purpose, template, lane,
    state, reason, rule, created_at, planned_at, due_at, tries, provider, accepted_at, ended_at, delivery)
SELECT made.id, 'intent' || made.number, numbered.id, sending.id, 'sequence-' || made.number % 14, 'stage-' || made.number % 9,
    0, CASE WHEN made.number % 500 = 7 THEN 'voicemail' WHEN made.number % 3 = 0 THEN 'sms' ELSE 'email' END, 'marketing',
    'hello', 'main', state, CASE state WHEN 'accepted' THEN '' WHEN 'held' THEN 'quiet_hours' WHEN 'failed' THEN 'refused'
        ELSE 'no_consent' END,
    '', at, at, CASE state WHEN 'held' THEN at END, 1, CASE state WHEN 'accepted' THEN 'smtp' END,
    CASE state WHEN 'accepted' THEN at END, CASE WHEN state <> 'held' THEN at END,
    CASE WHEN state <> 'accepted' THEN 'none' WHEN made.number % 200 = 9 THEN 'bounced' ELSE 'delivered' END
FROM made JOIN numbered ON numbered.number = made.lead JOIN sending ON sending.number = made.number % 5;
INSERT INTO message_words (message_id, created_at, words)
SELECT id, at, array_to_tsvector(ARRAY['hello', 'furnace' || number % 5, 'word' || number % 5000,
    'word' || number * 31 % 4999, 'rare' || number / 4]) FROM made;
SET session_replication_role = DEFAULT;
"""  # noqa: S608 - numbers of our own

INDEXES = """
SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN ('messages', 'message_words', 'leads', 'lead_words')
AND indexname LIKE 'ix\\_%'
"""


def say(line: str) -> None:
    """Print a finding past pytest's capture."""
    sys.stderr.write(f"\n{line}")


@pytest.fixture(scope="module")
def big() -> Iterator[Database]:
    """Return a database with a million messages, made by itself in a minute or two."""
    with running_postgres() as server:
        database = Database(server.create_database(), SystemClock())
        schema.upgrade(database)
        began = perf_counter()
        with database.write() as connection:
            indexes = connection.execute(text(INDEXES)).all()  # made after the rows, which is several times as fast
            connection.execute(text("; ".join(f"DROP INDEX {name}" for name, _ in indexes)))
            for statement in FILL.split(";\n"):
                if statement.strip():
                    connection.execute(text(statement.replace(":", "\\:")))
            for _, definition in indexes:
                connection.execute(text(definition.replace(":", "\\:")))
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("SET statement_timeout = 0"))
            connection.execute(text("VACUUM ANALYZE"))
        say(f"{MESSAGES:,} messages, {LEADS:,} leads: filled in {perf_counter() - began:.0f} s")
        yield database
        database.close()


def seconds(look: Callable[[], object]) -> float:
    """Return the median of what *look* takes."""
    look()
    found = []
    for _ in range(LOOKS):
        began = perf_counter()
        look()
        found.append(perf_counter() - began)
    return median(found)


@contextmanager
def noted(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """Collect the queries that are asked meanwhile."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        asked.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    yield asked
    event.remove(database.engine, "before_cursor_execute", note)


def served_by(database: Database, connection: Connection, look: Callable[[], object]) -> str:
    """Return the indexes that the queries of *look* go by; a table that is read whole is said so."""
    with noted(database) as asked:
        look()
    found: list[str] = []
    for statement, parameters in asked:
        if statement.lstrip().startswith(("SELECT", "WITH")):
            plan = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).scalars()
            found += re.findall(r"(?:using|Index Scan on) (\S+)|(Seq Scan on \S+)", "\n".join(plan))
    return ", ".join(dict.fromkeys(name for pair in found for name in pair if name))


def test_a_page_of_a_big_log(big: Database) -> None:
    """Print each page's ratio to one fetch by primary key, and the indexes that it goes by."""
    middle = START + timedelta(minutes=MESSAGES // 2)
    with big.read() as connection:
        some = connection.execute(select(t.messages.c.id, t.messages.c.lead_id, t.messages.c.sender_id).limit(1)).one()
        by_key = select(t.messages).where(t.messages.c.id == some.id)
        unit = seconds(lambda: connection.execute(by_key).one())
        say(f"by primary key: {unit * 1e3:.2f} ms")
        looks: dict[str, tuple[LogFilter, Key | None]] = {
            "first page": (LogFilter(), None),
            "deep page": (LogFilter(), Key(at=middle, id=some.id)),
            "state held": (LogFilter(state="held"), None),
            "state failed": (LogFilter(state="failed"), None),
            "state accepted": (LogFilter(state="accepted"), None),
            "state unknown, none": (LogFilter(state="unknown"), None),
            "delivery bounced": (LogFilter(delivery="bounced"), None),
            "channel voicemail": (LogFilter(channel="voicemail"), None),
            "sequence": (LogFilter(sequence="sequence-3"), None),
            "sequence, deep": (LogFilter(sequence="sequence-3"), Key(at=middle, id=some.id)),
            "sequence and stage": (LogFilter(sequence="sequence-3", stage="stage-4"), None),
            "sender": (LogFilter(sender_id=some.sender_id), None),
            "lead": (LogFilter(lead_id=some.lead_id), None),
            "reason": (LogFilter(reason="quiet_hours"), None),
            "a day": (LogFilter(since=middle, until=middle + timedelta(days=1)), None),
            "held texts of a sequence": (LogFilter(state="held", channel="sms", sequence="sequence-3"), None),
            "search: in all": (LogFilter(said="hello"), None),
            "search: in a fifth": (LogFilter(said="furnace3"), None),
            "search: in 400": (LogFilter(said="word77"), None),
            "search: two words": (LogFilter(said="hello word77"), None),
            "search: in 4": (LogFilter(said="rare4711"), None),
            "search: in none": (LogFilter(said="nothing"), None),
            "search: a lead": (LogFilter(said="last4711"), None),
            "search, held": (LogFilter(said="hello", state="held"), None),
        }
        ratios = {}
        for name, (wanted, after) in looks.items():
            page = lambda wanted=wanted, after=after: read_log(connection, wanted, after=after)  # noqa: E731
            ratios[name] = seconds(page) / unit
            say(f"{name:<26} {ratios[name]:7.1f}   {served_by(big, connection, page)}")
        timeline = lambda: read_timeline(connection, some.lead_id)  # noqa: E731
        ratios["timeline"] = seconds(timeline) / unit
        say(f"{'timeline of a lead':<26} {ratios['timeline']:7.1f}   {served_by(big, connection, timeline)}\n")

    searches = {name for name in ratios if name.startswith("search")}
    assert max(ratio for name, ratio in ratios.items() if name not in searches) < PAGE_MAX
    assert max(ratios[name] for name in searches) < SEARCH_MAX
