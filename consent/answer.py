"""What the gate answers: allow, hold until, or block; each with the rules that were asked and what they saw."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from consent.facts import Evidence


class Outcome(StrEnum):
    """The answer in one word."""

    ALLOW = "allow"  # go ahead, now
    HOLD = "hold"  # not yet; `until` says when to ask again
    BLOCK = "block"  # no


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleAnswer:
    """What one rule said, and on what grounds. *reason* is a short word for logs and filters: `quiet_hours`."""

    id: str
    outcome: Outcome
    reason: str
    inputs: Mapping[str, Any]
    citation: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The gate's answer. *rules* holds every applicable rule in gate order, also those after a block.

    *reason* and *rule* are the deciding rule's, empty for an allow.
    """

    outcome: Outcome
    until: datetime | None
    reason: str
    rule: str
    rules: tuple[RuleAnswer, ...]
    rulebook: str
    evidence: tuple[Evidence, ...] = ()  # where the lead may be, as far as anything told
