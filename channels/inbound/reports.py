"""Read what mail servers report: deliveries that failed (RFC 3464) and complaints (RFC 5965)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from channels.inbound.header_fields import read_ids
from channels.inbound.mail import InboundMail, ReportPart


class ReportKind(StrEnum):
    """What a report says became of our mail."""

    FAILED = "failed"  # it will not arrive
    DELAYED = "delayed"  # the server keeps trying
    DELIVERED = "delivered"  # it arrived, or was passed on
    COMPLAINT = "complaint"  # its reader called it spam
    UNSUBSCRIBE = "unsubscribe"  # its reader pressed "unsubscribe" at their provider
    OTHER = "other"  # a report about something else


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report about one mail of ours; the ids are the Message-IDs that the mail may have had."""

    kind: ReportKind
    recipient: str = ""
    status: str = ""
    diagnostic: str = ""
    message_ids: tuple[str, ...] = ()


ACTIONS: dict[str, ReportKind] = {
    "failed": ReportKind.FAILED,
    "delayed": ReportKind.DELAYED,
    "delivered": ReportKind.DELIVERED,
    "relayed": ReportKind.DELIVERED,
    "expanded": ReportKind.DELIVERED,
}
FEEDBACK: dict[str, ReportKind] = {
    "abuse": ReportKind.COMPLAINT,
    "fraud": ReportKind.COMPLAINT,
    "virus": ReportKind.COMPLAINT,
    "complaint": ReportKind.COMPLAINT,
    "opt-out": ReportKind.UNSUBSCRIBE,
    "opt-out-list": ReportKind.UNSUBSCRIBE,
}

CLASSES: dict[str, ReportKind] = {"5": ReportKind.FAILED, "4": ReportKind.DELAYED, "2": ReportKind.DELIVERED}
"""By the class of a status (RFC 3463), where a report names no action it should."""

GIVEN_BACK = frozenset({"message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers"})
"""What holds the header of the mail that a report is about."""

_MILDEST = (ReportKind.DELIVERED, ReportKind.DELAYED, ReportKind.FAILED)

_FIELD = re.compile(r"^([A-Za-z][A-Za-z0-9-]{0,60})[ \t]*:[ \t]*(.{0,2000})$", re.MULTILINE)
_FOLD = re.compile(r"\n(?=[ \t])")
_BLOCKS = re.compile(r"\n[ \t]*\n")
_STATUS = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])")
_REPLY = re.compile(r"(?<!\d)(?:[45][0-5]\d)[ -][^\n]{0,300}")
_MAILBOX = re.compile(r"[^\s<>\"',;:()\[\]]{1,64}@[^\s<>\"',;:()\[\]@]{1,255}")
_ORIGINAL_ID = re.compile(r"^[ \t>]*message-id[ \t]*:[ \t]*(<[^<>]{1,300}>)", re.IGNORECASE | re.MULTILINE)
_WORDS_CHARACTERS_MAX = 20_000

# What follows is our own mail, given back: its words say nothing about what became of it.
_COPY = re.compile(
    r"^[ \t]*-{2,}[^\n]{0,20}(?:copy of (?:the|your) message|original message|returned (?:message|mail)|message header)"
    r"|^[ \t]*(?:return-path|received)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_DELAY = re.compile(
    r"\b(?:been|is|message \S{1,40}) delayed\b|will (?:be retried|retry|keep trying|continue)|not yet been delivered"
    r"|could not send message for (?:the )?past|warning (?:message )?only|still being retried",
    re.IGNORECASE,
)


def read_report(mail: InboundMail) -> Report | None:
    """Return what the machine-readable parts of *mail* say, None where it has none."""
    originals = _originals(mail.reports)
    for part in mail.reports:
        fields = _fields(part.text)
        if part.content_type == "message/feedback-report":
            kind = FEEDBACK.get(fields.get("feedback-type", "").lower(), ReportKind.OTHER)
            recipient = _mailbox(fields.get("original-rcpt-to", "") or fields.get("removal-recipient", ""))
            return Report(kind=kind, recipient=recipient, message_ids=originals)
        if part.content_type in {"message/delivery-status", "message/global-delivery-status"}:
            return _delivery(part.text, originals)
    return None


def read_passed_on(mail: InboundMail) -> Report:
    """Return the complaint that the mail inside *mail* is, where a provider passes complaints on without a report."""
    named = (_fields(part.text).get("x-hmxmroriginalrecipient", "") for part in mail.reports)
    recipient = next((found for found in map(_mailbox, named) if found), "")
    return Report(kind=ReportKind.COMPLAINT, recipient=recipient, message_ids=_originals(mail.reports))


def read_bounce_words(mail: InboundMail) -> Report:
    """Return what the words of a bounce without machine-readable parts say, as far as they do."""
    whole = mail.text[:_WORDS_CHARACTERS_MAX]
    copied = _COPY.search(whole)
    words = whole[: copied.start()] if copied else whole
    failed = mail.header("X-Failed-Recipients")
    status = _STATUS.search(words)
    reply = _REPLY.search(words)
    ids = tuple(one for found in _ORIGINAL_ID.findall(whole) for one in read_ids(found))
    is_delay = _DELAY.search(f"{mail.subject}\n{words}") is not None
    return Report(
        kind=ReportKind.DELAYED if is_delay and not failed else ReportKind.FAILED,
        recipient=_mailbox(failed or _ORIGINAL_ID.sub("", words)),
        status=status[0] if status else "",
        diagnostic=(reply[0] if reply else " ".join(words[:500].split())),
        message_ids=ids + mail.in_reply_to + mail.references[-3:],
    )


def _delivery(text: str, originals: tuple[str, ...]) -> Report:
    """Return what a delivery status says of the address we wrote to; of several behind it, the best news.

    Somebody may pass their mail on to two places of which one is gone: then the address we know is alive.
    """
    blocks = [_fields(block) for block in _BLOCKS.split(text)]
    about = [_about(block, originals) for block in blocks if "final-recipient" in block or "action" in block]
    known = [one for kind in _MILDEST for one in about if one.kind is kind]
    return next(iter(known or about), Report(kind=ReportKind.OTHER, message_ids=originals))


def _about(fields: dict[str, str], originals: tuple[str, ...]) -> Report:
    status = _STATUS.search(fields.get("status", ""))
    _, _, diagnostic = fields.get("diagnostic-code", "").partition(";")
    recipients = (fields.get(name, "") for name in ("original-recipient", "final-recipient", "x-actual-recipient"))
    by_class = CLASSES.get(status[0][0], ReportKind.OTHER) if status else ReportKind.OTHER
    return Report(
        kind=ACTIONS.get(fields.get("action", "").split(" ")[0].lower(), by_class),
        recipient=next((found for found in map(_mailbox, recipients) if found), ""),
        status=status[0] if status else "",
        diagnostic=(diagnostic or fields.get("x-supplementary-info", "")).strip(),
        message_ids=originals,
    )


def _originals(parts: Sequence[ReportPart]) -> tuple[str, ...]:
    """Return the Message-IDs of the mails that *parts* give back."""
    returned = [part.text for part in parts if part.content_type in GIVEN_BACK]
    return tuple(one for text in returned for one in read_ids(_fields(text).get("message-id", "")))


def _fields(text: str) -> dict[str, str]:
    """Return the first value of each field in *text*, the names in lower case."""
    found: dict[str, str] = {}
    for name, value in _FIELD.findall(_FOLD.sub("", text)):
        found.setdefault(name.lower(), value.strip())
    return found


def _mailbox(text: str) -> str:
    found = _MAILBOX.search(text)
    return found[0] if found else ""
