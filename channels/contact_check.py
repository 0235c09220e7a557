"""What an address tells by itself, before anybody writes to it: a slip of the finger, a throw-away mailbox, a landline.

Nothing here changes or refuses an address, since each sign can be wrong: people do own odd domains. What needs the
network is asked in `channels.mail_exchange`.
"""

from collections.abc import Mapping
from difflib import SequenceMatcher
from enum import StrEnum
from functools import cache, lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType

from channels.reserved import is_reserved_domain


class PhoneType(StrEnum):
    """What sort of line a number is, as far as the plan of its country says."""

    MOBILE = "mobile"  # takes texts
    LANDLINE = "landline"  # surely fixed: no text arrives
    EITHER = "either"  # the plan doesn't tell mobile from fixed, as in North America
    VOIP = "voip"  # over the internet; most take texts
    TOLL_FREE = "toll_free"  # paid by whoever is called: a business
    OTHER = "other"  # premium rate, pager, shared cost and the like
    UNKNOWN = "unknown"  # the plan says nothing


TYPES: Mapping[int, PhoneType] = {
    PhoneNumberType.MOBILE: PhoneType.MOBILE,
    PhoneNumberType.FIXED_LINE: PhoneType.LANDLINE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE: PhoneType.EITHER,
    PhoneNumberType.VOIP: PhoneType.VOIP,
    PhoneNumberType.TOLL_FREE: PhoneType.TOLL_FREE,
    PhoneNumberType.UNKNOWN: PhoneType.UNKNOWN,
}

# Where most people have their mailbox, by how many: of two domains equally near, the first is meant.
WELL_KNOWN = (
    "gmail.com", "yahoo.com", "hotmail.com", "outlook.com", "icloud.com", "aol.com", "live.com", "msn.com", "me.com",
    "comcast.net", "verizon.net", "att.net", "sbcglobal.net", "bellsouth.net", "cox.net", "charter.net", "ymail.com",
    "googlemail.com", "protonmail.com", "proton.me", "gmx.com", "zoho.com", "fastmail.com", "mac.com",
    "shaw.ca", "bell.net", "sympatico.ca", "btinternet.com", "sky.com", "virginmedia.com", "yahoo.co.uk",
    "hotmail.co.uk", "outlook.fr", "orange.fr", "free.fr", "wanadoo.fr", "laposte.net", "hotmail.fr", "yahoo.fr",
    "gmx.de", "gmx.net", "web.de", "t-online.de", "freenet.de", "yahoo.de", "hotmail.es", "yahoo.es", "libero.it",
    "hotmail.it", "bigpond.com", "optusnet.com.au", "xtra.co.nz",
)  # fmt: skip
# Real ones that look like a slip for one of those.
NO_SLIP = frozenset({"mail.com", "email.com", "rogers.com", "roger.com", "hmail.com"})
# Ends that nobody has a mailbox under, and what was meant.
ENDINGS = {"con": "com", "cmo": "com", "ocm": "com", "comm": "com", "vom": "com", "xom": "com", "nte": "net"}
LIKENESS_MIN = 0.84  # `gmial.com` is 0.89 like gmail.com; a domain of somebody's own is rarely more than 0.8 like any
LENGTH_MIN = 7  # the likes of `me.com` and `gmx.de` have too many real neighbours


def suggest_email(email: str) -> str | None:
    """Return the address that *email* probably should have been, or None; *email* is canonical."""
    local, _, domain = email.rpartition("@")
    meant = _meant(domain)
    return f"{local}@{meant}" if meant else None


def is_disposable(email: str) -> bool:
    """Return whether *email* is a mailbox of a service that throws its mail away after minutes."""
    parts = email.rpartition("@")[2].split(".")
    return any(".".join(parts[start:]) in _disposable() for start in range(len(parts) - 1))


def phone_type(e164: str) -> PhoneType:
    """Return what sort of line *e164* is."""
    try:
        number = phonenumbers.parse(e164, None)
    except NumberParseException:
        return PhoneType.UNKNOWN
    return TYPES.get(phonenumbers.number_type(number), PhoneType.OTHER)


@lru_cache(maxsize=10_000)
def _meant(domain: str) -> str | None:
    if domain in WELL_KNOWN or domain in NO_SLIP or is_reserved_domain(domain):
        return None
    stem, _, ending = domain.rpartition(".")
    mended = f"{stem}.{ENDINGS[ending]}" if ending in ENDINGS else domain
    near = [(_likeness(mended, known), known) for known in WELL_KNOWN if len(known) >= LENGTH_MIN]
    likeness, known = max(near, key=lambda pair: pair[0])
    if likeness >= LIKENESS_MIN and _looks_mistyped(mended, known):
        return known
    return None if mended == domain else mended


def _likeness(one: str, other: str) -> float:
    if abs(len(one) - len(other)) > 2:  # noqa: PLR2004 - two keys too many or too few
        return 0.0
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def _looks_mistyped(domain: str, known: str) -> bool:
    """Tell a slip from a cousin: `yahoo.ca` and `outlook.de` are real, and differ only in their ending."""
    return domain == known or domain.partition(".")[0] != known.partition(".")[0] or domain.endswith((".co", ".cm"))


@cache
def _disposable() -> frozenset[str]:
    """Return the domains, read when first asked: most commands never do."""
    from disposable_email_domains import blocklist

    return frozenset(blocklist)
