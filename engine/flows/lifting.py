"""What would lift a block of the gate: for each reason the one thing that somebody can do, or wait for."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from consent.answer import Answer, Outcome, RuleAnswer
from consent.reasons import GateReason

Inputs = Mapping[str, Any]


def allowed_from(answer: Answer, now: datetime) -> datetime | None:
    """Return the earliest instant at which the touch would be allowed, None where time alone does not lift a block."""
    return now if answer.outcome is Outcome.ALLOW else answer.until


def lifted_by(answer: Answer) -> list[str]:
    """Return what would have to happen before a blocked touch is allowed, one sentence for each rule that blocks."""
    blocks = [one for one in answer.rules if one.outcome is Outcome.BLOCK]
    return list(dict.fromkeys(_lifting(one) for one in blocks))


def _lifting(block: RuleAnswer) -> str:
    tell = _REMEDIES.get(GateReason(block.reason))
    told = tell(block.inputs) if tell is not None else "nothing that we can do"
    return f"{block.id}: {told}"


def _stale(inputs: Inputs) -> str:
    name, days = inputs.get("registry", "NAME"), inputs.get("fresh_days")
    age = f" no older than {days} days" if days is not None else ""
    return f"a copy{age}: `fifthtouch registry import {name} FILE`"


def _registered(inputs: Inputs) -> str:
    return f"a consent that the rule takes, because the number is on {inputs.get('registry', 'the list')}"


def _not_attested(inputs: Inputs) -> str:
    name, asks = inputs.get("attestation", "NAME"), inputs.get("asks", "")
    return f"somebody's word: `fifthtouch attest {name} --by WHO` ({asks})"


def _plain(text: str) -> Callable[[Inputs], str]:
    return lambda _inputs: text


_REMEDIES: Mapping[GateReason, Callable[[Inputs], str]] = {
    GateReason.NO_ADDRESS: _plain("an address of this kind on the lead"),
    GateReason.SUPPRESSED: _plain("another address: this one is ruled out, see `fifthtouch consent show`"),
    GateReason.WITHDRAWN: _plain("the lead's own word that they want it again"),
    GateReason.UNKNOWN_COUNTRY: _plain("knowing where the lead is: set its country"),
    GateReason.NO_CONSENT: _plain("a consent of the kind that the rule takes"),
    GateReason.CONSENT_EXPIRED: _plain("a new consent: the one given is too old"),
    GateReason.REGISTERED: _registered,
    GateReason.REGISTRY_STALE: _stale,
    GateReason.EMERGENCY: _plain("the end of the emergency: see `fifthtouch emergency list`"),
    GateReason.NOT_ATTESTED: _not_attested,
    GateReason.CONTENT: _plain("another wording of the message"),
    GateReason.NEVER_OPEN: _plain("knowing better where the lead is: no hour suits every place it may be"),
    GateReason.FREQUENCY_CAP: _plain("time: there were too many touches lately"),
    GateReason.EXPIRED_PLAN: _plain("planning it anew: it would have had to wait too long"),
}
