"""A file of consents: what is missing makes a permission weaker and never a stop."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.address import Channel
from consent.facts import Basis, FactKind, Purpose
from engine.leadfile.consent_rows import ConsentFile, ConsentRow, read_consents

FULL = {
    "Email": "ann@example.com",
    "Channels": "email",
    "Kind": "granted",
    "Basis": "express written",
    "Consent date": "2025-03-04T15:00:00Z",
    "Wording": "Email me offers.",
    "Page": "https://example.com/a",
    "IP address": "192.0.2.1",
    "Source": "fair",
    "Recorded by": "Joe",
    "Evidence file": "scan-7.pdf",
    "Purpose": "marketing",
    "Topic": "heating",
    "Expires": "2027-01-01",
}


def read(*rows: dict[str, str]) -> ConsentFile:
    titles = list(rows[0])
    lines = [titles, *([row.get(title, "") for title in titles] for row in rows)]
    text = "\n".join(",".join(f'"{cell}"' for cell in line) for line in lines)
    return read_consents(text.encode(), name="old.csv", country="US")


def one(**changes: str) -> ConsentRow:
    found = read(FULL | {key.replace("_", " "): value for key, value in changes.items()})
    assert found.refused == ()
    (row,) = found.rows
    return row


def test_a_full_row_is_read_whole() -> None:
    row = one()

    assert (row.kind, row.channels, row.basis) == (FactKind.GRANTED, frozenset({Channel.EMAIL}), Basis.EXPRESS_WRITTEN)
    assert row.at == datetime(2025, 3, 4, 15, tzinfo=UTC)
    assert row.expires_at == datetime(2027, 1, 1, tzinfo=UTC)
    assert (row.purpose, row.topic, row.recorded_by) == (Purpose.MARKETING, "heating", "Joe")
    proof = row.proof
    assert (proof.wording, proof.page, proof.ip) == ("Email me offers.", "https://example.com/a", "192.0.2.1")
    assert (proof.evidence, proof.origin) == ("scan-7.pdf", "old.csv:2 (fair)")


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"Email": ""}, "Email"),
        ({"Email": "ann at example"}, "Email"),
        ({"Kind": "perhaps"}, "Kind"),
        ({"Kind": ""}, "Kind"),
        ({"Channels": ""}, "Channels"),
        ({"Channels": "sms"}, "Channels"),
        ({"Channels": "pigeon"}, "Channels"),
        ({"Basis": "because"}, "Basis"),
        ({"Consent date": ""}, "Consent date"),
        ({"Consent date": "3/4/2025"}, "Consent date"),
        ({"Wording": ""}, "Wording"),
        ({"Purpose": "fun"}, "Purpose"),
        ({"Expires": "some day"}, "Expires"),
    ],
)
def test_a_grant_that_proves_too_little_is_refused_with_its_column(changes: dict[str, str], column: str) -> None:
    found = read(FULL | changes)

    assert found.rows == ()
    (error,) = found.refused
    assert (error.line, error.column) == (2, column)
    assert error.remedy


def test_express_consent_without_its_words_counts_and_is_remarked() -> None:
    found = read(FULL | {"Wording": "", "Basis": ""})

    assert [row.basis for row in found.rows] == [Basis.EXPRESS]
    assert [remark.column for remark in found.remarks] == ["Wording"]


@pytest.mark.parametrize("basis", ["", "express"])
def test_wording_never_makes_a_basis_stronger_than_the_row_says(basis: str) -> None:
    assert one(Basis=basis).basis is Basis.EXPRESS


@given(
    st.fixed_dictionaries(
        {
            name: st.sampled_from(["", "x", "sms", "99/99/99", "2025-03-04"])
            for name in FULL
            if name not in {"Email", "Kind"}
        }
    )
)
def test_a_stop_counts_however_poor_its_row_is(poor: dict[str, str]) -> None:
    found = read({"Email": "ann@example.com", "Kind": "unsubscribed", **poor})

    (row,) = found.rows
    assert row.kind is FactKind.WITHDRAWN
    assert row.channels == {Channel.EMAIL}


def test_a_stop_of_a_number_ends_what_it_names_else_everything_the_number_serves() -> None:
    rows = read(
        {"Phone": "(212) 555-0101", "Status of": "", "Action": "stop", "Channel": "sms"},
        {"Phone": "+12125550101", "Action": "opted out", "Channel": ""},
    ).rows

    assert [row.channels for row in rows] == [{Channel.SMS}, {Channel.SMS, Channel.VOICEMAIL, Channel.CALL}]
    assert [row.at for row in rows] == [None, None]


def test_of_a_day_alone_a_grant_has_the_first_moment_and_a_stop_the_last() -> None:
    assert one(Consent_date="4 March 2025").at == datetime(2025, 3, 4, tzinfo=UTC)
    assert one(Kind="no", Consent_date="2025-03-04").at == datetime(2025, 3, 4, 23, 59, 59, 999999, tzinfo=UTC)


@pytest.mark.parametrize("data", [b"", b"\x00\x01", b"a,b\n1,2\n", b"email\n", "ä".encode("latin-1") * 50])
def test_what_is_no_such_file_is_refused(data: bytes) -> None:
    found = read_consents(data, name="x")

    assert found.rows == ()
    assert found.refused


@given(st.binary(max_size=300))
def test_reading_never_raises(data: bytes) -> None:
    read_consents(b"email,kind,at,channel\n" + data, name="x")
