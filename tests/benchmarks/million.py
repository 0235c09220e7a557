"""A year of a busy business, written straight into the tables: a million messages to 100,000 leads, and all around them."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select, text

from engine.store import tables as t
from engine.store.database import Database
from engine.store.message_words import INDEX
from tests.databases import START

LEADS, MESSAGES = 100_000, 1_000_000
SPAN = timedelta(days=365)
NOW = START + SPAN
"""The instant at which it is looked at."""

FEW = 10_000  # rows that are quicker put in with the indexes in place

STEP = 2_003  # coprime to the numbers of leads used here: messages go round all leads
STATUSES = ("working", "working", "working", "working", "qualified", "new", "customer", "customer", "lost", "lost")
OPEN = frozenset({"working", "qualified", "new"})
SOURCES = tuple(f"source-{number}" for number in range(12))
OWNERS = ("", "ann", "ben", "eve", "joe")
COUNTRIES = ("US", "US", "GB", "DE")
OPTIONS = json.dumps({"source": "trade-fair", "country": "US", "sequence": None})
LATEST = timedelta(hours=6)  # nothing happens later than this before NOW

Row = Sequence[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulk:
    """Writes rows in numbers to either database, in the way that each is quickest at."""

    connection: Connection
    is_sqlite: bool

    def put(self, table: str, columns: str, rows: Iterable[Row]) -> None:
        """Write *rows* of *columns*, which stand apart by spaces."""
        cursor: Any = self.connection.connection.cursor()
        names = columns.split()
        if self.is_sqlite:
            places = ", ".join("?" * len(names))
            cursor.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})", rows)  # noqa: S608
            return
        with cursor.copy(f"COPY {table} ({', '.join(names)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def at(self, instant: datetime | None) -> str | None:
        """Return *instant* as the database keeps it."""
        if instant is None:
            return None
        written = instant.isoformat(" ", "microseconds")
        return written[:26] if self.is_sqlite else written

    def words(self, words: Iterable[str]) -> str:
        """Return *words* as the database keeps them."""
        quote = "" if self.is_sqlite else "'"
        return " ".join(f"{quote}{word}{quote}" for word in sorted(set(words)))


def id_of(kind: int, number: int) -> str:
    """Return an id that sorts as *number* does, as UUIDv7 do by time."""
    return str(UUID(int=(number << 80) | (7 << 76) | (2 << 62) | (kind << 40) | number))


def fill(database: Database, *, leads: int = LEADS, messages: int = MESSAGES) -> None:
    """Fill *database*, which holds published content and nobody; of many rows the indexes are made after them."""
    with database.write() as connection:
        bulk = Bulk(connection=connection, is_sqlite=database.is_sqlite)
        _prepare(bulk)
        remade = _without_indexes(bulk) if messages > FEW else []
        revisions = connection.execute(
            select(t.content_revisions.c.name, t.content_revisions.c.revision).where(
                t.content_revisions.c.kind == "sequence"
            )
        ).all()
        plans = [(row.name, row.revision) for row in revisions]
        senders = list(connection.execute(select(t.senders.c.id)).scalars())
        _people(bulk, leads)
        _walks(bulk, leads, plans)
        _messages(bulk, leads, messages, [name for name, _ in plans], senders)
        _said(bulk, messages)
        _permission(bulk, leads)
        _work(bulk, leads)
        _operations(bulk, leads)
        for statement in remade:
            connection.execute(text(statement.replace(":", "\\:")))
    if remade:
        _settle(database)


def _prepare(bulk: Bulk) -> None:
    if not bulk.is_sqlite:
        bulk.connection.execute(text("SET LOCAL session_replication_role = replica"))  # no look for each foreign key
        bulk.connection.execute(text("SET LOCAL statement_timeout = 0"))
        bulk.connection.execute(text("SET LOCAL maintenance_work_mem = '512MB'"))


def _without_indexes(bulk: Bulk) -> list[str]:
    """Drop what is quicker made after the rows; return the statements that make it."""
    if bulk.is_sqlite:
        query = (
            "SELECT name, sql, type FROM sqlite_master WHERE sql IS NOT NULL "
            "AND (type = 'index' OR name LIKE 'message_words_%' AND type = 'trigger')"
        )
    else:
        query = (
            "SELECT indexname, indexdef, 'index' FROM pg_indexes WHERE indexname LIKE 'ix\\_%' "
            "AND indexdef NOT LIKE '% ON ONLY %' AND tablename !~ '_(default|[0-9]{4}_[0-9]{2})$'"
        )
    found = bulk.connection.exec_driver_sql(query.replace("%", "%%") if not bulk.is_sqlite else query).all()
    for name, _, kind in found:
        bulk.connection.execute(text(f"DROP {kind} {name}"))
    rebuilt = [f"INSERT INTO {INDEX} ({INDEX}) VALUES ('rebuild')"] if bulk.is_sqlite else []  # noqa: S608
    return [sql for _, sql, _ in found] + rebuilt


def _settle(database: Database) -> None:
    """Do what a running server does by itself: PostgreSQL counts its rows; SQLite has no such habit."""
    if database.is_sqlite:
        return
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("VACUUM ANALYZE"))


def arrived(number: int, leads: int) -> datetime:
    """Return when the lead *number* of *leads* came."""
    return START + number * (SPAN - LATEST) / leads


def _people(bulk: Bulk, leads: int) -> None:
    at = bulk.at
    bulk.put("addresses", "id kind key created_at", (
        (id_of(kind, number), name, f"{name}{number}", at(arrived(number, leads)))
        for kind, name in ((1, "email"), (2, "phone")) for number in range(leads)
    ))  # fmt: skip
    bulk.put(
        "leads",
        "id created_at status first_name last_name company email phone email_id phone_id country region zone zone_source "
        "language interest source owner cost_cents custom first_touch_at",
        (_lead(bulk, number, leads) for number in range(leads)),
    )
    bulk.put("lead_words", "word lead_id", (
        (word, id_of(3, number)) for number in range(leads)
        for word in {f"first{number % 500}", f"last{number}", f"lead{number}", "example", "com", f"lead{number}@example.com",
                     f"1503{5_000_000 + number}", f"503{5_000_000 + number}"}
    ))  # fmt: skip


def _lead(bulk: Bulk, number: int, leads: int) -> Row:
    came = arrived(number, leads)
    touched = came + timedelta(seconds=number * 37 % 5_000) if number % 50 else None
    return (
        id_of(3, number), bulk.at(came), STATUSES[number % 10], f"first{number % 500}", f"last{number}", "",
        f"lead{number}@example.com", f"+1503{5_000_000 + number}", id_of(1, number), id_of(2, number),
        COUNTRIES[number % 4], "OR", "America/Los_Angeles", "stated", "en", "furnace", SOURCES[number % 144 % 12],
        OWNERS[number % 5], 1_200, "{}", bulk.at(touched),
    )  # fmt: skip


def _walks(bulk: Bulk, leads: int, plans: Sequence[tuple[str, str]]) -> None:
    is_exclusive = 1 if bulk.is_sqlite else "true"

    def rows() -> Iterator[Row]:
        for number in range(leads):
            name, revision = plans[number % len(plans)]
            came = arrived(number, leads)
            is_open = STATUSES[number % 10] in OPEN
            due = NOW + timedelta(minutes=5 + number % 20_000) if is_open else None
            yield (
                id_of(4, number), id_of(3, number), name, revision, "marketing", is_exclusive,
                "active" if is_open else "stopped", "stage-1", 0, bulk.at(came), bulk.at(came), bulk.at(due),
                None if is_open else bulk.at(came + timedelta(days=20)), "" if is_open else "left: booked", "{}",
            )  # fmt: skip

    bulk.put(
        "enrollments",
        "id lead_id sequence revision purpose is_exclusive status stage occurrence anchor_at started_at due_at ended_at "
        "reason rounds",
        rows(),
    )


def made(number: int, messages: int) -> datetime:
    """Return when the message *number* of *messages* was made."""
    return START + number * (SPAN - LATEST) / messages


def _state(number: int, messages: int) -> str:
    if number >= messages - messages // 50:  # the latest wait: for the next days, for a window, or for a person
        return ("scheduled", "scheduled", "held", "accepted")[number % 4]
    if number % 1000 == 1:
        return "failed"
    return "skipped" if number % 20 == 3 else "accepted"


def _messages(bulk: Bulk, leads: int, messages: int, sequences: Sequence[str], senders: Sequence[str]) -> None:
    at, reasons = bulk.at, {"held": "quiet_hours", "failed": "refused", "skipped": "no_consent"}

    def rows() -> Iterator[Row]:
        for number in range(messages):
            came, state, lead = made(number, messages), _state(number, messages), number * STEP % leads
            moment = at(came)
            channel = "voicemail" if number % 500 == 7 else "sms" if number % 3 == 0 else "email"
            is_open, is_sent = state in {"scheduled", "held"}, state == "accepted"
            bounced = moment if is_sent and number % 200 == 9 else None
            yield (
                id_of(5, number), f"intent{number}", id_of(3, lead), id_of(4, lead),
                senders[number % len(senders)], sequences[lead % len(sequences)], f"stage-{number % 9}",
                0, ("A", "B", None, None)[number % 4], channel, "marketing", f"template-{number % 20}", "main", state,
                reasons.get(state, ""), "", moment, moment,
                at(NOW + timedelta(minutes=1 + number % 3_000)) if is_open else None, int(is_sent),
                "smtp" if is_sent else None, f"provider-{number}" if is_sent else None,
                moment if is_sent else None, None if is_open else moment,
                "bounced" if bounced else "delivered" if is_sent else "none",
                moment if is_sent and not bounced else None, bounced,
                moment if is_sent and number % 4 == 2 else None, moment if is_sent and number % 25 == 2 else None,
                moment if is_sent and number % 40 == 2 else None, moment if is_sent and number % 2_000 == 2 else None,
            )  # fmt: skip

    bulk.put(
        "messages",
        "id intent_key lead_id enrollment_id sender_id sequence stage occurrence variant channel purpose template lane "
        "state reason rule created_at planned_at due_at tries provider provider_id accepted_at ended_at delivery "
        "delivered_at bounced_at opened_at clicked_at replied_at complained_at",
        rows(),
    )


def _said(bulk: Bulk, messages: int) -> None:
    bulk.put("message_words", "message_id created_at words", (
        (id_of(5, number), bulk.at(made(number, messages)), bulk.words((
            "hello", "thank", "house", "visit", f"furnace{number % 5}", f"word{number % 5_000}",
            f"other{number * 31 % 4_999}", f"rare{number // 4}",
        )))
        for number in range(messages)
    ))  # fmt: skip
    events = "id provider event_id kind message_id at received_at applied_at event"
    bulk.put("provider_events", events, (
        (id_of(6, number), "smtp", f"event{number}", "delivered", id_of(5, number), *[bulk.at(made(number, messages))] * 3,
         "{}")
        for number in range(0, messages, 3)
    ))  # fmt: skip


def _permission(bulk: Bulk, leads: int) -> None:
    def rows() -> Iterator[Row]:
        for number in range(leads):
            came = bulk.at(arrived(number, leads))
            for place, channel in enumerate(("email", "sms")):
                yield _fact(id_of(7, number * 4 + place), number, channel, "granted", "form", came)
            if number % 20 == 0:
                ended = bulk.at(min(arrived(number, leads) + timedelta(days=12), NOW - LATEST))
                yield _fact(id_of(7, number * 4 + 2), number, "email", "withdrawn", "one-click", ended)

    columns = "id lead_id channel purpose kind basis at recorded_at source recorded_by personal commitment"
    bulk.put("consent_facts", columns, rows())
    bulk.put("suppressions", "id kind key key_id normalisation channel reason source at", (
        (id_of(8, number), "email", f"email{number}", "test", 1, "", "hard_bounce", "event",
         bulk.at(arrived(number, leads)))
        for number in range(0, leads, 12)
    ))  # fmt: skip


def _fact(fact_id: str, lead: int, channel: str, kind: str, source: str, at: str | None) -> Row:
    personal = json.dumps({"wording": "Yes, write to me."})
    return (
        fact_id,
        id_of(3, lead),
        channel,
        "marketing",
        kind,
        "express",
        at,
        at,
        source,
        "form:contact",
        personal,
        "c0ffee",
    )


def _work(bulk: Bulk, leads: int) -> None:
    """People's part: calls done and to do, answers that wait, replies and what leads did."""
    replied = range(2, leads, 4)

    def tasks() -> Iterator[Row]:
        for number in range(0, leads, 2):
            waits = number % 40 == 0
            kind = "answer" if number % 200 == 0 else "call"
            due = NOW - timedelta(minutes=number % 5_000) if waits else arrived(number, leads)
            yield (
                id_of(9, number), f"task{number}", id_of(3, number), id_of(4, number), "", "stage-1", 0, kind,
                "open" if waits else "done", OWNERS[number % 5], "Call back", "", "", bulk.at(arrived(number, leads)),
                bulk.at(due), None if waits else bulk.at(arrived(number, leads)), None if waits else "reached", "",
            )  # fmt: skip

    bulk.put(
        "tasks",
        "id intent_key lead_id enrollment_id sequence stage occurrence kind state owner title script body created_at due_at "
        "ended_at outcome note",
        tasks(),
    )
    bulk.put("replies", "id lead_id channel at body label reading", (
        (id_of(10, number), id_of(3, number), "email", bulk.at(arrived(number, leads)), "How much is it?", "interested", "{}")
        for number in replied
    ))  # fmt: skip
    bulk.put("threads", "lead_id last_at owner", (
        (id_of(3, number), bulk.at(arrived(number, leads)), OWNERS[number % 5]) for number in replied
    ))  # fmt: skip
    bulk.put("happenings", "id lead_id name at detail", (
        (id_of(11, number), id_of(3, number), ("replied", "booked", "customer")[number % 3],
         bulk.at(min(arrived(number, leads) + timedelta(days=9), NOW - LATEST)), "{}")
        for number in range(0, leads, 3)
    ))  # fmt: skip
    bulk.put("notes", "id lead_id at author body", (
        (id_of(12, number), id_of(3, number), bulk.at(arrived(number, leads)), "ann", "Has a dog.")
        for number in range(0, leads, 5)
    ))  # fmt: skip


def _operations(bulk: Bulk, leads: int) -> None:
    at = bulk.at
    bulk.put("audit_log", "id at actor action subject", (
        (id_of(13, number), at(arrived(number, leads)), OWNERS[1 + number % 4], "lead.edited", id_of(3, number))
        for number in range(leads)
    ))  # fmt: skip
    bulk.put("webhook_endpoints", "id url description types secret_round created_at created_by disabled_reason", [
        (id_of(14, 1), "https://hooks.example.com/x", "", '["lead.created"]', 1, at(START), "ann", ""),
    ])  # fmt: skip
    bulk.put("webhook_deliveries", "id endpoint_id type lead_id body at state due_at tries answer problem", (
        (id_of(15, number), id_of(14, 1), "lead.created", id_of(3, number // 2), "{}", at(arrived(number // 2, leads)),
         "failed" if number % 90 == 0 else "delivered", None, 1, "", "")
        for number in range(2 * leads)
    ))  # fmt: skip
    files = max(1, leads // 500)
    columns = "id at by file_name file_hash options state total taken counts progress_at ended_at undone_by"
    bulk.put("imports", columns, (
        (id_of(16, number), at(arrived(number * 500, leads)), "ann", f"file{number}.csv", "c0ffee", OPTIONS, "done", 250, 250,
         '{"created": 250}', at(arrived(number * 500, leads)), at(arrived(number * 500, leads)), "")
        for number in range(files)
    ))  # fmt: skip
    bulk.put("import_rows", "import_id line outcome lead_id undone undone_reason", (
        (id_of(16, number // 500), number % 500 + 2, "created", id_of(3, number), "", "") for number in range(0, leads, 2)
    ))  # fmt: skip
    bulk.put("sandbox_messages", 'message_id channel "to" sender subject content at', (
        (id_of(5, number), "email", f"lead{number}@example.com", "us@example.com", "Hello", '{"text": "Hello"}',
         at(arrived(number, leads)))
        for number in range(leads)
    ))  # fmt: skip
    bulk.put("incidents", "id kind subject detail opened_at last_at count told_at closed_at", (
        (id_of(17, number), "sender_failing", f"sender{number}", "", *[at(arrived(number * 100, leads))] * 2, 1,
         *[at(arrived(number * 100, leads))] * 2)
        for number in range(leads // 100)
    ))  # fmt: skip
