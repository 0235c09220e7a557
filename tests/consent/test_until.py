"""The day a reply puts things off to, from the words people use for it."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from consent.replies.fold import fold
from consent.until import until
from consent.until_days import YEARS_MAX

WEDNESDAY = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("tomorrow", date(2026, 11, 19)),
        ("the day after tomorrow", date(2026, 11, 20)),
        ("next week", date(2026, 11, 23)),
        ("next month", date(2026, 12, 1)),
        ("next quarter", date(2027, 1, 1)),
        ("not until next year", date(2027, 1, 1)),
        ("in 3 months", date(2027, 2, 18)),
        ("in a couple of weeks", date(2026, 12, 2)),
        ("give me a few days", date(2026, 11, 21)),
        ("six months from now", date(2027, 5, 18)),
        ("in half a year", date(2027, 5, 18)),
        ("on Friday", date(2026, 11, 20)),
        ("after Friday", date(2026, 11, 21)),
        ("next Friday", date(2026, 11, 27)),
        ("over the weekend", date(2026, 11, 21)),
        ("after the weekend", date(2026, 11, 23)),
        ("on the 15th", date(2026, 12, 15)),
        ("on the 31st", date(2026, 12, 31)),
        ("el lunes que viene", date(2026, 11, 23)),
        ("back on 3 March", date(2027, 3, 3)),
        ("back March 3rd, 2027", date(2027, 3, 3)),
        ("until Monday 12 January", date(2027, 1, 12)),
        ("in January", date(2027, 1, 1)),
        ("mid March", date(2027, 3, 15)),
        ("late March", date(2027, 3, 25)),
        ("in May", date(2027, 5, 1)),
        ("next year in March", date(2027, 3, 1)),
        ("end of the month", date(2026, 11, 30)),
        ("try me in Q2", date(2027, 4, 1)),
        ("first quarter of 2027", date(2027, 1, 1)),
        ("2nd quarter", date(2027, 4, 1)),
        ("quatrieme trimestre 2027", date(2027, 10, 1)),
        ("next spring", date(2027, 3, 20)),
        ("after the summer", date(2027, 9, 1)),
        ("after Easter", date(2027, 3, 30)),
        ("before Easter", date(2027, 3, 21)),
        ("after Thanksgiving", date(2026, 11, 30)),
        ("after Christmas", date(2026, 12, 27)),
        ("after the holidays", date(2027, 1, 2)),
        ("2027-03-01", date(2027, 3, 1)),
        ("out until 25/12", date(2026, 12, 25)),
        ("call me in 5 years", date(2028, 11, 18)),
        ("discuss post 20th only", date(2026, 11, 21)),
        ("not before the spring", date(2027, 3, 20)),
        ("en el primer trimestre", date(2027, 1, 1)),
        ("quizá para otoño", date(2027, 9, 22)),
        ("a partir de la segunda quincena de enero", date(2027, 1, 15)),
        ("en arrêt jusqu'au 12", date(2026, 12, 12)),
        ("pas avant le printemps", date(2027, 3, 20)),
        ("l'année pro", date(2027, 1, 1)),
        ("pas avant septante jours", date(2027, 1, 27)),
        ("mañana", date(2026, 11, 19)),
        ("pasado mañana", date(2026, 11, 20)),
        ("la semana que viene", date(2026, 11, 23)),
        ("el próximo mes", date(2026, 12, 1)),
        ("dentro de tres semanas", date(2026, 12, 9)),
        ("el lunes", date(2026, 11, 23)),
        ("después de Semana Santa", date(2027, 3, 30)),
        ("hasta el 20 de agosto", date(2027, 8, 20)),
        ("en enero", date(2027, 1, 1)),
        ("el 3/4", date(2027, 4, 3)),
        ("demain", date(2026, 11, 19)),
        ("après-demain", date(2026, 11, 20)),
        ("dans deux semaines", date(2026, 12, 2)),
        ("dans quinze jours", date(2026, 12, 3)),
        ("la semaine prochaine", date(2026, 11, 23)),
        ("l'année prochaine", date(2027, 1, 1)),
        ("à la rentrée", date(2027, 9, 1)),
        ("de retour le 2 septembre", date(2027, 9, 2)),
        ("au printemps", date(2027, 3, 20)),
        ("pas avant janvier", date(2027, 1, 1)),
    ],
)
def test_a_named_day_is_found(text: str, day: date) -> None:
    assert until(fold(text), WEDNESDAY) == day


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("ring me in an hour", datetime(2026, 11, 18, 16, 0, tzinfo=UTC)),
        ("in half an hour", datetime(2026, 11, 18, 15, 30, tzinfo=UTC)),
        ("call me after 5pm", datetime(2026, 11, 18, 17, 0, tzinfo=UTC)),
        ("call me at 10 am", datetime(2026, 11, 19, 10, 0, tzinfo=UTC)),
        ("text me tonight", datetime(2026, 11, 18, 18, 0, tzinfo=UTC)),
        ("call after work", datetime(2026, 11, 18, 18, 0, tzinfo=UTC)),
        ("tomorrow at 3", datetime(2026, 11, 19, 15, 0, tzinfo=UTC)),
        ("lundi à 17h30", datetime(2026, 11, 23, 17, 30, tzinfo=UTC)),
        ("mañana por la tarde", datetime(2026, 11, 19, 16, 0, tzinfo=UTC)),
    ],
)
def test_a_time_of_day_makes_it_an_instant(text: str, instant: datetime) -> None:
    assert until(fold(text), WEDNESDAY) == instant


@pytest.mark.parametrize(
    "text",
    ["some day", "one day maybe", "later", "OOO until 1/5", "it may work", "3 weeks ago", "hace dos semanas", "at 25:70",
     "February 30", "back on March 3, 2025", "after the new fiscal year", "after my vacation", "q9", "2027-02-30", "on the 0"],
)  # fmt: skip
def test_no_day_is_invented(text: str) -> None:
    assert until(fold(text), WEDNESDAY) is None


def test_a_language_settles_the_order_of_a_slash_date() -> None:
    assert until(fold("3/4"), WEDNESDAY) is None
    assert until(fold("3/4"), WEDNESDAY, language="fr") == date(2027, 4, 3)


def test_of_several_days_the_one_to_come_back_on_is_meant() -> None:
    assert until(fold("I leave in March, call me in January, I have a trial on Friday"), WEDNESDAY) == date(2027, 1, 1)


def test_an_absence_ends_on_its_latest_day() -> None:
    assert until(fold("out from Dec 20 to Jan 3"), WEDNESDAY, last=True) == date(2027, 1, 3)


def test_a_time_of_day_is_read_in_the_zone_of_the_instant_given() -> None:
    at = WEDNESDAY.astimezone(ZoneInfo("America/Chicago"))

    assert until(fold("after 5pm"), at) == datetime(2026, 11, 18, 23, 0, tzinfo=UTC)


_PIECES = st.sampled_from(
    ["after", "in", "until", "next", "last", "early", "3", "15", "31", "400", "a few", "two", "days", "weeks", "quarter", "years", "ago",
     "Monday", "lundi", "March", "febrero", "septembre", "2027", "2099", "Easter", "spring", "the end of", "q4", "at 5pm", "3/14",
     "tonight", "que viene", "mañana", "prochaine", "half", ",", "."]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=8).map(" ".join), st.dates(date(2020, 1, 1), date(2060, 1, 1)))
def test_the_day_is_never_past_and_never_further_than_two_years(text: str, day: date) -> None:
    at = datetime.combine(day, WEDNESDAY.timetz())

    found = until(fold(text), at)

    if isinstance(found, datetime):
        assert at < found <= at + relativedelta(years=YEARS_MAX) + timedelta(days=2)
    elif found is not None:
        assert at.date() <= found <= (at + relativedelta(years=YEARS_MAX)).date()
