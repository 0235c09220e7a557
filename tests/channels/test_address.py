"""One canonical text for every address, whatever its spelling."""

import json

import pytest
from email_validator import validate_email
from hypothesis import given
from hypothesis import strategies as st

from channels.address import (
    PHONE_CHANNELS,
    Address,
    AddressKind,
    Channel,
    InvalidAddress,
    canonical_email,
    canonical_phone,
    is_demonstration,
    kind_of,
    mask,
    phone_region,
    phone_zones,
)
from tests.shared import shared_file


def _vectors(expect: str) -> list[str]:
    rows = json.loads(shared_file("vectors/email_addresses.json").read_text())
    return [row["address"] for row in rows if row["expect"] == expect]


def _is_email(text: str) -> bool:
    try:
        canonical_email(text)
    except InvalidAddress:
        return False
    return True


def test_every_address_that_must_be_accepted_is() -> None:
    addresses = _vectors("must_accept")

    assert [address for address in addresses if not _is_email(address)] == []


def test_every_address_that_must_be_refused_is() -> None:
    addresses = _vectors("must_reject")

    assert [address for address in addresses if _is_email(address)] == []


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("Ann.Lee@Example.COM", "ann.lee@example.com"),
        ("  ann@example.com\n", "ann@example.com"),
        ("\u200bann@example.com\u202c", "ann@example.com"),
        ("mailto:Ann@example.com", "ann@example.com"),
        ("ann@acme.test", "ann@acme.test"),
        ("ann@acme.example", "ann@acme.example"),
        ("ann@xn--bcher-kva.example", "ann@bücher.example"),
        ("Jose\u0301@example.com", "josé@example.com"),
        ("O'Brien@example.com", "o'brien@example.com"),
    ],
)
def test_spellings_of_one_mailbox_become_one_text(text: str, canonical: str) -> None:
    assert canonical == canonical_email(text)


@pytest.mark.parametrize(
    "text",
    ["", " ", "@", "ann", "ann@", "ann@localhost", "ann@acme.invalid", "a" * 5000 + "@example.com", "a\x00@b.com"],
)
def test_what_is_no_mailbox_is_refused(text: str) -> None:
    with pytest.raises(InvalidAddress):
        canonical_email(text)


@given(st.emails() | st.text())
def test_a_canonical_email_stays_as_it_is(text: str) -> None:
    try:
        canonical = canonical_email(text)
    except InvalidAddress:
        return

    assert canonical == canonical_email(canonical)
    assert canonical == canonical.lower()


@given(st.from_regex(r"\A[a-z0-9_+.-]{1,12}@[a-z0-9-]{1,12}\.[a-z0-9-]{1,8}\.?(com|org|net)\Z"))
def test_the_short_way_for_plain_addresses_agrees_with_the_library(text: str) -> None:
    try:
        expected = validate_email(text, check_deliverability=False).normalized
    except ValueError:
        expected = None

    try:
        actual = canonical_email(text)
    except InvalidAddress:
        actual = None

    assert expected == actual


@pytest.mark.parametrize(
    ("text", "country", "canonical"),
    [
        ("+1 201-555-0123", None, "+12015550123"),
        ("+1 201-555-0123", "GB", "+12015550123"),
        ("(201) 555-0123", "US", "+12015550123"),
        ("(201) 555-0123", "us", "+12015550123"),
        ("1 201 555 0123", None, "+12015550123"),
        ("1 201 555 0123", "DE", "+12015550123"),
        ("447400123970", "US", "+447400123970"),
        ("0044 20 7946 0958", None, "+442079460958"),
        ("0044 20 7946 0958", "US", "+442079460958"),
        ("+44 (0)20 7946 0958", None, "+442079460958"),
        ("07700 900123", "GB", "+447700900123"),
        ("(+44) 7700 900123", None, "+447700900123"),
        ("\uff12\uff10\uff11\uff15\uff15\uff15\uff10\uff11\uff12\uff13", "US", "+12015550123"),
        ("\uff0b\uff11 \uff12\uff10\uff11 \uff15\uff15\uff15 \uff10\uff11\uff12\uff13", None, "+12015550123"),
        ("201-555-0123 x45", "US", "+12015550123"),
        ("+1 201 555 0123 ext. 9", None, "+12015550123"),
        ("tel:+1-201-555-0123;ext=4", None, "+12015550123"),
        ("\u202a+1 201-555-0123\u202c", None, "+12015550123"),
        ("06 12 34 54 04", "FR", "+33612345404"),
        ("06 1234 5678", "IT", "+390612345678"),
    ],
)
def test_spellings_of_one_line_become_one_number(text: str, country: str | None, canonical: str) -> None:
    assert canonical == canonical_phone(text, country)


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("", None),
        ("n/a", "US"),
        ("555-0123", "US"),
        ("(201) 555-0123", None),
        ("415-555-0123", None),
        ("+1 123", None),
        ("+999 123456789", None),
        ("4.47E+11", "GB"),
        ("+1 201 555 0331/0332", None),
        ("1" * 500, "US"),
    ],
)
def test_what_is_no_number_is_refused(text: str, country: str | None) -> None:
    with pytest.raises(InvalidAddress):
        canonical_phone(text, country)


@given(st.text(alphabet="+0123456789 ()-/.x") | st.text(), st.sampled_from([None, "US", "GB", "IT", "ZZ", ""]))
def test_a_canonical_number_stays_as_it_is(text: str, country: str | None) -> None:
    try:
        canonical = canonical_phone(text, country)
    except InvalidAddress:
        return

    assert canonical == canonical_phone(canonical, country)
    assert canonical[0] == "+"
    assert canonical[1:].isdecimal()


@pytest.mark.parametrize(
    ("e164", "region"),
    [("+12015550123", "US"), ("+14165550123", "CA"), ("+447700900123", "GB"), ("+80012345678", None), ("+", None)],
)
def test_a_number_tells_its_country(e164: str, region: str | None) -> None:
    assert region == phone_region(e164)


def test_a_number_tells_every_zone_it_may_lie_in() -> None:
    assert phone_zones("+12065550100") == ("America/Los_Angeles",)
    assert "Europe/London" in phone_zones("+447700900123")
    assert {"America/New_York", "Pacific/Honolulu"} <= set(phone_zones("+18005550199"))
    assert phone_zones("+80012345678") == ()
    assert phone_zones("nonsense") == ()


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("ann@example.com", True),
        ("ann@shop.example.org", True),
        ("ann@acme.example", True),
        ("ann@acme.test", True),
        ("ann@acme.invalid", True),
        ("ann@myexample.com", False),
        ("ann@example.de", False),
        ("+12015550123", True),
        ("+12015550200", False),
        ("+447700900123", True),
        ("+447400123970", False),
    ],
)
def test_reserved_addresses_are_told_from_real_ones(address: str, *, expected: bool) -> None:
    assert expected is is_demonstration(address)


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("ann@example.com", "a***@example.com"),
        ("+12015554567", "+1******4567"),
        ("+447400123970", "+44******3970"),
        ("(201) 555-4567", "******4567"),
        ("12345", "1***"),
        ("", "***"),
    ],
)
def test_a_masked_address_shows_little(address: str, masked: str) -> None:
    assert masked == mask(address)


@given(st.text())
def test_masking_takes_any_text(text: str) -> None:
    assert "*" in mask(text)


def test_every_phone_channel_needs_a_phone() -> None:
    kinds = {channel: kind_of(channel) for channel in Channel}

    assert {channel for channel, kind in kinds.items() if kind is AddressKind.PHONE} == PHONE_CHANNELS
    assert kinds[Channel.EMAIL] is AddressKind.EMAIL
    assert kinds[Channel.LETTER] is None


def test_addresses_written_differently_are_the_same_place() -> None:
    assert Address.email("Ann@Example.com") == Address.email("ann@example.com")
    assert Address.phone("(201) 555-0123", "US") == Address.phone("+12015550123")
