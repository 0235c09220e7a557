"""Who lives in the house: people whose names, languages, permissions and words try what a page can bear."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from channels.address import Channel
from consent.facts import Basis
from engine.flows.draft import Draft, Grant

WORDING = "Yes, write, text and call me, also by machine."
EVERYTHING = (Channel.EMAIL, Channel.SMS, Channel.VOICEMAIL, Channel.CALL)

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"
"""A name as somebody might type it who wishes us ill."""

NAMES = (
    ("Ada", "Okafor"), ("Ben", "Lindqvist"), ("Carmen", "Ruiz"), ("Dai", "Nakamura"), ("Elif", "Demir"),
    ("Farid", "Haddad"), ("Grace", "Whitfield"), ("Hugo", "Moreau"), ("Ines", "Carvalho"), ("Jonas", "Weber"),
    ("Kavita", "Rao"), ("Liam", "O'Connell"), ("Mei", "Zhang"), ("Nora", "Eriksen"), ("Omar", "Farouk"),
    ("Petra", "Novotná"), ("Quentin", "Baptiste"), ("Rosa", "Delgado"), ("Sam", "Taylor"), ("Tova", "Rosen"),
    ("Wolfeschlegelsteinhausenbergerdorff", "Featherstonehaugh-Cholmondeley"), ("عائشة", "بن يوسف"),
    (HOSTILE, HOSTILE), ("", ""),
)  # fmt: skip
"""The last four: one too long for any column, one read from right to left, one hostile, and one who gave no name."""

CHANGES: Mapping[int, Mapping[str, Any]] = {
    2: {"language": "es"},
    3: {"country": "US", "region": "HI", "phone": "+18085550104", "zone": "Pacific/Honolulu"},
    5: {"grants": ()},
    6: {"phone": None},
    7: {"email": None},
    9: {"cost_cents": 9500, "interest": "heat-pump"},
    14: {"grants": ()},
    20: {"region": "GU", "phone": "+16716550121", "zone": "Pacific/Guam"},
    22: {"company": HOSTILE, "note": HOSTILE, "custom": {HOSTILE: HOSTILE}},
}
"""What is different about whom, by their place in the list."""

KIND: Mapping[int, Mapping[str, Any]] = {
    20: {"first_name": "Willa", "last_name": "Featherstone"},
    21: {"first_name": "Aisha", "last_name": "Ben Youssef"},
    22: {"first_name": "Uma", "last_name": "Keller", "company": "", "note": "", "custom": {}},
    23: {"email": "house.on.the.hill@example.com"},
}
"""Who stands in pictures in place of those whom only a test wishes for."""

SOURCES = ("web-form", "web-form", "referral", "import")


def arrivals(*, kindly: bool = False) -> list[Draft]:
    """Return everybody as they arrive; with *kindly*, as for a picture, nobody wishes us ill."""
    everybody = [_draft(number, first, last) for number, (first, last) in enumerate(NAMES)]
    return [_made_kind(number, one) for number, one in enumerate(everybody)] if kindly else everybody


def _made_kind(number: int, draft: Draft) -> Draft:
    """Return *draft* as somebody whom one meets any day, with an address that goes with the name."""
    changes: dict[str, Any] = {**KIND.get(number, {})}
    first, last = (changes.get(key, getattr(draft, key)) for key in ("first_name", "last_name"))
    plain = unicodedata.normalize("NFKD", f"{first}.{last}").encode("ascii", "ignore").decode()
    address = re.sub(r"[^a-z.]", "", plain.lower())
    if draft.email and address.strip("."):
        changes["email"] = f"{address}@example.com"
    return replace(draft, **changes)


def _draft(number: int, first_name: str, last_name: str) -> Draft:
    grants = tuple(
        Grant(channel=channel, basis=Basis.EXPRESS_WRITTEN, wording=WORDING, purpose=None) for channel in EVERYTHING
    )
    plain: dict[str, Any] = {
        "email": f"lead{number}@example.com", "phone": f"+1503555{100 + number:04d}", "first_name": first_name,
        "last_name": last_name, "country": "US", "region": "OR", "source": SOURCES[number % len(SOURCES)],
        "interest": "furnace", "grants": grants,
    }  # fmt: skip
    return Draft(**{**plain, **CHANGES.get(number, {})})
