"""What an address tells by itself: slips, throw-away mailboxes, kinds of line; and what DNS adds."""

import pytest

from channels.contact_check import WELL_KNOWN, PhoneType, is_disposable, phone_type, suggest_email


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gmial.com", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("gmail.co", "gmail.com"),
        ("gnail.com", "gmail.com"),
        ("yaho.com", "yahoo.com"),
        ("hotmial.com", "hotmail.com"),
        ("outlok.com", "outlook.com"),
        ("icoud.com", "icloud.com"),
        ("alderfinch.con", "alderfinch.com"),
    ],
)
def test_a_slip_of_the_finger_gets_a_suggestion(typed: str, meant: str) -> None:
    assert suggest_email(f"ann@{typed}") == f"ann@{meant}"


@pytest.mark.parametrize(
    "domain",
    [*WELL_KNOWN, "yahoo.ca", "outlook.de", "hotmail.ca", "email.com", "mail.com", "gmx.at", "alderfinch.com",
     "example.com", "mail.ru", "verizon.com", "comcast.com", "münchen.de"],
)  # fmt: skip
def test_a_domain_that_is_meant_gets_none(domain: str) -> None:
    assert suggest_email(f"ann@{domain}") is None


@pytest.mark.parametrize(
    ("email", "expected"),
    [("x@mailinator.com", True), ("x@inbox.mailinator.com", True), ("x@gmail.com", False), ("x@example.com", False)],
)
def test_a_throw_away_mailbox_is_known_by_its_domain(email: str, expected: bool) -> None:  # noqa: FBT001
    assert is_disposable(email) is expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("+447911123456", PhoneType.MOBILE),
        ("+442079460018", PhoneType.LANDLINE),
        ("+12125550101", PhoneType.EITHER),
        ("+18005550101", PhoneType.TOLL_FREE),
        ("+61491570156", PhoneType.MOBILE),
        ("+445600123456", PhoneType.VOIP),
        ("+19005550101", PhoneType.OTHER),
        ("not a number", PhoneType.UNKNOWN),
    ],
)
def test_a_numbers_kind_is_told_as_far_as_its_country_says(number: str, expected: PhoneType) -> None:
    assert phone_type(number) is expected
