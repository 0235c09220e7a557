"""A lead as it arrives: who, where reached, what they allowed and what they stopped."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from channels.address import Address, AddressKind, Channel, kind_of
from consent.facts import Basis, FactKind, Purpose
from consent.proof import Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant(Proof):
    """Permission as the lead gave it: the channel, how, and what proves it.

    With *kind* REQUESTED it was asked for and is still to be confirmed; until then it allows nothing.
    """

    channel: Channel
    basis: Basis
    purpose: Purpose | None = Purpose.MARKETING
    topic: str | None = None
    at: datetime | None = None  # None: now
    expires_at: datetime | None = None  # where an end was stated; what a rule lets expire, the gate computes
    kind: FactKind = FactKind.GRANTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A lead as it arrives; addresses are canonical.

    *suppress* names the channels that must not be used, at any of its addresses; *further* are those it is not written
    to, which a stop covers all the same.
    """

    email: str | None = None
    phone: str | None = None
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    country: str | None = None
    region: str | None = None
    zone: str | None = None
    language: str = "en"
    interest: str = ""
    source: str = ""
    cost_cents: int = 0
    custom: Mapping[str, Any] = field(default_factory=dict)
    checks: Mapping[str, Any] = field(default_factory=dict)  # see `flows.checking`
    note: str = ""
    grants: tuple[Grant, ...] = ()
    suppress: frozenset[Channel] = frozenset()
    further: tuple[Address, ...] = ()

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Where it would be written to."""
        pairs = ((AddressKind.EMAIL, self.email), (AddressKind.PHONE, self.phone))
        return tuple(Address(kind, value) for kind, value in pairs if value)

    @property
    def is_closed(self) -> bool:
        """Whether it came with a stop for every way to reach it."""
        if not self.suppress:
            return False
        kinds = {address.kind for address in self.addresses}
        return all(channel in self.suppress for channel in Channel if kind_of(channel) in kinds)
