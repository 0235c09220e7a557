"""The fields an email carries name the message, let its reader leave, and can't be made to say anything else."""

from collections.abc import Mapping
from dataclasses import replace
from email.parser import BytesParser
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.address import Channel
from channels.inbound.reply_token import reply_address
from channels.mail_headers import Unmailable, mail_domain, mail_headers
from channels.message import EmailContent, Outbound
from tests.channels.contract import batch_for

LINK = "https://seller.example/u/AbC-123"
ONE_CLICK = {"List-Unsubscribe": f"<{LINK}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def email_with(headers: Mapping[str, str], **changes: str | None) -> Outbound:
    [outbound] = batch_for(Channel.EMAIL, size=1)
    content = EmailContent(subject="Hi", html="<p>Hi</p>", text="Hi", headers=headers)
    return replace(outbound, content=content, **changes)  # type: ignore[arg-type]


def test_the_message_is_called_by_our_id_at_the_senders_domain() -> None:
    outbound = email_with({}, sender="Hello@Seller.Example")

    assert mail_headers(outbound) == {"Message-ID": f"<{outbound.id}@seller.example>"}


def test_one_click_is_passed_on_as_content_says() -> None:
    found = mail_headers(email_with(ONE_CLICK))

    assert {name: found[name] for name in ONE_CLICK} == ONE_CLICK


def test_a_reply_address_with_a_token_is_a_second_way_out() -> None:
    found = mail_headers(email_with(ONE_CLICK, reply_to=reply_address("abcd2345", "in.seller.example")))

    assert found["List-Unsubscribe"] == f"<{LINK}>, <mailto:reply+abcd2345@in.seller.example?subject=unsubscribe>"


def test_a_persons_mailbox_is_no_way_out() -> None:
    """Nobody would read a stop there by the time the law allows."""
    assert mail_headers(email_with(ONE_CLICK, reply_to="ann@seller.example"))["List-Unsubscribe"] == f"<{LINK}>"


def test_mail_that_offers_no_stop_gets_none_by_its_reply_address() -> None:
    found = mail_headers(email_with({}, reply_to=reply_address("abcd2345", "in.seller.example")))

    assert "List-Unsubscribe" not in found


def test_one_click_is_promised_over_https_only() -> None:
    plain = {**ONE_CLICK, "List-Unsubscribe": "<http://127.0.0.1:8000/u/abc>"}

    found = mail_headers(email_with(plain))

    assert found["List-Unsubscribe"] == "<http://127.0.0.1:8000/u/abc>"
    assert "List-Unsubscribe-Post" not in found


@pytest.mark.parametrize(
    "field", ["<javascript:alert(1)>", "<mailto:ann@seller.example>", "https://no.brackets.example", "<>", ""]
)
def test_what_is_no_web_address_is_no_way_out(field: str) -> None:
    assert "List-Unsubscribe" not in mail_headers(email_with({"List-Unsubscribe": field}))


def test_content_may_say_that_a_machine_answers() -> None:
    assert mail_headers(email_with({"auto-submitted": "auto-replied"}))["Auto-Submitted"] == "auto-replied"


@pytest.mark.parametrize("name", ["From", "to", "Bcc", "Subject", "Content-Type", "DKIM-Signature", "Received", "Date"])
def test_content_cannot_write_what_a_mail_is_built_of(name: str) -> None:
    assert list(mail_headers(email_with({name: "x"}))) == ["Message-ID"]


@given(
    st.dictionaries(
        st.sampled_from(["List-Unsubscribe", "List-Unsubscribe-Post", "Auto-Submitted", "X-Own", "References"]),
        st.text(max_size=300).map(lambda text: f"<https://seller.example/{text}>"),
    )
)
def test_no_value_begins_another_field(headers: dict[str, str]) -> None:
    found = mail_headers(email_with(headers))

    block = "".join(f"{name}: {value}\r\n" for name, value in found.items()).encode("ascii")
    assert not any(ord(letter) < 32 or ord(letter) > 126 for value in found.values() for letter in value)
    assert BytesParser(policy=SMTP).parsebytes(block + b"\r\n").keys() == list(found)


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("ann@Seller.Example", "seller.example"),
        ("ann@müller.de", "xn--mller-kva.de"),
        ("ann@straße.de", "xn--strae-oqa.de"),  # not the mailboxes of strasse.de
        ("ann@例え.jp", "xn--r8jz45g.jp"),
        ("ann@localhost", "localhost"),
    ],
)
def test_domains_are_written_as_mail_hosts_write_them(address: str, domain: str) -> None:
    assert mail_domain(address) == domain


@pytest.mark.parametrize("address", ["ann", "ann@", "ann@a..b", "ann@a b.de", "ann@a\r\nb.de", "ann@" + "a" * 64 + ".de",
                                     "ann@[127.0.0.1]", "ann@ü..de"])  # fmt: skip
def test_what_is_no_domain_is_refused(address: str) -> None:
    with pytest.raises(Unmailable):
        mail_domain(address)
