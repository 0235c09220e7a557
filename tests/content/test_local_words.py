"""Days, times, money and greetings in the reader's own way, and nothing where they can't be said for sure."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.message import TextContent
from channels.segments import count_segments
from engine.content.compile import compile_message
from engine.content.compiled import Compiled
from engine.content.local_words import greeting
from engine.content.preview import preview
from engine.content.problems import ContentErrors
from engine.content.sandbox import MissingValue
from engine.domain.appointments import APPOINTMENT, date_of
from tests.content.builders import BRAND, compiled, lead, library

AT = "2026-03-03T14:00:00-05:00"
NEW_YORK, DENVER, BERLIN = "America/New_York", "America/Denver", "Europe/Berlin"


def _message(root: Path, body: str, *, locale: str = "en", brand: str = BRAND) -> Compiled:
    suffix = "" if locale == "en" else f".{locale}"
    found = library(root, {"brand.yaml": brand, f"sms/x{suffix}.txt": body})
    assert not found.problems
    return compile_message(found, found.messages[0])


def _said(message: Compiled, *, custom: object = AT, at: datetime | None = None, **known: object) -> str:
    shown = preview(message, lead(custom={APPOINTMENT: custom}, **known), at=at)
    assert isinstance(shown, TextContent)
    return shown.body


@pytest.mark.parametrize(
    ("locale", "country", "zone", "day", "date", "time"),
    [
        ("en", None, NEW_YORK, "Tuesday, March 3", "March 3, 2026", "2:00 PM"),
        ("en", "US", DENVER, "Tuesday, March 3", "March 3, 2026", "12:00 PM"),
        ("en", "GB", "Europe/London", "Tuesday 3 March", "3 March 2026", "19:00"),
        ("es", None, NEW_YORK, "martes, 3 de marzo", "3 de marzo de 2026", "14:00"),
        ("es", "US", NEW_YORK, "martes, 3 de marzo", "3 de marzo de 2026", "2:00 p.m."),
        ("fr", "FR", "Europe/Paris", "mardi 3 mars", "3 mars 2026", "20:00"),
        ("fr", "US", NEW_YORK, "mardi 3 mars", "3 mars 2026", "14:00"),
        ("de", "DE", BERLIN, "Dienstag, 3. März", "3. März 2026", "20:00"),
        ("de", "DE", "Asia/Tokyo", "Mittwoch, 4. März", "4. März 2026", "04:00"),
        ("es-MX", "US", NEW_YORK, "martes, 3 de marzo", "3 de marzo de 2026", "2:00 p.m."),
        ("en", "US", None, "Tuesday, March 3", "March 3, 2026", "2:00 PM"),
    ],
)
def test_an_instant_is_said_in_the_readers_language_and_on_their_clock(
    tmp_path: Path, locale: str, country: str | None, zone: str | None, day: str, date: str, time: str
) -> None:
    body = (
        "{{ lead.custom.appointment | day }}|{{ lead.custom.appointment | date }}|{{ lead.custom.appointment | time }}"
    )

    assert _said(_message(tmp_path, body, locale=locale), country=country, zone=zone).split("|") == [day, date, time]


@pytest.mark.parametrize("locale", ["en", "es", "fr", "de", "pt-BR", "nl", "it"])
def test_figures_in_a_text_keep_it_cheap(tmp_path: Path, locale: str) -> None:
    body = "{{ lead.custom.appointment | day }} {{ lead.custom.appointment | time }} {{ 1234.5 | money('EUR') }}"

    said = _said(_message(tmp_path, body, locale=locale), zone=NEW_YORK)

    assert not set(count_segments(said).non_gsm) - set("çá")


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("2026-03-03", "day date"),
        (" 2026-03-03 ", "day date"),
        ("2026-03-03T14:00", "day date time"),
        ("2026-03-03 14:00:00-05:00", "day date time"),
        ("2026-03-03T19:00:00Z", "day date time"),
        ("next Tuesday", ""),
        ("03/04/2026", ""),
        ("", ""),
        ("0001-01-01T00:00:00+14:00", ""),
        ("9999-12-31T23:59:59-12:00", ""),
        ("1026-03-03", ""),
        ("{{ 7*7 }}", ""),
        (20260303, ""),
        (True, ""),
        (None, ""),
        (["2026-03-03"], ""),
    ],
)
def test_what_cannot_be_read_holds_the_message(tmp_path: Path, value: object, says: str) -> None:
    for name in ("day", "date", "time"):
        message = _message(tmp_path / name, f"On {{{{ lead.custom.appointment | {name} }}}}")
        if name in says.split():
            assert len(_said(message, custom=value, zone=NEW_YORK)) > len("On 2:00")
        else:
            with pytest.raises(MissingValue, match=r"lead\.custom\.appointment is empty"):
                _said(message, custom=value, zone=NEW_YORK)


def test_an_instant_of_a_machine_is_not_said_where_the_zone_is_unknown(tmp_path: Path) -> None:
    message = _message(tmp_path, "{{ lead.custom.appointment | time }}")

    with pytest.raises(MissingValue):
        _said(message, custom="2026-03-03T19:00:00Z")
    assert _said(message, custom="2026-03-03T19:00:00Z", zone=NEW_YORK) == "2:00 PM"


@pytest.mark.parametrize("body", ["{{ lead.custom.nothing | day or 'soon' }}", "{{ 'x' | time | default('soon') }}"])
def test_a_fallback_stands_in_for_a_date(tmp_path: Path, body: str) -> None:
    assert _said(_message(tmp_path, body)) == "soon"


@pytest.fixture(scope="module")
def dated(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    return _message(tmp_path_factory.mktemp("dated"), "{{ lead.custom.appointment | date }}")


@given(
    seconds=st.integers(-2_000_000_000, 7_000_000_000),
    hours=st.integers(-12, 14),
    zone=st.sampled_from([NEW_YORK, DENVER, BERLIN, "Asia/Kolkata"]),
)
def test_the_words_agree_with_the_calendar_of_the_sequence(
    dated: Compiled, seconds: int, hours: int, zone: str
) -> None:
    written = datetime.fromtimestamp(seconds, timezone(timedelta(hours=hours))).isoformat()
    known = lead(custom={APPOINTMENT: written}, zone=zone)
    moment = date_of(known, APPOINTMENT)
    assert moment is not None

    shown = preview(dated, known)

    assert isinstance(shown, TextContent)
    local = moment.astimezone(ZoneInfo(zone))
    assert shown.body == f"{local:%B} {local.day}, {local.year}"


@pytest.mark.parametrize(
    ("locale", "country", "value", "said"),
    [
        ("en", "US", 1200, "$1,200"),
        ("en", "US", "1200.50", "$1,200.50"),
        ("en", "GB", 1200, "US$1,200"),
        ("de", "DE", 1200, "1.200 $"),
        ("fr", "FR", 1234567.5, "1 234 567,50 $US"),
        ("es", "US", "99", "$99"),
        ("en", "US", -5, "-$5"),
    ],
)
def test_money_is_written_as_the_reader_writes_it(
    tmp_path: Path, locale: str, country: str, value: object, said: str
) -> None:
    message = _message(
        tmp_path, "{{ lead.custom.appointment | money }}", locale=locale, brand=BRAND + "currency: USD\n"
    )

    assert _said(message, custom=value, country=country) == said


@pytest.mark.parametrize(
    "value", ["$1,200", "1,200", "1.200,00", "1e9", "nan", "Infinity", "", True, None, "9" * 16, "١٢"]
)
def test_an_amount_that_is_no_number_holds_the_message(tmp_path: Path, value: object) -> None:
    message = _message(tmp_path, "{{ lead.custom.appointment | money }}", brand=BRAND + "currency: USD\n")

    with pytest.raises(MissingValue):
        _said(message, custom=value)


@pytest.mark.parametrize("call", ["money", "money('dollars')", "money('QQQ')", "money(lead.company)"])
def test_money_without_a_currency_is_not_guessed(tmp_path: Path, call: str) -> None:
    message = _message(tmp_path, f"{{{{ 12 | {call} }}}}")

    with pytest.raises(MissingValue):
        _said(message, company="Rm -rf")
    assert _said(_message(tmp_path / "euro", "{{ 12 | money('EUR') }}")) == "€12"


@pytest.mark.parametrize("currency", ["usd", "Dollar", "12", "[USD]"])
def test_a_brands_currency_is_three_capital_letters(tmp_path: Path, currency: str) -> None:
    with pytest.raises(ContentErrors, match="currency must be"):
        library(tmp_path, {"brand.yaml": f"{BRAND}currency: {currency}\n"})


@pytest.mark.parametrize(
    ("locale", "hour", "said"),
    [
        ("en", 4, "Hello"), ("en", 5, "Good morning"), ("en", 12, "Good afternoon"), ("en", 17, "Good evening"),
        ("en", 23, "Hello"), ("es", 9, "Buenos días"), ("es-MX", 13, "Buenas tardes"), ("es", 2, "Buenas noches"),
        ("fr", 9, "Bonjour"), ("fr", 18, "Bonsoir"), ("de", 9, "Guten Morgen"), ("de", 12, "Guten Tag"),
        ("de", 20, "Guten Abend"), ("de", 3, "Hallo"),
    ],
)  # fmt: skip
def test_a_lead_is_greeted_by_their_own_time_of_day(tmp_path: Path, locale: str, hour: int, said: str) -> None:
    at = datetime(2026, 3, 3, hour, 30, tzinfo=UTC)

    assert _said(_message(tmp_path, "{{ greeting }}!", locale=locale), at=at, zone="Africa/Abidjan") == f"{said}!"


def test_one_instant_is_morning_here_and_evening_there(tmp_path: Path) -> None:
    message, at = _message(tmp_path, "{{ greeting }}"), datetime(2026, 3, 3, 16, 30, tzinfo=UTC)

    said = [_said(message, at=at, zone=zone) for zone in (DENVER, BERLIN, None, "No/Such")]

    assert said == ["Good morning", "Good evening", "Hello", "Hello"]
    assert _said(message, zone=DENVER) == "Hello"


def test_a_language_without_greetings_says_none_rather_than_one_of_another() -> None:
    assert greeting("it", BERLIN, "2026-03-03T16:30:00+00:00") == ""


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("{{ greeting.word }}", "greeting has nothing inside. Write greeting."),
        ("{{ greting }}", "There is no variable greting. Did you mean greeting?"),
        ("{{ lead.custom.x | dat }}", "There is no filter dat. Did you mean date"),
        ("{{ here.zone }}", "There is no variable here.zone."),
        ("{{ reader.zone }}", "There is no variable reader.zone."),
    ],
)
def test_what_is_ours_cannot_be_named(tmp_path: Path, body: str, told: str) -> None:
    with pytest.raises(ContentErrors) as raised:
        compiled(tmp_path, body, "sms/x.txt")

    assert told in str(raised.value)
