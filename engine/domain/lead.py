"""A lead: a person we may nurture, and what is known of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NewType

LeadId = NewType("LeadId", str)


class LeadStatus(StrEnum):
    """How far a lead has come."""

    NEW = "new"  # nobody has answered yet
    WORKING = "working"  # being followed up
    QUALIFIED = "qualified"  # talked, and it fits
    CUSTOMER = "customer"  # said yes
    LOST = "lost"  # a real no


OPEN_STATUSES = frozenset({LeadStatus.NEW, LeadStatus.WORKING, LeadStatus.QUALIFIED})
"""A lead in one of these must have a next step, a task, or an end with a reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """One person, with canonical addresses; *zone* is None when nothing tells it."""

    id: LeadId
    created_at: datetime
    status: LeadStatus = LeadStatus.NEW
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    email: str | None = None
    phone: str | None = None
    country: str | None = None  # ISO 3166-1 alpha-2
    region: str | None = None  # ISO 3166-2 without the country
    zone: str | None = None  # IANA name
    zone_source: str | None = None  # stated | address | phone
    language: str = "en"
    interest: str = ""
    source: str = ""
    owner: str = ""
    cost_cents: int = 0
    custom: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Whether somebody must still follow up."""
        return self.status in OPEN_STATUSES
