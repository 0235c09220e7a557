"""What a mail server's refusal means: the code (RFC 5321), the enhanced code (RFC 3463 and IANA's registry), the step.

The same number means one thing of our sender and another of the lead's address, so the step of the dialogue counts. An
address is called dead only by codes or words that speak of the mailbox: what is called dead is never written to again.
"""

import re
from enum import StrEnum

from channels.message import Fault


class Step(StrEnum):
    """A step of the dialogue that hands over a mail."""

    SENDER = "MAIL FROM"
    ADDRESS = "RCPT TO"
    DATA = "DATA"  # asking to send the mail
    BODY = "the mail"  # sending it, up to the last line before the dot
    END = "the end of the mail"  # the dot after which the server answers for the mail


DEAD, CONTENT, CONFIGURATION = Fault.DEAD_ADDRESS, Fault.CONTENT, Fault.CONFIGURATION
THROTTLED, TRANSIENT, UNCLASSIFIED = Fault.THROTTLED, Fault.TRANSIENT, Fault.UNCLASSIFIED

BY_STATUS: dict[str, Fault] = {
    "5.1.1": DEAD,  # no such mailbox
    "5.1.2": DEAD,  # no such domain
    "5.1.3": DEAD,  # not how an address is written there
    "5.1.6": DEAD,  # moved away, and left no new address
    "5.1.7": CONFIGURATION,  # our sender's address is malformed
    "5.1.8": CONFIGURATION,  # our sender's domain does not exist
    "5.1.10": DEAD,  # the domain says that it takes no mail (RFC 7505)
    "5.2.1": DEAD,  # disabled
    "5.2.2": TRANSIENT,  # full
    "5.2.3": CONTENT,  # longer than the mailbox takes
    "5.3.2": TRANSIENT,  # the system takes no mail now
    "5.3.4": CONTENT,  # larger than the system takes
    "5.3.5": TRANSIENT,  # the system is set up wrongly
    "5.4.4": DEAD,  # no way to the domain
    "5.4.5": THROTTLED,  # congested; some say it for a daily limit
    "5.4.6": TRANSIENT,  # a loop
    "5.4.7": TRANSIENT,  # it waited too long
    "5.6.7": CONTENT,  # an international address, which the next host cannot take
    "5.7.8": CONFIGURATION,  # wrong user or password
    "5.7.20": CONFIGURATION,  # no DKIM signature that passes
    "5.7.21": CONFIGURATION,  # none it accepts
    "5.7.22": CONFIGURATION,  # none by the author's domain
    "5.7.23": CONFIGURATION,  # SPF does not name the relay
    "5.7.25": CONFIGURATION,  # the relay's address has no name
    "5.7.26": CONFIGURATION,  # neither SPF nor DKIM: Gmail's word for mail without DMARC alignment
    "5.7.27": CONFIGURATION,  # the sender's domain takes no mail
    "5.7.28": THROTTLED,  # a flood
    "5.7.509": CONFIGURATION,  # Microsoft: DMARC says to reject it
    "5.7.515": CONFIGURATION,  # Microsoft: a bulk sender without SPF, DKIM and DMARC
    "5.7.705": THROTTLED,  # Microsoft: the tenant has sent too much
    "4.2.1": THROTTLED,  # Gmail: this person gets mail too fast
    "4.5.3": THROTTLED,  # too many addresses in one go
    "4.7.28": THROTTLED,  # Gmail: an unusual rate of mail from us
}
"""By the enhanced code in full."""

BY_SUBJECT: dict[str, Fault] = {
    "5.3": TRANSIENT,  # the system is unwell
    "5.5": CONFIGURATION,  # the protocol was misspoken, or a login left out
    "5.6": CONTENT,  # the form of the mail
    "4.7": THROTTLED,  # policy: later, when we are better known or slower
}
"""By the enhanced code's first two numbers, where the whole is not listed; 5.7 depends on the step."""

BY_CODE: dict[int, Fault] = {
    421: TRANSIENT,  # it closes the connection
    450: TRANSIENT,  # the mailbox is busy
    451: TRANSIENT,  # an error over there
    452: TRANSIENT,  # no space over there
    454: TRANSIENT,  # a login that cannot be checked now
    500: CONFIGURATION,  # unknown command
    502: CONFIGURATION,  # command not offered
    503: CONFIGURATION,  # out of order: a login is missing
    504: CONFIGURATION,  # parameter not offered
    521: CONFIGURATION,  # that host takes no mail (RFC 7504)
    523: CONTENT,  # too large
    530: CONFIGURATION,  # a login is wanted
    534: CONFIGURATION,  # a stronger login is wanted
    535: CONFIGURATION,  # wrong user or password
    538: CONFIGURATION,  # a login only over TLS
    551: CONFIGURATION,  # not local to a relay that should pass mail on
    555: CONFIGURATION,  # parameters not known
    556: DEAD,  # the domain takes no mail (RFC 7504)
}
"""By the code alone, where there is no enhanced one."""

BY_CODE_AND_STEP: dict[tuple[int, Step], Fault] = {
    (552, Step.ADDRESS): TRANSIENT,  # the mailbox is full
    (552, Step.SENDER): CONTENT,  # larger than the server takes, as the size told before
    (501, Step.SENDER): CONFIGURATION,  # our sender's address is malformed
}
"""The same code, said at different steps."""

BY_STEP: dict[Step, Fault] = {
    Step.SENDER: CONFIGURATION,  # we are refused, not the lead
    Step.ADDRESS: UNCLASSIFIED,  # the address or what we may do: only words could tell
    Step.DATA: CONTENT,
    Step.BODY: CONTENT,
    Step.END: CONTENT,  # it has read the mail and refuses it
}
"""What a lasting refusal means where no code tells."""

_GREYLISTED = re.compile(r"grey ?-?list|gray ?-?list", re.IGNORECASE)
_TOO_FAST = re.compile(
    r"rate limit|too (?:many|fast|much)|throttl|slow down|(?:limit|quota) (?:is |was |has been )?(?:exceeded|reached)"
    r"|exceeded (?:the |your )?(?:\w+ )?(?:rate|limit)", re.IGNORECASE,
)  # fmt: skip
_US = re.compile(
    r"relay|authenticat|log ?in|spf\b|dkim|dmarc|reverse dns|\bptr\b|block ?list|blacklist|black ?-?holed?|spamhaus|\brbl\b"
    r"|\bdnsbl\b|reputation|banned|sender (?:address )?(?:rejected|denied|not|verify)|not (?:allowed|permitted) to send|not verified|send-?as-?denied",
    re.IGNORECASE,
)
_NOBODY = re.compile(
    r"unknown (?:user|recipient|mailbox|address|local part)|(?:user|recipient|mailbox|account|address) (?:is )?unknown"
    r"|no such (?:user|recipient|mailbox|person|address)|(?:does not|doesn't) exist|no longer (?:exists|in use)"
    r"|(?:user|recipient|mailbox|address) not found|invalid (?:recipient|mailbox)|no mailbox here"
    r"|(?:account|mailbox|user) (?:has been |is )?(?:disabled|deactivated|closed|inactive)|unrouteable address",
    re.IGNORECASE,
)
_FULL = re.compile(r"(?:mailbox|inbox) (?:is )?full|over ?quota|quota exceeded|out of storage", re.IGNORECASE)
_STATUS = re.compile(r"\s*([245])\.(\d{1,3})\.(\d{1,3})\b")


def read_refusal(step: Step, code: int, words: str) -> Fault:
    """Return why a server refused at *step* with *code* and *words*, which may begin with an enhanced code."""
    status = _status(code, words)
    if code < 500:  # noqa: PLR2004 - the first digit says for how long (RFC 5321 4.2.1)
        return _for_now(code, status, words)
    fault = BY_STATUS.get(status) or BY_SUBJECT.get(status.rpartition(".")[0])
    if fault is None and not status:
        fault = BY_CODE.get(code) or BY_CODE_AND_STEP.get((code, step))
    if fault is DEAD and step is Step.SENDER:
        return CONFIGURATION  # the mailbox it speaks of is ours
    return fault or _by_words(step, status, words)


def _for_now(code: int, status: str, words: str) -> Fault:
    if _GREYLISTED.search(words):
        return TRANSIENT
    if _TOO_FAST.search(words):
        return THROTTLED
    return BY_STATUS.get(status) or BY_SUBJECT.get(status.rpartition(".")[0]) or BY_CODE.get(code, TRANSIENT)


def _by_words(step: Step, status: str, words: str) -> Fault:
    if _FULL.search(words):
        return TRANSIENT
    if _TOO_FAST.search(words):
        return THROTTLED
    if _US.search(words):
        return CONFIGURATION
    if step is not Step.ADDRESS:
        return BY_STEP[step]
    if _NOBODY.search(words):
        return DEAD
    # The mail is not known yet: a policy that refuses here refuses us.
    return CONFIGURATION if status.startswith("5.7.") else BY_STEP[step]


def _status(code: int, words: str) -> str:
    """Return the enhanced code, unless it contradicts the code: then the code is right (RFC 2034)."""
    found = _STATUS.match(words)
    return f"{found[1]}.{found[2]}.{found[3]}" if found and found[1] == str(code)[0] else ""
