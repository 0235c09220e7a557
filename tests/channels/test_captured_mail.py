"""A mail as it arrives at a relay: what RFC 5322 and 8058 and the rules of large mailbox providers for senders ask of it.

Gmail, "Email sender guidelines"; Yahoo, "Sender requirements and recommendations".
"""

import re
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from channels.accounts import DkimKey, Security
from channels.address import Channel
from channels.dkim import Signer
from channels.inbound.reply_token import reply_address
from channels.message import EmailContent, MessageId, Outbound, ReceiptKind
from channels.smtp_email import SmtpEmail
from channels.transport import Transport
from consent.facts import Purpose
from engine.content.compile import compile_message
from engine.content.library import load_library
from engine.content.render import render
from engine.content.tracking import Tracker
from engine.content.variables import Links, build_variables
from tests.channels.contract import Bench, CountingDeadline, Mood, batch_for, send_all
from tests.channels.relays import Relay, as_bytes, certificates, message_id_of, running_relay
from tests.content.builders import lead
from tests.databases import START

BASE = "https://follow.seller.example"
LINKS = Links(unsubscribe=f"{BASE}/u/AbCdEfGh0123456789_-AbCdEfGh0123456789", preferences=f"{BASE}/p/AbCdEfGh01234567")


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """A mail as the relay had it, and the public half of the key it was signed with."""

    outbound: Outbound
    raw: bytes
    was_secret: bool
    record: str

    @property
    def mail(self) -> EmailMessage:
        """The mail as the standard library reads it."""
        found = message_from_bytes(self.raw, policy=policy.SMTP)
        assert isinstance(found, EmailMessage)
        return found

    def part(self, kind: str) -> str:
        """Return the body of *kind*, plain or html."""
        body = self.mail.get_body((kind,))
        assert body is not None
        return str(body.get_content())

    def signature(self) -> dict[str, str]:
        """Return the tags of the DKIM signature."""
        value = re.sub(r"\s+", "", str(self.mail["DKIM-Signature"]))
        return dict(tag.split("=", 1) for tag in value.split(";"))


@pytest.fixture(scope="module")
def captured() -> list[Captured]:
    """Send the marketing emails that come with the product, tracked and signed, by STARTTLS to a relay."""
    pem = generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    key = DkimKey(domain="seller.example", selector="s1", private_key=pem.decode())
    tls, relay, batch = certificates(), Relay(Mood.WILLING), written()
    with ExitStack() as running:
        server = running.enter_context(running_relay(relay, Security.STARTTLS, tls))
        transport = Transport()
        running.callback(transport.close)
        adapter = SmtpEmail(transport, server, key, now=lambda: START, trust=tls.client)
        bench = Bench(adapter=adapter, arrived=relay.arrived)
        receipts = send_all(bench, batch, CountingDeadline(bench))
    assert {receipt.kind for receipt in receipts.values()} == {ReceiptKind.ACCEPTED}
    by_id = {message_id_of(as_bytes(one)): one for one in relay.taken}
    return [
        Captured(outbound=one, raw=as_bytes(by_id[one.id]), was_secret=all(relay.was_secret), record=Signer(key).record)
        for one in batch
    ]


def written() -> list[Outbound]:
    library = load_library()
    tracker = Tracker(base_url=BASE, secret=b"for tests only")
    [model] = batch_for(Channel.EMAIL, size=1)
    batch: list[Outbound] = []
    for source in library.messages:
        if source.channel is not Channel.EMAIL or source.purpose is not Purpose.MARKETING:
            continue
        compiled = compile_message(library, source)
        known = lead(first_name="Zoë", last_name="O'Brien", interest="heat-pump", email="zoe@example.com")
        content = render(compiled, build_variables(known, compiled.brand, LINKS))
        assert isinstance(content, EmailContent)
        message_id = MessageId(f"{source.name}.{source.locale or 'en'}")
        batch.append(
            replace(
                model,
                id=message_id,
                content=tracker.track(message_id, content),
                to_name="Zoë O'Brien",
                sender_name="Ann at Alder & Finch",
                reply_to=reply_address("abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrstuv", "in.seller.example"),
            )
        )
    assert len(batch) > 5
    return batch


def has_each_field_once(mail: Captured) -> bool:
    """RFC 5322 3.6."""
    names = [name.lower() for name in mail.mail]
    wanted = ["from", "to", "date", "subject", "message-id", "reply-to", "mime-version", "list-unsubscribe"]
    return all(names.count(name) == 1 for name in wanted) and not {"sender", "bcc", "return-path"} & set(names)


def parses_without_a_defect(mail: Captured) -> bool:
    return not [part.defects for part in mail.mail.walk() if part.defects] and not any(
        value.defects for value in mail.mail.values()
    )


def has_lines_of_lawful_length_and_end(mail: Captured) -> bool:
    """RFC 5322 2.1.1 and 2.3."""
    lines = mail.raw.split(b"\r\n")
    return all(len(line) <= 998 and b"\r" not in line and b"\n" not in line for line in lines) and mail.raw.isascii()


def has_one_author_with_a_whole_domain(mail: Captured) -> bool:
    [author] = mail.mail["From"].addresses
    return str(author.addr_spec) == mail.outbound.sender and "." in author.domain


def is_dated_now(mail: Captured) -> bool:
    return parsedate_to_datetime(mail.mail["Date"]) == START


def is_named_by_our_id_at_our_domain(mail: Captured) -> bool:
    return str(mail.mail["Message-ID"]) == f"<{mail.outbound.id}@seller.example>"


def came_over_tls(mail: Captured) -> bool:
    return mail.was_secret


def verifies_by_dkim(mail: Captured) -> bool:
    verified: bool = dkim.verify(mail.raw, dnsfunc=lambda _name, **_: mail.record)
    return verified


def is_signed_by_the_authors_domain(mail: Captured) -> bool:
    """DMARC asks for it (RFC 7489 3.1.1)."""
    [author] = mail.mail["From"].addresses
    return bool(mail.signature()["d"] == author.domain)


def signs_what_readers_see_and_click(mail: Captured) -> bool:
    """RFC 8058 4: both list fields; RFC 6376 5.4.1: what shows what the mail is."""
    signed = mail.signature()["h"].split(":")
    wanted = ["from", "to", "subject", "date", "message-id", "reply-to", "list-unsubscribe", "list-unsubscribe-post"]
    return all(signed.count(name) == 2 for name in wanted)


def signs_the_whole_body(mail: Captured) -> bool:
    return "l" not in mail.signature()


def can_be_left_by_one_click(mail: Captured) -> bool:
    """RFC 8058 3.1."""
    ways = re.findall(
        r"<([^<>]+)>", mail.raw.decode("ascii").replace("\r\n ", "").split("List-Unsubscribe:")[1].split("\r\n")[0]
    )
    return ways[0] == LINKS.unsubscribe and str(mail.mail["List-Unsubscribe-Post"]) == "List-Unsubscribe=One-Click"


def can_be_left_by_mail(mail: Captured) -> bool:
    """RFC 2369 3.2."""
    return f"<mailto:{mail.outbound.reply_to}?subject=unsubscribe>" in str(mail.mail["List-Unsubscribe"])


def shows_the_way_out_in_both_bodies(mail: Captured) -> bool:
    return LINKS.unsubscribe in mail.part("plain") and f'href="{LINKS.unsubscribe}"' in mail.part("html")


def has_the_text_before_the_html(mail: Captured) -> bool:
    kinds = [part.get_content_type() for part in mail.mail.walk()]
    return kinds == ["multipart/alternative", "text/plain", "text/html"]


def says_the_same_in_text(mail: Captured) -> bool:
    return len(mail.part("plain").split()) > 20 and "<" not in mail.part("plain").replace("<http", "")


def is_smaller_than_gmail_shows_whole(mail: Captured) -> bool:
    return len(mail.raw) < 100_000


def does_not_pretend_to_be_an_answer(mail: Captured) -> bool:
    return not re.match(r"(?i)(re|fwd?|aw)\s*:", str(mail.mail["Subject"])) and "In-Reply-To" not in mail.mail


def has_a_subject_of_one_line(mail: Captured) -> bool:
    return 0 < len(str(mail.mail["Subject"])) < 100


CHECKS: tuple[Callable[[Captured], bool], ...] = (
    has_each_field_once,
    parses_without_a_defect,
    has_lines_of_lawful_length_and_end,
    has_one_author_with_a_whole_domain,
    is_dated_now,
    is_named_by_our_id_at_our_domain,
    came_over_tls,
    verifies_by_dkim,
    is_signed_by_the_authors_domain,
    signs_what_readers_see_and_click,
    signs_the_whole_body,
    can_be_left_by_one_click,
    can_be_left_by_mail,
    shows_the_way_out_in_both_bodies,
    has_the_text_before_the_html,
    says_the_same_in_text,
    is_smaller_than_gmail_shows_whole,
    does_not_pretend_to_be_an_answer,
    has_a_subject_of_one_line,
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_every_email_of_ours_passes_the_checks_of_mailbox_providers(
    check: Callable[[Captured], bool], captured: list[Captured]
) -> None:
    assert [mail.outbound.id for mail in captured if not check(mail)] == []
