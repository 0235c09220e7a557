"""Invent leads: who they are, where they live, what they allowed, when they arrive and how they behave.

Every address is from a range reserved for examples and fiction, so that nothing can ever reach a real person.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from channels.address import Channel
from channels.sandbox_behaviour import Persona, persona_of
from consent.facts import Basis
from engine.domain.timing import Place, local_date, when
from engine.flows.draft import Draft, Grant
from engine.simulation.names import COMPANIES, FIRST, LAST
from engine.simulation.places import HOMES, Home, numbers_of

ARRIVING_MAX = timedelta(weeks=4)  # everybody has come by then, so that most walk a whole cadence
ARRIVING_SHARE = 4  # of a short simulation: at most this part of it
DOMAINS = ("example.com", "example.org", "example.net")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One invented lead: what the form says, when it comes, and how the person behind it behaves."""

    draft: Draft
    arrives_at: datetime
    persona: Persona


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A way leads come in: how many, what they leave behind, and what they allow by it."""

    name: str
    weight: float
    email: float  # share with an email address
    phone: float  # share with a telephone
    allows: Mapping[Channel, Basis]
    ticks: float  # share of those with a telephone who tick the box for texts and recorded calls
    cost_cents: int
    suppressed: float = 0.0  # share of each address that an imported list says not to use


SOURCES: tuple[Source, ...] = (
    Source(
        name="web-form", weight=52, email=1.0, phone=0.85, ticks=0.8, cost_cents=3500,
        allows={Channel.EMAIL: Basis.EXPRESS, Channel.CALL: Basis.EXPRESS},
    ),
    Source(
        name="missed-call", weight=12, email=0.3, phone=1.0, ticks=0.45, cost_cents=3500,
        allows={Channel.EMAIL: Basis.EXPRESS, Channel.CALL: Basis.IMPLIED_INQUIRY, Channel.SMS: Basis.IMPLIED_INQUIRY},
    ),
    Source(
        name="referral", weight=12, email=0.95, phone=0.6, ticks=0.3, cost_cents=0,
        allows={Channel.EMAIL: Basis.IMPLIED_INQUIRY, Channel.CALL: Basis.EXPRESS},
    ),
    Source(
        name="event", weight=10, email=1.0, phone=0.7, ticks=0.7, cost_cents=1200,
        allows={Channel.EMAIL: Basis.EXPRESS},
    ),
    Source(
        name="import", weight=14, email=1.0, phone=0.5, ticks=0.3, cost_cents=0, suppressed=0.12,
        allows={Channel.EMAIL: Basis.EXISTING_RELATIONSHIP, Channel.CALL: Basis.EXISTING_RELATIONSHIP},
    ),
)  # fmt: skip

# Shares of leads of whom a form tells this much.
SAYS_COUNTRY, SAYS_REGION, SAYS_ZONE, SAYS_INTEREST, A_COMPANY = 0.95, 0.9, 0.4, 0.85, 0.1

IMPORT = "import"
AUTOMATED_PHONE = (Channel.SMS, Channel.VOICEMAIL)
BOX = "Yes, you may text me and leave me recorded messages about my question. Consent is no condition of any purchase."
WORDING = {
    Basis.EXPRESS: "Yes, please answer my question.",
    Basis.IMPLIED_INQUIRY: "Asked us a question.",
    Basis.EXISTING_RELATIONSHIP: "Customer list, spring.",
}


def invent(
    count: int, *, seed: int, start: datetime, days: int, interests: Sequence[str], at_once: bool = False
) -> list[Person]:
    """Return *count* different people of the world of *seed*, in the order they arrive.

    They come over the first weeks after *start*, at hours at which people fill in forms; lists that are loaded come
    together. With *at_once* everybody is there at the start.
    """
    casting = _Casting(seed, start, min(ARRIVING_MAX, timedelta(days=days) / ARRIVING_SHARE), interests)
    people = [casting.person(number, at_once=at_once) for number in range(count)]
    return sorted(people, key=lambda person: (person.arrives_at, person.persona.key))


class _Casting:
    """Invents one person after the other; no two share an address."""

    def __init__(self, seed: int, start: datetime, arriving: timedelta, interests: Sequence[str]) -> None:
        self._seed = seed
        self._random = Random(f"people:{seed}")
        self._start = start
        self._arriving = arriving
        self._interests = sorted(interests)
        self._numbers: dict[str, Iterator[str]] = {}
        self._mailboxes: set[str] = set()

    def person(self, number: int, *, at_once: bool) -> Person:
        [home] = self._random.choices(HOMES, [home.weight for home in HOMES])
        [source] = self._random.choices(SOURCES, [source.weight for source in SOURCES])
        [language] = self._random.choices(list(home.languages), list(home.languages.values()))
        draft = self._draft(home, source, language)
        arrives_at = self._start if at_once else self._arrival(home, source)
        persona = persona_of(f"lead-{number}", seed=self._seed, language=language)
        return Person(draft=draft, arrives_at=arrives_at, persona=persona)

    def _draft(self, home: Home, source: Source, language: str) -> Draft:
        draw = self._random.random
        first = self._random.choice(FIRST[language])
        last = self._random.choice(LAST[language])
        phone = self._number(home) if draw() < source.phone else None
        email = self._mailbox(first, last) if draw() < source.email or phone is None else None
        ticks = phone is not None and draw() < source.ticks
        return Draft(
            email=email,
            phone=phone,
            first_name=first,
            last_name=last,
            company=self._random.choice(COMPANIES) if draw() < A_COMPANY else "",
            country=home.country if draw() < SAYS_COUNTRY else None,
            region=home.region if draw() < SAYS_REGION else None,
            zone=home.zone if draw() < SAYS_ZONE else None,
            language=language,
            interest=self._random.choice(self._interests) if self._interests and draw() < SAYS_INTEREST else "",
            source=source.name,
            cost_cents=source.cost_cents,
            grants=_grants(source, email=email, phone=phone, ticks=ticks),
            suppress=self._suppressed(source, email=email, phone=phone),
        )

    def _arrival(self, home: Home, source: Source) -> datetime:
        """Return an instant of the first weeks, in waking hours where the lead is; a list comes all at once."""
        if source.name == IMPORT:
            return self._start + timedelta(days=1, hours=3)
        place = Place(zone=home.zone, country=home.country, region=home.region)
        day = local_date(self._start + self._arriving * self._random.random(), place)
        minute = int(self._random.triangular(7 * 60, 23 * 60, 11 * 60))
        time = f"{minute // 60:02}:{minute % 60:02}"
        at = when(home.country, home.region, day, f"0 days at {time}", zone=home.zone).at
        at += timedelta(seconds=self._random.randrange(60))
        return at if at >= self._start else at + timedelta(days=1)

    def _number(self, home: Home) -> str | None:
        """Return a number nobody else has; None once all that are reserved there are taken."""
        key = f"{home.country}-{home.region}-{home.zone}"
        if key not in self._numbers:
            self._numbers[key] = numbers_of(home, self._random)
        return next(self._numbers[key], None)

    def _mailbox(self, first: str, last: str) -> str:
        name = f"{_plain(first)}.{_plain(last)}"
        domain = self._random.choice(DOMAINS)
        mailbox, number = f"{name}@{domain}", 1
        while mailbox in self._mailboxes:
            number += 1
            mailbox = f"{name}{number}@{domain}"
        self._mailboxes.add(mailbox)
        return mailbox

    def _suppressed(self, source: Source, *, email: str | None, phone: str | None) -> frozenset[Channel]:
        addressed = ([Channel.EMAIL] if email else []) + ([Channel.SMS, Channel.CALL] if phone else [])
        return frozenset(channel for channel in addressed if self._random.random() < source.suppressed)


def _grants(source: Source, *, email: str | None, phone: str | None, ticks: bool) -> tuple[Grant, ...]:
    allows = dict(source.allows)
    if ticks:
        allows |= dict.fromkeys((*AUTOMATED_PHONE, Channel.CALL), Basis.EXPRESS_WRITTEN)
    return tuple(
        Grant(channel=channel, basis=basis, wording=WORDING.get(basis, BOX), page=f"/{source.name}")
        for channel, basis in allows.items()
        if (email if channel is Channel.EMAIL else phone)
    )


def _plain(name: str) -> str:
    """Return *name* as it stands in a mailbox: lower-case ASCII letters."""
    spelled = unicodedata.normalize("NFKD", name.lower())
    return "".join(letter for letter in spelled if "a" <= letter <= "z")
