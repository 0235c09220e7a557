"""What single columns tell: addresses, names, places, permission; by the headers and values that people write."""

import pytest

from engine.leadfile import Row, read
from engine.leadfile.headers import fields_of
from engine.leadfile.names import Field
from engine.leadfile.permission import Permission


def _row(header: str, value: str, country: str | None = None) -> Row:
    (row,) = read(f'Email;{header}\nann@acme.test;"{value}"\n'.encode(), country=country).rows
    return row


def _stops(header: str, value: str) -> str:
    row = _row(header, value)
    flags = (("e", row.suppress_email), ("s", row.suppress_sms), ("v", row.suppress_voice))
    return "".join(letter for letter, is_stopped in flags if is_stopped)


@pytest.mark.parametrize(
    ("header", "value", "stops"),
    [
        ("suppress_email", "true", "e"),
        ("suppress_email", "false", ""),
        ("suppress_sms", "1", "s"),
        ("suppress_sms", "0", ""),
        ("suppress_voice", "yes", "v"),
        ("Unsubscribed from all email", "true", "e"),
        ("Unsubscribed from all email", "false", ""),
        ("Unsubscribed", "", ""),
        ("Unsubscribed", "x", "e"),
        ("Unsubscribed", "2026-01-02", "e"),
        ("Unsubscribed", "ja", "e"),
        ("Unsubscribed", "s\u00ed", "e"),
        ("Unsubscribed", "oui", "e"),
        ("Unsubscribed", "nein", ""),
        ("Unsubscribed", "FALSCH", ""),
        ("Unsubscribed", "N/A", ""),
        ("Unsubscribe link", "https://acme.test/u/1", ""),
        ("UNSUB_TIME", "2026-03-05 10:00:00", "e"),
        ("UNSUB_REASON", "NORMAL", "e"),
        ("CLEAN_TIME", "2026-03-05 10:00:00", "e"),
        ("Email Opt Out", "1", "e"),
        ("HasOptedOutOfEmail", "true", "e"),
        ("HasOptedOutOfEmail__c", "true", "e"),
        ("emailoptout", "yes", "e"),
        ("Do not call", "yes", "v"),
        ("DoNotCall", "TRUE", "v"),
        ("donotcall", "1", "v"),
        ("DoNotEMail", "1", "e"),
        ("Do not text", "yes", "s"),
        ("Do Not Contact", "yes", "esv"),
        ("DNC", "yes", "esv"),
        ("Opted out", "yes", "esv"),
        ("SMS opt-out", "yes", "s"),
        ("SMS opt-in", "no", "s"),
        ("SMS opt-in", "yes", ""),
        ("SMS opt-in", "", ""),
        ("SMS consent", "false", "s"),
        ("Accepts marketing", "no", "esv"),
        ("Accepts Email Marketing", "no", "e"),
        ("Accepts SMS Marketing", "no", "s"),
        ("Newsletter", "no", "e"),
        ("Subscribed", "0", "e"),
        ("Call consent", "declined", "v"),
        ("Status", "unsubscribed", "e"),
        ("Status", "Cleaned", "e"),
        ("Status", "bounced", "e"),
        ("Status", "Complained", "e"),
        ("Status", "subscribed", ""),
        ("Status", "Do not contact", "esv"),
        ("Lead Status", "NEW", ""),
        ("Marketing contact status", "Non-marketing contact", "e"),
        ("Marketing contact status", "Marketing contact", ""),
        ("Email hard bounce reason", "unknown user", "e"),
        ("Nicht anrufen", "ja", "v"),
        ("Werbesperre", "ja", "esv"),
        ("Abgemeldet", "ja", "e"),
        ("D\u00e9sabonn\u00e9", "oui", "e"),
        ("Ne pas contacter", "oui", "esv"),
        ("Ne pas appeler", "oui", "v"),
        ("No llamar", "s\u00ed", "v"),
        ("Baja", "s\u00ed", "e"),
        ("Einwilligung SMS", "nein", "s"),
    ],
)
def test_stops_are_honoured_and_doubt_leans_to_a_stop(header: str, value: str, stops: str) -> None:
    assert stops == _stops(header, value)


def test_an_opt_in_is_a_claim_on_record_and_stops_nothing() -> None:
    plain, dated = _row("SMS opt-in", "yes"), _row("Email consent", "2026-02-03")
    full = read(
        b"Email,Opt-in time,Opt-in source,Consent text\nann@acme.test,2026-02-03 04:05:06,web form,I agree\n"
    ).rows[0]

    assert (plain.optin_time, plain.optin_source, plain.suppress_sms) == (None, "SMS opt-in: yes", False)
    assert (dated.optin_time, dated.suppress_email) == ("2026-02-03", False)
    assert (full.optin_time, full.optin_source, full.optin_wording) == ("2026-02-03 04:05:06", "web form", "I agree")


@pytest.mark.parametrize(
    ("field", "headers"),
    [
        (
            Field.EMAIL,
            "Email|E-mail|EMAIL ADDRESS|E-mail 1 - Value|email_address|Person - Email - Work|Correo electr\u00f3nico",
        ),
        (Field.EMAIL, "Courriel|Adresse e-mail|E-Mail-Adresse|Email*|contact_email"),
        (
            Field.PHONE,
            "Phone|Phone Number|Mobile|Cell|MobilePhone|Phone 1 - Value|Person - Phone - Mobile|Tel\u00e9fono",
        ),
        (Field.PHONE, "M\u00f3vil|T\u00e9l\u00e9phone|Portable|Telefonnummer|Handy|phone_e164|Telephone No."),
        (Field.FIRST_NAME, "First Name|FirstName|FNAME|Given Name|Vorname|Pr\u00e9nom|first_name"),
        (Field.LAST_NAME, "Last Name|LastName|LNAME|Family Name|Surname|Nachname|Apellidos|Nom de famille"),
        (Field.FULL_NAME, "Name|Full name|Person - Name|Nombre|Nom complet"),
        (
            Field.COMPANY,
            "Company|Associated Company|Account Name|Organization 1 - Name|Firma|Empresa|Soci\u00e9t\u00e9",
        ),
        (Field.COUNTRY, "Country|Country/Region|CC|MailingCountry|Pa\u00eds|Pays|Land"),
        (Field.REGION, "State/Region|State|Region|REGION|MailingState|Bundesland|Provincia"),
        (Field.TIMEZONE, "Time zone|TIMEZONE|Timezone|Zeitzone|Zona horaria|Fuseau horaire"),
        (Field.LANGUAGE, "Language|Preferred language|Locale|Sprache|Idioma|Langue"),
        (Field.INTEREST, "Interest|Interested in|Inter\u00e9s|Int\u00e9r\u00eat|Interesse"),
        (Field.SOURCE, "Source|Lead Source|Original Source|Quelle|Origen"),
        (Field.NOTES, "Notes|NOTES|Comments|Notizen|Notas|Remarques"),
        (Field.COST, "Cost|Lead cost|Cost per lead|Kosten|Coste"),
        (Field.TAGS, "TAGS|Tags|Labels"),
        (Field.OPTIN_TIME, "OPTIN_TIME|Opt-in date|Subscribed at"),
    ],
)
def test_common_headers_are_known(field: Field, headers: str) -> None:
    unknown = [header for header in headers.split("|") if field not in fields_of(header)]

    assert unknown == []


@pytest.mark.parametrize(
    "header", ["Contact owner", "Record ID", "Phone 1 - Label", "OPTIN_IP", "LEID", "", "x" * 5000]
)
def test_other_headers_say_nothing(header: str) -> None:
    assert fields_of(header) == ()


def test_a_stop_column_is_no_address_column() -> None:
    assert all(isinstance(found, Permission) for found in fields_of("Email Opt Out"))


@pytest.mark.parametrize(
    ("cell", "country", "phones"),
    [
        ("(201) 555-0123", "US", ["+12015550123"]),
        ("447400123970", None, ["+447400123970"]),
        ("bad / +1 201-555-0125 or 07700 900124", "GB", ["+12015550125", "+447700900124"]),
        ("201-555-0123; 201-555-0124", "US", ["+12015550123", "+12015550124"]),
        ("201-555-0123, 201-555-0124", "US", ["+12015550123", "+12015550124"]),
        ("030/23125123", "DE", ["+493023125123"]),
        ("'+12015550123", None, ["+12015550123"]),
        ("447400123970.0", None, ["+447400123970"]),
        ("+1 201 555 0331/0332", None, ["+12015550331"]),
        ("N/A", "US", []),
    ],
)
def test_phone_cells_give_every_number_they_hold(cell: str, country: str | None, phones: list[str]) -> None:
    row = _row("Phone", cell, country)

    assert phones == [number for number in (row.phone_e164, *row.other_phones) if number]


def test_a_number_is_of_the_country_of_its_row_before_that_of_the_file() -> None:
    leadfile = read(b"Phone,Country\n07700 900123,UK\n201-555-0123,\n201-555-0124,Narnia\n", country="US")

    assert [row.phone_e164 for row in leadfile.rows] == ["+447700900123", "+12015550123", "+12015550124"]
    assert [(error.line, error.column) for error in leadfile.errors] == [(4, "Country")]


@pytest.mark.parametrize("cell", ["4.47E+11", "4,47E+11", "1E+10", "4.47e11"])
def test_a_number_rounded_by_a_spreadsheet_is_an_error_and_no_guess(cell: str) -> None:
    leadfile = read(f'Phone\n"{cell}"\n'.encode(), country="GB")

    assert leadfile.rows == ()
    assert "rounded" in leadfile.errors[0].problem


def test_mobile_columns_go_before_others() -> None:
    row = read(b"Email,Phone,Mobile\nann@acme.test,+12015550123,+12015550124\n").rows[0]

    assert (row.phone_e164, row.other_phones) == ("+12015550124", ("+12015550123",))


@pytest.mark.parametrize(
    "cell", ["Ann Lee <Ann@acme.test>", "ann@acme.test; rob@acme.test", "n/a, ann@acme.test", "'ann@acme.test"]
)
def test_email_cells_give_the_first_address(cell: str) -> None:
    assert read(f'Email\n"{cell}"\n'.encode()).rows[0].email == "ann@acme.test"


@pytest.mark.parametrize(
    ("header", "value", "names"),
    [
        ("Name", "Ann Lee", ("Ann", "Lee")),
        ("Name", "Lee, Ann", ("Ann", "Lee")),
        ("Name", "Ann van der Lee", ("Ann", "van der Lee")),
        ("Name", "Ann", ("Ann", None)),
        ("Name;Last name", 'Ann";"Lee', ("Ann", "Lee")),
        ("Name;Last name", 'Ann Lee";"Lee', ("Ann", "Lee")),
        ("Pr\u00e9nom;Nom", 'Ann";"Lee', ("Ann", "Lee")),
        ("Nombre;Apellidos", 'Ana";"Garc\u00eda Ruiz', ("Ana", "Garc\u00eda Ruiz")),
        ("First name", "-", (None, None)),
        ("First name", "  Mary\t Ann ", ("Mary Ann", None)),
    ],
)
def test_names_are_told_apart(header: str, value: str, names: tuple[str | None, str | None]) -> None:
    row = _row(header, value)

    assert names == (row.first_name, row.last_name)


@pytest.mark.parametrize(
    ("header", "value", "field", "expected"),
    [
        ("Country", "us", "country", "US"),
        ("Country", "United States", "country", "US"),
        ("Country", "Deutschland", "country", "DE"),
        ("Country", "Espa\u00f1a", "country", "ES"),
        ("Country", "UK", "country", "GB"),
        ("Country", "USA", "country", "US"),
        ("Country", "Allemagne", "country", "DE"),
        ("Country;State", 'US";"California', "region", "CA"),
        ("Country;State", 'US";"us-fl', "region", "FL"),
        ("Country;State", 'Germany";"Bayern', "region", "BY"),
        ("State", "ca", "region", "CA"),
        ("Country;State", 'US";"Narnia', "region", "Narnia"),
        ("Time zone", "america/los angeles", "timezone", "America/Los_Angeles"),
        ("Time zone", "Pacific Time (US & Canada)", "timezone", "America/Los_Angeles"),
        ("Time zone", "EST", "timezone", "America/New_York"),
        ("Time zone", "Mars", "timezone", None),
        ("Language", "en_us", "language", "en-US"),
        ("Language", "Espa\u00f1ol", "language", "es"),
        ("Language", "zh-hant", "language", "zh-Hant"),
        ("Language", "Klingon", "language", None),
        ("Cost", "$35.50", "cost_cents", 3550),
        ("Cost", "35", "cost_cents", 3500),
        ("Cost", "35,00 \u20ac", "cost_cents", 3500),
        ("Cost", "1,234.50", "cost_cents", 123450),
        ("Cost", "1.234,50", "cost_cents", 123450),
        ("Cost", "free", "cost_cents", None),
        ("cost_cents", "3500", "cost_cents", 3500),
        ("Tags", '""VIP"",""Blog""', "tags", ("VIP", "Blog")),
        ("Tags", "VIP; Blog; VIP", "tags", ("VIP", "Blog")),
        ("Company", "n/a", "company", None),
        ("Interest", "solar  panels", "interest", "solar panels"),
    ],
)
def test_facts_are_read_as_people_write_them(header: str, value: str, field: str, expected: object) -> None:
    assert expected == getattr(_row(header, value), field)
