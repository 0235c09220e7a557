"""What messages are searched by: every word that a lead was told, whole or by how it begins.

Words are cut here and not by a database, so that both find the same: any language, without case and accents. Scripts that
put no spaces between words are kept a character at a time.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Text, and_, cast, column, delete, false, func, literal, select
from sqlalchemy import table as lightweight
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import TSQUERY

from engine.store import tables as t
from engine.store.lead_words import fold

WORD_MAX = 60  # nobody types more of a word
WORDS_MAX = 6  # of a search; each is one look into the index
INDEX = "message_words_index"
"""SQLite's index, a table that nothing declares."""

SAID = ("subject", "text", "body", "script", "human_script")
"""The parts of rendered content that a lead reads or hears; an email's HTML says what its text says."""

# Han, kana, Thai, Lao, Khmer and Burmese are written without spaces.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")
_LINK = re.compile(r"https?://\S+")  # each has a token of its own, which nobody looks for


def words_of(said: str) -> frozenset[str]:
    """Return the words of *said* as they are kept."""
    spoken = _LINK.sub(" ", said)
    plain = spoken.casefold() if spoken.isascii() else fold(spoken)
    return frozenset(word[:WORD_MAX] for word in _WORD.findall(plain))


def said_in(content: object) -> str:
    """Return all that a lead reads or hears of rendered *content*."""
    return "\n".join(str(part) for name in SAID if (part := getattr(content, name, None)))


def keep(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Let messages be found by what they say now; each row: message_id, created_at, words."""
    if not rows:
        return
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = make(t.message_words)
    newer = {"words": statement.excluded.words, "created_at": statement.excluded.created_at}
    again = statement.on_conflict_do_update(index_elements=["message_id"], set_=newer)
    connection.execute(again, [dict(row) for row in rows])


def is_found_by(connection: Connection, wanted: str) -> ColumnElement[bool]:
    """Return the condition that a message says every word of *wanted*, the last one as far as it is typed: by the index."""
    return t.messages.c.id.in_(_saying(connection, wanted))


def few_that_say(connection: Connection, wanted: str, *, most: int) -> list[str] | None:
    """Return the ids of all messages that say it, None where they are more than *most*."""
    # Kept by itself, so that it is the index that is read and not, for the sake of the limit, the table from its beginning.
    saying = _saying(connection, wanted).cte("saying").prefix_with("MATERIALIZED", dialect="postgresql")
    found = list(connection.execute(select(saying.c.message_id).limit(most + 1)).scalars())
    return found if len(found) <= most else None


def says(connection: Connection, message_id: ColumnElement[Any], wanted: str) -> ColumnElement[bool]:
    """Return the same condition on messages that are at hand: it looks at the words of each, and at no index of words."""
    words = _words_in_order(wanted)
    table = t.message_words
    if not words:
        return message_id.is_(None)
    if connection.dialect.name == "postgresql":
        answer = _matches(words)
    else:
        kept = literal(" ").concat(cast(table.c.words, Text)).concat(" ")
        looked_for = [*(f" {word} " for word in words[:-1]), f" {words[-1]}"]
        answer = and_(*(func.instr(kept, each) > 0 for each in looked_for))
    # A value and no join: a planner that may join begins with all that anybody ever said.
    return select(answer).where(table.c.message_id == message_id).scalar_subquery()


def _saying(connection: Connection, wanted: str) -> Select[str]:
    words, table = _words_in_order(wanted), t.message_words
    query = select(table.c.message_id)
    if not words:
        return query.where(false())
    if connection.dialect.name == "postgresql":
        return query.where(_matches(words))
    match = " ".join(f'"{word}"' for word in words) + "*"
    index = lightweight(INDEX, column("rowid"), column(INDEX))  # the column of that name stands for all others
    return query.where(table.c.number.in_(select(index.c.rowid).where(index.c[INDEX].bool_op("MATCH")(match))))


def _matches(words: Sequence[str]) -> ColumnElement[bool]:
    query = " & ".join(f"'{word}'" for word in words) + ":*"
    return t.message_words.c.words.bool_op("@@")(cast(literal(query), TSQUERY))


def drop_older(connection: Connection, before: datetime, limit: int) -> int:
    """Forget the words of up to *limit* messages that were rendered before *before*; return of how many."""
    table = t.message_words
    old = select(table.c.number).where(table.c.created_at < before).order_by(table.c.created_at).limit(limit)
    return connection.execute(delete(table).where(table.c.number.in_(old.scalar_subquery()))).rowcount


def _words_in_order(wanted: str) -> list[str]:
    words = [word[:WORD_MAX] for word in _WORD.findall(fold(wanted))]
    return list(dict.fromkeys(words))[:WORDS_MAX]
