"""Links and an image report to us; what must not be followed is not, and looking at it here undoes it."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.message import EmailContent, MessageId
from consent.tokens import TokenKind, mint
from engine.content.tracking import Tracker, read_click, read_open, untracked

BASE = "https://hello.seller.example"
SECRET = b"a secret for tests"
MESSAGE = MessageId("0190b3c1-7e4a-7c5e-9d1f-2b3c4d5e6f70")
TRACKER = Tracker(base_url=BASE, secret=SECRET)


def content(html: str) -> EmailContent:
    """Return an email of which only the HTML matters."""
    return EmailContent(subject="Hello", html=html, text="See https://shop.example/a?b=1&c=2")


def links(html: str) -> list[str]:
    """Return where the links of *html* lead."""
    return [unescape(found) for found in re.findall(r'<a [^>]*href="([^"]*)"', html)]


def test_a_link_leads_over_us_and_on_to_where_it_led() -> None:
    tracked = TRACKER.track(
        MESSAGE, content('<body><a class="x" href="https://shop.example/a?b=1&amp;c=2">Go</a></body>')
    )

    [link] = links(tracked.html)
    followed = read_click(link.removeprefix(f"{BASE}/c/"), [SECRET])
    assert link.startswith(f"{BASE}/c/")
    assert followed is not None
    assert (followed.message_id, followed.target) == (MESSAGE, "https://shop.example/a?b=1&c=2")


@pytest.mark.parametrize(
    "target",
    [f"{BASE}/u/token", f"{BASE}/p/token", "mailto:ann@example.com", "tel:+15035550123", "#top", "", "/relative"],
)
def test_what_stops_messages_or_is_no_page_stays_as_it_is(target: str) -> None:
    html = f'<p><a href="{target}">Go</a></p>'

    tracked = Tracker(base_url=BASE, secret=SECRET, opens=False).track(MESSAGE, content(html))

    assert tracked.html == html


def test_the_text_part_shows_addresses_as_they_are() -> None:
    tracked = TRACKER.track(MESSAGE, content("<p></p>"))

    assert tracked.text == content("").text


def test_the_image_stands_once_before_the_end_of_the_body() -> None:
    tracked = TRACKER.track(MESSAGE, content("<html><body><p>Hello</p></body></html>"))

    found = re.search(rf'<p>Hello</p><img src="{BASE}/o/([^"]+)"[^>]*></body></html>$', tracked.html)
    assert found is not None
    assert read_open(found[1], [SECRET]) == MESSAGE


def test_nothing_is_changed_where_nothing_is_wanted() -> None:
    html = '<body><a href="https://shop.example/">Go</a></body>'

    tracked = Tracker(base_url=BASE, secret=SECRET, clicks=False, opens=False).track(MESSAGE, content(html))

    assert tracked.html == html


def test_only_our_own_tokens_lead_anywhere() -> None:
    forged = mint(TokenKind.CLICK, f"{MESSAGE} https://evil.example/", b"another secret")
    of_another_kind = mint(TokenKind.CONFIRM, f"{MESSAGE} https://evil.example/", SECRET)
    to_no_page = mint(TokenKind.CLICK, f"{MESSAGE} javascript:alert(1)", SECRET)

    assert [read_click(token, [SECRET]) for token in (forged, of_another_kind, to_no_page, "é", "")] == [None] * 5


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters='"<>&\r\n\t '), min_size=1), max_size=4))
def test_looking_at_it_here_undoes_everything(paths: list[str]) -> None:
    html = "<body>" + "".join(f'<a href="https://shop.example/{path.strip()}">x</a>' for path in paths) + "</body>"

    tracked = TRACKER.track(MESSAGE, content(html))

    assert untracked(tracked.html, BASE, (SECRET,)) == html
