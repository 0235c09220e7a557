"""What is known of places: which time zones a country or a part of it has, and which state an area code belongs to."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The packaged table, by ISO 3166 codes."""

    country_zones: Mapping[str, tuple[str, ...]]
    region_zones: Mapping[str, tuple[str, ...]]  # by `US-FL`
    region_by_name: Mapping[tuple[str, str], str]  # (`US`, `florida`) gives `FL`
    state_by_area_code: Mapping[str, str]
    groups: Mapping[str, str]  # `DE` gives `EU`
    sovereigns: Mapping[str, str]  # `PR` gives `US`
    open_endings: frozenset[str]


@cache
def places() -> Places:
    """Return the table, read once."""
    text = resources.files("consent").joinpath("places.yaml").read_text(encoding="utf-8")
    table = yaml.safe_load(text)
    regions = [(country, code, row) for country, rows in table["regions"].items() for code, row in rows.items()]
    return Places(
        country_zones=_country_zones(),
        region_zones={f"{country}-{code}": tuple(row["zones"]) for country, code, row in regions},
        region_by_name={(country, row["name"].lower()): code for country, code, row in regions},
        state_by_area_code={str(area): code for _, code, row in regions for area in row.get("area_codes", ())},
        groups=dict.fromkeys(table["EU"], "EU"),
        sovereigns={code: country for country, codes in table["territories"].items() for code in codes},
        open_endings=frozenset(table["open_endings"]),
    )


def _country_zones() -> dict[str, tuple[str, ...]]:
    """Read the IANA table of country codes and zones."""
    text = resources.files("tzdata").joinpath("zoneinfo/zone.tab").read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            country, _, zone = line.split("\t")[:3]
            found.setdefault(country, []).append(zone)
    return {country: tuple(zones) for country, zones in found.items()}


def zones_of(country: str, region: str | None = None) -> tuple[str, ...]:
    """Return the zones of *region*, of the whole country where the region isn't known, of nowhere for a strange code."""
    table = places()
    return table.region_zones.get(f"{country}-{region}") or table.country_zones.get(country, ())


@cache
def zone_named(name: str) -> ZoneInfo | None:
    """Return the time zone, None where IANA knows no such name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
