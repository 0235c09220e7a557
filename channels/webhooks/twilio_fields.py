"""What all of Twilio's callbacks share: form fields, numbers with and without a name for their network, no event ids."""

import re
from datetime import datetime
from email.utils import parsedate_to_datetime

from channels.address import InvalidAddress, canonical_phone
from channels.webhooks.form import Form, read_form
from channels.webhooks.unreadable import Unreadable

PROVIDER = "twilio"

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_NETWORK = re.compile(r"(?:rcs|sms|whatsapp|messenger|client|sip):", re.IGNORECASE)

NOBODY = frozenset({"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"})
"""What Twilio gives as caller where the number is withheld: ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN, UNAVAILABLE spelt on keys."""


def read(body: bytes, needed: tuple[str, ...]) -> Form | Unreadable:
    """Return the fields of a callback, or why it says nothing: every one of *needed* is there, as *either|or*."""
    try:
        form = read_form(body)
    except ValueError as error:
        return Unreadable.of(PROVIDER, str(error), body)
    missing = [names for names in needed if not form.first(*names.split("|"))]
    if missing:
        return Unreadable.of(PROVIDER, f"The callback lacks {', '.join(missing)}.", body)
    return form


def phone(text: str) -> str | None:
    """Return the number in *text* in canonical form, None where it is nobody's: withheld, a short code, a name."""
    number = _NETWORK.sub("", text, count=1).strip()
    if number in NOBODY:
        return None
    try:
        return canonical_phone(number) if number.startswith("+") else None
    except InvalidAddress:
        # A real caller may have a number newer than our tables.
        return number if _E164.fullmatch(number) else None


def instant(form: Form, received_at: datetime) -> datetime:
    """Return when it happened by Twilio's own clock where it says so, never after *received_at*."""
    told = form.first("Timestamp")
    try:
        at = parsedate_to_datetime(told) if told else received_at
        return min(at, received_at) if at.tzinfo is not None else received_at
    except (ValueError, TypeError, OverflowError):
        return received_at


def number(text: str) -> int:
    """Return the number that *text* is, 0 for anything else."""
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0
