"""Countries and regions as people write them, and the time zone most of a region lives in.

The zone of a country is the first of its zones in the IANA `zone.tab`, which begins with the most populous in most
countries; the exceptions, and the regions of countries with several zones, are public facts tabled here.
"""

from functools import lru_cache
from importlib.resources import files
from typing import Final

import holidays


def default_zone(country: str, region: str | None = None) -> str | None:
    """Return the zone in which most people of *region*, else of *country*, live; None for a country we don't know."""
    code = country_code(country)
    by_region = _REGION_ZONES.get(code, {})
    return by_region.get(region_code(country, region) or "") or _COUNTRY_ZONES.get(code) or _first_zones().get(code)


@lru_cache(maxsize=512)
def country_code(country: str) -> str:
    """Return the two letters of ISO 3166 for *country*, given as two or three in any case; UK is read as GB."""
    code = country.strip().upper()
    if code == "UK":
        return "GB"
    try:
        return str(getattr(holidays.country_holidays(code), "country", code)) if len(code) == len("USA") else code
    except NotImplementedError:
        return code


def region_code(country: str, region: str | None) -> str | None:
    """Return the code within *country* for *region*, given as "NSW", "au-nsw" or "New South Wales"; None for none."""
    written = " ".join((region or "").split()).upper()
    plain = written.removeprefix(country_code(country) + "-")
    return _region_names(country_code(country)).get(plain, plain) or None


@lru_cache(maxsize=256)
def _region_names(country: str) -> dict[str, str]:
    """Return the codes by name and by code, in capitals; empty where the calendar library knows no such country."""
    try:
        calendar = holidays.country_holidays(country)
    except NotImplementedError:
        return {}
    names = {name.upper(): code for name, code in getattr(calendar, "subdivisions_aliases", {}).items()}
    return names | {code.upper(): code for code in calendar.subdivisions}


@lru_cache(maxsize=1)
def _first_zones() -> dict[str, str]:
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    return {row[0]: row[2] for row in reversed(rows)}


_COUNTRY_ZONES: Final = {
    "AQ": "Antarctica/McMurdo",
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "FM": "Pacific/Pohnpei",
    "GL": "America/Nuuk",
    "RU": "Europe/Moscow",
    "UA": "Europe/Kyiv",
    "UZ": "Asia/Tashkent",
    "XK": "Europe/Belgrade",  # Kosovo has no row in zone.tab
}

_WRITTEN_ZONES: Final = {
    "US": {
        "America/New_York": "CT DC DE FL GA KY MA MD ME NC NH NJ NY OH PA RI SC VA VT WV",
        "America/Detroit": "MI",
        "America/Indiana/Indianapolis": "IN",
        "America/Chicago": "AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI",
        "America/Denver": "CO MT NM UT WY",
        "America/Boise": "ID",
        "America/Phoenix": "AZ",
        "America/Los_Angeles": "CA NV OR WA",
        "America/Anchorage": "AK",
        "Pacific/Honolulu": "HI",
        "America/Puerto_Rico": "PR",
        "America/St_Thomas": "VI",
        "Pacific/Guam": "GU",
        "Pacific/Saipan": "MP",
        "Pacific/Pago_Pago": "AS",
    },
    "CA": {
        "America/St_Johns": "NL",
        "America/Halifax": "NS PE",
        "America/Moncton": "NB",
        "America/Toronto": "ON QC",
        "America/Iqaluit": "NU",
        "America/Winnipeg": "MB",
        "America/Regina": "SK",
        "America/Edmonton": "AB NT",
        "America/Vancouver": "BC",
        "America/Whitehorse": "YT",
    },
    "AU": {
        "Australia/Sydney": "NSW ACT",
        "Australia/Melbourne": "VIC",
        "Australia/Brisbane": "QLD",
        "Australia/Hobart": "TAS",
        "Australia/Adelaide": "SA",
        "Australia/Darwin": "NT",
        "Australia/Perth": "WA",
    },
    "BR": {
        "America/Rio_Branco": "AC",
        "America/Manaus": "AM",
        "America/Porto_Velho": "RO",
        "America/Boa_Vista": "RR",
        "America/Cuiaba": "MT",
        "America/Campo_Grande": "MS",
        "America/Belem": "AP PA",
        "America/Araguaina": "TO",
        "America/Fortaleza": "CE MA PB PI RN",
        "America/Recife": "PE",
        "America/Maceio": "AL SE",
        "America/Bahia": "BA",
    },
    "MX": {
        "America/Tijuana": "BCN",
        "America/Hermosillo": "SON",
        "America/Mazatlan": "BCS NAY SIN",
        "America/Chihuahua": "CHH",
        "America/Monterrey": "COA NLE TAM",
        "America/Merida": "CAM YUC",
        "America/Cancun": "ROO",
    },
    "ES": {"Atlantic/Canary": "CN", "Africa/Ceuta": "CE ML"},
    "PT": {"Atlantic/Azores": "20", "Atlantic/Madeira": "30"},
    "NZ": {"Pacific/Chatham": "CIT"},
    "EC": {"Pacific/Galapagos": "W"},
}

_REGION_ZONES: Final = {
    country: {region: zone for zone, regions in zones.items() for region in regions.split()}
    for country, zones in _WRITTEN_ZONES.items()
}
