"""Find an address in what people wrote, however they typed it: to erase what was refused or held, and never was a lead."""

import json

from sqlalchemy import ColumnElement, Text, cast, func, or_

from channels.address import national_digits

DIGITS_MIN = 6
"""Fewer digits are part of too much else: such a number is looked for with its country's code."""

BETWEEN_DIGITS = (" ", "-", "(", ")", ".", "/", "\u00a0", "\\u00a0", "\u2011", "\\u2011", "\\t")
"""What people write between the digits of a number; SQLite keeps JSON's escapes, PostgreSQL only those it must."""


def names(column: ColumnElement[object], address: str) -> ColumnElement[bool]:
    """Return whether the JSON in *column* names *address*, a canonical one."""
    written = cast(column, Text)
    if "@" in address:
        return or_(*(written.icontains(one, autoescape=True) for one in _spellings(address)))
    digits: ColumnElement[str] = written
    for sign in BETWEEN_DIGITS:
        digits = func.replace(digits, sign, "")
    national = national_digits(address)
    return digits.contains(national if len(national) >= DIGITS_MIN else address.removeprefix("+"), autoescape=True)


def _spellings(email: str) -> set[str]:
    """Return how a mailbox may stand in JSON: in Unicode, escaped in either case, with its domain as DNS knows it."""
    local, _, domain = email.rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode()
    except UnicodeError:
        ascii_domain = domain
    plain = {email, f"{local}@{ascii_domain}"}
    return plain | {json.dumps(spelled)[1:-1] for one in plain for spelled in (one, one.upper())}
