"""Where invented leads live, and the telephone numbers that no real person there can have."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

NUMBERS_EACH = 100  # of every block below: its last two digits are free


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A place to live: how many leads live there, what they speak, and how their numbers begin.

    *blocks* are numbers without their last two digits, from the ranges that `channels.reserved` knows; a country that
    reserves none for fiction has none, and its leads have no telephone.
    """

    country: str
    region: str | None
    zone: str
    weight: float
    languages: dict[str, float]
    blocks: tuple[str, ...]


ENGLISH = {"en": 1.0}
SOME_SPANISH = {"en": 0.8, "es": 0.2}


def _us(region: str, zone: str, weight: float, *areas: int, languages: dict[str, float] = ENGLISH) -> Home:
    blocks = tuple(f"+1{area}55501" for area in areas)
    return Home(country="US", region=region, zone=zone, weight=weight, languages=languages, blocks=blocks)


def _ca(region: str, zone: str, weight: float, *areas: int, languages: dict[str, float] = ENGLISH) -> Home:
    blocks = tuple(f"+1{area}55501" for area in areas)
    return Home(country="CA", region=region, zone=zone, weight=weight, languages=languages, blocks=blocks)


HOMES: tuple[Home, ...] = (
    _us("OR", "America/Los_Angeles", 10, 503, 541, 971),
    _us("WA", "America/Los_Angeles", 6, 206, 253, 509),
    _us("CA", "America/Los_Angeles", 9, 213, 415, 619, 916, languages=SOME_SPANISH),
    _us("NV", "America/Los_Angeles", 2, 702),
    _us("AZ", "America/Phoenix", 3, 602, 520),
    _us("CO", "America/Denver", 3, 303, 719),
    _us("ID", "America/Boise", 2, 208),
    _us("TX", "America/Chicago", 7, 214, 512, 713, languages=SOME_SPANISH),
    _us("TX", "America/Denver", 1, 915, languages=SOME_SPANISH),
    _us("OK", "America/Chicago", 2, 405, 918),
    _us("IL", "America/Chicago", 4, 312, 217),
    _us("TN", "America/Chicago", 2, 615, 901),
    _us("AL", "America/Chicago", 1, 205),
    _us("ND", "America/Chicago", 1, 701),
    _us("FL", "America/New_York", 7, 305, 407, 813, languages=SOME_SPANISH),
    _us("FL", "America/Chicago", 1, 850),
    _us("NY", "America/New_York", 6, 212, 516, 716),
    _us("NJ", "America/New_York", 2, 201, 609),
    _us("CT", "America/New_York", 1, 203),
    _us("VA", "America/New_York", 2, 703, 804),
    _us("GA", "America/New_York", 3, 404, 912),
    _us("MI", "America/Detroit", 2, 313, 616),
    _us("IN", "America/Indiana/Indianapolis", 1, 317),
    _us("HI", "Pacific/Honolulu", 1, 808),
    _us("AK", "America/Anchorage", 1, 907),
    _ca("BC", "America/Vancouver", 3, 604, 250),
    _ca("ON", "America/Toronto", 3, 416, 613),
    _ca("QC", "America/Montreal", 2, 514, 418, languages={"fr": 0.8, "en": 0.2}),
    Home(
        country="GB", region=None, zone="Europe/London", weight=4, languages=ENGLISH,
        blocks=tuple(f"{start}{block}" for start in ("+447700900", "+442079460", "+441614960") for block in range(10)),
    ),
    Home(
        country="DE", region="BE", zone="Europe/Berlin", weight=2, languages={"en": 0.6, "de": 0.4},
        blocks=tuple(f"+493023125{block}" for block in range(10)),
    ),
    Home(
        country="FR", region=None, zone="Europe/Paris", weight=2, languages={"fr": 1.0},
        blocks=tuple(f"+3363998{block:02}" for block in range(100)),
    ),
    Home(country="ES", region="MD", zone="Europe/Madrid", weight=2, languages={"es": 1.0}, blocks=()),
    Home(
        country="AU", region="NSW", zone="Australia/Sydney", weight=2, languages=ENGLISH,
        blocks=tuple(f"+6149157{block:02}" for block in range(100)),
    ),
    Home(
        country="IE", region=None, zone="Europe/Dublin", weight=1, languages=ENGLISH,
        blocks=tuple(f"+3532091{block:03}" for block in range(100)),
    ),
)  # fmt: skip


def numbers_of(home: Home, random: Random) -> Iterator[str]:
    """Yield the telephone numbers of *home*, each once, in an order of the seed's own."""
    numbers = [f"{block}{last:02}" for block in home.blocks for last in range(NUMBERS_EACH)]
    random.shuffle(numbers)
    yield from numbers
