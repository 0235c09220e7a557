"""What a template can say of a lead: the names it may use, and their values, cleaned.

A lead's words are data. They are stripped of control characters and clipped here, escaped where HTML is made, and never
read as template or Markdown, because both are compiled before a lead is known.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.content.brand import Brand, Owner
from engine.domain.lead import Lead


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """The addresses a message leads to that are this lead's own; *booking* is the brand's unless given."""

    unsubscribe: str = ""
    preferences: str = ""
    booking: str = ""
    confirm: str = ""


ANYTHING: frozenset[str] = frozenset()
"""Marks a group whose names nobody can list."""

KNOWN: Mapping[str, frozenset[str]] = {
    "lead": frozenset(
        {
            "first_name",
            "last_name",
            "full_name",
            "company",
            "email",
            "phone",
            "country",
            "region",
            "language",
            "interest",
            "interest_name",
            "source",
            "custom",
        }
    ),
    "lead.custom": ANYTHING,
    "brand": Brand.names(),
    "owner": frozenset({"name", "first_name", "title", "phone", "email"}),
    "links": frozenset({"unsubscribe", "preferences", "booking", "confirm"}),
}
"""Every variable a template may name, by group. `lead.custom` holds whatever came with the lead."""

# Longer than any real name or company; a form filled by a machine may hold a book.
VALUE_CHARACTERS_MAX = 200
# A list in `lead.custom` is for a handful of items; loops run over it.
LIST_ITEMS_MAX = 50


VALUES = frozenset({"greeting"})
"""Variables that stand alone. `greeting` is by the lead's time of day, and in the message's language."""


def build_variables(
    lead: Lead, brand: Brand, links: Links, *, owner: Owner | None = None, at: datetime | None = None
) -> dict[str, Any]:
    """Return what a template of *brand* may say to *lead*; plain JSON, so that it can be kept with the message.

    *owner* is who looks after the lead; without one it is found in the brand by `lead.owner`, else its first owner. *at*
    is the instant of sending, by which leads are greeted; without it they are greeted by a word for any time of day.
    """
    owner = owner or brand.owner(lead.owner)
    first, last = _clean(lead.first_name), _clean(lead.last_name)
    return {
        "lead": {
            "first_name": first,
            "last_name": last,
            "full_name": f"{first} {last}".strip(),
            "company": _clean(lead.company),
            "email": _clean(lead.email or ""),
            "phone": _clean(lead.phone or ""),
            "country": _clean(lead.country or ""),
            "region": _clean(lead.region or ""),
            "language": _clean(lead.language),
            "interest": _clean(lead.interest),
            "interest_name": brand.interests.get(lead.interest, ""),
            "source": _clean(lead.source),
            "custom": {_clean(key): _clean_any(value) for key, value in lead.custom.items()},
        },
        "brand": brand.variables,
        "owner": owner.variables(),
        "links": {
            "unsubscribe": links.unsubscribe,
            "preferences": links.preferences,
            "confirm": links.confirm,
            "booking": links.booking or brand.booking_url,
        },
        "here": {"country": lead.country or "", "zone": lead.zone or "", "at": at.isoformat() if at else ""},
    }


# C0 and C1 controls, line and paragraph separators, marks that turn the direction of what follows, and invisible ones.
# The zero-width joiner stays: emoji and several scripts are spelt with it.
_UNWANTED = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff]+"
)


def _clean(text: str) -> str:
    if not text.isalnum():  # most names are, and need no work
        text = " ".join(_UNWANTED.sub(" ", text).split())
    return text[:VALUE_CHARACTERS_MAX]


def _clean_any(value: Any) -> Any:
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if isinstance(value, list | tuple):
        return [_clean(str(item)) for item in value[:LIST_ITEMS_MAX]]
    return "" if value is None else _clean(str(value))
