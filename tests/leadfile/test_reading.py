"""A leads file from its bytes to its rows: what other programs export, what people damage, and what is no CSV at all."""

import csv
import gzip
import json
import re
from io import StringIO
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.leadfile import LeadFile, Row, read, to_json
from tests.shared import shared_file

ROW_NAMES = {
    "line", "email", "phone_e164", "first_name", "last_name", "company", "country", "region", "timezone", "language",
    "interest", "source", "notes", "cost_cents", "tags", "suppress_email", "suppress_sms", "suppress_voice",
    "optin_time", "optin_source", "optin_wording", "other_emails", "other_phones",
}  # fmt: skip


def _read(text: str, **options: Any) -> LeadFile:
    return read(text.encode(), **options)


def _only(text: str, **options: Any) -> Row:
    (row,) = _read(text, **options).rows
    return row


def _problems(leadfile: LeadFile) -> str:
    return "\n".join(error.problem for error in leadfile.errors)


def test_exports_of_other_programs_are_read_as_expected() -> None:
    expectations = shared_file("vectors/imports/expected.json")
    for case in json.loads(expectations.read_text()):
        answer = to_json(read((expectations.parent / case["file"]).read_bytes()))

        rows = [{name: row[name] for name in want} for row, want in zip(answer["rows"], case["expected"], strict=True)]
        assert case["expected"] == rows
        assert answer["errors"] == []


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "empty"),
        (b" \r\n\t\n ", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\0" * 100, "empty"),
        (b",,,\n,,,\n", "empty"),
        (b"Email,Phone\n", "no leads"),
        (b"Email,Phone", "no leads"),
        (b"Name,Company\nAnn,Acme\n", "No column holds an email address"),
        (b"Name,Contact owner\nAnn,owner@acme.example\n", "No column holds an email address"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "PNG"),
        (b"PK\x03\x04\x14\0\x06\0xl/workbook.xml", "Excel workbook"),
        (b"PK\x03\x04\x14\0\x06\0other", "zip archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel workbook"),
        (gzip.compress(b"Email\nann@example.com\n", mtime=0), "gzip"),
        (b"%PDF-1.7", "PDF"),
        (bytes(range(256)) * 10, "not a text file"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b'[{"email": "ann@example.com"}]', "JSON"),
        (b"BEGIN:VCARD\nEND:VCARD\n", "contact cards"),
        (b'"Email,Name\nann@example.com,Ann\n', "never closed"),
        (b"Email\nann\n", "no other address"),
        (b"Email,Phone,Name\n,,Ann\n", "neither an email address nor a phone number"),
    ],
)
def test_a_file_without_usable_rows_says_why_and_what_to_do(data: bytes, problem: str) -> None:
    leadfile = read(data)

    assert leadfile.rows == ()
    assert problem in _problems(leadfile)
    assert all(error.remedy for error in leadfile.errors)


def test_a_quote_open_at_the_end_keeps_the_complete_rows() -> None:
    leadfile = _read('Email,Name,Notes\nann@example.com,Ann,"two\nlines"\nbob@example.com,Bob,"cut o')

    assert [row.email for row in leadfile.rows] == ["ann@example.com"]
    assert leadfile.rows[0].notes == "two\nlines"
    assert [error.line for error in leadfile.errors] == [4]
    assert "never closed" in _problems(leadfile)


def test_a_stray_quote_costs_one_row_and_not_the_rest_of_the_file() -> None:
    leadfile = _read('Email,Name\nann@example.com,"Ann\nbob@example.com,Bob\n' + "cy@example.com,Cy\n" * 20_000)

    assert [row.email for row in leadfile.rows] == ["bob@example.com", "cy@example.com"]
    assert leadfile.errors[0].line == 2


def test_a_file_that_ends_inside_a_row_does_not_use_half_an_address() -> None:
    leadfile = _read("Name,Email,Country\nAnn,ann@example.com,US\nBob,bob@example.co")

    assert [row.email for row in leadfile.rows] == ["ann@example.com"]
    assert [error.line for error in leadfile.errors] == [3]


def test_a_broken_header_is_not_passed_over_as_it_may_name_a_stop() -> None:
    leadfile = _read('"Email,Unsubscribed\nann@example.com,yes\n')

    assert leadfile.rows == ()
    assert "header line can't be read" in _problems(leadfile)


def test_a_last_line_without_an_end_is_read() -> None:
    assert [row.email for row in _read("Email,Name\nann@example.com,Ann\nbob@example.com,Bob").rows] == [
        "ann@example.com",
        "bob@example.com",
    ]
    assert _only("Email,Phone\nann@example.com").email == "ann@example.com"


def test_a_row_keeps_its_good_address_when_the_other_is_bad() -> None:
    leadfile = _read("Email,Phone\nann@@example.com,+12015550123\nbob@example.com,12\n")

    assert [(row.email, row.phone_e164) for row in leadfile.rows] == [
        (None, "+12015550123"),
        ("bob@example.com", None),
    ]
    assert [(error.line, error.column, error.value) for error in leadfile.errors] == [
        (2, "Email", "a***@example.com"),
        (3, "Phone", "1***"),
    ]


def test_a_file_without_headers_is_told_by_its_content_and_reported() -> None:
    leadfile = _read("Ann,ann@acme.test,+12015550123,unsubscribed\nBob,bob@acme.test,+12015550124,\n")

    assert [(row.email, row.phone_e164, row.suppress_email) for row in leadfile.rows] == [
        ("ann@acme.test", "+12015550123", True),
        ("bob@acme.test", "+12015550124", False),
    ]
    assert "no header line" in _problems(leadfile)


def test_titles_above_the_headers_and_a_delimiter_hint_are_passed_over() -> None:
    assert _only("All my leads\n\nEmail,Name\nann@example.com,Ann\n").line == 4
    assert _only("sep=;\r\nEmail;Name\r\nann@example.com;Ann\r\n").first_name == "Ann"


@pytest.mark.parametrize(
    "headers", ["Email,Email,Name", "Email,E-mail Address,Name", "Email,Name,Name", "Email,Foo,Foo"]
)
def test_doubled_columns_are_reported(headers: str) -> None:
    leadfile = _read(f"{headers}\nann@example.com,,Ann\n")

    assert [row.email for row in leadfile.rows] == ["ann@example.com"]
    assert [error.line for error in leadfile.errors] == [1]
    assert "tell the same" in _problems(leadfile)


def test_nul_bytes_and_controls_are_taken_out_of_names_and_reported() -> None:
    leadfile = _read("Email,Name\nann@example.com,A\0n\u202en\x07\nbo\0b@example.com,Bob\n")

    assert [(row.email, row.first_name) for row in leadfile.rows] == [("ann@example.com", "Ann")]
    assert "NUL" in _problems(leadfile)
    assert {error.line for error in leadfile.errors} == {2, 3}
    assert not any("\0" in (error.value or "") for error in leadfile.errors)


def test_a_row_whose_cells_may_have_moved_is_left_out_where_a_stop_could_be_missed() -> None:
    moved = "ann@example.com,Acme, Inc,yes\n"

    with_stops = _read(f"Email,Company,Unsubscribed\n{moved}")
    without = _read(f"Email,Company,Interest\n{moved}")

    assert with_stops.rows == ()
    assert [row.email for row in without.rows] == ["ann@example.com"]
    assert len(with_stops.errors) == len(without.errors) == 1


def test_an_oversized_cell_costs_its_row_only() -> None:
    leadfile = _read("Email,Notes\nann@example.com," + "x" * 500_000 + "\nbob@example.com,ok\n")

    assert [row.email for row in leadfile.rows] == ["bob@example.com"]
    assert "longer than" in _problems(leadfile)


def test_a_long_text_is_cut_and_reported() -> None:
    leadfile = _read("Email,Name\nann@example.com," + "x" * 5_000 + "\n")

    assert len(leadfile.rows[0].first_name or "") == 200
    assert "5,000 characters" in _problems(leadfile)


def test_formulas_are_kept_as_they_are() -> None:
    assert _only('Email,Company\nann@example.com,"=1+1"\n').company == "=1+1"


def test_an_unknown_country_option_is_reported() -> None:
    assert "No country" in _problems(_read("Email\nann@example.com\n", country="Narnia"))


TEXT = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=12).map(lambda text: f"N {text}")
# Three accented letters in a row are no Western word, and tell of another script where no encoding is named.
WESTERN = (
    st.text(st.sampled_from("abcXYZ éüñß,;|\"'\tçåØ-=@"), max_size=12)
    .map(lambda text: f"N{text}n")
    .filter(lambda text: not re.search(r"[^\x00-\x7f]{3}", text))
)
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1")


def _tidy(text: str) -> str:
    return " ".join(text.split())


@given(
    companies=st.lists(WESTERN, min_size=1, max_size=8),
    encoding=st.sampled_from(ENCODINGS),
    delimiter=st.sampled_from(",;\t|"),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_what_a_program_writes_is_read_back(
    companies: list[str], encoding: str, delimiter: str, line_end: str, quoting: Any
) -> None:
    out = StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=line_end, quoting=quoting)
    writer.writerow(["First Name", "Email", "Company", "Notes"])
    for number, company in enumerate(companies):
        writer.writerow(["Ann", f"lead{number}@example.com", company, f'two{line_end}"lines"'])

    leadfile = read(out.getvalue().encode(encoding))

    assert leadfile.errors == ()
    assert [f"lead{number}@example.com" for number in range(len(companies))] == [row.email for row in leadfile.rows]
    assert [_tidy(company) for company in companies] == [row.company for row in leadfile.rows]
    assert {f'two{line_end}"lines"'} == {row.notes for row in leadfile.rows}


@given(st.lists(TEXT, min_size=1, max_size=8), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_names_of_any_script_come_through(names: list[str], encoding: str) -> None:
    text = StringIO(newline="")
    csv.writer(text).writerows([["Email", "Company"], *([f"a{n}@example.com", name] for n, name in enumerate(names))])

    assert [_tidy(name) for name in names] == [row.company for row in read(text.getvalue().encode(encoding)).rows]


@pytest.mark.parametrize(
    ("encoding", "name", "company"),
    [
        ("cp1251", "Ирина", "Завод Ромашка"),
        ("koi8-r", "Ирина", "Завод Ромашка"),
        ("shift_jis", "涼平", "株式会社山口鉱業"),
        ("gb18030", "慧", "万迅电脑科技有限公司"),
        ("cp1253", "Έκτορας", "Λιόντη και Σία"),
    ],
)
def test_older_encodings_of_other_scripts_are_guessed_and_reported(encoding: str, name: str, company: str) -> None:
    text = "First name;Email;Company\r\n" + "".join(f"{name};lead{n}@example.com;{company}\r\n" for n in range(20))

    leadfile = read(text.encode(encoding))

    assert {(name, company)} == {(row.first_name, row.company) for row in leadfile.rows}
    assert "doesn't say how its letters are written" in _problems(leadfile)


def test_a_file_pasted_together_from_two_encodings_comes_out_right() -> None:
    data = "Email,Name\na@example.com,José\n".encode() + "b@example.com,Jürgen\n".encode("cp1252")

    assert [row.first_name for row in read(data).rows] == ["José", "Jürgen"]


def test_a_file_cut_off_inside_a_letter_says_so() -> None:
    leadfile = read("Email,Name\na@example.com,Zoë\nb@example.com,José".encode()[:-1])

    assert [row.first_name for row in leadfile.rows] == ["Zoë", "Jos"]
    assert "cut off" in _problems(leadfile)


def test_a_western_file_may_end_in_an_accented_letter() -> None:
    assert read("Email,Name\na@example.com,José".encode("cp1252")).rows[0].first_name == "José"


def test_line_ends_may_be_mixed() -> None:
    rows = _read("Email,Name\r\na@example.com,A\rb@example.com,B\nc@example.com,C").rows

    assert [(row.line, row.email) for row in rows] == [
        (2, "a@example.com"),
        (3, "b@example.com"),
        (4, "c@example.com"),
    ]


CSV_BYTES = st.lists(
    st.sampled_from(
        [
            *(b"Email", b"Phone", b"Unsubscribed", b"a@example.com", b"+12015550123", b"1e9", b"yes", b"US", b"sep="),
            *(b",", b";", b"\t", b"|", b"\n", b"\r", b'"', b"'", b"=", b"<", b" "),
            *(b"\0", b"\0a", b"\xff\xfe", b"\xef\xbb\xbf", b"\xe9"),
        ]
    ),
    max_size=60,
).map(b"".join)


@given(st.binary(max_size=400) | CSV_BYTES, st.sampled_from([None, "US", "GB", "??", ""]))
@example(b"\xff\xfe", None)
@example(b"\xff\xfe\0\0\0", None)
@example(b"Email\n\xe2\x82", None)
@example(b"sep=", None)
def test_any_bytes_give_the_shape(data: bytes, country: str | None) -> None:
    answer = json.loads(json.dumps(to_json(read(data, country=country))))

    assert set(answer) == {"rows", "errors"}
    assert answer["rows"] or answer["errors"]
    for row in answer["rows"]:
        assert set(row) == ROW_NAMES
        assert row["email"] or row["phone_e164"]
    for error in answer["errors"]:
        assert set(error) == {"line", "column", "value", "problem", "remedy"}


@given(CSV_BYTES)
def test_reading_again_what_was_read_changes_no_address(data: bytes) -> None:
    rows = read(data).rows
    again = StringIO(newline="")
    csv.writer(again).writerows([["Email", "Phone"], *([row.email, row.phone_e164] for row in rows)])

    emails = {row.email for row in read(again.getvalue().encode()).rows}

    assert {row.email for row in rows if row.email} <= emails | {None}
