"""Bring together the rows of one file that are about the same person; a stop on any copy holds for all."""

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace

from engine.leadfile.permission import Stop
from engine.leadfile.row import Row, RowError
from engine.leadfile.rows import NOTES_CHARACTERS_MAX

_REMEDY = "Nothing, unless these are different people: then give each an address of their own."

OTHERS_MAX = 10  # further addresses kept of one person; more is a placeholder that many rows share


def merge_duplicates(rows: Iterable[Row]) -> tuple[list[Row], list[RowError]]:
    """Return one row a person, in the order they first appear, and an error for each row that was a further copy.

    The same email is the same person. The same phone number is too, unless both the email and the name differ: a
    couple or an office may share a line, and nobody is dropped for that.
    """
    kept: list[Row] = []
    errors: list[RowError] = []
    owners: dict[str, int] = {}  # address -> place in kept
    stopped: dict[Stop, set[str]] = {stop: set() for stop in Stop}
    for row in rows:
        _note_stops(row, stopped)
        place = _same_person(row, kept, owners)
        shared = place is None and row.phone_e164 is not None and owners.get(row.phone_e164) is not None
        if place is not None:
            errors.append(_merged_error(row, kept[place]))
            kept[place] = _combined(kept[place], row)
        else:
            if shared:
                errors.append(_shared_error(row, kept[owners[row.phone_e164 or ""]]))
            place = len(kept)
            kept.append(row)
        for address in _addresses(row):
            owners.setdefault(address, place)
    return [_with_stops(row, stopped) for row in kept], errors


def _addresses(row: Row) -> Sequence[str]:
    return [
        address for address in (row.email, row.phone_e164, *row.other_emails, *row.other_phones) if address is not None
    ]


def _same_person(row: Row, kept: Sequence[Row], owners: dict[str, int]) -> int | None:
    for address in _addresses(row):
        place = owners.get(address)
        if place is not None and ("@" in address or _may_be_one(kept[place], row)):
            return place
    return None


def _may_be_one(one: Row, other: Row) -> bool:
    names = [" ".join(filter(None, (row.first_name, row.last_name))).casefold() for row in (one, other)]
    return None in (one.email, other.email) or "" in names or names[0] == names[1]


def _merged_error(row: Row, into: Row) -> RowError:
    by_email = any("@" in address for address in set(_addresses(row)) & set(_addresses(into)))
    return RowError(
        line=row.line,
        column="email" if by_email else "phone_e164",
        problem=f"The same {'email' if by_email else 'phone number'} as in line {into.line}; merged into that row.",
        remedy=_REMEDY,
    )


def _shared_error(row: Row, owner: Row) -> RowError:
    return RowError(
        line=row.line,
        column="phone_e164",
        problem=f"The same phone number as in line {owner.line}, under another name and email; both rows were kept.",
        remedy="Nothing, if they share the line; otherwise correct one of the numbers.",
    )


def _combined(first: Row, later: Row) -> Row:
    """Return *first* with what only *later* knows."""
    filled = {
        field.name: getattr(later, field.name)
        for field in fields(Row)
        if getattr(first, field.name) is None and getattr(later, field.name) is not None
    }
    row = replace(first, **filled)
    addresses = dict.fromkeys([*_addresses(first), *_addresses(later)])
    return replace(
        row,
        other_emails=tuple(a for a in addresses if "@" in a and a != row.email)[:OTHERS_MAX],
        other_phones=tuple(a for a in addresses if "@" not in a and a != row.phone_e164)[:OTHERS_MAX],
        tags=tuple(dict.fromkeys(first.tags + later.tags)),
        notes="\n".join(dict.fromkeys(filter(None, (first.notes, later.notes))))[:NOTES_CHARACTERS_MAX] or None,
        suppress_email=first.suppress_email or later.suppress_email,
        suppress_sms=first.suppress_sms or later.suppress_sms,
        suppress_voice=first.suppress_voice or later.suppress_voice,
    )


def _note_stops(row: Row, stopped: dict[Stop, set[str]]) -> None:
    if row.suppress_email or row.suppress_sms or row.suppress_voice:
        for stop, addresses in stopped.items():
            if getattr(row, stop.value):
                addresses.update(_addresses(row))


def _with_stops(row: Row, stopped: dict[Stop, set[str]]) -> Row:
    email = row.suppress_email or row.email in stopped[Stop.EMAIL]
    sms = row.suppress_sms or row.phone_e164 in stopped[Stop.SMS]
    voice = row.suppress_voice or row.phone_e164 in stopped[Stop.VOICE]
    if (email, sms, voice) == (row.suppress_email, row.suppress_sms, row.suppress_voice):
        return row
    return replace(row, suppress_email=email, suppress_sms=sms, suppress_voice=voice)
