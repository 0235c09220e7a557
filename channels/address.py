"""What a channel is, and the addresses that reach a lead: one canonical text for every email address and phone number.

Canonical means comparable: two spellings of one mailbox or one line give the same text, so a stop on one is a stop on
both. Whether an address is *alive* is not decided here: that takes the network, and providers tell us soon enough.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, timezone

from channels.reserved import is_reserved_domain, reserved_phone_region


class Channel(StrEnum):
    """A way to reach a lead."""

    EMAIL = "email"  # a message to a mailbox
    SMS = "sms"  # a text message to a phone
    VOICEMAIL = "voicemail"  # a spoken message left by machine after the beep
    CALL = "call"  # a person of ours dials: a task
    LETTER = "letter"  # a person of ours writes on paper: a task
    SOCIAL = "social"  # a person of ours writes on a social network: a task


PHONE_CHANNELS = frozenset({Channel.SMS, Channel.VOICEMAIL, Channel.CALL})


class AddressKind(StrEnum):
    """What sort of place an address is; one place may serve several channels."""

    EMAIL = "email"  # a mailbox
    PHONE = "phone"  # a telephone line


class InvalidAddress(ValueError):
    """The text is not an address that a message could be sent to."""


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """One place to reach leads, in its canonical text; equal values are the same place."""

    kind: AddressKind
    value: str

    @classmethod
    def email(cls, text: str) -> Self:
        """Read an email address; raises `InvalidAddress`."""
        return cls(AddressKind.EMAIL, canonical_email(text))

    @classmethod
    def phone(cls, text: str, country: str | None = None) -> Self:
        """Read a phone number, national ones as dialled in *country*; raises `InvalidAddress`."""
        return cls(AddressKind.PHONE, canonical_phone(text, country))

    def __str__(self) -> str:
        return self.value


def kind_of(channel: Channel) -> AddressKind | None:
    """Return the kind of address *channel* needs; None where a person finds the way (letter, social)."""
    if channel is Channel.EMAIL:
        return AddressKind.EMAIL
    return AddressKind.PHONE if channel in PHONE_CHANNELS else None


# RFC 5321 allows 254 octets for a mailbox; anything longer isn't worth the library's time.
EMAIL_CHARACTERS_MAX = 320
# The usual shape, which the library accepts as it stands: skipping it makes an import several times faster.
_PLAIN_EMAIL = re.compile(
    r"[a-z0-9_+-]{1,40}(?:\.[a-z0-9_+-]{1,20})?@(?:[a-z0-9]{1,20}(?:-[a-z0-9]{1,20})?\.){1,3}(?:com|org|net)"
)
_INVISIBLE = "\ufeff\u200b\u200c\u200d\u200e\u200f\u2060\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_AROUND = _INVISIBLE + " \t\r\n\v\f\u00a0\u3000"


def canonical_email(text: str) -> str:
    """Return *text* as a lower-case mailbox address, its domain in Unicode; raises `InvalidAddress`.

    The part before the @ is lowered too: RFC 5321 would let a host tell `Ann@` from `ann@`, but none that people use
    does, and a stop from one spelling must hold for the other.
    """
    text = text.strip(_AROUND)
    if text[:7].lower() == "mailto:":
        text = text[7:]
    plain = text.lower()
    if _PLAIN_EMAIL.fullmatch(plain):
        return plain
    if len(text) > EMAIL_CHARACTERS_MAX:
        raise InvalidAddress("The address is too long.")
    try:
        # A rehearsal may use `.test`; live adapters refuse it. `.invalid` stays refused: Salesforce's sandboxes put it
        # behind real addresses to say that nobody must write to them.
        is_test = plain.endswith(".test")
        found = validate_email(text, check_deliverability=False, test_environment=is_test)
    except EmailNotValidError as error:
        raise InvalidAddress(str(error)) from error
    return unicodedata.normalize("NFC", found.normalized.lower())


PHONE_CHARACTERS_MAX = 80  # longer than any number with its extension


def canonical_phone(text: str, country: str | None = None) -> str:
    """Return *text* as an E.164 number without its extension; raises `InvalidAddress`.

    A number without `+` (or `00`) is read as dialled in *country* (ISO 3166 alpha-2); where that gives no real number,
    or no country is known, its digits must form a real number with a `+` before them.
    """
    text = unicodedata.normalize("NFKC", text).translate(_WITHOUT_INVISIBLE).strip()
    if len(text) > PHONE_CHARACTERS_MAX:
        raise InvalidAddress("The phone number is too long.")
    digits = re.sub(r"\D", "", text)
    if not digits:
        raise InvalidAddress("There are no digits in the phone number.")
    for spelling, region in _readings(text, country):
        found = _parsed(spelling, region)
        if found is not None:
            return found
    if _is_international(text):
        raise InvalidAddress("No country has such a phone number.")
    where = f"in {country.upper()}" if country else "without its country"
    raise InvalidAddress(f"This is not a phone number {where}: write it with + and the country code.")


_WITHOUT_INVISIBLE = dict.fromkeys(map(ord, _INVISIBLE))


def _is_international(text: str) -> bool:
    return text.lstrip("( ").startswith("+") or text[:5].lower() == "tel:+"


def _readings(text: str, country: str | None) -> list[tuple[str, str | None]]:
    """Return the ways to read *text*, the most likely first."""
    if _is_international(text):
        return [(text, None)]
    readings: list[tuple[str, str | None]] = []
    if (bare := text.lstrip("( ")).startswith("00"):
        readings.append(("+" + bare[2:], None))
    if country:
        readings.append((text, country.strip().upper()))
    if not _AREA_CODE_FIRST.match(text):
        readings.append(("+" + bare, None))
    return readings


# Written this way, the first digits are an area code; `(415) 555-0123` with a `+` before would ring in Switzerland.
_AREA_CODE_FIRST = re.compile(r"\(\d+\)|\d{3}[ .-]\d{3}[ .-]\d{4}\b")


def _parsed(text: str, region: str | None) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return None
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    # Numbers set aside for fiction are not assigned, so the library calls some of them invalid.
    is_real = phonenumbers.is_valid_number(number) or reserved_phone_region(e164) is not None
    return e164 if is_real else None


def phone_region(e164: str) -> str | None:
    """Return the ISO country a number belongs to; None where the number doesn't say (freephone worldwide, unknown)."""
    if (region := reserved_phone_region(e164)) is not None and not e164.startswith("+1"):
        return region
    number = _number(e164)
    region = phonenumbers.region_code_for_number(number) if number else None
    return None if region is None or region == "001" else region


def national_digits(e164: str) -> str:
    """Return the digits of a number without its country's code or a leading zero: what every spelling of it ends in."""
    number = _number(e164)
    return str(number.national_number) if number else re.sub(r"\D", "", e164)


def phone_zones(e164: str) -> tuple[str, ...]:
    """Return every time zone the number's prefix may lie in, none where that is unknown."""
    number = _number(e164)
    if number is None:
        return ()
    zones = timezone.time_zones_for_number(number)
    if zones == _UNKNOWN_ZONE:
        zones = timezone.time_zones_for_geographical_number(number)
    return () if zones == _UNKNOWN_ZONE else tuple(zones)


_UNKNOWN_ZONE = (timezone.UNKNOWN_TIMEZONE,)


def _number(e164: str) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(e164, None)
    except NumberParseException:
        return None


def is_demonstration(address: str) -> bool:
    """Return whether *address* is reserved for examples, so that it can never be a real person's."""
    if "@" in address:
        return is_reserved_domain(address.rpartition("@")[2])
    return reserved_phone_region(address) is not None


def mask(address: str) -> str:
    """Return *address* for a log: enough to recognise it beside its owner, too little to use it.

    Takes any text, also one that was refused as an address.
    """
    if "@" in address:
        local, _, domain = address.strip().rpartition("@")
        return f"{local[:1]}***@{domain}"
    digits = re.sub(r"\D", "", address)
    if len(digits) < _DIGITS_SHOWN * 2:
        return f"{address.strip()[:1]}***"
    code = _calling_code(digits) if address.strip().startswith("+") else ""
    plus = "+" if code else ""
    return f"{plus}{code}{'*' * (len(digits) - len(code) - _DIGITS_SHOWN)}{digits[-_DIGITS_SHOWN:]}"


_DIGITS_SHOWN = 4


def _calling_code(digits: str) -> str:
    return next((digits[:n] for n in (1, 2, 3) if int(digits[:n]) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE), "")
