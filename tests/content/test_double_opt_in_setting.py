"""What a form says about double opt-in."""

import pytest

from channels.address import Channel
from engine.content.forms import parse_form
from engine.content.problems import ContentErrors

FORM = "title: Ask\nfields: [{name: email, label: Email}]\n"
NUMBER = frozenset({Channel.SMS, Channel.VOICEMAIL, Channel.CALL})


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("", None),
        ("double_opt_in: no", frozenset()),
        ("double_opt_in: yes", NUMBER | {Channel.EMAIL}),
        ("double_opt_in: [email]", frozenset({Channel.EMAIL})),
        ("double_opt_in: [sms]", NUMBER),
    ],
)
def test_a_form_may_ask_twice_by_channel(said: str, meant: frozenset[Channel] | None) -> None:
    assert parse_form(FORM + said, name="ask").double_opt_in == meant


@pytest.mark.parametrize("said", ["double_opt_in: [letter]", "double_opt_in: perhaps", "double_opt_in: {a: b}"])
def test_what_cannot_be_confirmed_is_refused(said: str) -> None:
    with pytest.raises(ContentErrors):
        parse_form(FORM + said, name="ask")
