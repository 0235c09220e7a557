"""What leads are searched by: every word of their names, their addresses and numbers, by how it begins.

A table of words serves on both databases what neither does alike: an index finds a word's beginning in any language, and
the second word of a company is found as well as the first.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, select

from engine.store import tables as t
from engine.store.statements import insert_new, slices

WORD_MAX = 60  # nobody types more of a word to find somebody
WORDS_MAX = 6  # of a search; each is one look into the index
PHONE_DIGITS_MIN = 3  # fewer digits are more likely a part of a name or of an email address
COUNTRY_DIGITS_MAX = 3  # a national number is found without the country's own digits

FIELDS = ("first_name", "last_name", "company", "email", "phone")
"""What of a lead is searched."""

_LAST = "\U0010ffff"  # no character stands after it


def words_of(row: Mapping[str, Any]) -> set[str]:
    """Return the words by which the lead *row* is found."""
    names = fold(" ".join(row[name] or "" for name in ("first_name", "last_name", "company")))
    email = fold(row["email"] or "")
    texts = [*_parts(names), email, *_parts(email)]
    digits = re.sub(r"\D", "", row["phone"] or "")
    texts += [digits[skipped:] for skipped in range(COUNTRY_DIGITS_MAX + 1)] if digits else []
    return {text[:WORD_MAX] for text in texts if text}


def fold(text: str) -> str:
    """Return *text* without case and accents, as words are kept and looked for."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def wanted_words(text: str) -> list[str]:
    """Return what somebody who typed *text* looks for: the digits of a number, a whole email address, or words."""
    digits = re.sub(r"\D", "", text)
    if len(digits) >= PHONE_DIGITS_MIN and not re.search(r"[^\d\s+()./-]", text):
        return [digits.lstrip("0")[:WORD_MAX]]  # a trunk zero, or the zeros before a country, are no part of the number
    if "@" in text:
        return [fold(text.strip())[:WORD_MAX]]
    return [part[:WORD_MAX] for part in _parts(fold(text))][:WORDS_MAX]


def is_found_by(text: str) -> ColumnElement[bool]:
    """Return the condition that a lead has, for each word of *text*, one that begins with it; nobody where it has none."""
    table = t.lead_words
    found = [
        t.leads.c.id.in_(select(table.c.lead_id).where(table.c.word >= word, table.c.word < word + _LAST))
        for word in wanted_words(text)
    ]
    return and_(*found) if found else t.leads.c.id.is_(None)


def keep(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Let new leads be found by the words of *rows*."""
    insert_new(
        connection,
        t.lead_words,
        [{"word": word, "lead_id": row["id"]} for row in rows for word in sorted(words_of(row))],
    )


def keep_again(connection: Connection, lead_ids: Collection[str]) -> None:
    """Let leads that were changed be found by what they are called now, and by the addresses of their doubles."""
    for some in slices(sorted(set(lead_ids))):
        connection.execute(delete(t.lead_words).where(t.lead_words.c.lead_id.in_(some)))
        columns = [t.leads.c[name] for name in FIELDS]
        own = select(t.leads.c.id, *columns).where(t.leads.c.id.in_(some), t.leads.c.merged_into.is_(None))
        doubles = select(t.leads.c.merged_into.label("id"), *columns).where(t.leads.c.merged_into.in_(some))
        keep(connection, [*connection.execute(own).mappings(), *connection.execute(doubles).mappings()])


def _parts(text: str) -> list[str]:
    return [part for part in re.split(r"[^\w]+", text) if part]
