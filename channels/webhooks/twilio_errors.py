"""Twilio's error codes for messages that did not arrive, each with what it means for the lead's number.

Source: Twilio, *Error and warning dictionary*. A code is in a table because something is done about it; any other is
kept as undelivered and unclassified.
"""

from dataclasses import dataclass

from channels.events import EventKind
from channels.message import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What a code says: what happened, what can be done about it, and why in words."""

    kind: EventKind
    fault: Fault
    reason: str


def _each(kind: EventKind, fault: Fault, reasons: dict[str, str]) -> dict[str, Failure]:
    return {code: Failure(kind=kind, fault=fault, reason=reason) for code, reason in reasons.items()}


OPTED_OUT_CODES = frozenset({"21610"})
"""The lead stopped us at Twilio: a stop, and no bounce."""

FAILURES: dict[str, Failure] = {
    **_each(
        EventKind.BOUNCED,
        Fault.DEAD_ADDRESS,
        {
            "21211": "not a valid number",
            "21217": "not a valid number",
            "30005": "unknown or inactive number",
            "63003": "the network knows no such address",
            "63024": "not a valid recipient",
        },
    ),
    # The number is alive but takes no texts: it may still be called, so it is no bounce.
    **_each(
        EventKind.UNDELIVERED,
        Fault.DEAD_ADDRESS,
        {"21614": "not a mobile number", "21635": "a landline", "30006": "a landline, or its carrier is unreachable"},
    ),
    **_each(EventKind.UNDELIVERED, Fault.OPTED_OUT, {"21610": "the lead opted out at the provider"}),
    **_each(
        EventKind.UNDELIVERED,
        Fault.CONTENT,
        {
            "21617": "the text is too long",
            "30004": "blocked by the carrier or the handset",
            "30007": "filtered by the carrier",
            "30011": "the number takes no media",
            "30019": "larger than the carrier takes",
        },
    ),
    **_each(
        EventKind.UNDELIVERED,
        Fault.CONFIGURATION,
        {
            "21408": "sending to this region is not enabled",
            "21606": "the sender cannot send texts",
            "21608": "a trial account may only text verified numbers",
            "21612": "this sender cannot reach this number",
            "30002": "the account is suspended",
            "30010": "dearer than the highest price allowed",
            "30018": "the carrier wants the sender registered first",
            "30024": "the sender is not provisioned at the carrier",
            "30032": "the toll-free number is not verified",
            "30033": "the 10DLC campaign is suspended",
            "30034": "the number is not registered for 10DLC",
        },
    ),
    **_each(
        EventKind.UNDELIVERED,
        Fault.THROTTLED,
        {
            "21611": "the sender's queue is full",
            "30001": "the queue overflowed",
            "30022": "faster than 10DLC allows",
            "30023": "the daily 10DLC limit is reached",
            "30027": "the carrier's daily limit is reached",
            "63018": "faster than the network allows",
        },
    ),
    **_each(
        EventKind.UNDELIVERED,
        Fault.TRANSIENT,
        {
            "30003": "the handset is unreachable",
            "30008": "an unknown error at the carrier",
            "30009": "a segment went missing",
            "30017": "the carrier's network is congested",
            "30036": "not delivered while it was valid",
            "30410": "the carrier did not answer in time",
            "30610": "outside the hours the law allows, by Twilio's reckoning",
        },
    ),
}


def read_failure(code: str) -> Failure:
    """Return what *code* means; one that no table knows loses the message and nothing else."""
    return FAILURES.get(code) or Failure(
        kind=EventKind.UNDELIVERED, fault=Fault.UNCLASSIFIED, reason=f"error {code}" if code else "no reason given"
    )
