"""The token of the message a lead answers is found in the address they answered to."""

from dataclasses import replace

import pytest

from channels.inbound.mail import Mailbox
from channels.inbound.reply_token import reply_address, reply_tokens
from tests.channels.inbound.mails import mail

NOBODY = ()


@pytest.mark.parametrize(
    ("address", "tokens"),
    [
        (reply_address("0193f1a0b2", "mail.example.com"), ("0193f1a0b2",)),
        ("Reply+AbCd@MAIL.example.com", ("AbCd",)),
        ("<reply+abcd@mail.example.com>", ("abcd",)),
        ("reply+@mail.example.com", NOBODY),
        ("reply@mail.example.com", NOBODY),
        ("someone+abcd@mail.example.com", NOBODY),
        ("reply+abcd@elsewhere.example", NOBODY),
        ("reply+ab cd@mail.example.com", NOBODY),
        (f"reply+{'a' * 61}@mail.example.com", NOBODY),
        ("", NOBODY),
    ],
)
def test_a_token_is_read_from_our_own_reply_address(address: str, tokens: tuple[str, ...]) -> None:
    assert reply_tokens(mail(envelope_to=(address,)), domain="mail.example.com") == tokens


def test_a_token_is_sought_in_the_header_where_the_envelope_has_none() -> None:
    written = replace(mail(envelope_to=("inbox@x.example",)), to=(Mailbox(address="reply+abcd@mail.example.com"),))
    passed_on = mail(envelope_to=(), headers="Delivered-To: reply+efgh@mail.example.com")

    assert reply_tokens(written) == ("abcd",)
    assert reply_tokens(passed_on) == ("efgh",)


def test_the_envelope_comes_first_and_none_twice() -> None:
    written = replace(
        mail(envelope_to=("reply+abcd@m.example",)),
        to=(Mailbox(address="reply+efgh@m.example"), Mailbox(address="reply+abcd@m.example")),
    )

    assert reply_tokens(written) == ("abcd", "efgh")
