"""Forms are read whole or refused whole, and no box can be ticked beforehand or made a condition."""

import pytest

from channels.address import Channel
from consent.facts import Basis
from engine.content.checks import check_library
from engine.content.forms import parse_form
from engine.content.library import load_library
from engine.content.problems import ContentErrors

SMALL = """\
title: Ask us
fields:
  - {name: email, label: Email, required: yes}
  - {name: roof_type, label: Roof, options: {flat: Flat, steep: Steep}}
consents:
  - {name: texts, channels: [sms, voicemail], wording: Text me.}
"""


def refusals(text: str) -> list[str]:
    """Return what is said about a form that can't be used."""
    with pytest.raises(ContentErrors) as refused:
        parse_form(text, name="ask")
    return [str(problem) for problem in refused.value.problems]


def test_a_form_is_read_with_what_it_leaves_unsaid() -> None:
    form = parse_form(SMALL, name="ask")

    assert (form.name, form.source, form.language, form.button, form.thanks) == ("ask", "web-form", "en", "Send", "")
    assert [(one.name, one.required, dict(one.options)) for one in form.fields] == [
        ("email", True, {}),
        ("roof_type", False, {"flat": "Flat", "steep": "Steep"}),
    ]
    [box] = form.consents
    assert (box.key, box.channels, box.wording) == ("consent_texts", (Channel.SMS, Channel.VOICEMAIL), "Text me.")
    assert box.basis is Basis.EXPRESS_WRITTEN


def test_two_forms_of_the_same_words_are_two() -> None:
    assert parse_form(SMALL, name="ask").revision != parse_form(SMALL, name="quote").revision


@pytest.mark.parametrize("word", ["checked", "default", "ticked", "preselected", "required", "value"])
def test_no_box_can_be_ticked_beforehand_or_made_a_condition(word: str) -> None:
    [said] = refusals(SMALL.replace("wording: Text me.", f"wording: Text me., {word}: yes"))

    assert said.startswith(f"forms/ask.yaml:6: '{word}' can't be said of a box.")
    assert "only the visitor ticks it" in said


@pytest.mark.parametrize(
    ("change", "line", "says"),
    [
        (("title: Ask us", "titel: Ask us"), 1, "Did you mean title"),
        (("title: Ask us", "title: Ask us\ncountry: us"), 2, "US"),
        (("title: Ask us", "title: Ask us\nthanks: javascript:alert(1)"), 2, "https://example.com/thanks"),
        (("title: Ask us", "title: Ask us\norigins: [https://example.com/page]"), 2, "scheme and host"),
        (("title: Ask us", "title: Ask us\norigins: ['*']"), 2, "scheme and host"),
        (("name: roof_type", "name: owner"), 4, "can't be a field's name"),
        (("name: roof_type", "name: Roof Type"), 4, "can't be a field's name"),
        (("name: roof_type", "name: consent_texts"), 4, "can't be a field's name"),
        (("name: roof_type", "name: email"), 2, "stands here twice"),
        (("name: email", "name: first_name"), 2, "could be answered"),
        (("label: Roof", "lable: Roof"), 4, "Did you mean label"),
        (("[sms, voicemail]", "[fax]"), 6, "voicemail"),
        (("[sms, voicemail]", "[]"), 6, "what it is for"),
        (("wording: Text me.", "wording: ''"), 6, "must be a text"),
        (("wording: Text me.", "wording: Text me., basis: none"), 6, "express"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_remedy(change: tuple[str, str], line: int, says: str) -> None:
    said = refusals(SMALL.replace(*change))

    assert [one for one in said if one.startswith(f"forms/ask.yaml:{line}:") and says in one], said


@pytest.mark.parametrize("text", ["- a", "title", "fields: 7", "title: x\nfields: {a: b}", "title: x\nfields: [a, b]"])
def test_what_is_no_form_is_refused(text: str) -> None:
    assert refusals(text)


def test_the_shipped_forms_are_good_and_tick_nothing() -> None:
    library = load_library()

    assert "contact" in library.forms
    assert [problem for problem in check_library(library) if problem.file.startswith("forms/")] == []
