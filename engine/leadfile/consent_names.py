"""The headers and words in which consent files are written, by what they mean; as `headers.plain` makes them."""

from collections.abc import Mapping
from enum import StrEnum

from channels.address import Channel
from consent.facts import Basis, FactKind, Purpose


class Column(StrEnum):
    """What a column of a consent file tells."""

    ADDRESS = "address"
    KIND = "kind"
    CHANNEL = "channel"
    BASIS = "basis"
    AT = "at"
    PURPOSE = "purpose"
    TOPIC = "topic"
    EXPIRES = "expires"
    RECORDED_BY = "recorded_by"
    WORDING = "wording"
    PAGE = "page"
    IP = "ip"
    USER_AGENT = "user_agent"
    FORM = "form"
    REVISION = "revision"
    ACT = "act"
    SELLER = "seller"
    SOURCE = "source"
    EVIDENCE = "evidence"


def _by_word(texts: Mapping[str, str]) -> dict[str, str]:
    return {word.strip(): meaning for meaning, text in texts.items() for word in text.split(";")}


HEADERS: Mapping[str, str] = _by_word({
    Column.ADDRESS: "address; contact; recipient; subscriber; identifier",
    Column.KIND: "kind; event; action; decision; consent; consent given; opt in; opted in; optin; what happened",
    Column.CHANNEL: "channel; channels; medium; via; consent channel; permission",
    Column.BASIS: "basis; legal basis; lawful basis; consent type; consent basis; type of consent",
    Column.AT: (
        "at; date; when; time; timestamp; consent date; consent time; consent at; consented at; date of consent; given at;"
        " captured at; opt in time; opt in date; optin time; optin date; opt in timestamp; confirm time; withdrawn at;"
        " revoked at; opt out date; opt out time; optout time; unsubscribed at; unsub time"
    ),
    Column.PURPOSE: "purpose; for; consent purpose",
    Column.TOPIC: "topic; subject; about",
    Column.EXPIRES: "expires; expires at; expiry; expiry date; expiration; valid until; until; ends at",
    Column.RECORDED_BY: "recorded by; collected by; captured by; agent; recorder",
    Column.WORDING: (
        "wording; consent text; consent wording; disclosure; disclosure text; statement; exact wording; opt in wording;"
        " optin wording; opt in text; text shown; consent language"
    ),
    Column.PAGE: "page; page url; url; form url; landing page; capture url; opt in page",
    Column.IP: "ip; ip address; opt in ip; optin ip; confirm ip; remote address",
    Column.USER_AGENT: "user agent; useragent; browser",
    Column.FORM: "form; form id; form name",
    Column.REVISION: "revision; form version; version; content hash; form hash; sha256",
    Column.ACT: "act; signature; signed by; typed name; checkbox; signature act",
    Column.SELLER: "seller; seller name; company shown; brand",
    Column.SOURCE: "source; origin; consent source; opt in source; optin source; list",
    Column.EVIDENCE: "evidence; evidence file; proof; recording; certificate; certificate url; document; reference",
})  # fmt: skip

KINDS: Mapping[str, str] = _by_word({
    FactKind.GRANTED: (
        "granted; grant; given; yes; y; true; 1; opt in; optin; opted in; subscribed; subscribe; allowed; consented; active;"
        " confirmed"
    ),
    FactKind.WITHDRAWN: (
        "withdrawn; withdraw; withdrawal; revoked; revoke; no; n; false; 0; opt out; optout; opted out; unsubscribed;"
        " unsubscribe; stopped; stop; denied; refused; objected; objection; do not contact"
    ),
})  # fmt: skip

CHANNELS: Mapping[str, str] = _by_word({
    Channel.EMAIL: "email; e mail; mail; newsletter",
    Channel.SMS: "sms; text; texts; text message; text messages; mms",
    Channel.VOICEMAIL: "voicemail; voice mail; ringless voicemail; recorded message; robocall",
    Channel.CALL: "call; calls; phone; telephone; phone call; voice",
})  # fmt: skip

BASES: Mapping[str, str] = _by_word({
    Basis.EXPRESS_WRITTEN: "express written; pewc; prior express written consent; express written consent; written; signed",
    Basis.EXPRESS: "express; express consent; consent; opt in; verbal; oral; express oral; checkbox; double opt in",
    Basis.IMPLIED_PURCHASE: "implied purchase; purchase; customer; bought",
    Basis.IMPLIED_INQUIRY: "implied inquiry; inquiry; enquiry; quote request",
    Basis.SOFT_OPT_IN: "soft opt in; soft optin",
    Basis.EXISTING_RELATIONSHIP: "existing relationship; existing business relationship; ebr; relationship",
})  # fmt: skip

PURPOSES: Mapping[str, str] = _by_word({
    Purpose.MARKETING: "marketing; offers; promotion; promotions; advertising; newsletter",
    Purpose.SERVICE: "service; transactional; informational",
    "": "all; every; everything; any",
})  # fmt: skip
