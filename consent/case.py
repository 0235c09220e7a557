"""One question as the rules see it: the request, what is known of permission for it, and where the lead may be."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from channels.address import Channel
from consent.facts import Attestation, Basis, ConsentFact, FactKind, GateFacts, Purpose, Request
from consent.jurisdiction import clocks_of

# Who stops automated texts has stopped automated voice too, and the other way round: 47 CFR 64.1200(a)(10).
_KIN = {Channel.SMS: Channel.VOICEMAIL, Channel.VOICEMAIL: Channel.SMS}

# A consent dated further ahead than any clock or time zone can be wrong has not been given.
_GRANT_AHEAD_MAX = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The facts of one request, sorted once for all rules."""

    request: Request
    facts: GateFacts
    clocks: tuple[ZoneInfo, ...]
    grants: tuple[ConsentFact, ...]  # of this channel, for this purpose
    withdrawals: tuple[ConsentFact, ...]  # of this channel or its kin, for this purpose

    def withdrawal_standing(self, at: datetime) -> ConsentFact | None:
        """Return the latest withdrawal, None where the lead has come back since; at the same instant a stop wins."""
        if not self.withdrawals:
            return None
        latest = max(self.withdrawals, key=lambda fact: fact.at)
        return None if any(grant.at > latest.at for grant in self.grants_good(at)) else latest

    def grants_good(self, at: datetime) -> list[ConsentFact]:
        """Return what had been granted by *at* and has not run out by its own date."""
        return [
            grant
            for grant in self.grants
            if grant.at <= at + _GRANT_AHEAD_MAX and (grant.expires_at is None or at < grant.expires_at)
        ]

    def attestation(self, name: str, at: datetime) -> Attestation | None:
        """Return by whose word the business vouches for *name* at *at*, None where nobody does."""
        return next((one for one in self.facts.attestations if one.name == name and one.stands(at)), None)

    def touches(self, channels: frozenset[Channel], purposes: frozenset[Purpose]) -> list[datetime]:
        """Return when the touches were that count, oldest first."""
        return sorted(t.at for t in self.facts.touches if t.channel in channels and t.purpose in purposes)


def case_of(request: Request, facts: GateFacts) -> Case:
    """Sort the facts of one request."""
    zones = tuple(evidence.value for evidence in request.zones)
    jurisdictions = tuple(evidence.value for evidence in request.jurisdictions)
    return Case(
        request=request,
        facts=facts,
        clocks=clocks_of(zones, jurisdictions),
        grants=tuple(fact for fact in facts.consents if _grants(fact, request)),
        withdrawals=tuple(withdrawals_of(facts.consents, request)),
    )


def withdrawals_of(consents: Iterable[ConsentFact], request: Request) -> list[ConsentFact]:
    """Return the stops that concern *request*, its channel's kin included."""
    channels = {request.channel, _KIN.get(request.channel)}
    return [
        fact
        for fact in consents
        if fact.kind is FactKind.WITHDRAWN
        and fact.channel in channels
        and fact.purpose in {None, request.purpose}
        and fact.topic in {None, request.topic}
    ]


def is_kin(suppressed: Channel | None, asked: Channel) -> bool:
    """Return whether a stop on the one channel is a stop on the other."""
    return suppressed is not None and _KIN.get(asked) is suppressed


def _grants(fact: ConsentFact, request: Request) -> bool:
    """Return whether *fact* allows *request*; who wants offers on a channel also wants what they asked for there."""
    if fact.kind is not FactKind.GRANTED or fact.channel is not request.channel or fact.basis is Basis.NONE:
        return False
    if fact.topic not in {None, request.topic}:
        return False
    covers_service = request.purpose is Purpose.SERVICE and fact.purpose is Purpose.MARKETING
    return fact.purpose in {None, request.purpose} or covers_service
