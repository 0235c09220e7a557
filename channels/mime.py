"""Write an email as the bytes that go on the wire: a header, the text, then the HTML (RFC 5322, 2046, 2047).

The library's older half builds it. `EmailMessage` takes several times as long, and folds a long address in
`List-Unsubscribe` into an encoded word, which no mailbox provider follows.
"""

import re
from base64 import encodebytes
from binascii import b2a_qp
from dataclasses import dataclass
from datetime import datetime
from email.generator import BytesGenerator
from email.message import Message
from email.policy import Compat32
from email.utils import format_datetime, quote
from io import BytesIO
from textwrap import wrap

from channels.mail_headers import Unmailable, encode_words, is_plain, mail_domain, mail_headers, one_line
from channels.message import EmailContent, Outbound

CRLF = "\r\n"
LINE_CHARACTERS = 77  # and a space before what continues: the 78 of RFC 5322
NAME_CHARACTERS_MAX = 200
SUBJECT_CHARACTERS_MAX = 500
_LOCAL_PART = re.compile(r"[^\s\x00-\x20\x7f()<>\[\]:;@\\,.\"]+(?:\.[^\s\x00-\x20\x7f()<>\[\]:;@\\,.\"]+)*")
_LOCAL_OCTETS_MAX = 64  # RFC 5321
_LINE_END = re.compile(r"\r\n?|\n")


class _Wire(Compat32):
    """Folds fields at their spaces and nowhere else; eight bits are those of an international mailbox (RFC 6532)."""

    def fold_binary(self, name: str, value: str) -> bytes:
        return f"{_folded(name, value)}{CRLF}".encode()


_WIRE = _Wire(linesep=CRLF)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """An email on its way: its envelope and its bytes, lines ending in CRLF.

    *is_international*: a mailbox in it is not ASCII, so that a server must speak SMTPUTF8 (RFC 6531) to take it.
    """

    sender: str
    to: str
    data: bytes
    is_international: bool


def write_mail(outbound: Outbound, at: datetime) -> Mail:
    """Return *outbound*, an email, dated *at*. The same arguments give the same bytes. Raises `Unmailable`."""
    content = outbound.content
    assert isinstance(content, EmailContent)
    sender, to = mailbox(outbound.sender), mailbox(outbound.to)
    reply_to = mailbox(outbound.reply_to) if outbound.reply_to else ""
    mail = _part("multipart/alternative", boundary=f"=_{outbound.id}")
    fields = {
        "MIME-Version": "1.0",
        "Date": format_datetime(at),
        "From": _named("From", outbound.sender_name, sender),
        "To": _named("To", outbound.to_name, to),
        **({"Reply-To": _named("Reply-To", outbound.sender_name, reply_to)} if reply_to else {}),
        "Subject": encode_words(one_line(content.subject)[:SUBJECT_CHARACTERS_MAX], "Subject"),
        **mail_headers(outbound),
    }
    for name, value in fields.items():
        mail[name] = value
    mail.attach(_text_part("plain", content.text))
    mail.attach(_text_part("html", content.html))
    international = not (sender + to + reply_to).isascii()
    return Mail(sender=sender, to=to, data=_wire(mail), is_international=international)


def mailbox(address: str) -> str:
    """Return *address* as it stands in a mail and its envelope, its domain in ASCII; raises `Unmailable`.

    Names of mailboxes in quotes, which RFC 5321 advises against, are not written to.
    """
    local = address.rpartition("@")[0]
    if not _LOCAL_PART.fullmatch(local) or len(local.encode("utf-8", "replace")) > _LOCAL_OCTETS_MAX:
        raise Unmailable("The part of the address before the @ is not one that mail is sent to.")
    return f"{local}@{mail_domain(address)}"


def _part(content_type: str, **parameters: str) -> "Message[str, str]":
    part: Message[str, str] = Message(policy=_WIRE)
    part.add_header("Content-Type", content_type, **parameters)
    return part


def _text_part(subtype: str, text: str) -> "Message[str, str]":
    """Return a body in quoted-printable, or in base64 where most of it is not ASCII, whichever is shorter."""
    raw = _LINE_END.sub("\r\n", text).encode("utf-8", "replace")
    encoding, encoded = "quoted-printable", b2a_qp(raw, istext=True)
    if len(encoded) > len(raw) * 4 / 3 and len(encoded) > len(in_base64 := encodebytes(raw)):
        encoding, encoded = "base64", in_base64
    part = _part(f"text/{subtype}", charset="utf-8")
    part["Content-Transfer-Encoding"] = encoding
    part.set_payload(encoded.decode("ascii"))
    return part


def _named(field: str, name: str, address: str) -> str:
    """Return a mailbox with its display name, which may be anything a person typed into a form."""
    name = one_line(name)[:NAME_CHARACTERS_MAX].strip()
    if not name:
        return address
    shown = f'"{quote(name)}"' if is_plain(name) else encode_words(name, field)
    return f"{shown} <{address}>"


def _folded(name: str, value: str) -> str:
    field = f"{name}: {value}"
    if len(field) <= LINE_CHARACTERS:
        return field
    # The name keeps its first word: a first line without any would be read as a space before the value.
    lines = wrap(f"{name}:\0{value}", LINE_CHARACTERS, break_long_words=False, break_on_hyphens=False)
    return f"{CRLF} ".join(lines).replace("\0", " ")


def _wire(mail: "Message[str, str]") -> bytes:
    written = BytesIO()
    BytesGenerator(written, mangle_from_=False, policy=_WIRE).flatten(mail)
    return written.getvalue()
