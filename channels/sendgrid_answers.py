"""What SendGrid's refusals of a mail mean. Source: SendGrid, *Mail Send: Errors* and *API errors*."""

import json
import re
from typing import Any

from channels.answers import STATUS_FAULTS, refuse, told
from channels.message import Fault, Receipt
from channels.transport import Answer

QUEUED = 202
"""The only status that says that a mail is on its way; 200 is given for mail that is checked and not sent."""

FIELD_FAULTS: dict[str, Fault] = {
    "from": Fault.CONFIGURATION,
    "reply_to": Fault.CONFIGURATION,
    "reply_to_list": Fault.CONFIGURATION,
    "headers": Fault.CONFIGURATION,
    "custom_args": Fault.CONFIGURATION,
    "categories": Fault.CONFIGURATION,
    "tracking_settings": Fault.CONFIGURATION,
    "mail_settings": Fault.CONFIGURATION,
    "asm": Fault.CONFIGURATION,
    "template_id": Fault.CONFIGURATION,
    "ip_pool_name": Fault.CONFIGURATION,
    "send_at": Fault.CONFIGURATION,
    "batch_id": Fault.CONFIGURATION,
    "subject": Fault.CONTENT,
    "content": Fault.CONTENT,
    "attachments": Fault.CONTENT,
    "sections": Fault.CONTENT,
}
"""By the first part of the field that a 400 complains of; personalizations are read more closely."""

MESSAGE_FAULTS: tuple[tuple[re.Pattern[str], Fault], ...] = (
    (re.compile(r"maximum credits exceeded", re.IGNORECASE), Fault.CONFIGURATION),
    (re.compile(r"authorization|permission|access forbidden|not authorized", re.IGNORECASE), Fault.CONFIGURATION),
    (re.compile(r"verified sender identity|sender address", re.IGNORECASE), Fault.CONFIGURATION),
    (re.compile(r"too many requests|rate limit", re.IGNORECASE), Fault.THROTTLED),
    (re.compile(r"too (?:large|big)|exceeds? .{0,40}30 ?mb", re.IGNORECASE), Fault.CONTENT),
)
"""By words, where a 400 names no field."""

_RECIPIENT = re.compile(r"personalizations(?:\.\d+)?\.to(?:\.\d+)?(?:\.email)?")
_BAD_ADDRESS = re.compile(r"valid (?:email )?address|invalid (?:email )?address|address is invalid", re.IGNORECASE)
# The worst first: an address is taken for dead only where nothing else was wrong.
_ORDER = (Fault.CONFIGURATION, Fault.THROTTLED, Fault.CONTENT, Fault.UNCLASSIFIED, Fault.DEAD_ADDRESS)
BAD_REQUEST = 400
ERRORS_MAX = 20


def read_refusal(answer: Answer) -> Receipt:
    """Return the receipt for an answer in the 4xx, by its status and what it complains of; never raises."""
    complaints = _complaints(answer.body)
    said = "; ".join(f"{field}: {message}" if field else message for field, message in complaints)
    detail = f"status {answer.status}: {said or told(answer)}"
    known = STATUS_FAULTS.get(answer.status)
    if known is not None:
        return refuse(known, detail, answer)
    faults = {_fault(field, message) for field, message in complaints} if answer.status == BAD_REQUEST else set()
    return refuse(next((one for one in _ORDER if one in faults), Fault.UNCLASSIFIED), detail, answer)


def _fault(field: str, message: str) -> Fault:
    if _RECIPIENT.fullmatch(field):
        return Fault.DEAD_ADDRESS if _BAD_ADDRESS.search(message) else Fault.UNCLASSIFIED
    by_field = FIELD_FAULTS.get(field.split(".", 1)[0])
    if by_field is not None:
        return by_field
    return next((fault for words, fault in MESSAGE_FAULTS if words.search(message)), Fault.UNCLASSIFIED)


def _complaints(body: bytes) -> list[tuple[str, str]]:
    """Return the field and the message of each error, as far as *body* is what SendGrid sends."""
    try:
        content: Any = json.loads(body)
    except (ValueError, RecursionError):
        return []
    errors = content.get("errors") if isinstance(content, dict) else None
    found = [one for one in errors[:ERRORS_MAX] if isinstance(one, dict)] if isinstance(errors, list) else []
    return [(_text(one, "field"), _text(one, "message")) for one in found]


def _text(error: dict[str, Any], name: str) -> str:
    value = error.get(name)
    return value if isinstance(value, str) else ""
