"""Find the token in the address a reply was sent to: `reply+TOKEN@…`, our Reply-To for one message."""

import re
from collections.abc import Iterator

from channels.inbound.header_fields import read_mailboxes
from channels.inbound.mail import InboundMail

LOCAL_PART = "reply"

# Where a token is sought beside the envelope: servers that pass mail on keep the first address in one of these.
_HEADERS = ("X-Original-To", "Delivered-To", "X-Forwarded-To", "Envelope-To", "Cc")
_TOKEN = re.compile(r"[A-Za-z0-9_.=-]{4,60}")  # a local part has at most 64 octets (RFC 5321)


def reply_address(token: str, domain: str) -> str:
    """Return the address at *domain* that brings *token* back; hosts on the way may change the case of letters."""
    assert _TOKEN.fullmatch(token)
    return f"{LOCAL_PART}+{token}@{domain}"


def reply_tokens(mail: InboundMail, domain: str | None = None) -> tuple[str, ...]:
    """Return the tokens in the addresses *mail* went to, the envelope's first; only those at *domain* where given."""
    found: dict[str, None] = {}
    for address in _addresses(mail):
        if (token := _token_in(address, domain)) is not None:
            found[token] = None
    return tuple(found)


def carries_token(address: str) -> bool:
    """Return whether an answer to *address* would bring a token back."""
    return _token_in(address, None) is not None


def _token_in(address: str, domain: str | None) -> str | None:
    local, _, host = address.strip("<> ").rpartition("@")
    name, plus, token = local.partition("+")
    is_ours = name.lower() == LOCAL_PART and (domain is None or host.lower() == domain.lower())
    return token if plus and is_ours and _TOKEN.fullmatch(token) else None


def _addresses(mail: InboundMail) -> Iterator[str]:
    yield from mail.envelope_to
    yield from (mailbox.address for mailbox in mail.to)
    for name in _HEADERS:
        yield from (mailbox.address for mailbox in read_mailboxes(mail.header(name)))
