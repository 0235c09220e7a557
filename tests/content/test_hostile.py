"""What a lead or a stranger writes is data: it never becomes template, markup, header or a runaway computation."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.message import EmailContent, TextContent
from engine.content.compile import compile_message
from engine.content.library import Library
from engine.content.preview import PREVIEW_LINKS, preview
from engine.content.problems import ContentErrors
from engine.content.render import CHARACTERS_MAX, render
from engine.content.sandbox import MissingValue
from engine.content.source import parse_source
from engine.content.variables import VALUE_CHARACTERS_MAX, build_variables
from tests.content.builders import compiled, email, lead, library, shown


@pytest.mark.parametrize(
    "name",
    ["{{ 7*7 }}", "{% for x in y %}", "{# gone #}", "**bold**", "[a](javascript:alert(1))", "${x}", "%(x)s", "{0}"],
)
def test_a_name_is_never_read_as_template_or_markdown(tmp_path: Path, name: str) -> None:
    content = shown(tmp_path, email("Hi {{ lead.first_name }}!"), first_name=name)

    assert isinstance(content, EmailContent)
    assert content.text.startswith(f"Hi {name}!")


def test_markup_in_a_name_is_shown_not_run(tmp_path: Path) -> None:
    hostile = "<script>alert(1)</script>\" onload='x'"

    content = shown(
        tmp_path, email("Hi {{ lead.first_name }}", subject="For {{ lead.first_name }}"), first_name=hostile
    )

    assert isinstance(content, EmailContent)
    assert "<script" not in content.html
    assert "&lt;script&gt;" in content.html
    assert "onload='" not in content.html


def test_line_ends_in_a_name_add_no_header(tmp_path: Path) -> None:
    hostile = "Ann\r\nBcc: all@example.com\u2028X: y\x00\x1b[2J"

    content = shown(tmp_path, email("Hi", subject="For {{ lead.first_name }}"), first_name=hostile)

    assert isinstance(content, EmailContent)
    assert content.subject == "For Ann Bcc: all@example.com X: y [2J"


def test_a_name_can_turn_nothing_around(tmp_path: Path) -> None:
    content = shown(tmp_path, "Hi {{ lead.first_name }}", "sms/x.txt", first_name="Ann\u202egnp.exe\u2066")

    assert content == TextContent(body="Hi Ann gnp.exe")


def test_a_name_as_long_as_a_book_is_clipped(tmp_path: Path) -> None:
    content = shown(tmp_path, "{{ lead.first_name }}", "sms/x.txt", first_name="a" * 1_000_000)

    assert content == TextContent(body="a" * VALUE_CHARACTERS_MAX)


def test_a_link_can_not_begin_with_what_a_lead_wrote(tmp_path: Path) -> None:
    with pytest.raises(ContentErrors, match=r"A link can't be lead\.custom\.site"):
        compiled(tmp_path, email("[see]({{ lead.custom.site }})"))


@pytest.mark.parametrize(
    "bomb",
    [
        "{{ 9**9**9 }}",
        "{{ 'a' * 1000000000 }}",
        "{% for a in range(1000000000) %}x{% endfor %}",
        "{% for a in lead.custom.x %}{% for b in lead.custom.x %}x{% endfor %}{% endfor %}",
        "{% set a = 'x' %}{% set a = a ~ a %}",
        "{{ lead.company | replace('a', 'aaaa') }}",
        "{{ lead.company | center(1000000000) }}",
        "{{ lead.__class__.__mro__ }}",
        "{{ lead['__class__'] }}",
        "{{ lead.company.upper() }}",
        "{% macro a() %}{{ a() }}{% endmacro %}",
        "{% import 'x' as x %}",
        "{% extends 'x' %}",
        "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
        "{{ " + "9" * 6000 + " }}",
        "{% if lead.company %}" * 40 + "x" + "{% endif %}" * 40,
        "x" * 40_000,
    ],
    ids=lambda bomb: bomb[:40],
)
@pytest.mark.parametrize("file", ["email/x.md", "sms/x.txt"])
def test_a_template_that_could_run_away_is_refused(tmp_path: Path, bomb: str, file: str) -> None:
    with pytest.raises(ContentErrors):
        compiled(tmp_path, email(bomb) if file.startswith("email") else bomb, file)


def test_output_is_bounded_whatever_the_variables(tmp_path: Path) -> None:
    message = compiled(tmp_path, email("{{ lead.first_name }}"))
    variables = build_variables(lead(), message.brand, PREVIEW_LINKS)
    variables["lead"]["first_name"] = "a" * (CHARACTERS_MAX["html"] + 1)

    with pytest.raises(ContentErrors, match="becomes longer than 100000 characters"):
        render(message, variables)


@pytest.mark.parametrize(
    ("written", "said"),
    [(r"\{\{ 7 }}", "{{ 7 }}"), ("&#123;&#123; 7*7 }}", "{{ 7*7 }}"), ("{% raw %}{{ x }}{% endraw %}", "{{ x }}")],
)
def test_braces_that_an_author_escapes_stay_braces(tmp_path: Path, written: str, said: str) -> None:
    content = shown(tmp_path, email(written))

    assert isinstance(content, EmailContent)
    assert content.text.startswith(said)
    assert said in content.html


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return library(tmp_path_factory.mktemp("fuzz"), {
        "snippets/bye.md": "Bye {{ lead.first_name or 'you' }}", "snippets/bye+roof.md": "Roofs\n\n- last"
    })  # fmt: skip


WORDS = """{{ }} {% %} {# #} lead.first_name lead.company brand.name links.booking lead if elif else endif for x in endfor
    include 'bye' raw or |upper |day |money('EUR') greeting '2026-03-03' lead.custom.x | length ~ + 1 'x' ( ) [ ] ]( * _ - > ` --- : { } & é <b> http://x"""
TOKENS = st.sampled_from([*WORDS.split(), " ", "\n", "\n\n"])
TEXTS = st.one_of(
    st.text(max_size=200), st.lists(TOKENS, max_size=25).map(" ".join), st.lists(TOKENS, max_size=25).map("".join)
)


def is_read_or_refused(bench: Library, file: str, text: str) -> bool:
    """Return whether *text* is a message; whatever it raises but a refusal with words is a fault."""
    try:
        preview(compile_message(bench, parse_source(file, text)), lead(first_name="A"))
    except (ContentErrors, MissingValue) as error:
        return bool(str(error))
    return True


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXTS, file=st.sampled_from(["email/x.md", "email/x.mjml", "sms/x.txt", "voicemail/x.md", "calls/x.md"]))
def test_any_text_is_a_message_or_is_refused(bench: Library, text: str, file: str) -> None:
    framed = f"---\nsubject: s\ntext: t\n---\n{text}" if file.startswith("email") else text

    assert is_read_or_refused(bench, file, framed)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(front=TEXTS, subject=TEXTS)
def test_any_front_matter_is_read_or_is_refused(bench: Library, front: str, subject: str) -> None:
    for text in (f"---\n{front}\n---\nHi", f"---\nsubject: {subject}\n---\nHi"):
        assert is_read_or_refused(bench, "email/x.md", text)


@settings(max_examples=200, deadline=None)
@given(name=st.text(max_size=300))
def test_any_name_can_be_written_to(name: str, any_message: "Messages") -> None:
    for content in any_message.shown(name):
        assert "\n" not in content.subject
        assert "<script" not in content.html.lower()


class Messages:
    """An email that says a name wherever a name can stand."""

    def __init__(self, root: Path) -> None:
        body = '{{ lead.first_name or "x" }} [a](https://fern.example.com/{{ lead.first_name or "x" }})'
        self._message = compiled(root, email(body, subject="'{{ lead.first_name or \"x\" }}'"))

    def shown(self, name: str) -> list[EmailContent]:
        """Return the email for a lead called *name*."""
        content = preview(self._message, lead(first_name=name))
        assert isinstance(content, EmailContent)
        return [content]


@pytest.fixture(scope="module")
def any_message(tmp_path_factory: pytest.TempPathFactory) -> Messages:
    return Messages(tmp_path_factory.mktemp("names"))
