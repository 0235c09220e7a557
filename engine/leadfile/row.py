"""What a leads file holds once read: usable rows, and an error for everything that was lost, changed or doubtful."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One lead as the file tells it; None where the file says nothing.

    It has an email or a phone number. The suppression flags hold for every address of the row.
    """

    line: int
    email: str | None = None
    phone_e164: str | None = None
    other_emails: tuple[str, ...] = ()  # further addresses of the same person, kept so that a stop covers them
    other_phones: tuple[str, ...] = ()
    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    country: str | None = None  # ISO 3166-1 alpha-2
    region: str | None = None  # ISO 3166-2 without the country where known, else as written
    timezone: str | None = None  # IANA name
    language: str | None = None  # BCP 47
    interest: str | None = None
    source: str | None = None
    notes: str | None = None
    cost_cents: int | None = None
    tags: tuple[str, ...] = ()
    suppress_email: bool = False
    suppress_sms: bool = False
    suppress_voice: bool = False
    # What the file claims about permission: facts to be shown and weighed, never consent by themselves.
    optin_time: str | None = None  # as written
    optin_source: str | None = None
    optin_wording: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowError:
    """One thing that was lost, changed or doubtful, and what to do about it."""

    line: int | None  # the first line of the row, counted from 1; None when it is about the whole file
    column: str | None = None
    value: str | None = None  # shortened, and masked where it is an address
    problem: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRow:
    """A row that nobody could be reached by, with its cells as they stood in the file."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadFile:
    """A leads file, read; without a usable row there is at least one error."""

    rows: tuple[Row, ...]
    errors: tuple[RowError, ...]
    titles: tuple[str, ...] = ()  # of its columns, as written
    mapping: tuple[tuple[str, str], ...] = ()  # what each column was taken for, by title; left out where for nothing
    refused: tuple[RefusedRow, ...] = ()
    merged: frozenset[int] = frozenset()  # lines of rows that were brought together with another of the same person

    def __post_init__(self) -> None:
        assert self.rows or self.errors


def to_json(leadfile: LeadFile) -> dict[str, Any]:
    """Return *leadfile* as plain data: `{"rows": [...], "errors": [...]}`."""
    return {"rows": [asdict(row) for row in leadfile.rows], "errors": [asdict(error) for error in leadfile.errors]}
