"""The header fields an email of ours carries beside subject, from and to, the same through every provider.

Values are plain ASCII on one line: whatever came in as a line end or a control would begin a field of its own choosing.
"""

import re
from email.header import Header
from functools import lru_cache
from urllib.parse import quote

from email_validator import EmailNotValidError, validate_email

from channels.inbound.reply_token import carries_token
from channels.message import EmailContent, Outbound

UNSUBSCRIBE, UNSUBSCRIBE_POST = "List-Unsubscribe", "List-Unsubscribe-Post"
ONE_CLICK = "List-Unsubscribe=One-Click"

# What content may set. All else that a mail is built of is for the adapter or the provider to write.
_FROM_CONTENT = ("Auto-Submitted", "Feedback-ID", "In-Reply-To", "List-Id", "Precedence", "References")
_CANONICAL = {name.lower(): name for name in _FROM_CONTENT}
_EXTENSION = re.compile(r"x-[a-z0-9-]{1,60}")

_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_BRACKETED = re.compile(r"<([^<>]+)>")
_URL_SAFE = "%:/?#[]@!$&'()*+;=~"  # not the comma, which separates the addresses of a list field (RFC 2369)
_DOMAIN = re.compile(r"(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
VALUE_CHARACTERS_MAX = 2_000
WORD_CHARACTERS_MAX = 900  # what has no space cannot be folded, and a line has at most 998 octets (RFC 5322)


class Unmailable(ValueError):
    """An address that cannot stand in a mail."""


def mail_headers(outbound: Outbound) -> dict[str, str]:
    """Return the fields for *outbound*, an email: its id, the ways to unsubscribe, and what its content asks for.

    The id is ours, so that replies and bounces name the message. One click works over HTTPS only (RFC 8058 3.1): with a
    plain address, as on a developer's machine, the link stays and the promise goes. Raises `Unmailable`.
    """
    assert isinstance(outbound.content, EmailContent)
    given = {name.lower(): one_line(value) for name, value in outbound.content.headers.items()}
    found = {"Message-ID": message_id(outbound)}
    ways = _ways_out(given.get(UNSUBSCRIBE.lower(), ""), outbound.reply_to)
    if ways:
        found[UNSUBSCRIBE] = ", ".join(f"<{way}>" for way in ways)
        if UNSUBSCRIBE_POST.lower() in given and ways[0].startswith("https://"):
            found[UNSUBSCRIBE_POST] = ONE_CLICK
    for name, value in given.items():
        if value and (name in _CANONICAL or _EXTENSION.fullmatch(name)):
            found[_CANONICAL.get(name, name.title())] = encode_words(value, name)
    return found


def message_id(outbound: Outbound) -> str:
    """Return the Message-ID of *outbound*, in angle brackets; raises `Unmailable`."""
    return f"<{outbound.id}@{mail_domain(outbound.sender)}>"


@lru_cache(maxsize=4_096)
def mail_domain(address: str) -> str:
    """Return the domain of *address* as mail hosts write it: in ASCII, international names as `xn--…` (IDNA 2008).

    Raises `Unmailable`.
    """
    _, at, host = address.rpartition("@")
    domain = host.rstrip(".").lower()
    if not domain.isascii():
        # Python's own codec knows only IDNA 2003, which sends `straße` to the mailboxes of `strasse`.
        try:
            domain = validate_email(f"x@{domain}", check_deliverability=False, test_environment=True).ascii_domain
        except EmailNotValidError as error:
            raise Unmailable(str(error)) from error
    if not at or not _DOMAIN.fullmatch(domain):
        raise Unmailable("The address has no domain that mail could go to.")
    return domain


def one_line(text: str) -> str:
    """Return *text* without line ends and controls."""
    return " ".join(_UNSAFE.sub(" ", text[:VALUE_CHARACTERS_MAX]).split())


def encode_words(text: str, field: str = "") -> str:
    """Return *text* in ASCII on one line, as encoded words (RFC 2047) where it needs them.

    The first word leaves room for the name of its *field*, since a line with one has at most 76 characters.
    """
    return text if is_plain(text) else Header(text, "utf-8", header_name=field or None).encode(linesep="")


def is_plain(text: str) -> bool:
    """Return whether *text* can stand in a field as it is: ASCII, with room to fold, and no encoded word by chance."""
    return text.isascii() and "=?" not in text and all(len(word) <= WORD_CHARACTERS_MAX for word in text.split())


def _ways_out(list_field: str, reply_to: str | None) -> list[str]:
    """Return the addresses that unsubscribe, the one for a single click first; none where content names none."""
    ways = [quote(way.strip(), safe=_URL_SAFE) for way in _BRACKETED.findall(list_field)]
    ways = [way for way in ways if len(way) <= WORD_CHARACTERS_MAX and way.startswith(("https://", "http://"))][:1]
    # Only an address with a token is read by a machine; a person's mailbox would let the stop lie.
    if ways and reply_to is not None and carries_token(reply_to):
        ways.append(f"mailto:{quote(reply_to, safe='@+')}?subject=unsubscribe")
    return ways
