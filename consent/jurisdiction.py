"""Where a lead may be, from all evidence, as sets: every law that may hold does, and every clock that may count does."""

from collections.abc import Iterable
from functools import lru_cache
from zoneinfo import ZoneInfo

from channels.address import phone_region, phone_zones
from consent.facts import Evidence
from consent.places import places, zone_named, zones_of

UNKNOWN = "unknown"  # jurisdiction of the strictest profile: no country, or one without rules
UNKNOWN_STATE = "US-unknown"  # the United States, and nothing tells which

Candidates = tuple[tuple[Evidence, ...], tuple[Evidence, ...]]
"""Jurisdictions and time zones, each with the sign it was read from."""


@lru_cache(maxsize=16384)  # leads are asked about again and again; reading a number takes longer than deciding
def candidates(
    country: str | None,
    region: str | None = None,
    stated_zone: str | None = None,
    phone: str | None = None,
    email: str | None = None,
    *,
    given_zone: str | None = None,
) -> Candidates:
    """Return every jurisdiction and every time zone the evidence allows.

    *phone* is E.164. A zone the lead stated narrows the zones of the address, never those of the phone: the law looks
    at the number too. *given_zone* is a person's order to look at that zone alone.
    """
    home = _address(country, region)
    ringing = _phone(phone) if phone else None
    mail = _email_country(email) if email else None
    signs = [(home, "address"), (ringing, "phone"), (mail, "email")]
    jurisdictions = tuple(
        Evidence(value=value, source=source) for place, source in signs if place for value in _with_parts(place)
    )
    if given_zone:
        return jurisdictions, (Evidence(value=given_zone, source="given"),)
    return jurisdictions, _zones(home, stated_zone, phone if ringing else None, mail)


def _address(country: str | None, region: str | None) -> str | None:
    """Return `US-FL`, or `US` where the region isn't known; also for `USA`-less spellings like `uk` and `Florida`."""
    code = (country or "").strip().upper()
    code = {"UK": "GB", "USA": "US", "EL": "GR"}.get(code, code)
    if not code:
        return None
    part = (region or "").strip()
    part = places().region_by_name.get((code, part.lower()), part.upper().removeprefix(f"{code}-"))
    return f"{code}-{part}" if f"{code}-{part}" in places().region_zones else code


def _phone(e164: str) -> str | None:
    country = phone_region(e164)
    # The last digits don't matter: an area code belongs to one state, also for the numbers of fiction.
    state = places().state_by_area_code.get(e164[2:5]) if e164.startswith("+1") and country == "US" else None
    return f"US-{state}" if state else country


def _email_country(email: str) -> str | None:
    """Return the country a mailbox's domain belongs to: a weak sign, none where the ending is sold to everybody."""
    ending = email.rpartition(".")[2].lower()
    if ending in places().open_endings:
        return None
    country = {"UK": "GB"}.get(ending.upper(), ending.upper())
    return country if country in places().country_zones else None


def _with_parts(place: str) -> tuple[str, ...]:
    country = place.partition("-")[0]
    return (country,) if place == country else (country, place)


def _zones(home: str | None, stated: str | None, phone: str | None, mail: str | None) -> tuple[Evidence, ...]:
    at_home = _zones_of_place(home)
    ringing = _informative_phone_zones(phone, at_home)
    if stated and (not at_home or stated in at_home):
        at_home = ()
    found = {stated: "stated"} if stated else {}
    for zones, source in ((at_home, "address"), (ringing, "phone")):
        for zone in zones:
            found.setdefault(zone, source)
    if not found:
        found = dict.fromkeys(_zones_of_place(mail), "email")
    return tuple(Evidence(value=zone, source=source) for zone, source in found.items())


def _zones_of_place(place: str | None) -> tuple[str, ...]:
    if place is None:
        return ()
    country, _, region = place.partition("-")
    return zones_of(country, region or None)


def _informative_phone_zones(phone: str | None, at_home: tuple[str, ...]) -> tuple[str, ...]:
    """Return the number's zones where they say something.

    A freephone number says nothing, nor does a mobile prefix that lies in every zone of the country the address is in.
    """
    if phone is None:
        return ()
    zones = phone_zones(phone)
    is_freephone = phone.startswith("+1") and _phone(phone) == "US"
    says_nothing_new = bool(at_home) and set(at_home) <= set(zones)
    return () if is_freephone or says_nothing_new else zones


@lru_cache(maxsize=4096)
def jurisdictions_of(values: tuple[str, ...], with_rules: frozenset[str]) -> frozenset[str]:
    """Return every jurisdiction whose rules apply to candidates *values*, with the strictest profile where it is due.

    *with_rules* are the jurisdictions the rulebook knows. A state stands for its country too, and a member for its union.
    """
    found: set[str] = set()
    for value in values:
        place = _address(*value.partition("-")[::2]) or UNKNOWN
        country, _, _ = place.partition("-")
        law = places().sovereigns.get(country, country)
        found |= {place, law, places().groups.get(law, law)}
        if not {law, places().groups.get(law)} & with_rules:
            found.add(UNKNOWN)
    if "US" in found and not _names_a_part_of_us(found):
        found.add(UNKNOWN_STATE)
    return frozenset(found or {UNKNOWN})


def _names_a_part_of_us(found: Iterable[str]) -> bool:
    territories = {code for code, country in places().sovereigns.items() if country == "US"}
    return any(place.startswith("US-") or place in territories for place in found)


# Where nothing at all is known the clock may show anything: no window is open in all of these at once.
_ANYWHERE = ("Etc/GMT+12", "Etc/GMT+6", "Etc/GMT", "Etc/GMT-6", "Etc/GMT-12", "Etc/GMT-14")


@lru_cache(maxsize=4096)
def clocks_of(zones: tuple[str, ...], jurisdictions: tuple[str, ...]) -> tuple[ZoneInfo, ...]:
    """Return the clocks that count: the candidate *zones*, or all of the jurisdictions where one is missing or unreadable."""
    found = {name: zone_named(name) for name in zones}
    if not found or None in found.values():
        places_known = [_address(*value.partition("-")[::2]) for value in jurisdictions]
        parts = {place.partition("-")[0] for place in places_known if place and "-" in place}
        wider = [name for place in places_known if place not in parts for name in _zones_of_place(place)]
        found |= {name: zone_named(name) for name in wider or _ANYWHERE}
    return tuple(zone for zone in found.values() if zone is not None)
