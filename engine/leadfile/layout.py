"""Find the headers of a leads file, or tell its columns by what stands in them where it has none."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from channels.address import InvalidAddress
from engine.leadfile.cells import emails_in, phones_in
from engine.leadfile.decode import Unreadable
from engine.leadfile.headers import Columns, columns_of, plain
from engine.leadfile.names import Field
from engine.leadfile.records import Record
from engine.leadfile.row import RowError

_HEADER_WITHIN = 10  # some programs write a title or two above the headers
_SHOWN_MAX = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What the columns of a file mean, and the records that were read to find out."""

    columns: Columns
    records: tuple[Record, ...]
    errors: tuple[RowError, ...]


def find_layout(records: Iterator[Record], country: str | None) -> Layout:
    """Take a few of *records* and return what the columns mean; raises `Unreadable` where no address is found."""
    head = list(islice(records, _HEADER_WITHIN))
    if head and head[0].after_break:
        # Going on without headers could pass over a column of stops.
        raise Unreadable(
            "The header line can't be read: a quote in it is never closed.", "Close the quote, or export again."
        )
    for place, record in enumerate(head):
        if any(_is_email(cell) for cell in record.cells):
            break
        columns = columns_of([cell.strip() for cell in record.cells])
        if columns.has_address:
            errors = [*_skipped(head[:place]), *_doubled(columns, record.line)]
            return Layout(columns=columns, records=tuple(head[place + 1 :]), errors=tuple(errors))
    return _without_headers(head, country)


def _skipped(head: Sequence[Record]) -> list[RowError]:
    problem = "This line stands above the headers and was not read."
    return [RowError(line=record.line, problem=problem, remedy="Nothing, if it is a title.") for record in head]


# Several columns of these are read together, so that a second one takes nothing away.
_READ_TOGETHER = frozenset({Field.STATUS, Field.TAGS})


def _doubled(columns: Columns, line: int) -> list[RowError]:
    """Return an error for each name that stands twice, and each field that two columns claim."""
    names = [plain(title) for title in columns.titles]
    groups = [
        places
        for kind, places in columns.places.items()
        if kind not in _READ_TOGETHER and len({names[place] for place in places}) > 1
    ]
    for name, count in Counter(names).items():
        twins = tuple(place for place in range(len(names)) if names[place] == name)
        if name and count > 1 and not any(set(twins) <= set(group) for group in groups):
            groups.append(twins)
    return [
        RowError(
            line=line,
            column=columns.title(group[0]),
            problem=f"The columns {_listed(columns, group)} tell the same; the first that is filled was used.",
            remedy="Remove all but one, if they differ.",
        )
        for group in groups
    ]


def _listed(columns: Columns, places: Sequence[int]) -> str:
    return ", ".join(f"{place + 1} ({columns.title(place)[:40]})" for place in places[:_SHOWN_MAX])


def _without_headers(head: Sequence[Record], country: str | None) -> Layout:
    """Return the layout of a file that begins with data."""
    first = head[0] if head else None
    places = {} if first is None else _by_content(first, head, country)
    if first is None or not places:
        raise _no_address(head)
    width = max(len(record.cells) for record in head)
    taken = {place for found in places.values() for place in found}
    # Without a header a stop can only show itself by its words, so every other column is listened to.
    places[Field.STATUS] = tuple(place for place in range(width) if place not in taken)
    columns = Columns(titles=("",) * width, places=places, permissions=())
    found = ", ".join(f"{kind.value} in column {places[kind][0] + 1}" for kind in places if kind is not Field.STATUS)
    error = RowError(
        line=first.line,
        problem=f"The file has no header line; only {found} could be told.",
        remedy="Add a line with the names of the columns: Email, Phone, First name, Last name, Company.",
    )
    return Layout(columns=columns, records=tuple(head), errors=(error,))


def _by_content(first: Record, head: Sequence[Record], country: str | None) -> dict[Field, tuple[int, ...]]:
    emails: Counter[int] = Counter()
    phones: Counter[int] = Counter()
    for record in head:
        for place, cell in enumerate(record.cells):
            if _is_email(cell):
                emails[place] += 1
            elif _is_phone(cell, country):
                phones[place] += 1
    starts_with_data = any(_is_email(cell) or _is_phone(cell, country) for cell in first.cells)
    if not starts_with_data:
        return {}
    found = ((Field.EMAIL, emails), (Field.PHONE, phones))
    return {kind: (counts.most_common(1)[0][0],) for kind, counts in found if counts}


def _is_email(cell: str) -> bool:
    if "@" not in cell:
        return False
    try:
        return bool(emails_in(cell))
    except InvalidAddress:
        return False


def _is_phone(cell: str, country: str | None) -> bool:
    if not any(character.isdecimal() for character in cell) or any(character.isalpha() for character in cell):
        return False
    try:
        return bool(phones_in(cell, country))
    except InvalidAddress:
        return False


def _no_address(head: Sequence[Record]) -> Unreadable:
    if not head:
        return Unreadable("The file holds no rows.", "Export the leads again, with a header line and one lead a line.")
    titles = [cell.strip()[:40] for cell in head[0].cells if cell.strip()]
    shown = ", ".join(titles[:_SHOWN_MAX])
    return Unreadable(
        f"No column holds an email address or a phone number. The headers are: {shown}.",
        "Call the column with the addresses Email, or the one with the numbers Phone.",
    )
