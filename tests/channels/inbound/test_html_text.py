"""An HTML mail reads as its writer meant it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.inbound.html_text import html_to_text
from channels.inbound.quotes import unquoted


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Please <b>stop</b>.</p>", "Please stop."),
        ("One<br>two<BR/>three", "One\ntwo\nthree"),
        ("<div>One</div><div>two</div>", "One\n\ntwo"),
        ("a&nbsp;&amp;&#233; &lt;b&gt;", "a &é <b>"),
        ("<!DOCTYPE html><html><head><title>x</title><style>p{}</style></head><body>Hi</body></html>", "Hi"),
        ("<script>if (a<b) stop()</script>Hi", "Hi"),
        ("<!-- <p>hidden</p> -->Hi<!-- unclosed", "Hi"),
        ("<style>p{} Stop it", "p{} Stop it"),
        ("Yes<blockquote>Shall we?<blockquote>Hm</blockquote></blockquote>", "Yes\n> Shall we?\n> > Hm"),
        ("<o:p></o:p>Hi<?xml version='1'?>", "Hi"),
        ("5 < 6 and 7 > 2", "5 < 6 and 7 > 2"),
        ("<p>a</p>" + "<p></p>" * 9 + "<p>b</p>", "a\n\nb"),
        ("", ""),
    ],
)
def test_words_are_kept_and_markup_is_not(html: str, text: str) -> None:
    assert html_to_text(html) == text


def test_a_quotation_can_still_be_told_from_the_answer() -> None:
    html = "<div>No thanks</div><div>On Tue, 3 Nov 2026, Acme wrote:<br><blockquote>Reply STOP</blockquote></div>"

    assert unquoted(html_to_text(html)) == "No thanks"


@given(st.text(alphabet="<>/!-ab pstyle&;blockquote\n", max_size=400) | st.text())
def test_nothing_raises(html: str) -> None:
    assert "\r" not in html_to_text(html)
