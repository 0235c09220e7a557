"""The sorts of field that integrators send: each cleaned, bounded, and told apart from what can't be used."""

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, StringConstraints
from pydantic_core import PydanticCustomError

from channels.address import Address, InvalidAddress
from engine.leadfile import places
from engine.web.bodies import clean

CUSTOM_MAX = 50
INTEGER_MAX = 2**53  # beyond it, readers of JSON disagree


class Strict(BaseModel):
    """What is sent to us: a field that nobody knows is a mistake somebody wants to hear of."""

    model_config = ConfigDict(extra="forbid")


def refuse(message: str, remedy: str, *, field: str = "") -> PydanticCustomError:
    """Return the error to raise about a field."""
    return PydanticCustomError("refused", "{message}", {"message": message, "remedy": remedy, "field": field})


def _cleaned(value: Any) -> Any:
    return clean(value) if isinstance(value, str) else value


def _one_line(value: Any) -> Any:
    return " ".join(clean(value).split()) if isinstance(value, str) else value


def _known(read: Callable[[str], str | None], message: str, remedy: str) -> AfterValidator:
    def check(value: str) -> str:
        found = read(value)
        if found is None:
            raise refuse(message, remedy)
        return found

    return AfterValidator(check)


def read_email(value: str) -> str:
    """Return the canonical address."""
    try:
        return Address.email(value).value
    except InvalidAddress as error:
        raise refuse(str(error), "Check it for a slip; it should look like ann@example.com.") from error


def read_phone(value: str, country: str | None) -> str:
    """Return the E.164 number, read as dialled in *country* where it has no +."""
    try:
        return Address.phone(value, country).value
    except InvalidAddress as error:
        message, _, _ = str(error).partition(":")
        remedy = "Write it with + and the country code, as in +15035550123, or send `country` with it."
        raise refuse(message, remedy) from error


def _page(value: str) -> str:
    try:
        is_page = urlsplit(value).scheme in {"http", "https"} and bool(urlsplit(value).hostname)
    except ValueError:
        is_page = False
    if value and not is_page:
        raise refuse("This is no address of a page.", "Write it as in https://example.com/contact.")
    return value


def _ip(value: str) -> str:
    try:
        return str(ip_address(value)) if value else ""
    except ValueError as error:
        raise refuse("This is no IP address.", "Write it as in 192.0.2.1, or leave it out.") from error


def _custom(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if len(value) > CUSTOM_MAX:
        raise refuse(f"There are more than {CUSTOM_MAX} fields.", "Send those that sequences or people use.")
    return {_custom_name(name): _custom_value(name, one) for name, one in value.items()}


def _custom_name(name: str) -> str:
    if not (name.isascii() and name.replace("_", "a").isalnum() and name[0].isalpha() and len(name) <= 60):  # noqa: PLR2004
        remedy = "Begin with a letter and use letters, digits and underscores, as in roof_type."
        raise refuse(f"'{clean(name)[:60]}' can't be a field's name.", remedy)
    return name


def _custom_value(name: str, value: Any) -> Any:
    if isinstance(value, str):
        cleaned = clean(value)
        if len(value) <= 2_000:  # noqa: PLR2004 - a paragraph; what is longer is a note
            return cleaned
        raise refuse(f"'{name}' has more than 2000 characters.", "Shorten it, or send it as the note.")
    if value is None or isinstance(value, bool) or (isinstance(value, int) and abs(value) <= INTEGER_MAX):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise refuse(f"'{name}' holds what can't be kept.", "Send a text, a number, true, false or null.")


Name = Annotated[str, StringConstraints(max_length=100), BeforeValidator(_one_line)]
Line = Annotated[str, StringConstraints(max_length=200), BeforeValidator(_one_line)]
Program = Annotated[str, StringConstraints(max_length=1_000), BeforeValidator(_one_line)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=80), BeforeValidator(_one_line)]
Note = Annotated[str, StringConstraints(max_length=10_000), BeforeValidator(_cleaned)]
NoteText = Annotated[str, StringConstraints(min_length=1, max_length=10_000), BeforeValidator(_cleaned)]
Wording = Annotated[str, StringConstraints(min_length=1, max_length=4_000), BeforeValidator(_cleaned)]
EmailText = Annotated[str, StringConstraints(max_length=320), BeforeValidator(_one_line)]
PhoneText = Annotated[str, StringConstraints(max_length=80), BeforeValidator(_one_line)]
Country = Annotated[
    str,
    StringConstraints(max_length=60),
    _known(places.country_code, "No such country is known.", "Write its ISO 3166 code, such as US or GB."),
]
Zone = Annotated[
    str,
    StringConstraints(max_length=60),
    _known(places.zone_name, "No such time zone is known.", "Write its IANA name, such as America/New_York."),
]
Language = Annotated[
    str,
    StringConstraints(max_length=40),
    _known(places.language_tag, "No such language is known.", "Write its BCP 47 tag, such as en or es-MX."),
]
Page = Annotated[str, StringConstraints(max_length=2_000), BeforeValidator(_one_line), AfterValidator(_page)]
Ip = Annotated[str, StringConstraints(max_length=60), BeforeValidator(_one_line), AfterValidator(_ip)]
Scalar = str | int | float | bool | None
Custom = Annotated[dict[str, Scalar], BeforeValidator(_custom)]


def _written(value: Any) -> Any:
    """Refuse a number: seconds since 1970 are no date that anybody can read."""
    if not isinstance(value, datetime) and not (isinstance(value, str) and INSTANT.match(value)):
        raise refuse("This is no instant.", "Write it as in 2026-03-02T15:00:00Z.")
    return value


INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d", re.ASCII)
Instant = Annotated[AwareDatetime, BeforeValidator(_written)]


def in_utc(value: datetime) -> datetime:
    """Return *value* in UTC; refuses what no calendar holds."""
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise refuse("No calendar holds this instant.", "Write it as in 2027-06-30T00:00:00Z.") from error


End = Annotated[Instant, AfterValidator(in_utc)]


def not_ahead(at: datetime | None, now: datetime, skew_seconds: float = 300) -> datetime:
    """Return *at*, or *now* where it is unknown or a little ahead; raises `OverflowError` when it is far ahead."""
    if at is None:
        return now
    if (at - now).total_seconds() > skew_seconds:
        raise OverflowError
    return min(at, now).astimezone(UTC)
