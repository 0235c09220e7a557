"""Read rules from YAML. Every mistake is told with its file, its rule, its field, and what to write instead."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import available_timezones

import yaml

from channels.address import Channel
from consent.answer import Outcome
from consent.facts import Basis, Purpose, SuppressionReason
from consent.reasons import GateReason
from consent.rule import (
    AddressTerms,
    CapTerms,
    ConfirmationTerms,
    ConsentTerms,
    FailsafeTerms,
    GuardTerms,
    HoursTerms,
    Interval,
    Kind,
    NoteTerms,
    ProhibitionTerms,
    ReviewTerms,
    Rule,
    SuppressionTerms,
    Terms,
    WithdrawalTerms,
)


class RulebookError(ValueError):
    """A rule can't be read; the message names file, rule, field and remedy."""


class _Unreadable(ValueError):
    """One value is wrong; the caller knows where it stands."""


Row = dict[str, Any]
_Word = TypeVar("_Word", bound=StrEnum)


def read_rules(text: str, name: str) -> list[Rule]:
    """Return the rules written in *text*, in their order; *name* is the file's, for messages. Raises `RulebookError`."""
    try:
        page = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise RulebookError(f"{name}: this is no YAML: {error}. Mend it there.") from error
    if not isinstance(page, dict) or not isinstance(page.get("rules"), list):
        raise RulebookError(f"{name}: there is no list of rules. Write `rules:` and one `- id: ...` for each.")
    extra = set(page) - {"rules", "jurisdiction"}
    if extra:
        raise RulebookError(f"{name}: unknown field {min(extra)}. Above `rules:` only `jurisdiction:` may stand.")
    return [
        _rule(row, page.get("jurisdiction"), f"{name}: rule {number}") for number, row in enumerate(page["rules"], 1)
    ]


_COMMON = {"id", "jurisdiction", "channels", "purposes", "kind", "citation", "verified", "from", "until", "note"}


def _rule(row: object, jurisdiction: object, where: str) -> Rule:
    if not isinstance(row, dict) or not isinstance(row.get("id"), str):
        raise RulebookError(f"{where}: it has no id. Begin it with `- id: YOUR-NAME-FOR-IT`.")
    where = f"{where.rpartition(': ')[0]}: rule {row['id']}"
    kind = _field(row, "kind", where, lambda value: _word(Kind, value))
    known, read_terms = _KINDS[kind]
    unknown = sorted(set(row) - _COMMON - known)
    if unknown:
        fields = ", ".join(sorted(_COMMON | known))
        raise RulebookError(f"{where}: {unknown[0]}: a rule of kind {kind} has no such field. It may have: {fields}.")
    return Rule(
        id=row["id"],
        jurisdictions=_field({"jurisdiction": jurisdiction} | row, "jurisdiction", where, _jurisdictions),
        channels=_field(row, "channels", where, lambda value: _words(Channel, value)),
        purposes=_field({"purposes": ["marketing"]} | row, "purposes", where, lambda value: _words(Purpose, value)),
        kind=kind,
        terms=read_terms(row, where),
        citation=_field(row, "citation", where, _text),
        verified=_field(row, "verified", where, _flag),
        starts_at=_field({"from": None} | row, "from", where, lambda value: _midnight(value, -_EASTMOST)),
        ends_at=_field({"until": None} | row, "until", where, lambda value: _midnight(value, _WESTMOST)),
        note=_field({"note": ""} | row, "note", where, _text),
        waivers=_field({"waivers": ()} | row, "waivers", where, _texts),
    )


_Value = TypeVar("_Value")


def _field(row: Mapping[str, Any], name: str, where: str, read: Callable[[Any], _Value]) -> _Value:
    if name not in row:
        raise RulebookError(f"{where}: {name}: it is missing. Write `{name}: ...`.")
    try:
        return read(row[name])
    except _Unreadable as error:
        raise RulebookError(f"{where}: {name}: {error}") from error


# --- terms, by kind ---------------------------------------------------------------------------------------------------


def _suppression(row: Row, where: str) -> SuppressionTerms:
    return SuppressionTerms(reasons=_field(row, "reasons", where, lambda value: _words(SuppressionReason, value)))


def _withdrawal(row: Row, where: str) -> WithdrawalTerms:
    return WithdrawalTerms(honour_within=_field({"honour_within": ""} | row, "honour_within", where, _text))


def _review(row: Row, where: str) -> ReviewTerms:
    return ReviewTerms(every=_field(row, "every", where, _span))


def _prohibition(row: Row, where: str) -> ProhibitionTerms:
    return ProhibitionTerms(reason=_field(row, "reason", where, lambda value: _word(GateReason, value)))


def _consent(row: Row, where: str) -> ConsentTerms:
    business = row.get("from_business")
    return ConsentTerms(
        accepts=_field(row, "accepts", where, _bases),
        from_business=None if business in (None, "anything") else _field(row, "from_business", where, _bases),
        any_business=business == "anything",
    )


_DAYS = ("weekdays", "saturday", "sunday")


def _hours(row: Row, where: str) -> HoursTerms:
    weekdays, saturday, sunday = (_field(row, day, where, _intervals) for day in _DAYS)
    holiday = None if row.get("holidays") == "as usual" else _field(row, "holidays", where, _intervals)
    calendars = _field({"calendars": ()} | row, "calendars", where, _texts)
    if holiday is not None and not calendars:
        raise RulebookError(f"{where}: calendars: which holidays? Write for example `calendars: [US-FL]`.")
    return HoursTerms(
        week=(weekdays,) * 5 + (saturday, sunday),
        holiday=holiday,
        calendars=calendars,
        closed_on=_field({"closed_on": ()} | row, "closed_on", where, _month_days),
        zone=_field({"zone": None} | row, "zone", where, _zone),
    )


def _guard(row: Row, where: str) -> GuardTerms:
    return GuardTerms(minutes=_field(row, "before_close", where, _span) // timedelta(minutes=1))


def _cap(row: Row, where: str) -> CapTerms:
    return CapTerms(
        touches_max=_field(row, "touches_max", where, _count),
        within=_field(row, "within", where, _span),
        counts=_field(row, "counts", where, lambda value: _words(Channel, value)),
        counts_purposes=_field(
            {"counts_purposes": ["marketing", "service"]} | row,
            "counts_purposes",
            where,
            lambda value: _words(Purpose, value),
        ),
        full=_field({"full": "hold"} | row, "full", where, lambda value: _word(Outcome, value)),
        after_refusal=_field(row, "after_refusal", where, _span) if "after_refusal" in row else None,
    )


def _confirmation(row: Row, where: str) -> ConfirmationTerms:
    return ConfirmationTerms(within=_field(row, "within", where, _span), apart=_field(row, "apart", where, _span))


def _failsafe(row: Row, where: str) -> FailsafeTerms:
    return FailsafeTerms(patience=_field(row, "patience", where, _span))


_HOURS_FIELDS = {*_DAYS, "holidays", "calendars", "closed_on", "zone", "waivers"}
_CAP_FIELDS = {"touches_max", "within", "counts", "counts_purposes", "full", "after_refusal", "waivers"}
_KINDS: dict[Kind, tuple[set[str], Callable[[Row, str], Terms]]] = {
    Kind.ADDRESS: (set(), lambda _row, _where: AddressTerms()),
    Kind.SUPPRESSION: ({"reasons"}, _suppression),
    Kind.WITHDRAWAL: ({"honour_within"}, _withdrawal),
    Kind.REVIEW: ({"every"}, _review),
    Kind.PROHIBITION: ({"reason"}, _prohibition),
    Kind.CONSENT: ({"accepts", "from_business", "waivers"}, _consent),
    Kind.HOURS: (_HOURS_FIELDS, _hours),
    Kind.GUARD: ({"before_close"}, _guard),
    Kind.CAP: (_CAP_FIELDS, _cap),
    Kind.CONFIRMATION: ({"within", "apart"}, _confirmation),
    Kind.FAILSAFE: ({"patience"}, _failsafe),
    Kind.NOTE: (set(), lambda _row, _where: NoteTerms()),
}

# --- values -----------------------------------------------------------------------------------------------------------


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _Unreadable("write a text, in quotes if it looks like a number.")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise _Unreadable("write a list: [one, two].")
    return tuple(_text(item) for item in value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Unreadable("write true or false.")
    return value


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise _Unreadable("write a whole number from 1 on.")
    return value


def _word(words: type[_Word], value: Any) -> _Word:
    try:
        return words(value)
    except ValueError as error:
        raise _Unreadable(f"{value!r} is none of: {', '.join(words)}.") from error


def _words(words: type[_Word], value: Any) -> frozenset[_Word]:
    if value == "all":
        return frozenset(words)
    if not isinstance(value, list) or not value:
        raise _Unreadable(f"write `all` or a list of: {', '.join(words)}.")
    return frozenset(_word(words, item) for item in value)


_JURISDICTION = re.compile(r"\*|unknown|[A-Z]{2}(-([A-Z0-9]{1,3}|unknown))?")


def _jurisdictions(value: Any) -> frozenset[str]:
    found = frozenset(_texts(value if isinstance(value, list) else [value]))
    if not found or not all(_JURISDICTION.fullmatch(item) for item in found):
        raise _Unreadable('write a country as `US`, a state as `US-FL`, or "*" for everywhere.')
    return found


_SPAN = re.compile(r"(\d{1,4}) (minute|hour|day)s?")


def _span(value: Any) -> timedelta:
    found = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if found is None or int(found[1]) == 0:
        raise _Unreadable("write a length of time as `15 minutes`, `24 hours` or `30 days`.")
    return timedelta(**{f"{found[2]}s": int(found[1])})


def _bases(value: Any) -> dict[Basis, int | None]:
    if not isinstance(value, dict) or not value:
        raise _Unreadable("write each basis with how long it lasts: `{express: always, implied_inquiry: 6 months}`.")
    return {_word(Basis, basis): _months(lasting) for basis, lasting in value.items()}


def _months(value: Any) -> int | None:
    if value == "always":
        return None
    found = re.fullmatch(r"(\d{1,3}) months?", value) if isinstance(value, str) else None
    if found is None or int(found[1]) == 0:
        raise _Unreadable("say how long it lasts: `always`, or a number of months as `6 months`.")
    return int(found[1])


_INTERVAL = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)")


def _intervals(value: Any) -> tuple[Interval, ...]:
    if value == "closed":
        return ()
    found = [_INTERVAL.fullmatch(part.strip()) for part in value.split(",")] if isinstance(value, str) else [None]
    intervals = tuple(_minutes(match) for match in found if match)
    ordered = [minute for interval in intervals for minute in interval]
    if len(intervals) < len(found) or ordered != sorted(set(ordered)):
        raise _Unreadable('write `closed`, or times in their order as "10:00-13:00, 14:00-20:00".')
    return intervals


def _minutes(match: re.Match[str]) -> Interval:
    end = 24 * 60 if match[3] is None else int(match[3]) * 60 + int(match[4])
    return int(match[1]) * 60 + int(match[2]), end


def _month_days(value: Any) -> frozenset[tuple[int, int]]:
    try:
        days = [date.fromisoformat(f"2024-{day}") for day in _texts(value)]
    except ValueError as error:
        raise _Unreadable('write days of the year as ["01-08", "12-24"].') from error
    return frozenset((day.month, day.day) for day in days)


def _zone(value: Any) -> str | None:
    if value is not None and value not in available_timezones():
        raise _Unreadable("write a time zone by its IANA name, as `America/Chicago`.")
    return None if value is None else _text(value)


# A rule counts from the first moment at which its date has come anywhere, to the last at which it hasn't ended somewhere.
_EASTMOST = timedelta(hours=14)
_WESTMOST = timedelta(hours=12)


def _midnight(value: Any, shift: timedelta) -> datetime | None:
    if value is None:
        return None
    if type(value) is not date:
        raise _Unreadable("write a date as 2026-08-11.")
    return datetime(value.year, value.month, value.day, tzinfo=UTC) + shift
