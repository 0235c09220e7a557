"""Read a file of consents and stops with what proves them: a row is understood, made weaker, or refused with the reason.

What is missing never makes a permission stronger, and never a stop weaker: a stop counts however poor its row is.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time

from dateutil import parser

from channels.address import Address, AddressKind, Channel, InvalidAddress, kind_of, mask
from consent.facts import Basis, FactKind, Purpose
from consent.proof import Proof
from engine.leadfile.cells import emails_in, phones_in
from engine.leadfile.consent_names import BASES, CHANNELS, HEADERS, KINDS, PURPOSES, Column
from engine.leadfile.decode import Unreadable, decode
from engine.leadfile.headers import columns_of, plain
from engine.leadfile.json_lines import records_in
from engine.leadfile.names import Field
from engine.leadfile.row import RowError

NEEDS_DATE = "A grant needs the instant at which it was given."
NEEDS_WORDING = "Written consent without the words that were agreed to proves nothing."
HOW_TO_DATE = "Write it as 2025-03-04T15:00:00Z or 2025-03-04."
_WORDY = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRow:
    """One row that can be used. *at* is None for a stop without a date that can be read: it counts from now."""

    line: int
    kind: FactKind
    addresses: tuple[Address, ...]
    channels: frozenset[Channel]
    basis: Basis
    at: datetime | None
    purpose: Purpose | None
    topic: str | None
    expires_at: datetime | None
    recorded_by: str
    source: str
    proof: Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentFile:
    """What a file holds: rows that can be used, what was refused, and what was taken as less than it said."""

    rows: tuple[ConsentRow, ...]
    refused: tuple[RowError, ...]
    remarks: tuple[RowError, ...]


class _Refused(ValueError):
    def __init__(self, column: Column | None, problem: str, remedy: str, value: str = "") -> None:
        super().__init__(problem)
        self.column, self.problem, self.remedy, self.value = column, problem, remedy, value


def read_consents(data: bytes, *, name: str, country: str | None = None) -> ConsentFile:
    """Read the consents in *data*, a CSV file called *name*; numbers without `+` are of *country*. Never raises."""
    try:
        text, doubts = decode(data)
    except Unreadable as unreadable:
        return ConsentFile(rows=(), refused=(unreadable.error,), remarks=())
    rows: list[ConsentRow] = []
    refused: list[RowError] = []
    remarks: list[RowError] = list(doubts)
    reader: _Reader | None = None
    for record in records_in(text):
        if isinstance(record, RowError):
            refused.append(record)
        elif reader is None:
            reader = _Reader([cell.strip() for cell in record.cells], name, country)
            if not reader.places.get(Column.ADDRESS):
                problem = "No column holds an email address or a phone number."
                refused.append(RowError(line=record.line, problem=problem, remedy="Call one Address, Email or Phone."))
                break
        else:
            try:
                row, said = reader.read(record.line, record.cells)
            except _Refused as error:
                title = reader.title(error.column) if error.column else None
                refused.append(
                    RowError(
                        line=record.line, column=title, value=error.value or None, problem=error.problem,
                        remedy=error.remedy,
                    )
                )  # fmt: skip
            else:
                rows.append(row)
                remarks += said
    if not rows and not refused:
        refused.append(RowError(line=None, problem="The file holds no row.", remedy="Write one consent a line."))
    return ConsentFile(rows=tuple(rows), refused=tuple(refused), remarks=tuple(remarks))


def proofs_beside_leads(data: bytes, titles: Sequence[str], *, name: str, country: str | None = None) -> ConsentFile:
    """Return the consents that a leads file with these *titles* proves: by channel, instant and the words agreed to.

    A file without a column for each of the three proves none. Stops are read with the leads themselves.
    """
    known = {HEADERS.get(plain(title)) for title in titles}
    if not {Column.CHANNEL, Column.AT, Column.WORDING} <= known:
        return ConsentFile(rows=(), refused=(), remarks=())
    found = read_consents(data, name=name, country=country)
    rows = tuple(row for row in found.rows if row.kind is FactKind.GRANTED and row.proof.wording)
    return ConsentFile(rows=rows, refused=found.refused, remarks=found.remarks)


class _Reader:
    """Knows what the columns of one file mean."""

    def __init__(self, titles: Sequence[str], name: str, country: str | None) -> None:
        self._titles, self._name, self._country = titles, name, country
        self.places: dict[Column, list[int]] = {}
        known = columns_of(titles).places
        for place, title in enumerate(titles):
            if plain(title) in HEADERS:
                self.places.setdefault(Column(HEADERS[plain(title)]), []).append(place)
        addresses = [place for one in (Field.EMAIL, Field.PHONE) for place in known.get(one, ())]
        taken = {place for places in self.places.values() for place in places}
        found = [*self.places.get(Column.ADDRESS, []), *(place for place in addresses if place not in taken)]
        self.places[Column.ADDRESS] = found

    def title(self, column: Column) -> str:
        """Return how the file calls *column*."""
        places = self.places.get(column)
        return self._titles[places[0]] if places else str(column)

    def read(self, line: int, cells: Sequence[str]) -> tuple[ConsentRow, list[RowError]]:
        """Return the row in *cells*, with what was taken as less; raises `_Refused`."""
        said = {column: self._said(column, cells) for column in Column}
        addresses = self._addresses(cells)
        kind = self._kind(said[Column.KIND])
        read = self._stop if kind is FactKind.WITHDRAWN else self._grant
        return read(line, said, addresses)

    def _said(self, column: Column, cells: Sequence[str]) -> str:
        places = self.places.get(column, ())
        return next((cells[place].strip() for place in places if place < len(cells) and cells[place].strip()), "")

    def _addresses(self, cells: Sequence[str]) -> tuple[Address, ...]:
        found: list[Address] = []
        wrong = ""
        for place in self.places[Column.ADDRESS]:
            text = cells[place].strip() if place < len(cells) else ""
            if not text:
                continue
            try:
                if "@" in text:
                    found += [Address(AddressKind.EMAIL, one) for one in emails_in(text)]
                else:
                    found += [Address(AddressKind.PHONE, one) for one in phones_in(text, self._country)]
            except InvalidAddress:
                wrong = text
        if not found:
            problem = "This is no address that can be reached." if wrong else "The row names no address."
            remedy = "Write an email address, or a number with + and the country code."
            raise _Refused(Column.ADDRESS, problem, remedy, mask(wrong)[:80] if wrong else "")
        return tuple(dict.fromkeys(found))

    def _kind(self, text: str) -> FactKind:
        if not text and Column.KIND not in self.places:
            return FactKind.GRANTED
        kind = KINDS.get(plain(text))
        if kind is None:
            problem = "Whether this was granted or withdrawn can't be told."
            raise _Refused(Column.KIND, problem, "Write granted or withdrawn.", text[:80])
        return FactKind(kind)

    def _grant(
        self, line: int, said: Mapping[Column, str], addresses: tuple[Address, ...]
    ) -> tuple[ConsentRow, list[RowError]]:
        channels = _channels(said[Column.CHANNEL])
        reached = {kind_of(one) for one in channels} & {one.kind for one in addresses}
        if not channels or {kind_of(one) for one in channels} != reached:
            problem = (
                "The row names no channel." if not channels else "A channel needs an address the row doesn't name."
            )
            remedy = "Write email for an email address; sms, voicemail or call for a number."
            raise _Refused(Column.CHANNEL, problem, remedy, said[Column.CHANNEL][:80])
        at = _instant(said[Column.AT], latest=False)
        if at is None:
            raise _Refused(Column.AT, NEEDS_DATE, HOW_TO_DATE, said[Column.AT][:80])
        basis, remarks = self._basis(line, said)
        row = self._row(line, FactKind.GRANTED, said, addresses, channels)
        return _with(row, basis=basis, at=at, purpose=_purpose(said), expires_at=_expires(said)), remarks

    def _basis(self, line: int, said: Mapping[Column, str]) -> tuple[Basis, list[RowError]]:
        text, wording = said[Column.BASIS], said[Column.WORDING]
        basis = Basis(BASES.get(plain(text), Basis.NONE)) if text else Basis.EXPRESS
        if basis is Basis.NONE:
            remedy = f"Write one of {', '.join(sorted(set(BASES.values())))}."
            raise _Refused(Column.BASIS, "No such basis is known.", remedy, text[:80])
        if basis is Basis.EXPRESS_WRITTEN and not wording:
            remedy = "Add the exact words that were shown, or write express, which is less."
            raise _Refused(Column.WORDING, NEEDS_WORDING, remedy)
        if basis is Basis.EXPRESS and not wording:
            problem = "The words that were agreed to are not given: counted as express consent at most."
            return basis, [RowError(line=line, column=self.title(Column.WORDING), problem=problem, remedy="Add them.")]
        return basis, []

    def _stop(
        self, line: int, said: Mapping[Column, str], addresses: tuple[Address, ...]
    ) -> tuple[ConsentRow, list[RowError]]:
        kinds = {one.kind for one in addresses}
        channels = frozenset(one for one in _channels_or_none(said[Column.CHANNEL]) or () if kind_of(one) in kinds)
        remarks = []
        if not channels:
            channels = frozenset(one for one in Channel if kind_of(one) in kinds)
            if said[Column.CHANNEL]:
                problem = "Which channel was stopped can't be told: every channel of the address is."
                remarks.append(
                    RowError(line=line, column=self.title(Column.CHANNEL), problem=problem, remedy="Nothing.")
                )
        at = _instant(said[Column.AT], latest=True)
        if at is None and said[Column.AT]:
            problem = "When it was stopped can't be told: it counts from now."
            remarks.append(RowError(line=line, column=self.title(Column.AT), problem=problem, remedy=HOW_TO_DATE))
        text = plain(said[Column.PURPOSE])
        purpose = Purpose(PURPOSES[text]) if PURPOSES.get(text) else None
        if not text and channels == {Channel.EMAIL}:
            purpose = Purpose.MARKETING  # as a stop by mail does
        row = self._row(line, FactKind.WITHDRAWN, said, addresses, channels)
        return _with(row, basis=Basis.NONE, at=at, purpose=purpose, expires_at=None), remarks

    def _row(
        self,
        line: int,
        kind: FactKind,
        said: Mapping[Column, str],
        addresses: tuple[Address, ...],
        channels: frozenset[Channel],
    ) -> ConsentRow:
        proof = Proof(
            wording=said[Column.WORDING],
            page=said[Column.PAGE],
            ip=said[Column.IP],
            user_agent=said[Column.USER_AGENT],
            form=said[Column.FORM],
            revision=said[Column.REVISION],
            act=said[Column.ACT],
            seller=said[Column.SELLER],
            evidence=said[Column.EVIDENCE],
            origin=f"{self._name}:{line}" + (f" ({said[Column.SOURCE]})" if said[Column.SOURCE] else ""),
        )
        return ConsentRow(
            line=line, kind=kind, addresses=addresses, channels=channels, basis=Basis.NONE, at=None, purpose=None,
            topic=said[Column.TOPIC][:80] or None, expires_at=None, recorded_by=said[Column.RECORDED_BY][:80],
            source=said[Column.SOURCE][:80], proof=proof,
        )  # fmt: skip


def _with(
    row: ConsentRow, *, basis: Basis, at: datetime | None, purpose: Purpose | None, expires_at: datetime | None
) -> ConsentRow:
    return replace(row, basis=basis, at=at, purpose=purpose, expires_at=expires_at)


def _channels_or_none(text: str) -> frozenset[Channel] | None:
    words = [plain(one) for one in re.split(r"[,;|/+&]", text) if one.strip()]
    if not all(word in CHANNELS for word in words):
        return None
    return frozenset(Channel(CHANNELS[word]) for word in words)


def _channels(text: str) -> frozenset[Channel]:
    found = _channels_or_none(text)
    if found is None:
        remedy = "Write email, sms, voicemail or call, several with commas between."
        raise _Refused(Column.CHANNEL, "No such channel is known.", remedy, text[:80])
    return found


def _purpose(said: Mapping[Column, str]) -> Purpose | None:
    text = said[Column.PURPOSE]
    if not text:
        return Purpose.MARKETING
    word = PURPOSES.get(plain(text))
    if word is None:
        raise _Refused(Column.PURPOSE, "No such purpose is known.", "Write marketing, service or all.", text[:80])
    return Purpose(word) if word else None


def _expires(said: Mapping[Column, str]) -> datetime | None:
    text = said[Column.EXPIRES]
    if not text:
        return None
    found = _instant(text, latest=False)
    if found is None:
        raise _Refused(Column.EXPIRES, "When it ends can't be read.", HOW_TO_DATE, text[:80])
    return found


def _instant(text: str, *, latest: bool) -> datetime | None:
    """Return the instant in *text*, in UTC where it names no zone; of a day alone the last or the first moment.

    3/4/2025 is a day in March here and in April there, so it is none.
    """
    text = text.strip()
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        if not _WORDY.search(text):
            return None
        try:
            found = parser.parse(text, default=datetime(1, 1, 1, tzinfo=None))  # noqa: DTZ001 - zone is told below
        except (ValueError, OverflowError):
            return None
        if found.year == 1:
            return None
    if latest and not re.search(r"\d:\d|T\d", text):
        found = datetime.combine(found.date(), time.max, found.tzinfo)
    try:
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError:
        return None
