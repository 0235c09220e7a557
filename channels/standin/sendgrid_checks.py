"""What SendGrid's mail/send refuses, and in which words. Source: SendGrid, *Mail Send* and *v3 API errors*."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

PERSONALIZATIONS_MAX = 1000
RECIPIENTS_MAX = 1000
CUSTOM_ARGS_BYTES_MAX = 10_000

_EMAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;.]+|[^@\s<>,;]+@\[[0-9.]+\]")
_RESERVED_HEADERS = frozenset(
    {"x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding", "to", "from",
     "subject", "reply-to", "cc", "bcc"}
)  # fmt: skip

_NO_SENDER = (
    "The from object must be provided for every email send. It is an object that requires the email parameter, "
    'but may also contain a name parameter.  e.g. {"email" : "example@example.com"}  or '
    '{"email" : "example@example.com", "name" : "Example Recipient"}.'
)
_NO_SUBJECT = (
    "The subject is required. You can get around this requirement if you use a template with a subject defined "
    "or if every personalization has a subject defined."
)
_NO_CONTENT = (
    "Unless a valid template_id is provided, the content parameter is required. There must be at least one defined "
    "content block. We typically suggest both text/plain and text/html blocks are included, but only one block is "
    "required."
)
_NO_RECIPIENT = (
    "The to array is required for all personalization objects, and must have at least one email object with a valid "
    "email address."
)
_TWICE = (
    "Each email address in the personalization block should be unique between to, cc, and bcc. We found the first "
    "duplicate instance of [{email}] in the {where} field."
)

Problem = tuple[str, str | None]
"""A message and the field it is about."""


def problems_of(mail: Any) -> list[Problem]:
    """Return all that SendGrid would hold against *mail*, none when it takes it."""
    if not isinstance(mail, dict):
        return [("Bad Request", None)]
    return [*_parts(mail), *_sender(mail), *_content(mail), *_recipients(mail), *_arguments(mail)]


def _parts(mail: Mapping[str, Any]) -> Iterator[Problem]:
    given = mail.get("personalizations")
    if not isinstance(given, list) or not given:
        yield "The personalizations field is required and must have at least one personalization.", "personalizations"
    elif len(given) > PERSONALIZATIONS_MAX:
        yield f"You may not have more than {PERSONALIZATIONS_MAX} personalizations.", "personalizations"
    for name in ("headers", *(f"personalizations.{number}.headers" for number in range(_count(given)))):
        headers = mail.get("headers") if name == "headers" else _at(given, int(name.split(".")[1])).get("headers")
        for key, value in (headers or {}).items() if isinstance(headers, dict) else ():
            if key.lower() in _RESERVED_HEADERS:
                yield f"The header {key} is reserved and cannot be set.", name
            if not isinstance(value, str) or "\n" in value or "\r" in value:
                yield "Header values must be strings without line breaks.", name


def _sender(mail: Mapping[str, Any]) -> Iterator[Problem]:
    sender = mail.get("from")
    if not isinstance(sender, dict) or not sender.get("email"):
        yield _NO_SENDER, "from.email"
    elif not _is_email(sender["email"]):
        yield "The from email does not contain a valid address.", "from.email"
    reply_to = mail.get("reply_to")
    if reply_to is not None and not (isinstance(reply_to, dict) and _is_email(reply_to.get("email"))):
        yield "The reply_to email does not contain a valid address.", "reply_to.email"


def _content(mail: Mapping[str, Any]) -> Iterator[Problem]:
    given = mail.get("personalizations")
    has_template = bool(mail.get("template_id"))
    subjects = [_at(given, number).get("subject") for number in range(_count(given))] or [None]
    if not (has_template or mail.get("subject") or all(subjects)):
        yield _NO_SUBJECT, "subject"
    content = mail.get("content")
    if not has_template and not (isinstance(content, list) and content):
        yield _NO_CONTENT, "content"
    for number, block in enumerate(content if isinstance(content, list) else ()):
        told = block if isinstance(block, dict) else {}
        for name in ("type", "value"):
            if not isinstance(told.get(name), str) or not told[name]:
                yield (
                    f"The content {name} must be a string at least one character in length.",
                    f"content.{number}.{name}",
                )
    types = [block.get("type") for block in content if isinstance(block, dict)] if isinstance(content, list) else []
    if "text/plain" in types and types[0] != "text/plain":
        yield "If present, text/plain and text/html may only be provided once, text/plain first.", "content"


def _recipients(mail: Mapping[str, Any]) -> Iterator[Problem]:
    given = mail.get("personalizations")
    total = 0
    for number in range(_count(given)):
        part = _at(given, number)
        field = f"personalizations.{number}"
        if not isinstance(part.get("to"), list) or not part["to"]:
            yield _NO_RECIPIENT, f"{field}.to"
        seen: set[str] = set()
        for kind in ("to", "cc", "bcc"):
            for place, one in enumerate(part.get(kind) or ()):
                email = one.get("email") if isinstance(one, dict) else None
                total += 1
                if not isinstance(email, str) or not _is_email(email):
                    yield "Does not contain a valid address.", f"{field}.{kind}.{place}.email"
                elif email.lower() in seen:
                    yield _TWICE.format(email=email, where=f"{field}.{kind}"), field
                seen.add(str(email).lower())
    if total > RECIPIENTS_MAX:
        yield f"You may not have more than {RECIPIENTS_MAX} recipients.", "personalizations"


def _arguments(mail: Mapping[str, Any]) -> Iterator[Problem]:
    given = mail.get("personalizations")
    own = mail.get("custom_args") or {}
    for number in range(max(_count(given), 1)):
        arguments = {**own, **(_at(given, number).get("custom_args") or {})}
        if any(not isinstance(value, str) for value in arguments.values()):
            yield "Custom args must be strings.", "custom_args"
        elif sum(len(key.encode()) + len(value.encode()) for key, value in arguments.items()) > CUSTOM_ARGS_BYTES_MAX:
            yield f"Custom args may not exceed {CUSTOM_ARGS_BYTES_MAX} bytes.", "custom_args"
    categories = mail.get("categories") or []
    if len(categories) > len(set(map(str, categories))):
        yield "The categories must be unique.", "categories"


def _count(given: object) -> int:
    return len(given) if isinstance(given, list) else 0


def _at(given: Any, number: int) -> Mapping[str, Any]:
    found = given[number] if number < _count(given) else {}
    return found if isinstance(found, dict) else {}


def _is_email(text: object) -> bool:
    return isinstance(text, str) and _EMAIL.fullmatch(text) is not None
