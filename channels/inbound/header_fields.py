"""Read the header of a mail: fields, mailboxes, message ids. The standard library knows how, within bounds set here."""

import re
from email.errors import HeaderParseError
from email.header import decode_header
from email.utils import getaddresses

from channels.inbound.charsets import decode_text
from channels.inbound.mail import HEADERS_MAX, Mailbox
from channels.storable import storable_text

BLOCK_BYTES_MAX = 500_000
VALUE_CHARACTERS_MAX = 16_000  # a long thread's References
DECODED_CHARACTERS_MAX = 2_000  # what is decoded word by word costs the square of its length
MAILBOXES_MAX = 50
IDS_MAX = 50

_FIELD = re.compile(r"([!-9;-~]{1,100})[ \t]*:(.*)", re.DOTALL)
_FOLD = re.compile(r"\r?\n(?=[ \t])")
_LINE_END = re.compile(r"\r?\n")
_MESSAGE_ID = re.compile(r"<([^<>]{1,300})>")
_ADDRESS = re.compile(r"[^\s<>\"',;()]{1,64}@[^\s<>\"',;()@]{1,255}")


def read_fields(block: bytes) -> tuple[tuple[str, str], ...]:
    """Return the fields of a header *block*, unfolded and in their order; lines that are no field are left out."""
    text = decode_text(block[:BLOCK_BYTES_MAX], "utf-8", BLOCK_BYTES_MAX)
    lines = _LINE_END.split(_FOLD.sub("", text))
    found = (_FIELD.fullmatch(line) for line in lines)
    fields = [(field[1], field[2].strip()[:VALUE_CHARACTERS_MAX]) for field in found if field]
    return tuple(fields[:HEADERS_MAX])


def decode_words(value: str) -> str:
    """Return *value* with its encoded words (RFC 2047) decoded; as it stands where they are broken."""
    value = value[:DECODED_CHARACTERS_MAX]
    if "=?" not in value:
        return value.strip()
    try:
        parts = decode_header(value)
    except (HeaderParseError, ValueError):
        return value.strip()
    words = [
        part if isinstance(part, str) else decode_text(part, charset or "us-ascii", DECODED_CHARACTERS_MAX)
        for part, charset in parts
    ]
    return storable_text("".join(words)).strip() or value.strip()


def read_mailboxes(value: str) -> tuple[Mailbox, ...]:
    """Return the mailboxes in a From or To *value*, each with an address; their names decoded."""
    value = " ".join(value[:DECODED_CHARACTERS_MAX].split())
    try:
        pairs = getaddresses([value])
    except (ValueError, IndexError, RecursionError):
        pairs = []
    found = [(decode_words(name), address) for name, address in pairs if _ADDRESS.fullmatch(address)]
    if not found:
        found = [("", address) for address in _ADDRESS.findall(value)]
    return tuple(Mailbox(name=name, address=storable_text(address)) for name, address in found[:MAILBOXES_MAX])


def read_ids(value: str) -> tuple[str, ...]:
    """Return the message ids in *value* without brackets and spaces, in their order; of very many the last."""
    found = ("".join(one.split()) for one in _MESSAGE_ID.findall(value)[-IDS_MAX:])
    return tuple(one for one in found if one)
