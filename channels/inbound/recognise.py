"""Tell a person's mail from what machines send: auto-replies, bounces, complaints, newsletters.

RFC 3834 says how a machine should mark its answers; the other marks are what its programs do instead.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from channels.inbound.mail import InboundMail
from channels.inbound.reports import Report, ReportKind, read_bounce_words, read_report


class MailKind(StrEnum):
    """Who wrote a mail, and why."""

    PERSON = "person"  # somebody typed it, as far as can be told
    AUTO_REPLY = "auto_reply"  # out of office, "we received your mail"
    BULK = "bulk"  # a newsletter or a list
    BOUNCE = "bounce"  # a mail of ours did not arrive, or is late
    COMPLAINT = "complaint"  # a provider passes on that our mail was called spam, or unsubscribed from


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """What a mail was found to be, and by which mark; *report* is what a bounce or a complaint says."""

    kind: MailKind
    evidence: str = ""
    report: Report | None = None


_COMPLAINTS = frozenset({ReportKind.COMPLAINT, ReportKind.UNSUBSCRIBE})

_BOUNCER = re.compile(r"(?:mailer-?daemon|postmaster|mail-?daemon|bounces?)(?:[+.@-].*)?", re.IGNORECASE)
_BOUNCE_SUBJECT = re.compile(
    r"(?:undeliver(?:able|ed)|delivery (?:status notification|failure|has failed|incomplete)|mail delivery (?:failed|system)"
    r"|returned mail|failure notice|message (?:delivery failure|not delivered|undeliverable)|delivery notification"
    r"|unzustellbar|no se puede entregar|no entregado|non remis|échec de la remise|mancato recapito)",
    re.IGNORECASE,
)
_AUTO_SUBJECT = re.compile(
    r"\s*(?:auto(?:matic|mated|matische)?[ -]?(?:reply|response|antwort)\b|autoreply|out of (?:the )?office\b|ooo\s*[:-]"
    r"|i am (?:currently )?(?:away|out of)|vacation\b|réponse automatique|absen(?:ce|t) du bureau|abwesenheits"
    r"|respuesta automática|fuera de (?:la )?oficina|risposta automatica|resposta automática|automatisch antwoord)",
    re.IGNORECASE,
)

AUTO_HEADERS: tuple[str, ...] = (
    "X-Autoreply",
    "X-Auto-Reply",
    "X-Autorespond",
    "X-Autoresponder",
    "X-Autoreply-From",
    "X-Mail-Autoreply",
    "X-Auto-Response-Suppress",
    "X-MS-Exchange-Inbox-Rules-Loop",
    "X-Vacation",
)
"""Whatever they say but "no": a machine answered."""

AUTO_PRECEDENCES = frozenset({"auto_reply", "auto-reply"})
BULK_PRECEDENCES = frozenset({"bulk", "list", "junk"})
BULK_HEADERS: tuple[str, ...] = ("List-Id", "List-Unsubscribe", "Feedback-ID")


def recognise(mail: InboundMail) -> Recognised:
    """Return what *mail* is; what bears no mark of a machine is a person's."""
    report = read_report(mail)
    if report is not None and report.kind is not ReportKind.OTHER:
        kind = MailKind.COMPLAINT if report.kind in _COMPLAINTS else MailKind.BOUNCE
        return Recognised(kind=kind, evidence=f"report: {report.kind}", report=report)
    if (evidence := _bounce_mark(mail)) is not None:
        return Recognised(kind=MailKind.BOUNCE, evidence=evidence, report=read_bounce_words(mail))
    if (evidence := _auto_mark(mail)) is not None:
        return Recognised(kind=MailKind.AUTO_REPLY, evidence=evidence)
    if (evidence := _bulk_mark(mail)) is not None:
        return Recognised(kind=MailKind.BULK, evidence=evidence)
    return Recognised(kind=MailKind.PERSON)


def _bounce_mark(mail: InboundMail) -> str | None:
    if mail.header("X-Failed-Recipients"):
        return "header: X-Failed-Recipients"
    if "delivery-status" in mail.header("Content-Type").lower():
        return "content type: delivery-status"
    is_bouncer = _BOUNCER.fullmatch(mail.author.address.partition("@")[0]) is not None
    if _BOUNCE_SUBJECT.match(mail.subject) and (is_bouncer or _is_from_nobody(mail)):
        return f"subject: {mail.subject[:60]}"
    return None


def _auto_mark(mail: InboundMail) -> str | None:
    submitted = mail.auto_submitted.partition(";")[0].strip().lower()
    if submitted not in {"", "no"}:
        return f"Auto-Submitted: {submitted[:40]}"
    named = next((name for name in AUTO_HEADERS if mail.header(name).lower() not in {"", "no", "none"}), None)
    if named is not None:
        return f"header: {named}"
    for name in ("Precedence", "X-Precedence", "Preference"):
        if mail.header(name).strip().lower() in AUTO_PRECEDENCES:
            return f"{name}: auto_reply"
    if "autorespond" in mail.header("X-POST-MessageClass").lower() + mail.header("Delivered-To").lower():
        return "header: autoresponder"
    if _is_from_nobody(mail):
        return "no return path"
    return f"subject: {mail.subject[:60]}" if _AUTO_SUBJECT.match(mail.subject) else None


def _bulk_mark(mail: InboundMail) -> str | None:
    if mail.header("Precedence").strip().lower() in BULK_PRECEDENCES:
        return "Precedence"
    return next((f"header: {name}" for name in BULK_HEADERS if mail.header(name)), None)


def _is_from_nobody(mail: InboundMail) -> bool:
    """Return whether the mail has the empty return path by which machines keep from answering each other."""
    return mail.header("Return-Path").strip() == "<>" or (
        mail.envelope_from is not None and mail.envelope_from.strip() in {"", "<>"}
    )
