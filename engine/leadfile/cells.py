"""Read single cells of a leads file: names, addresses, money, lists."""

import csv
import re
import unicodedata
from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation

from channels.address import InvalidAddress, canonical_email, canonical_phone

PLACEHOLDERS = frozenset({"-", "--", "?", "n/a", "na", "#n/a", "none", "null", "nil", "nan", "(blank)", "unknown"})

# Controls, and marks that turn the reading direction: in a name they are damage or deceit. Joiners stay, Persian and
# Indian names need them; tabs and line ends are white space.
CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]")


def one_line(text: str) -> str:
    """Return *text* with each run of white space as one space."""
    return " ".join(text.split())


def split_name(full: str) -> tuple[str | None, str | None]:
    """Return the given and the family name of `Ann Lee` or `Lee, Ann`; a single word is the given name."""
    if full.count(",") == 1:
        family, given = (part.strip() for part in full.split(","))
        return given or None, family or None
    given, _, family = full.partition(" ")
    return given or None, family or None


def emails_in(cell: str) -> list[str]:
    """Return the canonical addresses in *cell*, in order; raises `InvalidAddress` where there is none."""
    cell = cell.strip().lstrip("'")
    if found := _IN_ANGLES.fullmatch(cell):
        cell = found[1]
    return _valid(_parts(cell, _BETWEEN_EMAILS), canonical_email)


def phones_in(cell: str, country: str | None) -> list[str]:
    """Return the E.164 numbers in *cell*, in order; raises `InvalidAddress` where there is none."""
    cell = unicodedata.normalize("NFKC", cell).strip().lstrip("'")
    cell = _TRAILING_ZERO.sub("", cell)
    if _SCIENTIFIC.search(cell):
        raise DamagedNumber("A spreadsheet has rounded this number; its last digits are lost.")

    def read(text: str) -> str:
        return canonical_phone(text, country)

    try:
        return _valid(_parts(cell, _BETWEEN_PHONES), read)
    except InvalidAddress:
        if "/" not in cell:
            raise
        # A stroke may stand inside a number (030/23125123), so it parts numbers only where the whole is none.
        return _valid(_parts(cell, _STROKE), read)


class DamagedNumber(InvalidAddress):
    """Digits were lost before the file was written, so that guessing would reach somebody else."""


_IN_ANGLES = re.compile(r"[^<>]*<([^<>]+)>")
_BETWEEN_EMAILS = re.compile(r"[,;|\s]+|:::")
_BETWEEN_PHONES = re.compile(r"[,;|\n\r]+|:::|\b(?:or|oder|ou|and|und|et)\b")
_STROKE = re.compile(r"[,;|\n\r/]+")
_SCIENTIFIC = re.compile(r"^\+?\d+(?:[.,]\d+)?[eE]\+?\d+$")
_TRAILING_ZERO = re.compile(r"(?<=\d{7})\.0+$")  # a number that went through a spreadsheet or a data frame
_PARTS_MAX = 10


def _parts(cell: str, between: re.Pattern[str]) -> list[str]:
    return [part for part in between.split(cell, maxsplit=_PARTS_MAX)[:_PARTS_MAX] if part.strip()]


def _valid(parts: Iterable[str], read: Callable[[str], str]) -> list[str]:
    found: list[str] = []
    failure = InvalidAddress("There is no address in it.")
    for part in parts:
        try:
            found.append(read(part))
        except InvalidAddress as error:
            failure = error
    if not found:
        raise failure
    return list(dict.fromkeys(found))


def tags_in(cell: str) -> tuple[str, ...]:
    """Return the words of a list, as Mailchimp (`"VIP","Blog"`) or a person (`VIP; Blog`) writes it."""
    delimiter = next((mark for mark in ",;|" if mark in cell), ",")
    try:
        words = next(csv.reader([one_line(cell)], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:
        words = cell.split(delimiter)
    return tuple(dict.fromkeys(word.strip() for word in words if word.strip()))


def cents(cell: str, *, per_unit: int) -> int | None:
    """Return an amount of money such as `$1,234.50` or `35,00 \u20ac` in cents, None where it is none.

    *per_unit* is 100 for money and 1 for an amount in cents already.
    """
    number = re.sub(r"[^\d.,-]", "", cell)
    if re.search(r"[.,]\d{1,2}$", number):
        whole, mark, fraction = number.rpartition("." if number.rfind(".") > number.rfind(",") else ",")
        number = re.sub(r"[.,]", "", whole) + mark.replace(",", ".") + fraction
    else:
        number = re.sub(r"[.,]", "", number)
    try:
        amount = Decimal(number) * per_unit
    except InvalidOperation:
        return None
    return int(amount.to_integral_value()) if 0 <= amount <= _CENTS_MAX else None


_CENTS_MAX = 10**9  # ten million: no lead costs more, a column of something else does
