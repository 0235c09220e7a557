"""What people read where rows hold a code: reasons, states, labels, and a lead's name."""

from collections.abc import Mapping
from typing import Any

from channels.message import Fault
from consent.reasons import GateReason
from engine.domain.decision import Reason

SAID: Mapping[str, str] = {
    # gate
    GateReason.NO_ADDRESS: "no address for this channel",
    GateReason.SUPPRESSED: "address is suppressed",
    GateReason.WITHDRAWN: "the lead said stop",
    GateReason.PENDING_REVIEW: "a reply waits to be read",
    GateReason.UNKNOWN_COUNTRY: "country unknown",
    GateReason.FORBIDDEN: "forbidden there",
    GateReason.NO_CONSENT: "no consent for this channel",
    GateReason.CONSENT_EXPIRED: "consent has expired",
    GateReason.QUIET_HOURS: "quiet hours",
    GateReason.NEVER_OPEN: "no hour is allowed",
    GateReason.FREQUENCY_CAP: "frequency cap",
    GateReason.EXPIRED_PLAN: "waited too long",
    # our own
    "no_sender": "no sender for this channel",
    "landline": "a landline takes no texts",
    "not_live_yet": "not live yet",
    "same_text": "the same words went there within a day",
    "bounce_rate": "too many of its messages bounced",
    "complaint_rate": "too many called its messages spam",
    "callbacks_silent": "its provider no longer calls back",
    "sender_paused": "its sender, or all sending, was stopped",
    "channel_paused": "its channel was paused",
    "sequence_paused": "its sequence was paused",
    "paused_by_hand": "paused by hand",
    "live_stopped": "stopped by `live stop`",
    "failed_over": "goes by another sender, because its own fails",
    "provider_failing": "its provider keeps failing",
    "trial_over": "the trial is over: a person looks first",
    "written_for_sandbox": "was written for the sandbox",
    "reserved_address": "the address is reserved for examples",
    "not_on_allow_list": "not on the allow-list",
    "daily_limit": "the sender's limit for today",
    "grew_longer": "the text takes more segments than were counted",
    "window": "outside the send window",
    "overdue": "too late",
    "missing_value": "a value is missing in the text",
    "missing_template": "the template is missing",
    "content_error": "the text is faulty",
    "no_evidence": "no evidence that it arrived",
    "never_started": "the call never started",
    "out_of_office": "out of office",
    "hard_bounce": "address bounced for good",
    "paused": "paused for the owner",
    "snoozed": "asked for later",
    # labels and kinds
    "opt_out": "stop",
    "opt_in": "start",
    "sms": "text",
    "lead.created": "arrived",
    "came_back": "came back",
    "next_step": "next step planned",
    "ended": "ended, with a reason",
}

REASON_CHOICES = sorted(
    {*GateReason, *Fault, Reason.CONDITION, Reason.LANDLINE, "no_sender", "window", "paused", "snoozed", "withdrawn"}
)
"""What the log's reason field proposes; any other word may be typed."""

TONES: Mapping[str, str] = {
    **dict.fromkeys(("allow", "accepted", "delivered", "granted", "done", "clicked", "opened", "interested"), "good"),
    **dict.fromkeys(("hold", "held", "deferred", "paused", "snoozed", "out_of_office", "unknown", "waiting"), "wait"),
    **dict.fromkeys(
        ("block", "failed", "bounced", "undelivered", "complained", "withdrawn", "refused", "opt_out", "forgotten"),
        "bad",
    ),
    **dict.fromkeys(("skipped", "cancelled", "finished", "stopped", "none", "never_started"), "quiet"),
}
"""Which of four tones a word is shown in; each tone has a mark of its own, so that colour is never needed."""


def say(code: Any) -> str:
    """Return *code* as people read it; `left: booked` keeps its detail."""
    text = str(code)
    head, colon, detail = text.partition(": ")
    said = SAID.get(head, head.replace("_", " "))
    return f"{said}: {SAID.get(detail, detail.replace('_', ' '))}" if colon else said


def tone(code: Any) -> str:
    """Return the tone *code* is shown in."""
    return TONES.get(str(code), "plain")


def lead_name(row: Mapping[str, Any], prefix: str = "") -> str:
    """Return what to call a lead: their name, else the company, else an address."""
    name = f"{row[f'{prefix}first_name'] or ''} {row[f'{prefix}last_name'] or ''}".strip()
    for other in ("company", "email", "phone"):
        name = name or row[f"{prefix}{other}"] or ""
    return name or "a lead without a name"
