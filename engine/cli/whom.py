"""Find the lead that somebody names on the command line: by id, email address or phone number."""

import re
from typing import Any

from channels.address import Address, InvalidAddress
from engine.cli.complaints import Complaint
from engine.store import leads
from engine.store.database import Connection
from engine.store.leads import StoredLead

ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def lead_named(connection: Connection, text: str) -> StoredLead:
    """Return the lead with this id, email or phone; raises `Complaint` when there is none."""
    word = text.strip()
    found = _by_id(connection, word.lower()) if ID.fullmatch(word.lower()) else _by_address(connection, word)
    if found is None:
        raise Complaint(f"there is no lead {text!r}: look for it with `fifthtouch lead list`")
    return found


def _by_id(connection: Connection, lead_id: str) -> StoredLead | None:
    found = leads.survivors(connection, list(leads.load(connection, [lead_id]).values()))
    return next(iter(found), None)  # a double is who it became part of


def _by_address(connection: Connection, word: str) -> StoredLead | None:
    try:
        if "@" in word:
            return leads.find(connection, email=Address.email(word).value, phone=None)
        return leads.find(connection, email=None, phone=Address.phone(word).value)
    except InvalidAddress as error:
        raise Complaint(
            f"{text_of(word)} is no id, no email address and no phone number with + and country code"
        ) from error


def text_of(word: str) -> str:
    """Return *word* in quotes, shortened."""
    return repr(word if len(word) <= _SHOWN else word[:_SHOWN] + "…")


_SHOWN = 60


def name_of(row: Any) -> str:
    """Return the name of a lead, or of a row that carries one."""
    return f"{row['first_name']} {row['last_name']}".strip() or row["company"] or ""
