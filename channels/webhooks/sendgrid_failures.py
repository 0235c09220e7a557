"""What SendGrid's bounces and drops mean: is the address dead, or only this message lost."""

import re
from dataclasses import dataclass

from channels.events import EventKind
from channels.message import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """How a message failed; *also* is what else the provider thereby tells about the lead."""

    kind: EventKind
    fault: Fault
    also: EventKind | None = None

    def softened(self) -> "Failure":
        """Return the same failure of a message whose address is not dead."""
        return UNCLASSIFIED if self.kind is EventKind.BOUNCED else self


DEAD = Failure(kind=EventKind.BOUNCED, fault=Fault.DEAD_ADDRESS)
CONTENT = Failure(kind=EventKind.UNDELIVERED, fault=Fault.CONTENT)
CONFIGURATION = Failure(kind=EventKind.UNDELIVERED, fault=Fault.CONFIGURATION)
THROTTLED = Failure(kind=EventKind.UNDELIVERED, fault=Fault.THROTTLED)
TRANSIENT = Failure(kind=EventKind.UNDELIVERED, fault=Fault.TRANSIENT)
UNCLASSIFIED = Failure(kind=EventKind.UNDELIVERED, fault=Fault.UNCLASSIFIED)

DROPS: dict[str, Failure] = {
    "bounced address": DEAD,
    "invalid": DEAD,
    "unsubscribed address": Failure(kind=EventKind.UNDELIVERED, fault=Fault.OPTED_OUT, also=EventKind.UNSUBSCRIBED),
    "group unsubscribed": Failure(kind=EventKind.UNDELIVERED, fault=Fault.OPTED_OUT, also=EventKind.UNSUBSCRIBED),
    "spam reporting address": Failure(kind=EventKind.UNDELIVERED, fault=Fault.OPTED_OUT, also=EventKind.COMPLAINED),
    "spam content": CONTENT,
    "invalid smtpapi header": CONFIGURATION,
    "recipient list over package quota": CONFIGURATION,
}
"""By how the reason of a dropped event begins, in lower case (SendGrid, *Event Webhook reference*); longest first wins."""

CLASSIFICATIONS: dict[str, Failure] = {
    "invalid address": DEAD,
    "mailbox unavailable": TRANSIENT,
    "technical failure": TRANSIENT,
    "content": CONTENT,
    "reputation": CONFIGURATION,
    "frequency or volume too high": THROTTLED,
}
"""By SendGrid's own `bounce_classification`, in lower case; "Unclassified" is left to the status and the reason."""

HARD_STATUSES = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.6", "5.1.10", "5.2.1", "5.4.4"})
"""RFC 3463: no such mailbox, no such system, bad syntax, ambiguous, moved away, null MX, disabled, no route."""

SOFT_STATUSES: dict[str, Failure] = {
    "5.1.7": CONFIGURATION,  # our sender address is malformed
    "5.1.8": CONFIGURATION,  # our sender's domain does not exist
    "5.2.2": TRANSIENT,  # the mailbox is full
    "5.2.3": CONTENT,  # longer than the mailbox takes
    "5.3.4": CONTENT,  # larger than the host takes
    "5.4.5": THROTTLED,  # congestion
    "5.4.6": TRANSIENT,  # a routing loop at the host
    "5.4.7": TRANSIENT,  # it waited too long
}
SOFT_SUBJECTS: dict[str, Failure] = {
    "5.3": TRANSIENT,  # the host is unwell
    "5.5": CONFIGURATION,  # the protocol was misspoken
    "5.6": CONTENT,  # the form of the message
    "5.7": CONTENT,  # policy: spam, reputation, authentication; nothing about the mailbox
}

# A mailbox that hosts name in words, whatever number they put before it.
_HARD_WORDS = re.compile(
    r"unknown (?:user|recipient|mailbox|local part)|(?:user|recipient|mailbox|account|address) (?:is )?unknown"
    r"|no such (?:user|recipient|mailbox|person|address)|(?:does not|doesn't|do not) exist|no longer (?:exists|in use)"
    r"|(?:user|recipient|mailbox|address) not found|invalid (?:recipient|mailbox|address|user)|no mailbox here"
    r"|(?:account|mailbox|user) (?:has been |is )?(?:disabled|deactivated|closed|suspended|inactive)"
    r"|unrouteable address|host or domain name not found|domain not found",
    re.IGNORECASE,
)
_SOFT_WORDS: tuple[tuple[re.Pattern[str], Failure], ...] = (
    (re.compile(r"mailbox (?:is )?full|over ?quota|quota exceeded|out of storage", re.IGNORECASE), TRANSIENT),
    (re.compile(r"grey ?list|try again|temporar|timed? ?out|unable to connect", re.IGNORECASE), TRANSIENT),
    (re.compile(r"rate limit|too many|throttl", re.IGNORECASE), THROTTLED),
    (re.compile(r"spam|block(?:ed|list)|blacklist|policy|reputation|dmarc|\bspf\b|dkim", re.IGNORECASE), CONTENT),
)
_STATUS = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
_WORDS_CHARACTERS_MAX = 2_000


def read_drop(reason: str) -> Failure:
    """Return what a dropped event's *reason* means."""
    said = " ".join(reason.lower().split())
    for beginning in sorted(DROPS, key=len, reverse=True):
        if said == beginning or (beginning != "invalid" and said.startswith(beginning)):
            return DROPS[beginning]
    return UNCLASSIFIED


def read_bounce(*, type_: str, status: str, reason: str, classification: str) -> Failure:
    """Return what a bounce event means, by the most telling of its fields.

    SendGrid calls dead what it will not try again (`bounce`) and lost what it will (`blocked`); a full mailbox comes as
    either. What nothing explains is dead: SendGrid drops the next message to it anyway.
    """
    reason = reason[:_WORDS_CHARACTERS_MAX]
    told = _status(status, reason)
    if type_.lower() in {"blocked", "block"}:
        return CLASSIFICATIONS.get(classification.lower(), _soft(told, reason) or UNCLASSIFIED).softened()
    if (named := CLASSIFICATIONS.get(classification.lower())) is not None:
        return named
    if told.startswith("4."):
        return TRANSIENT
    if told in HARD_STATUSES or _HARD_WORDS.search(reason):
        return DEAD
    if (soft := _soft(told, reason)) is not None:
        return soft
    return TRANSIENT if re.match(r"\s*4\d\d\b", reason) else DEAD


def _status(status: str, reason: str) -> str:
    """Return the enhanced status, from the reason where the field has none or only says "failed"."""
    told = _STATUS.search(status)
    if told is not None and told[0] != "5.0.0":
        return told[0]
    found = _STATUS.search(reason)
    return found[0] if found else ""


def _soft(status: str, reason: str) -> Failure | None:
    known = SOFT_STATUSES.get(status) or SOFT_SUBJECTS.get(status[:3])
    return known or next((failure for words, failure in _SOFT_WORDS if words.search(reason)), None)
