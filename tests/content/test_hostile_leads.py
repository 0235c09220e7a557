"""Every field of a lead, written by somebody who means harm, in every place where a message can say it."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import policy
from email.parser import BytesParser
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from channels.address import Channel
from channels.message import EmailContent, TextContent, VoicemailContent
from channels.mime import write_mail
from channels.webhooks.twiml import Gather, Say, to_twiml
from engine.content.compile import compile_message
from engine.content.compiled import Compiled
from engine.content.library import Library, load_library
from engine.content.preview import PREVIEW_LINKS, preview
from engine.content.problems import ContentErrors
from engine.content.render import (
    CHARACTERS_MAX,
    TEXT_MESSAGE_CHARACTERS_MAX,
    Rendered,
    Script,
    render,
    render_from_name,
)
from engine.content.sandbox import MissingValue
from engine.content.variables import LIST_ITEMS_MAX, build_variables
from engine.domain.lead import Lead
from tests.channels.contract import batch_for
from tests.content.builders import BRAND, email, lead, library

AT = datetime(2026, 3, 3, 16, 30, tzinfo=UTC)
FIELDS = (
    "first_name", "last_name", "full_name", "company", "email", "phone", "country", "region", "language", "interest",
    "source", "custom.x", "custom.list",
)  # fmt: skip
SAID = " ".join(f'{{{{ lead.{name} or "none" }}}}' for name in FIELDS if name != "custom.list")
DATED = " ".join(f'{{{{ lead.custom.x | {name} or "none" }}}}' for name in ("day", "date", "time", "money"))
LOOP = "{% for item in lead.custom.list %}{{ item or 'none' }} {% endfor %}"
EVERYTHING = f"{{{{ greeting }}}} {SAID} {DATED}"
HOSTILE = (
    "{{ 7*7 }}", "{% include 'answer' %}", "{% raw %}", "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>',
    "Ann\r\nBcc: all@example.com\r\n\r\n<html>", "\x00\x1b[2J\x9b", "\u202e\u2066\ufeff", "</Say><Dial>+19005550100</Dial>",
    "]]>&lt;&#0;&", "javascript:alert(1)", "=?utf-8?q?=0D=0ABcc:_x?=", "../../../etc/passwd", "a" * 2_000, "\ud800",
    "--=_00000000-0000-7000-8000-000000000000", ".\r\n.", 'roof" or "1" == "1', "2026-03-03T14:00:00-05:00", "1e400",
)  # fmt: skip
WORDS = st.one_of(
    st.sampled_from(HOSTILE), st.text(max_size=60), st.lists(st.sampled_from(HOSTILE), max_size=3).map("".join)
)
ANYTHING = st.recursive(
    st.one_of(WORDS, st.none(), st.booleans(), st.integers(), st.floats()),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(WORDS, inner, max_size=3)),
    max_leaves=8,
)


@st.composite
def leads(draw: st.DrawFn) -> Lead:
    """Return a lead whose every field anybody may have written."""
    known: dict[str, Any] = {
        name: draw(WORDS) for name in ("first_name", "last_name", "company", "interest", "source", "language")
    }
    known |= {name: draw(st.none() | WORDS) for name in ("email", "phone", "country", "region", "zone")}
    listed = draw(st.lists(WORDS, max_size=4))
    return lead(**known, owner=draw(WORDS), custom={draw(WORDS): draw(WORDS), "x": draw(ANYTHING), "list": listed})


FILES: dict[str, str | bytes] = {
    "brand.yaml": BRAND + "currency: USD\n",
    "email/x.md": email(
        f"# Hi {{{{ lead.company or 'you' }}}}\n\n{EVERYTHING}\n\n{LOOP}\n\n{{% include 'answer' %}}\n\n- *{{{{ lead.custom.x or 'none' }}}}*\n\n"
        "[a **link**](https://fern.example.com/?q={{ lead.company or 'none' }} \"button\")",
        subject="'{{ greeting }}, {{ lead.first_name or lead.company or \"none\" }}'", from_name="\"{{ lead.company or 'you' }}\"",
    ),
    "snippets/answer.md": "Hello {{ lead.interest or 'you' }}.",
    "snippets/answer+roof.md": "A roof, {{ lead.first_name or 'you' }}.",
    "sms/x.txt": SAID,
    "voicemail/x.md": "---\nhuman: \"Hi {{ lead.first_name or 'you' }}\"\n---\nThis is {{ lead.company or 'Fern' }}, {{ lead.custom.x or 'none' }}.",
    "calls/x.md": f"---\ntitle: \"{{{{ lead.first_name or 'none' }}}}\"\n---\n{EVERYTHING}\n\n> {{{{ lead.custom.x or 'none' }}}}",
}  # fmt: skip


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> dict[Channel, Compiled]:
    found = library(tmp_path_factory.mktemp("hostile"), FILES)
    assert not found.problems
    return {source.channel: compile_message(found, source) for source in found.messages}


def shown(compiled: Compiled, known: Lead) -> Rendered | None:
    """Return the message; None where it is held, which harms nobody."""
    try:
        return preview(compiled, known, at=AT)
    except (MissingValue, ContentErrors):
        return None


class Skeleton(HTMLParser):
    """The tags of a page with the names of their attributes, and where its links lead."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, ...]] = []
        self.links: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note it."""
        self.tags.append((tag, *(name for name, _ in attrs)))
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]

    def handle_endtag(self, tag: str) -> None:
        """Note it."""
        self.tags.append((f"/{tag}",))

    def handle_comment(self, data: str) -> None:  # noqa: ARG002 - the library names it
        """Note it."""
        self.tags.append(("comment",))

    def handle_decl(self, decl: str) -> None:  # noqa: ARG002 - the library names it
        """Note it."""
        self.tags.append(("declaration",))


CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")
HARMLESS = lead(first_name="Ann", custom={"x": "y", "list": []})
laws = settings(max_examples=150, deadline=None)


@laws
@given(known=leads())
@example(known=lead(interest="roof", company="2026-03-03T14:00:00-05:00"))
def test_nobody_changes_the_bones_of_an_email(shelf: dict[Channel, Compiled], known: Lead) -> None:
    content, plain = (
        shown(shelf[Channel.EMAIL], known),
        shown(shelf[Channel.EMAIL], replace(HARMLESS, interest=known.interest)),
    )
    assert isinstance(plain, EmailContent)
    if content is None:
        return
    assert isinstance(content, EmailContent)

    there, meant = Skeleton(content.html), Skeleton(plain.html)

    assert there.tags == meant.tags
    assert len(there.links) == len(meant.links)
    assert all(link.startswith(("https://fern.example.com/", "https://www.example.com/")) for link in there.links)
    assert not CONTROLS.search(content.html + content.text)
    assert not CONTROLS.search(content.subject)
    assert "\n" not in content.subject
    assert content.headers == plain.headers


@laws
@given(known=leads())
def test_nobody_adds_a_header_or_a_part_to_a_mail(shelf: dict[Channel, Compiled], known: Lead) -> None:
    content, plain = shown(shelf[Channel.EMAIL], known), shown(shelf[Channel.EMAIL], HARMLESS)
    if content is None:
        return
    assert isinstance(content, EmailContent)
    assert isinstance(plain, EmailContent)
    name = render_from_name(shelf[Channel.EMAIL], build_variables(known, shelf[Channel.EMAIL].brand, PREVIEW_LINKS))
    [model] = batch_for(Channel.EMAIL, size=1)

    mails = [
        BytesParser(policy=policy.default).parsebytes(write_mail(one, AT).data)
        for one in (
            replace(model, content=content, to_name=known.first_name, sender_name=name or ""),
            replace(model, content=plain, to_name="Ann", sender_name="Ann"),
        )
    ]

    said, meant = ([(part.get_content_type(), part.keys()) for part in mail.walk()] for mail in mails)
    assert said == meant
    assert str(mails[0]["To"]).endswith("<lead0@example.com>") or mails[0]["To"] == "lead0@example.com"
    assert [address.addr_spec for address in mails[0]["From"].addresses] == ["hello@seller.example"]


@laws
@given(known=leads())
def test_nobody_breaks_a_text_or_a_call(shelf: dict[Channel, Compiled], known: Lead) -> None:
    text, call = shown(shelf[Channel.SMS], known), shown(shelf[Channel.CALL], known)

    if text is not None:
        assert isinstance(text, TextContent)
        assert 0 < len(text.body) <= TEXT_MESSAGE_CHARACTERS_MAX
        assert "\n" not in text.body
        assert not CONTROLS.search(text.body)
    if call is not None:
        assert isinstance(call, Script)
        assert not CONTROLS.search(call.title + call.text + call.html)
        assert "\n" not in call.title
        assert Skeleton(call.html).tags == [("p",), ("/p",), ("blockquote",), ("p",), ("/p",), ("/blockquote",)]


@laws
@given(known=leads())
def test_nobody_tells_the_telephone_what_to_do(shelf: dict[Channel, Compiled], known: Lead) -> None:
    content = shown(shelf[Channel.VOICEMAIL], known)
    if content is None:
        return
    assert isinstance(content, VoicemailContent)
    prompt = Gather(prompt=(Say(text=content.human_script, language=known.language),), action="/key")

    call = ET.fromstring(to_twiml([Say(text=content.script, language=known.language), prompt]))  # noqa: S314 - our own words

    assert [element.tag for element in call.iter()] == ["Response", "Say", "Gather", "Say"]
    assert call[0].text == content.script
    assert len(content.script) <= CHARACTERS_MAX["script"]


@laws
@given(known=leads())
def test_variables_stay_small_whatever_a_lead_wrote(shelf: dict[Channel, Compiled], known: Lead) -> None:
    brand = shelf[Channel.SMS].brand

    size = len(str(build_variables(known, brand, PREVIEW_LINKS)["lead"]))

    assert size < 20_000


def test_a_list_as_long_as_a_book_is_cut(shelf: dict[Channel, Compiled]) -> None:
    content = shown(shelf[Channel.EMAIL], lead(custom={"x": "y", "list": ["word"] * 1_000_000}))

    assert isinstance(content, EmailContent)
    assert content.text.count("word") == LIST_ITEMS_MAX


def test_a_loop_over_much_text_ends_and_is_refused(tmp_path: Path) -> None:
    body = "{% for item in lead.custom.list %}" + "{{ item }} " * 900 + "{% endfor %}"
    found = library(tmp_path, {"email/x.md": email(body)})
    message = compile_message(found, found.messages[0])

    with pytest.raises(ContentErrors, match="becomes longer than 100000 characters"):
        preview(message, lead(custom={"list": ["w" * 200] * 50}))


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_the_messages_that_are_shipped_stand_it_too(words: str) -> None:
    known = lead(
        first_name=words, last_name=words, company=words, interest=words, country=words, zone=words, email=words
    )

    for compiled in _shipped():
        content = shown(compiled, known)
        if isinstance(content, EmailContent):
            there = Skeleton(content.html).tags
            assert not {"script", "onerror"} & {word for tag in there for word in tag}
            assert not CONTROLS.search(content.html + content.text + content.subject)


_SHIPPED: list[Compiled] = []


def _shipped() -> list[Compiled]:
    if not _SHIPPED:
        found: Library = load_library()
        names = ("instant-answer", "short-question", "hello-text", "sorry-we-missed-you")
        _SHIPPED.extend(compile_message(found, one) for one in found.messages if one.name in names)
    return _SHIPPED


def test_a_template_cannot_name_what_is_behind_its_filters(tmp_path: Path) -> None:
    for body in ("{{ reader }}", "{{ here }}", "{{ lead.custom.x | day.__globals__ }}", "{{ greeting.__class__ }}"):
        found = library(tmp_path, {"sms/x.txt": body})
        with pytest.raises(ContentErrors):
            compile_message(found, found.messages[0])


def test_variables_that_are_no_variables_hold_the_message(shelf: dict[Channel, Compiled]) -> None:
    variables: dict[str, Any] = {"lead": {}, "brand": {}, "here": {"zone": "x", "country": "{{", "at": ""}}

    with pytest.raises((MissingValue, ContentErrors)):
        render(shelf[Channel.VOICEMAIL], variables | {"lead": {"company": " "}})


@pytest.mark.parametrize("name", ["items", "keys", "get", "pop", "copy"])
def test_a_field_may_be_called_as_python_calls_its_own(tmp_path: Path, name: str) -> None:
    found = library(
        tmp_path, {"sms/x.txt": f"{{{{ lead.custom.{name} or 'nothing' }}}}, {{{{ lead.custom['{name}'] or 'no' }}}}"}
    )
    message = compile_message(found, found.messages[0])

    assert preview(message, lead(custom={name: "two lamps"})) == TextContent(body="two lamps, two lamps")
    assert preview(message, lead()) == TextContent(body="nothing, no")
