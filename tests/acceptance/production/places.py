"""Somewhere on earth where a text and a call by machine are allowed right now, by the gate's own word."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from channels.address import Channel
from consent import gate
from consent.answer import Outcome
from consent.facts import Basis, ConsentFact, FactKind, GateFacts, Purpose, Request
from consent.jurisdiction import candidates
from consent.rulebook import load_rulebook


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where leads of a test live; *phone_start* begins numbers there that are reserved for fiction."""

    country: str
    region: str | None
    phone_start: str
    digits: int  # how many more make a whole number

    def phone(self, number: int) -> str:
        """Return the number of lead *number*."""
        return f"{self.phone_start}{number:0{self.digits}d}"


A_WHILE = timedelta(minutes=15)  # longer than a test

PLACES = (
    Place(country="US", region="OR", phone_start="+150355501", digits=2),
    Place(country="US", region="NY", phone_start="+121255501", digits=2),
    Place(country="US", region="HI", phone_start="+180855501", digits=2),
    Place(country="GB", region=None, phone_start="+447700900", digits=3),
    Place(country="AU", region="NSW", phone_start="+614915701", digits=2),
    Place(country="AU", region="WA", phone_start="+614915701", digits=2),
    Place(country="CA", region="BC", phone_start="+160455501", digits=2),
)


def place_awake_at(now: datetime) -> Place | None:
    """Return a place where the gate allows both for a while to whoever agreed in writing; None while the earth rests."""
    return next((place for place in PLACES if _is_awake(place, now) and _is_awake(place, now + A_WHILE)), None)


def _is_awake(place: Place, now: datetime) -> bool:
    phone = place.phone(50)
    jurisdictions, zones = candidates(place.country, place.region, phone=phone, email="lead@example.com")
    for channel in (Channel.SMS, Channel.VOICEMAIL):
        agreed = ConsentFact(
            id="agreed", kind=FactKind.GRANTED, channel=channel, purpose=None, basis=Basis.EXPRESS_WRITTEN, at=now,
            source="test",
        )  # fmt: skip
        request = Request(
            channel=channel, purpose=Purpose.MARKETING, address=phone, jurisdictions=jurisdictions, zones=zones
        )
        if gate.decide(request, GateFacts(consents=(agreed,)), load_rulebook(), now).outcome is not Outcome.ALLOW:
            return False
    return True
