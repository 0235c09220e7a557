"""The ways to name a day, each read by one function, in English, Spanish and French at once.

A season or a quarter means its first day, a week its Monday; "after" a day means the next one. Two weeks is a day, not
a Monday: who counts weeks counts from today.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dateutil.easter import easter
from dateutil.relativedelta import relativedelta

from consent.until_words import COUNT, DAY_PARTS, MONTHS, NAMED_DAYS, SEASONS, UNITS, WEEKDAYS, any_of

YEARS_MAX = 2  # a later date is no plan; it is brought back to this
_DAYS_MAX = 366 * YEARS_MAX
_HOURS_MAX = 72  # more is no time of day but a slip
_YEAR_MONTHS = 12
_CENTURY = 100


@dataclass(frozen=True, slots=True)
class Named:
    """A day, and where in the text it is named."""

    start: int
    end: int
    day: date | datetime | None  # None: a day is named that can't be, or lies behind


def slash_dates(folded: str, at: datetime, language: str | None) -> Iterator[Named]:
    """Yield the dates written 3/4 or 3/4/27, where their order is certain."""
    for match in _SLASHED.finditer(folded):
        first, second = int(match[1]), int(match[2])
        year = int(match[3] or 0)
        year += 2000 if 0 < year < _CENTURY else 0
        day_first = language in ("es", "fr") or first > _YEAR_MONTHS or _SPEAKS_DAY_FIRST.search(folded) is not None
        if not day_first and second <= _YEAR_MONTHS and first != second:
            continue  # 3/4 is March or April
        day, month = (first, second) if day_first else (second, first)
        found = _coming(year, month, day, at.date())
        yield Named(match.start(), match.end(), found)


def _after_count(match: re.Match[str], at: datetime) -> date | datetime | None:
    count = COUNT.get(match["count"] or "a") or int(match["count"])
    unit = UNITS[match["unit"]]
    if match["half"]:
        return {"hours": at + timedelta(minutes=30), "years": (at + relativedelta(months=6)).date()}.get(unit)
    if unit in ("minutes", "hours"):
        return at + timedelta(**{unit: count}) if count <= _HOURS_MAX else None
    months = {"months": 1, "quarters": 3, "years": 12}.get(unit)
    if months is not None:
        return (at + relativedelta(months=min(months * count, YEARS_MAX * _YEAR_MONTHS))).date()
    return at.date() + timedelta(days=min(count, _DAYS_MAX) * (7 if unit == "weeks" else 1))


def _next_unit(match: re.Match[str], at: datetime) -> date | None:
    unit = UNITS[match["unit1"] or match["unit2"]]
    today = at.date()
    if unit == "weeks":
        return today + timedelta(days=7 - today.weekday())
    if unit == "months":
        return today.replace(day=1) + relativedelta(months=1)
    if unit == "quarters":
        return today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1) + relativedelta(months=3)
    return date(today.year + 1, 1, 1) if unit == "years" else None


def _tomorrow(match: re.Match[str], at: datetime) -> date:
    return at.date() + timedelta(days=2 if match["after"] else 1)


def _weekend(match: re.Match[str], at: datetime) -> date:
    saturday = at.date() + timedelta(days=(5 - at.date().weekday()) % 7 or 7)
    return saturday + timedelta(days=2) if match["after"] else saturday


def _weekday(match: re.Match[str], at: datetime) -> date:
    today = at.date()
    wanted = WEEKDAYS[match["weekday"]]
    if match["next"] or match["comes"]:
        # "next Friday" on a Wednesday: the later reading never comes too early.
        if "que viene" in match.group():
            return today + timedelta(days=(wanted - today.weekday()) % 7 or 7)
        return today + timedelta(days=7 - today.weekday() + wanted)
    return today + timedelta(days=(wanted - today.weekday()) % 7 or 7)


def _day_and_month(match: re.Match[str], at: datetime) -> date | None:
    month = MONTHS[match["month1"] or match["month2"]]
    return _coming(int(match["year1"] or match["year2"] or 0), month, int(match["day1"] or match["day2"]), at.date())


def _month(match: re.Match[str], at: datetime) -> date | None:
    month = MONTHS[match["month"]]
    year = int(match["year"] or 0)
    part = DAY_PARTS.get(match["part"] or "", "early")
    found = _coming(year, month, _DAY_OF_PART[part], at.date())
    is_this_year = found is not None and found.year == at.year
    return _coming(at.year + 1, month, 1, at.date()) if is_this_year and _NEXT_YEAR.search(match.string) else found


def _day_of_month(match: re.Match[str], at: datetime) -> date | None:
    day = int(match["day"])
    for months in range(1 if day <= at.day else 0, 4):
        first = at.date().replace(day=1) + relativedelta(months=months)
        try:
            return first.replace(day=day)
        except ValueError:
            continue
    return None


def _quarter(match: re.Match[str], at: datetime) -> date | None:
    number = COUNT[match["nth"]] if match["nth"] else int(match["number"])
    return _coming(int(match["year"] or 0), number * 3 - 2, 1, at.date())


def _season(match: re.Match[str], at: datetime) -> date | None:
    month, day = SEASONS[match["season"]]
    if match["over"]:
        month, day = {3: (6, 21), 6: (9, 1), 9: (12, 1), 12: (3, 1)}[month]
    return _coming(0, month, day, at.date())


def _end_of(match: re.Match[str], at: datetime) -> date | None:
    today = at.date()
    unit = UNITS[match["unit"]]
    ends = {
        "weeks": today + timedelta(days=(4 - today.weekday()) % 7),
        "months": today.replace(day=1) + relativedelta(months=1, days=-1),
        "quarters": today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1) + relativedelta(months=3, days=-1),
        "years": date(today.year, 12, 31),
    }
    return ends.get(unit)


def _named_day(match: re.Match[str], at: datetime) -> date | None:
    month, day = NAMED_DAYS[match["name"]]
    return _coming(0, month, day, at.date())


def _easter(match: re.Match[str], at: datetime) -> date:
    # Easter Monday is a holiday in much of the world: "after Easter" starts on the Tuesday.
    shift = timedelta(days=-7 if match["before"] else 2)
    this_year = easter(at.year) + shift
    return this_year if this_year > at.date() else easter(at.year + 1) + shift


def _thanksgiving(_match: re.Match[str], at: datetime) -> date:
    def monday_after(year: int) -> date:
        first = date(year, 11, 1)
        return first + timedelta(days=(3 - first.weekday()) % 7 + 21 + 4)

    return monday_after(at.year) if monday_after(at.year) > at.date() else monday_after(at.year + 1)


def _iso(match: re.Match[str], _at: datetime) -> date | None:
    try:
        return date.fromisoformat(match.group())
    except ValueError:
        return None


def _coming(year: int, month: int, day: int, today: date) -> date | None:
    """Return the given day, or without a *year* the next such day after *today*; None when past or impossible."""
    for candidate in (year,) if year else (today.year, today.year + 1):
        try:
            found = date(candidate, month, day)
        except ValueError:
            continue
        if found > today:
            return found
    return None


_NEXT = r"(?:next|proxim[oa]|siguiente|prochaine?|suivante?|following)"
_COMES = r"(?:que viene|que entra|proxim[oa]|siguiente|entrante|prochaine?|suivante?|qui vient|d apres|pro)"
_NEXT_YEAR = re.compile(rf"\b(?:{_NEXT} (?:year|ano|annee)|(?:ano|an|annee) {_COMES})\b")
_DAY_OF_PART = {"early": 1, "mid": 15, "late": 25}
_COUNT = rf"(?P<count>\d{{1,3}}|{any_of(COUNT)})"
_UNIT = any_of(UNITS)
_WEEKDAY = any_of(WEEKDAYS)
_MONTH = any_of(MONTHS)
_YEAR = r"20\d\d"
_ORDINAL = r"(?:st|nd|rd|th|er)?"

# These three are words of their own too: "it may work", "mar adentro", "mars".
_BARE_MONTH = any_of(month for month in MONTHS if month not in ("may", "mar", "mars"))
_IN = ("in ", "by ", "of ", "en ", "til ", "till ", "until ", "mid ", "late ", "early ", "next ", "after ", "before ")
_IN_FRENCH = ("en ", "avant ", "apres ", "debut ", "fin ", "mi ", "de ")
_ODD_MONTH = "|".join(
    [rf"(?<={word})may" for word in _IN]
    + [rf"(?<={word})mar" for word in _IN]
    + [rf"(?<={word})mars" for word in _IN_FRENCH]
)

_Read = Callable[[re.Match[str], datetime], date | datetime | None]


def _reader(read: _Read, *parts: str) -> tuple[re.Pattern[str], _Read]:
    return re.compile(rf"\b(?:{''.join(parts)})"), read


READERS: tuple[tuple[re.Pattern[str], _Read], ...] = (
    # First, for of two readings as long the earlier counts: "the first quarter" is no quarter from now.
    _reader(
        _quarter,
        r"(?:[qt] ?(?P<number>[1-4])|(?P<nth>first|second|third|fourth|1st|2nd|3rd|4th|primer|segundo|tercer|cuarto",
        r"|premier|deuxieme|troisieme|quatrieme|1er|2e|3e|4e) (?:quarter|trimestre))\b",
        rf"(?: (?:of |de )?(?P<year>{_YEAR}))?",
    ),
    _reader(
        _after_count,
        rf"(?<!last )(?<!past )(?<!hace )(?<!once )(?:(?P<half>half (?:an? )?|media |une? demi )|{_COUNT} )",
        rf"(?:(?:of|more|good|full|business|working|other) )*(?P<unit>{_UNIT})\b(?! (?:ago|old))(?<!\bone day)",
    ),
    _reader(_next_unit, rf"(?:{_NEXT} (?P<unit1>{_UNIT})|(?P<unit2>{_UNIT}) {_COMES})\b"),
    _reader(_tomorrow, r"(?P<after>day after |pasado |apres )?(?:tomorrow|(?<!la )(?<!de )manana|demain)\b"),
    _reader(_weekend, r"(?P<after>after )?(?:the |this )?(?:weekend|fin de semana|week end)\b"),
    _reader(_weekday, rf"(?P<next>{_NEXT} )?(?P<weekday>{_WEEKDAY})\b(?P<comes> {_COMES})?"),
    _reader(
        _day_and_month,
        rf"(?:{_WEEKDAY} (?:, )?(?:the |le |el )?)?(?:(?P<day1>\d{{1,2}}){_ORDINAL} (?:of |de )?(?P<month1>{_MONTH})\b",
        rf"(?:(?: ,)? (?:de |del )?(?P<year1>{_YEAR}))?",
        rf"|(?P<month2>{_MONTH}) (?:the )?(?P<day2>\d{{1,2}}){_ORDINAL}\b(?:(?: ,)? (?P<year2>{_YEAR}))?)",
    ),
    _reader(
        _month,
        rf"(?:(?P<part>{any_of(DAY_PARTS)}) (?:of |in |de )?)?(?P<month>{_BARE_MONTH}|{_ODD_MONTH})\b",
        rf"(?:(?: ,)? (?:de |del )?(?P<year>{_YEAR}))?",
    ),
    _reader(
        _day_of_month,
        r"(?:(?:on the|the|el dia|el|le|jusqu au) |(?:(?<=post )|(?<=past )|(?<=after )|(?<=until )|(?<=till )|(?<=by ))(?=\d+[a-z]))",
        rf"(?P<day>[12]?\d|3[01]){_ORDINAL}\b(?! (?:of|de|\d|\w*h\b))(?![:/.])",
    ),
    _reader(
        _season,
        r"(?:(?P<over>after|despues del?|apres)(?: the| el| la| l)?|early|late|mid|this|next|the|in|el|la|cet|l|en|au|until|till?"
        r"|del?|est[ae]|proxim[oa]|para|avant|before|by|come)",
        rf"(?: (?:the|el|la|le|l|next|early|late))* (?P<season>{any_of(SEASONS)})\b",
    ),
    _reader(_end_of, rf"(?:end|fin|finales|final) (?:of |de |del |d )?(?:the |this |la |el |l )?(?P<unit>{_UNIT})\b"),
    _reader(_named_day, rf"(?P<name>{any_of(NAMED_DAYS)})\b"),
    _reader(_easter, r"(?P<before>before |by |antes de |avant )?(?:easter|semana santa|pascua|paques)\b"),
    _reader(_thanksgiving, r"thanksgiving\b"),
    _reader(_iso, r"20\d\d-\d\d-\d\d\b"),
)

# "After Tuesday" is Wednesday; "after Christmas" and "after the summer" have days of their own.
EXACT = frozenset({_weekday, _day_and_month, _day_of_month})

_SLASHED = re.compile(r"(?<![\d/])(\d{1,2})[/.](\d{1,2})(?:[/.](\d{4}|\d{2}))?(?![\d/])")
_SPEAKS_DAY_FIRST = re.compile(r"\b(?:hasta|el|jusqu|le|du|au|vuelvo|regreso|retour)\b")
