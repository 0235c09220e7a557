"""Rendering is strict: a lead's values appear as they are, and a missing one holds the message."""

from pathlib import Path
from typing import Any

import pytest

from channels.message import EmailContent, TextContent, VoicemailContent
from engine.content.compiled import from_row
from engine.content.library import load_library
from engine.content.preview import PREVIEW_LINKS, preview
from engine.content.problems import ContentErrors
from engine.content.render import Script, render, render_from_name
from engine.content.sandbox import MissingValue
from engine.content.variables import build_variables
from tests.content.builders import BRAND, compiled, email, lead, library, shown


def test_an_email_has_a_subject_a_preheader_html_and_written_text(tmp_path: Path) -> None:
    body = "Hi {{ lead.first_name }},\n\n**bold** [our page](https://fern.example.com/a)\n\n- one\n- two"

    content = shown(tmp_path, email(body, subject="For {{ lead.first_name }}"), first_name="Dana")

    assert isinstance(content, EmailContent)
    assert (content.subject, content.preheader) == ("For Dana", "More")
    assert "<strong" in content.html
    assert content.text.startswith("Hi Dana,\n\nbold our page: https://fern.example.com/a\n\n- one\n- two\n")
    assert "<" not in content.text


def test_marketing_mail_offers_the_one_click_way_out(tmp_path: Path) -> None:
    content = shown(tmp_path, email("Hi"))

    assert isinstance(content, EmailContent)
    assert content.headers == {
        "List-Unsubscribe": f"<{PREVIEW_LINKS.unsubscribe}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def test_mail_a_lead_asked_for_needs_no_way_out_in_its_headers_and_wants_no_machine_to_answer(tmp_path: Path) -> None:
    content = shown(tmp_path, email("Hi", purpose="service"))

    assert isinstance(content, EmailContent)
    assert content.headers == {"Auto-Submitted": "auto-generated"}


@pytest.mark.parametrize(
    "known", [{}, {"first_name": ""}, {"first_name": " \t\u200b"}], ids=["unknown", "empty", "blank"]
)
def test_a_missing_value_without_a_fallback_holds_the_message(tmp_path: Path, known: dict[str, Any]) -> None:
    with pytest.raises(MissingValue) as caught:
        shown(tmp_path, email("One\n\nHi {{ lead.first_name }}"), **known)

    assert (caught.value.name, caught.value.template, caught.value.line) == ("lead.first_name", "email/x.md", 7)


@pytest.mark.parametrize(
    "placeholder",
    [
        '{{ lead.first_name or "there" }}',
        '{{ lead.first_name | default("there") }}',
        '{{ lead.first_name|d("there") }}',
    ],
)
def test_a_fallback_stands_in_for_a_missing_value(tmp_path: Path, placeholder: str) -> None:
    content = shown(tmp_path, f"Hi {placeholder}", "sms/x.txt")

    assert content == TextContent(body="Hi there")


def test_an_unknown_custom_field_is_a_missing_value(tmp_path: Path) -> None:
    with pytest.raises(MissingValue, match=r"lead\.custom\.roof_age"):
        shown(tmp_path, "Your roof is {{ lead.custom.roof_age }} years old", "sms/x.txt")


def test_a_condition_on_an_unknown_custom_field_does_not_hold(tmp_path: Path) -> None:
    content = shown(tmp_path, "Hi{% if lead.custom.roof_age %} old roof{% endif %}", "sms/x.txt")

    assert content == TextContent(body="Hi")


def test_a_subject_that_no_condition_fills_is_missing(tmp_path: Path) -> None:
    with pytest.raises(MissingValue, match="the subject"):
        shown(tmp_path, email("Hi", subject='"{% if lead.company %}For {{ lead.company }}{% endif %}"'))


def test_tags_on_lines_of_their_own_leave_no_empty_lines_in_a_text(tmp_path: Path) -> None:
    source = "One\n{% if lead.company %}\nTwo\n{% endif %}\nThree"

    without, with_company = (shown(tmp_path, source, "sms/x.txt", company=name) for name in ("", "Co"))

    assert without == TextContent(body="One\nThree")
    assert with_company == TextContent(body="One\nTwo\nThree")


def test_a_tag_between_paragraphs_makes_no_paragraph_of_its_own(tmp_path: Path) -> None:
    content = shown(tmp_path, email("One\n{% if lead.company %}\nTwo\n{% endif %}\nThree"))

    assert isinstance(content, EmailContent)
    assert content.text.startswith("One\n\nThree\n")
    assert content.html.count("<p") == len(["One", "Three", "footer"])


def test_a_list_runs_over_what_the_lead_has(tmp_path: Path) -> None:
    body = "{% for room in lead.custom.rooms %}{{ loop.index }} {{ room }}. {% endfor %}"

    content = shown(tmp_path, body, "sms/x.txt", custom={"rooms": ["attic", "den"]})

    assert content == TextContent(body="1 attic. 2 den.")


def test_a_voicemail_may_be_a_recording_beside_its_script(tmp_path: Path) -> None:
    content = shown(tmp_path, "---\naudio: '{{ brand.website }}/tip.mp3'\n---\nA note.", "voicemail/x.md")

    assert content == VoicemailContent(script="A note.", audio_url="https://fern.example.com/tip.mp3")


def test_a_voicemail_has_a_script_and_words_for_a_person(tmp_path: Path) -> None:
    content = shown(tmp_path, "---\nhuman: Hello, {{ brand.name }}.\n---\nA note\nfor you.", "voicemail/x.md")

    assert content == VoicemailContent(script="A note for you.", human_script="Hello, Fern & Co.")


def test_a_call_script_has_a_title_and_both_forms(tmp_path: Path) -> None:
    content = shown(tmp_path, "---\ntitle: Call {{ lead.first_name or 'them' }}\n---\n## Opener\n\n> Hi", "calls/x.md")

    assert isinstance(content, Script)
    assert (content.title, content.text) == ("Call them", "Opener\n\n> Hi\n")
    assert "<h2>Opener</h2>" in content.html


def test_the_sender_name_may_be_the_owner(tmp_path: Path) -> None:
    message = compiled(tmp_path, email("Hi", from_name='"{{ owner.first_name }} at {{ brand.name }}"'))

    variables = build_variables(lead(owner="bo"), message.brand, PREVIEW_LINKS)

    assert render_from_name(message, variables) == "Bo at Fern & Co"


def test_a_lead_without_an_owner_gets_the_first(tmp_path: Path) -> None:
    assert shown(tmp_path, "{{ owner.name }}", "sms/x.txt", owner="nobody") == TextContent(body="Ann Lee")


def test_a_stored_message_renders_the_same_without_its_files(tmp_path: Path) -> None:
    message = compiled(tmp_path, email("Hi {{ lead.first_name }}\n\n{% if lead.company %}a{% endif %}"))
    variables = build_variables(lead(first_name="Zoë"), message.brand, PREVIEW_LINKS)

    restored = from_row(message.to_row())

    assert restored == message
    assert render(restored, variables) == render(message, variables)


def test_a_row_of_another_version_says_what_to_do(tmp_path: Path) -> None:
    row = {**compiled(tmp_path, email("Hi")).to_row(), "form": 0}

    with pytest.raises(ContentErrors, match="Publish the templates again"):
        from_row(row)


def test_the_revision_follows_the_text_the_layout_a_snippet_and_the_brand(tmp_path: Path) -> None:
    body = email('Hi {% include "bye" %}')
    snippet = {"snippets__bye.md": "Bye"}
    changes: list[dict[str, str]] = [
        snippet,
        {"snippets__bye.md": "Farewell"},
        {**snippet, "layouts__personal.txt": "{{ content }}\nchanged"},
    ]

    revisions = [compiled(tmp_path / str(i), body, **change).revision for i, change in enumerate(changes)]
    revisions.append(compiled(tmp_path / "again", body, **snippet).revision)

    assert len(set(revisions)) == len(changes)
    assert revisions[-1] == revisions[0]


def test_the_variant_in_the_lead_s_language_is_found(tmp_path: Path) -> None:
    found = library(tmp_path, {"sms/x.txt": "Hi", "sms/x.es.txt": "Hola"})

    files = [found.need(found.messages[0].channel, "x", locale).file for locale in ("es-MX", "es", "de", None)]

    assert files == ["sms/x.es.txt", "sms/x.es.txt", "sms/x.txt", "sms/x.txt"]


def test_without_a_folder_of_its_own_the_packaged_content_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    packaged = load_library()
    library(tmp_path / "templates", {"sms/x.txt": "Hi"})

    assert "instant-answer" in packaged.sequences
    assert load_library().brand.name == "Fern & Co"


def test_what_the_brand_says_is_escaped_where_html_needs_it_and_never_read_as_a_template(tmp_path: Path) -> None:
    brand = BRAND.replace("Fern & Co", "'Fern & *Co* {{ 7*7 }}'")

    content = preview(compiled(tmp_path, email("{{ brand.name }}"), **{"brand.yaml": brand}), lead())

    assert isinstance(content, EmailContent)
    assert content.text.startswith("Fern & *Co* {{ 7*7 }}")
    assert "Fern &amp; *Co* {{ 7*7 }}" in content.html
