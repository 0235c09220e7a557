"""Read where a lead lives and what they speak: countries, regions, time zones and languages, as people write them."""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from zoneinfo import available_timezones

import holidays
import phonenumbers

from engine.leadfile.headers import plain


@lru_cache(maxsize=4096)
def country_code(text: str) -> str | None:
    """Return the ISO 3166-1 alpha-2 code of a country's code or name in any common language, None if unknown."""
    code = text.strip().upper()
    if code in phonenumbers.SUPPORTED_REGIONS:
        return code
    return _countries().get(plain(text))


# Codes and names that people write and the library's table of names doesn't hold.
_MORE_COUNTRIES = {
    "uk": "GB", "great britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "northern ireland": "GB",
    "usa": "US", "u s": "US", "u s a": "US", "united states of america": "US", "america": "US", "us": "US",
    "eeuu": "US", "ee uu": "US", "etats unis d amerique": "US", "holland": "NL", "the netherlands": "NL",
    "czech republic": "CZ", "korea": "KR", "south korea": "KR", "republic of korea": "KR", "russian federation": "RU",
    "viet nam": "VN", "turkey": "TR", "turkiye": "TR", "uae": "AE", "hong kong": "HK", "macau": "MO",
    "gbr": "GB", "deu": "DE", "fra": "FR", "esp": "ES", "ita": "IT", "prt": "PT", "nld": "NL", "bel": "BE", "che": "CH",
    "aut": "AT", "irl": "IE", "dnk": "DK", "swe": "SE", "nor": "NO", "fin": "FI", "pol": "PL", "cze": "CZ", "grc": "GR",
    "can": "CA", "mex": "MX", "bra": "BR", "arg": "AR", "chl": "CL", "col": "CO", "per": "PE", "aus": "AU", "nzl": "NZ",
    "ind": "IN", "jpn": "JP", "kor": "KR", "chn": "CN", "sgp": "SG", "isr": "IL", "zaf": "ZA", "tur": "TR", "rus": "RU",
}  # fmt: skip


@cache
def _countries() -> Mapping[str, str]:
    names = {
        plain(name): code
        for code, translations in _names_of_countries().items()
        for name in translations.values()
        if code in phonenumbers.SUPPORTED_REGIONS and not name.startswith("*")  # a star refers to another language
    }
    return {**names, **_MORE_COUNTRIES}


def _names_of_countries() -> Mapping[str, Mapping[str, str]]:
    """Return the names of each country by language, from the phone number library.

    Its table is loaded by itself, because the package around it would first load the place of every telephone prefix:
    seven seconds, for nothing.
    """
    path = Path(str(phonenumbers.__file__)).parent / "geodata" / "locale.py"
    spec = spec_from_file_location("phonenumbers.geodata.locale", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    names: Mapping[str, Mapping[str, str]] = module.LOCALE_DATA
    return names


def region_code(text: str, country: str | None) -> str:
    """Return the ISO 3166-2 code of a region of *country*, without the country; *text* where it isn't known."""
    text = text.strip()
    if country is None:
        return text.upper() if re.fullmatch(r"[A-Za-z]{2}", text) else text
    code = text.upper().removeprefix(f"{country}-")
    known = _regions(country)
    return known.get(plain(code), known.get(plain(text), text))


@cache
def _regions(country: str) -> Mapping[str, str]:
    try:
        calendar = holidays.country_holidays(country)
    except NotImplementedError:
        return {}
    names = {plain(name): code for name, code in calendar.subdivisions_aliases.items()}
    return names | {plain(code): code for code in calendar.subdivisions}


# What American programs write. The abbreviations are IANA names too, but of zones without summer time.
_ZONES = {
    "eastern time": "America/New_York", "eastern": "America/New_York", "et": "America/New_York",
    "est": "America/New_York", "edt": "America/New_York", "eastern time us canada": "America/New_York",
    "central time": "America/Chicago", "central": "America/Chicago", "ct": "America/Chicago",
    "cst": "America/Chicago", "cdt": "America/Chicago", "central time us canada": "America/Chicago",
    "mountain time": "America/Denver", "mountain": "America/Denver", "mt": "America/Denver",
    "mst": "America/Denver", "mdt": "America/Denver", "mountain time us canada": "America/Denver",
    "pacific time": "America/Los_Angeles", "pacific": "America/Los_Angeles", "pt": "America/Los_Angeles",
    "pst": "America/Los_Angeles", "pdt": "America/Los_Angeles", "pacific time us canada": "America/Los_Angeles",
    "london": "Europe/London", "paris": "Europe/Paris", "berlin": "Europe/Berlin", "madrid": "Europe/Madrid",
    "utc": "UTC", "z": "UTC", "gmt": "Europe/London", "bst": "Europe/London", "cet": "Europe/Paris",
    "cest": "Europe/Paris", "mez": "Europe/Berlin",
}  # fmt: skip


@lru_cache(maxsize=1024)
def zone_name(text: str) -> str | None:
    """Return the IANA name of a time zone, None if unknown."""
    words = plain(re.sub(r"\((?:GMT|UTC)[^)]*\)", "", text))
    return _ZONES.get(words) or _iana().get(text.strip().casefold().replace(" ", "_"))


@cache
def _iana() -> Mapping[str, str]:
    return {name.casefold(): name for name in available_timezones() if "/" in name}


_LANGUAGES = {
    "english": "en", "ingles": "en", "anglais": "en", "englisch": "en",
    "spanish": "es", "espanol": "es", "castellano": "es", "espagnol": "es", "spanisch": "es",
    "french": "fr", "francais": "fr", "frances": "fr", "franzosisch": "fr",
    "german": "de", "deutsch": "de", "aleman": "de", "allemand": "de",
    "italian": "it", "italiano": "it", "italien": "it", "italienisch": "it",
    "portuguese": "pt", "portugues": "pt", "portugais": "pt", "portugiesisch": "pt",
    "dutch": "nl", "nederlands": "nl", "polish": "pl", "polski": "pl", "swedish": "sv", "svenska": "sv",
    "danish": "da", "dansk": "da", "norwegian": "nb", "norsk": "nb", "finnish": "fi", "suomi": "fi",
    "czech": "cs", "cestina": "cs", "greek": "el", "turkish": "tr", "turkce": "tr", "russian": "ru", "arabic": "ar",
    "hebrew": "he", "hindi": "hi", "chinese": "zh", "mandarin": "zh", "japanese": "ja", "korean": "ko",
}  # fmt: skip
_LANGUAGE_TAG = re.compile(r"([A-Za-z]{2})(?:[-_]([A-Za-z]{2}|[A-Za-z]{4}|\d{3}))?(?:\.[\w-]+)?")


@lru_cache(maxsize=1024)
def language_tag(text: str) -> str | None:
    """Return the BCP 47 tag of a language's code or name, None if unknown."""
    if found := _LANGUAGE_TAG.fullmatch(text.strip()):
        language, place = found.groups()
        if place is None:
            return language.lower()
        return f"{language.lower()}-{place.title() if len(place) == _SCRIPT_LETTERS else place.upper()}"
    return _LANGUAGES.get(plain(re.sub(r"\(.*\)", "", text)))


_SCRIPT_LETTERS = 4  # zh-Hant
