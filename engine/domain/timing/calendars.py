"""On which days people work, by country and region.

Public holidays come from the `holidays` library, with the days they are observed on. Building a year takes
milliseconds, so each is built once.
"""

import warnings
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

import holidays

from engine.domain.timing.places import Place
from engine.domain.timing.regions import country_code, region_code

_DAY: Final = timedelta(days=1)
_WEEKEND: Final = frozenset({6, 7})  # ISO weekdays, where nothing better is known

# Without a region a country's own calendar holds only what all its parts share. Where one part holds nearly all
# the people, its holidays are the better guess: England and Wales are nine in ten of the United Kingdom.
_USUAL_REGION: Final = {"GB": "ENG"}


def add_business_days(start: date, days: int, place: Place) -> date:
    """Return the business day *days* after *start*, or after the first one from *start* on if *start* is none.

    With 0 days that first one is the answer, so a delay never ends on a holiday.
    """
    day = start
    while not is_business_day(day, place):
        day += _DAY
    for _ in range(days):
        day += _DAY
        while not is_business_day(day, place):
            day += _DAY
    return day


def subtract_business_days(start: date, days: int, place: Place) -> date:
    """Return the business day *days* before *start*, or before the last one up to *start* if *start* is none."""
    day = start
    while not is_business_day(day, place):
        day -= _DAY
    for _ in range(days):
        day -= _DAY
        while not is_business_day(day, place):
            day -= _DAY
    return day


def is_business_day(day: date, place: Place) -> bool:
    """Return whether people work at *place* on *day*; where the country is unknown, on Monday to Friday."""
    if place.country is None:
        return day.isoweekday() not in _WEEKEND
    return day not in _days_off(place.country, place.region, day.year)


@lru_cache(maxsize=4096)
def _days_off(country: str, region: str | None, year: int) -> frozenset[date]:
    calendar = _calendar(country_code(country), region_code(country, region), year)
    first = date(year, 1, 1)
    days = (first + offset * _DAY for offset in range((date(year, 12, 31) - first).days + 1))
    if calendar is None:
        return frozenset(day for day in days if day.isoweekday() in _WEEKEND)
    # The library knows weekends other than Saturday and Sunday, and Saturdays worked in exchange for a holiday.
    return frozenset(day for day in days if not calendar.is_working_day(day))


def _calendar(country: str, region: str | None, year: int) -> holidays.HolidayBase | None:
    """Return the public holidays of *year*; an unknown region counts as none given, an unknown country has none."""
    for subdivision in (region or _USUAL_REGION.get(country), None):
        try:
            with warnings.catch_warnings():
                # Lunar holidays of far years are unknown, and the library warns; nobody plans that far.
                warnings.simplefilter("ignore")
                return holidays.country_holidays(country, subdiv=subdivision, years=year)
        except NotImplementedError:
            continue
    return None
