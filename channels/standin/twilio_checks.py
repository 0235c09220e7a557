"""What Twilio refuses at once, by its error codes. Source: Twilio, *Error and warning dictionary*."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

BODY_CHARACTERS_MAX = 1600

REFUSALS: Mapping[int, tuple[int, str]] = {
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "Internal Server Error"),
    20503: (503, "Service Unavailable"),
    21201: (400, "No 'To' number is specified"),
    21205: (400, "Url parameter is required."),
    21210: (400, "The source phone number provided is not yet verified for your account"),
    21211: (400, "Invalid 'To' Phone Number"),
    21212: (400, "Invalid 'From' Phone Number"),
    21213: (400, "No 'From' number is specified"),
    21220: (400, "Invalid call state"),
    21602: (400, "Message body is required"),
    21603: (400, "A 'From' or 'MessagingServiceSid' parameter is required"),
    21604: (400, "A 'To' phone number is required"),
    21606: (400, "The 'From' phone number is not a valid, message-capable Twilio phone number"),
    21609: (400, "The 'StatusCallback' URL is not a valid URL"),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
}
"""By code: the HTTP status and the message."""

FAILURES: Mapping[int, str] = {
    30003: "Unreachable destination handset",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Message filtered",
    30008: "Unknown error",
}
"""What a text may fail with later."""

_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}|[0-9]{3,8}")
_SENDER_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")


def text_problem(form: Mapping[str, Any]) -> int | None:
    """Return the code that a text asked for by *form* is refused with, None when it is taken."""
    to, sender = form.get("To", ""), form.get("From", "")
    if not to:
        return 21604
    if not _NUMBER.fullmatch(to):
        return 21211
    if not sender and not form.get("MessagingServiceSid"):
        return 21603
    if sender and not (_NUMBER.fullmatch(sender) or _SENDER_NAME.fullmatch(sender)):
        return 21212
    if not (form.get("Body") or form.get("MediaUrl") or form.get("ContentSid")):
        return 21602
    if len(form.get("Body", "")) > BODY_CHARACTERS_MAX:
        return 21617
    return None if _is_url(form.get("StatusCallback")) else 21609


def call_problem(form: Mapping[str, Any]) -> int | None:
    """Return the code that a call asked for by *form* is refused with, None when it is placed."""
    to, sender = form.get("To", ""), form.get("From", "")
    if not to:
        return 21201
    if not _NUMBER.fullmatch(to):
        return 21211
    if not sender:
        return 21213
    if not _NUMBER.fullmatch(sender):
        return 21212
    if not (form.get("Url") or form.get("Twiml")) or not _is_url(form.get("Url")):
        return 21205
    return None if _is_url(form.get("StatusCallback")) else 21609


def _is_url(text: str | None) -> bool:
    """Return whether *text* is a URL, or not given."""
    if not text:
        return True
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False
