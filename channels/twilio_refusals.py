"""What Twilio's refusals mean, by error code, where a text or a call is asked for. Source: Twilio, *Error dictionary*.

Codes that also come later, in status callbacks, stand in `channels.webhooks.twilio_errors`.
"""

from dataclasses import dataclass

from channels.answers import STATUS_FAULTS
from channels.events import EventKind
from channels.message import Fault
from channels.webhooks.twilio_errors import FAILURES


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What a code says; with *only_this_channel* a dead address may still be reached by another."""

    fault: Fault
    reason: str
    only_this_channel: bool = False


def _each(fault: Fault, reasons: dict[str, str], *, only_this_channel: bool = False) -> dict[str, Refusal]:
    return {
        code: Refusal(fault=fault, reason=reason, only_this_channel=only_this_channel)
        for code, reason in reasons.items()
    }


REFUSALS: dict[str, Refusal] = {
    **_each(
        Fault.DEAD_ADDRESS,
        {"21201": "there is no number to call", "21401": "not a valid number", "21421": "not a valid number"},
    ),
    **_each(Fault.DEAD_ADDRESS, {"21214": "no call reaches this number"}, only_this_channel=True),
    **_each(
        Fault.CONTENT,
        {
            "21602": "the text is empty",
            "21605": "the text is too long",
            "21619": "the text is empty",
            "21654": "the content template is missing",
            "21656": "the content template's variables are invalid",
        },
    ),
    **_each(
        Fault.CONFIGURATION,
        {
            "20001": "a parameter is unknown",
            "20003": "the account or its token is wrong",
            "20004": "the method is not allowed",
            "20005": "the account is not active",
            "20006": "access denied",
            "20008": "these are test credentials",
            "20010": "calls by the API are not allowed",
            "20404": "the account or the address is not known there",
            "21205": "our callback address is not valid",
            "21210": "the number to call from is not ours",
            "21212": "the sender is not a valid number",
            "21213": "there is no number to call from",
            "21215": "calling this region is not enabled",
            "21216": "calling this number is not enabled",
            "21219": "a trial account may only call verified numbers",
            "21603": "there is no sender",
            "21607": "the sender is not ours",
            "21609": "our callback address is not valid",
            "21659": "the sender is not a Twilio number",
            "21660": "the sender belongs to another account",
            "21661": "the sender cannot send texts",
            "21701": "the messaging service does not exist",
            "21703": "the messaging service has no number",
            "21704": "the messaging service has no number",
            "21705": "the messaging service is not valid",
            "21712": "the number does not belong to the messaging service",
        },
    ),
    **_each(
        Fault.THROTTLED,
        {
            "10004": "too many calls at once",
            "14107": "faster than the account allows",
            "20429": "faster than the account allows",
            "63038": "the account's daily limit is reached",
        },
    ),
}


def read_refusal(code: str, status: int) -> Refusal:
    """Return what *code* means, by the HTTP *status* where no table knows it."""
    known = REFUSALS.get(code)
    if known is not None:
        return known
    failure = FAILURES.get(code)
    if failure is not None:
        is_dead = failure.fault is Fault.DEAD_ADDRESS
        alive_elsewhere = is_dead and failure.kind is not EventKind.BOUNCED
        return Refusal(fault=failure.fault, reason=failure.reason, only_this_channel=alive_elsewhere)
    reason = f"error {code}" if code else "no reason given"
    return Refusal(fault=STATUS_FAULTS.get(status, Fault.UNCLASSIFIED), reason=reason)
