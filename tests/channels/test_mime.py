"""An email on the wire is what an independent reader takes it for, whatever people typed into names and texts."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.address import Channel
from channels.mail_headers import Unmailable
from channels.message import EmailContent, Outbound
from channels.mime import write_mail
from tests.channels.contract import batch_for
from tests.databases import START

URL = "https://seller.example/u/" + "Abc-" * 30


def outbound(**changes: str | None) -> Outbound:
    [message] = batch_for(Channel.EMAIL, size=1)
    return replace(message, **changes)  # type: ignore[arg-type]


def with_content(subject: str = "Hi", html: str = "<p>Hi</p>", text: str = "Hi\n", **headers: str) -> Outbound:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return replace(outbound(), content=EmailContent(subject=subject, html=html, text=text, headers=named))


def read(message: Outbound) -> EmailMessage:
    found = message_from_bytes(write_mail(message, START).data, policy=policy.SMTP)
    assert isinstance(found, EmailMessage)
    return found


def lines_of(message: Outbound) -> list[bytes]:
    data = write_mail(message, START).data
    assert data.endswith(b"\r\n")
    return data.split(b"\r\n")[:-1]


any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)
long_words = st.text(st.sampled_from('aé=?_ \r\n\t"\\<>,'), max_size=3_000)


@given(name=any_text | long_words, subject=any_text | long_words)
def test_no_name_and_no_subject_breaks_the_header(name: str, subject: str) -> None:
    """One field of each kind, short lines of ASCII, and nothing that was not put there."""
    message = replace(with_content(subject=subject), to_name=name, sender_name=name)

    mail = read(message)

    assert mail.keys() == ["Content-Type", "MIME-Version", "Date", "From", "To", "Subject", "Message-ID"]
    assert [address.addr_spec for address in mail["To"].addresses] == [message.to]
    assert [address.addr_spec for address in mail["From"].addresses] == [message.sender]
    for line in lines_of(message):
        assert len(line) <= 998
        assert line.isascii()
        assert b"\r" not in line
        assert b"\n" not in line


@pytest.mark.parametrize(
    "name",
    ["Ann", "O'Brien, Ann", 'Ann "the roof" Lee', "back\\slash", "Jörg Müller", "山田太郎", "Ann <ann@evil.example>", "a@b",
     "Zoë 🏡 " * 12, "=?utf-8?q?no?=", "(comment)", "Dr. Ann; CEO: Fern & Co."],
)  # fmt: skip
def test_a_name_arrives_as_it_was_typed(name: str) -> None:
    # The library's older reader: the newer one puts a space between encoded words, against RFC 2047 6.2.
    shown, address = parseaddr(message_from_bytes(write_mail(outbound(to_name=name), START).data)["To"])

    assert str(make_header(decode_header(shown))) == " ".join(name.split())
    assert address == "lead0@example.com"


@pytest.mark.parametrize(
    "subject",
    [
        "Your question",
        "Größe: 120 m²",
        "山田太郎さま、" * 12,
        "A roof, " * 40,
        "=?utf-8?q?not_encoded?=",
        "x" * 480,
        "🏡" * 100,
    ],
    ids=lambda subject: subject[:12],
)
def test_a_subject_arrives_as_it_was_written(subject: str) -> None:
    assert read(with_content(subject=subject))["Subject"] == subject.strip()


@given(text=any_text, html=any_text)
def test_bodies_arrive_as_they_were_written_but_for_their_line_ends(text: str, html: str) -> None:
    mail = read(with_content(text=text, html=html))

    found = [part.get_payload(decode=True) for part in mail.iter_parts()]
    assert [one.decode().replace("\r\n", "\n") for one in found if isinstance(one, bytes)] == [
        written.replace("\r\n", "\n").replace("\r", "\n") for written in (text, html)
    ]


@pytest.mark.parametrize(
    "text", ["An answer. " * 500, "Größe " * 500, "山田太郎" * 500, "\n.\nFrom here\n" * 50, " \n" * 50]
)
def test_lines_on_the_wire_are_short_whatever_the_bodies_hold(text: str) -> None:
    lines = lines_of(with_content(text=text, html=f"<p>{text}</p>"))

    assert max(len(line) for line in lines) <= 76
    assert not [line for line in lines if line.endswith((b" ", b"\t"))]


def test_the_text_comes_first_and_the_html_last_as_what_is_best() -> None:
    """RFC 2046 5.1.4: a reader shows the last part that it can."""
    mail = read(with_content())

    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert [part.get_content_charset() for part in mail.iter_parts()] == ["utf-8", "utf-8"]
    assert not mail.defects


def test_what_is_mostly_ascii_stays_readable_and_what_is_not_stays_short() -> None:
    mail = read(with_content(text="Die Größe Ihres Daches: 120 m².", html="山田太郎" * 100))

    assert [part["Content-Transfer-Encoding"] for part in mail.iter_parts()] == ["quoted-printable", "base64"]


def test_a_long_address_to_leave_by_is_neither_folded_nor_encoded() -> None:
    message = with_content(List_Unsubscribe=f"<{URL}>", List_Unsubscribe_Post="List-Unsubscribe=One-Click")

    lines = lines_of(message)

    assert f"List-Unsubscribe: <{URL}>".encode() in lines
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in lines


def test_answers_go_where_the_message_says() -> None:
    mail = read(outbound(reply_to="reply+abcd2345@in.seller.example"))

    [address] = mail["Reply-To"].addresses
    assert (address.display_name, address.addr_spec) == ("Seller", "reply+abcd2345@in.seller.example")


def test_nobody_is_named_where_no_name_is_known() -> None:
    assert read(outbound(to_name=" \r\n "))["To"] == "lead0@example.com"


def test_the_date_is_the_instant_given() -> None:
    at = datetime(2026, 7, 1, 12, 30, 15, tzinfo=UTC)

    data = write_mail(outbound(), at).data

    assert parsedate_to_datetime(message_from_bytes(data, policy=policy.SMTP)["Date"]) == at


def test_the_same_message_gives_the_same_bytes() -> None:
    assert write_mail(outbound(), START) == write_mail(outbound(), START)


def test_international_domains_are_written_in_ascii() -> None:
    mail = write_mail(outbound(to="ann@müller.de", sender="hello@straße.de"), START)

    assert (mail.to, mail.sender) == ("ann@xn--mller-kva.de", "hello@xn--strae-oqa.de")
    assert not mail.is_international
    assert mail.data.isascii()


def test_an_international_mailbox_is_told_and_its_name_stays_encoded() -> None:
    mail = write_mail(outbound(to="jörg@example.com", to_name="Jörg"), START)

    assert mail.is_international
    assert "To: =?utf-8?b?SsO2cmc=?= <jörg@example.com>\r\n".encode() in mail.data


@pytest.mark.parametrize(
    "address",
    ["", "ann", "@example.com", "ann@", "an n@example.com", "<ann@example.com>", '"ann lee"@example.com',
     "ann@example.com>", "ann@exa mple.com", "a" * 65 + "@example.com", "ann..lee@example.com", "ann@example.com\r\nBcc: b@c.de",
     "ann,bob@example.com", "ann\0@example.com"],
)  # fmt: skip
@pytest.mark.parametrize("role", ["to", "sender", "reply_to"])
def test_what_is_no_address_is_not_written_to(address: str, role: str) -> None:
    if role == "reply_to" and not address:
        return  # none is wanted

    with pytest.raises(Unmailable):
        write_mail(outbound(**{role: address}), START)
