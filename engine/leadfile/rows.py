"""Turn one record of a leads file into a row, with an error for each cell that can't be used as it is."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from channels.address import InvalidAddress, mask
from engine.leadfile.cells import (
    CONTROLS,
    PLACEHOLDERS,
    DamagedNumber,
    cents,
    emails_in,
    one_line,
    phones_in,
    split_name,
    tags_in,
)
from engine.leadfile.headers import Columns, plain
from engine.leadfile.names import Field
from engine.leadfile.permission import Stop, claims, forbids, refuses, stops_of_status
from engine.leadfile.places import country_code, language_tag, region_code, zone_name
from engine.leadfile.records import Record
from engine.leadfile.row import Row, RowError


def row_of(record: Record, columns: Columns, country: str | None) -> tuple[Row | None, list[RowError]]:
    """Return the row that *record* tells, None where no lead could be reached by it, and what was wrong.

    *country* is where numbers without `+` are dialled when the row names no country.
    """
    reading = _Reading(record=record, columns=columns)
    if not reading.is_trustworthy():
        return None, reading.errors
    reading.clean()
    home = reading.known(Field.COUNTRY, country_code, "No country is called so.", "Write its two-letter code, as US.")
    emails = reading.addresses(Field.EMAIL, emails_in)
    phones = reading.addresses(Field.PHONE, lambda cell: phones_in(cell, home or country))
    if not emails and not phones:
        reading.lament()
        return None, reading.errors
    row = Row(
        line=record.line,
        email=next(iter(emails), None),
        phone_e164=next(iter(phones), None),
        other_emails=emails[1:],
        other_phones=phones[1:],
        country=home,
        **reading.facts(home),
        **reading.name(),
        **reading.permissions(),
    )
    return row, reading.errors


TEXT_CHARACTERS_MAX = 200
NOTES_CHARACTERS_MAX = 10_000
VALUE_CHARACTERS_MAX = 80  # of a value shown in an error

_TEXTS = {kind.value: kind for kind in (Field.COMPANY, Field.INTEREST, Field.SOURCE)}
_FLAGS = tuple((stop.value, stop) for stop in Stop)
_ADDRESSES = (Field.EMAIL, Field.PHONE)
_NOTHING = frozenset({"", "-", "--", "?", "n/a", "#n/a", "(blank)"})  # not "na" or "null": both are surnames
_DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}")


@dataclass(slots=True)
class _Reading:
    """One record while it is read; *errors* grows."""

    record: Record
    columns: Columns
    errors: list[RowError] = field(default_factory=list)

    def is_trustworthy(self) -> bool:
        """Return whether each cell surely stands in its own column, noting an error where not."""
        width, cells = len(self.columns.titles), self.record.cells
        if self.record.after_break and len(cells) != width:
            self.complain("The row doesn't have all its columns, after a quote that was never closed; it was left out.",
                          "Close the quote above, or export the file again.")  # fmt: skip
            return False
        if len(cells) <= width or not any(cell.strip() for cell in cells[width:]):
            return True
        remedy = "Put cells that hold the delimiter in quotes, or export the file again."
        if self.columns.tells_stops:
            # A stop may have moved to another column: better no row than a message after a stop.
            self.complain(f"The row has {len(cells)} cells under {width} headers; it was left out.", remedy)
            return False
        self.complain(f"The row has {len(cells)} cells under {width} headers; the last were not read.", remedy)
        return True

    def complain(self, problem: str, remedy: str, place: int | None = None, value: str | None = None) -> None:
        """Note an error in this row."""
        title = None if place is None else self.columns.title(place)
        shown = None if value is None else CONTROLS.sub("\ufffd", value)[:VALUE_CHARACTERS_MAX]
        self.errors.append(RowError(line=self.record.line, column=title, value=shown, problem=problem, remedy=remedy))

    def clean(self) -> None:
        """Take control characters out of every cell, except addresses: these are refused when damaged."""
        cells = self.record.cells
        if not CONTROLS.search("".join(cells)):
            return
        addresses = {place for kind in _ADDRESSES for place in self.columns.places.get(kind, ())}
        for place, cell in enumerate(cells):
            if place not in addresses and CONTROLS.search(cell):
                cells[place] = CONTROLS.sub("", cell)
                self.complain("The cell held control characters; they were taken out.", "Check the text.", place, cell)

    def cells(self, kind: Field) -> Sequence[tuple[int, str]]:
        """Return the cells of the columns of *kind* that say anything."""
        if (places := self.columns.places.get(kind)) is None:
            return ()
        found = []
        for place in places:
            if place < len(self.record.cells):
                cell = self.record.cells[place].strip()
                if cell.casefold() not in _NOTHING:
                    found.append((place, cell))
        return found

    def addresses(self, kind: Field, read: Callable[[str], list[str]]) -> tuple[str, ...]:
        """Return every address of *kind*, without repetition."""
        found: list[str] = []
        for place, cell in self.cells(kind):
            if cell.casefold() in PLACEHOLDERS:
                continue
            try:
                found.extend(read(cell))
            except DamagedNumber as error:
                remedy = "Format the column as text in the spreadsheet, enter the number anew and export again."
                self.complain(str(error), remedy, place, mask(cell))
            except InvalidAddress as error:
                remedy = _EMAIL_REMEDY if kind is Field.EMAIL else _PHONE_REMEDY
                self.complain(str(error), remedy, place, mask(cell))
        return tuple(dict.fromkeys(found))

    def lament(self) -> None:
        """Say that the row was left out for want of an address."""
        if self.errors:
            last = self.errors[-1]
            self.errors[-1] = replace(last, problem=f"{last.problem} The row has no other address and was left out.")
        else:
            self.complain("The row has neither an email address nor a phone number; it was left out.",
                          "Add one of them.")  # fmt: skip

    def text(self, kind: Field, characters_max: int = TEXT_CHARACTERS_MAX) -> str | None:
        """Return what the first column of *kind* that says anything says, None if none does."""
        for place, cell in self.cells(kind):
            if kind is not Field.NOTES:
                cell = one_line(cell)  # noqa: PLW2901 - the same cell, tidied
            if len(cell) <= characters_max:
                return cell or None
            self.complain(f"The text has {len(cell):,} characters; it was cut.",
                          f"Keep it under {characters_max:,}.", place, cell)  # fmt: skip
            return cell[:characters_max]
        return None

    def known(self, kind: Field, read: Callable[[str], Any], problem: str, remedy: str) -> Any:
        """Return what *read* makes of the first cell of *kind*; an error where it makes nothing of it."""
        for place, cell in self.cells(kind):
            value = read(cell)
            if value is None:
                self.complain(problem, remedy, place, cell)
            return value
        return None

    def facts(self, home: str | None) -> dict[str, Any]:
        """Return what the row tells about the lead, without name and permission."""
        region = self.text(Field.REGION)
        tags = [word for _, cell in self.cells(Field.TAGS) for word in tags_in(cell[:NOTES_CHARACTERS_MAX])]
        cost = self.known(Field.COST_CENTS, lambda cell: cents(cell, per_unit=1), *_COST)
        return {
            **{name: self.text(kind) for name, kind in _TEXTS.items()},
            "notes": self.text(Field.NOTES, NOTES_CHARACTERS_MAX),
            "region": None if region is None else region_code(region, home),
            "timezone": self.known(
                Field.TIMEZONE, zone_name, "No time zone is called so.", "Write it as Europe/Paris."
            ),
            "language": self.known(Field.LANGUAGE, language_tag, "No language is called so.", "Write it as en or es."),
            "tags": tuple(dict.fromkeys(tags)),
            "cost_cents": self.known(Field.COST, lambda cell: cents(cell, per_unit=100), *_COST)
            if cost is None
            else cost,
        }

    def name(self) -> dict[str, Any]:
        """Return given and family name, the half that has no column of its own taken from the full name."""
        first, last, full = (self.text(kind) for kind in (Field.FIRST_NAME, Field.LAST_NAME, Field.FULL_NAME))
        if full is not None:
            if first is None and last is None:
                first, last = split_name(full)
            elif first is None:
                first = full.removesuffix(f" {last}")
            elif last is None:
                last = full.removeprefix(f"{first} ") if full != first else None
        return {"first_name": first, "last_name": last}

    def permissions(self) -> dict[str, Any]:
        """Return what the row rules out, and what it claims about an opt-in."""
        stops: set[Stop] = set()
        time, source = self.text(Field.OPTIN_TIME), self.text(Field.OPTIN_SOURCE)
        for place, permission in self.columns.permissions:
            value = self.record.cells[place].strip() if place < len(self.record.cells) else ""
            if (refuses if permission.grants else forbids)(value):
                stops |= permission.stops
            elif permission.grants and claims(value):
                if _DATE.match(value):
                    time = time or value[:TEXT_CHARACTERS_MAX]
                source = source or f"{self.columns.title(place)}: {value}"[:TEXT_CHARACTERS_MAX]
        for _, cell in self.cells(Field.STATUS):
            stops |= _stops(cell[:VALUE_CHARACTERS_MAX])
        wording = self.text(Field.OPTIN_WORDING, NOTES_CHARACTERS_MAX)
        flags = {name: stop in stops for name, stop in _FLAGS}
        return {**flags, "optin_time": time, "optin_source": source, "optin_wording": wording}


_EMAIL_REMEDY = "Correct the address, as in name@company.com."
_PHONE_REMEDY = "Write it with + and the country code, or say the country: a country column, or --country."
_COST = ("This is not an amount of money.", "Write it as 35 or 35.00.")


@lru_cache(maxsize=1024)
def _stops(status: str) -> frozenset[Stop]:
    return stops_of_status(plain(status))
