"""Every bad input gives one clear message: file, line, what is wrong, what to do."""

from pathlib import Path

import pytest

from engine.content.checks import check_library
from engine.content.compile import compile_library
from engine.content.library import load_library
from engine.content.problems import ContentErrors, Severity
from tests.content.builders import BRAND, LAYOUT, PLAIN, email, library

CASES: dict[str, tuple[dict[str, str | bytes], str]] = {
    "unknown variable": (
        {"email/x.md": email("Hi\n\n{{ lead.frist_name }}")},
        "email/x.md:7: There is no variable lead.frist_name. Did you mean first_name",
    ),
    "variable without its group": (
        {"email/x.md": email("{{ first_name }}")},
        "email/x.md:5: There is no variable first_name. Did you mean lead.first_name or owner.first_name?",
    ),
    "unknown group": (
        {"sms/x.txt": "{{ led.first_name }}"},
        "sms/x.txt:1: There is no variable led.first_name. Did you mean lead?",
    ),
    "group as a value": ({"sms/x.txt": "{{ lead }}"}, "sms/x.txt:1: lead is a group, not a value."),
    "variable in the subject": (
        {"email/x.md": email("Hi", subject="For {{ lead.nmae }}")},
        "email/x.md:2: There is no variable lead.nmae.",
    ),
    "no fallback": (
        {"email/x.md": email("Hi {{ lead.first_name }}")},
        "email/x.md:5: lead.first_name is empty for some leads, and would hold the message. Give it a fallback",
    ),
    "unclosed if": ({"sms/x.txt": "a\n{% if lead.company %}b"}, "Close every {% if %} with {% endif %}"),
    "unclosed placeholder": ({"sms/x.txt": "a\n{{ lead.company"}, "sms/x.txt:2: The template can't be read"),
    "unknown filter": (
        {"sms/x.txt": "{{ lead.company | uper }}"},
        "sms/x.txt:1: There is no filter uper. Did you mean upper?",
    ),
    "unknown snippet": (
        {"sms/x.txt": "{% include 'sig' %}", "snippets/sign.md": "x"},
        "There is no snippet sig. Did you mean sign?",
    ),
    "snippets in a circle": (
        {"sms/x.txt": "{% include 'a' %}", "snippets/a.md": "{% include 'b' %}", "snippets/b.md": "{% include 'a' %}"},
        "Snippets include each other in a circle.",
    ),
    "mistake in a snippet": (
        {"sms/x.txt": "{% include 'a' %}", "snippets/a.md": "ok\n{{ lead.nope }}"},
        "snippets/a.md:2: There is no variable lead.nope.",
    ),
    "no subject": ({"email/x.md": "Hi"}, "email/x.md:1: The email has no subject. Add `subject: ...`"),
    "empty subject": ({"email/x.md": email("Hi", subject="")}, "email/x.md:2: subject must be text."),
    "subject in bare braces": ({"email/x.md": email("Hi", subject="{{ lead.company }}")}, "email/x.md:2:"),
    "empty body": ({"email/x.md": email("  ")}, "The message says nothing."),
    "empty text": ({"sms/x.txt": ""}, "sms/x.txt:1: The message says nothing."),
    "unknown field": (
        {"email/x.md": email("Hi", subjcet="x")},
        "email/x.md:4: Unknown field subjcet. Did you mean subject?",
    ),
    "unknown purpose": (
        {"email/x.md": email("Hi", purpose="marketign")},
        "email/x.md:4: There is no purpose marketign. Did you mean marketing?",
    ),
    "unknown layout": (
        {"email/x.md": email("Hi", layout="personl")},
        "email/x.md:4: There is no layout personl.mjml. Did you mean personal.mjml",
    ),
    "front matter without end": ({"email/x.md": "---\nsubject: x\n\nHi"}, "email/x.md:1: The front matter has no end."),
    "front matter that is no YAML": ({"email/x.md": "---\nsubject: a: b\n---\nHi"}, "email/x.md:2: This is not YAML"),
    "a field twice": ({"email/x.md": "---\nsubject: a\nsubject: b\n---\nHi"}, "A field is written twice."),
    "YAML bomb": ({"email/x.md": "---\nsubject: &a x\ntext: *a\n---\nHi"}, "YAML aliases are not read here."),
    "false reply": (
        {"email/x.md": email("Hi", subject="'Re: our talk'")},
        "email/x.md:2: The subject pretends to be a reply.",
    ),
    "false forward": ({"email/x.md": email("Hi", subject="'FWD: x'")}, "The subject pretends to be a reply."),
    "broken MJML": (
        {"email/x.md": email("Hi"), "layouts/personal.mjml": LAYOUT.replace("</mj-text>", "", 1)},
        "layouts/personal.mjml",
    ),
    "layout without content": (
        {"email/x.md": email("Hi"), "layouts/personal.mjml": "<mjml></mjml>"},
        "The layout has no {{ content }}.",
    ),
    "unknown brand field in a layout": (
        {"email/x.md": email("Hi"), "layouts/personal.txt": PLAIN + "\n{{ brand.nam }}"},
        "layouts/personal.txt:6: There is no variable brand.nam. Did you mean name?",
    ),
    "brand field that is empty": (
        {
            "email/x.md": email("Hi"),
            "layouts/personal.mjml": LAYOUT.replace("brand.postal_address", "brand.colors.ink"),
        },
        "layouts/personal.mjml:3: The brand says nothing for brand.colors.ink.",
    ),
    "no address": (
        {"email/x.md": email("Hi"), "layouts/personal.txt": "{{ content }}{{ links.unsubscribe }}"},
        "layouts/personal.txt: The postal address is missing.",
    ),
    "no way out": (
        {
            "email/x.md": email("Hi"),
            "layouts/personal.mjml": LAYOUT.replace("{{ links.unsubscribe }}", "https://x.example.com"),
        },
        "layouts/personal.mjml: The way to unsubscribe is missing.",
    ),
    "a recording nobody can fetch": (
        {"voicemail/x.md": "---\naudio: tip.mp3\n---\nHello, {{ brand.name }}, {{ brand.phone }}."},
        "voicemail/x.md:2: The recording is not at an https:// address.",
    ),
    "MJML mail without text": ({"email/x.mjml": "---\nsubject: x\n---\n<mjml></mjml>"}, "The email has no text part."),
    "MJML mail without a way out": (
        {"email/x.mjml": "---\nsubject: x\ntext: Hi\n---\n<mjml><mj-body></mj-body></mjml>"},
        "email/x.mjml: The way to unsubscribe is missing.",
    ),
    "MJML mail that is broken": (
        {"email/x.mjml": "---\nsubject: x\ntext: Hi\n---\n<mjml>\n<mj-nonsense/>\n</mjml>"},
        "email/x.mjml:6: The MJML can't be read",
    ),
    "two files for one message": (
        {"email/x.md": email("Hi"), "email/x.mjml": "---\nsubject: x\ntext: y\n---\nz"},
        "is the same message.",
    ),
    "wrong ending": ({"sms/x.md": "Hi"}, "sms/x.md: sms/ holds .txt files."),
    "unspeakable name": ({"sms/My Text!.txt": "Hi"}, "A message's name is small letters, digits and dashes."),
    "binary": (
        {"sms/x.txt": b"\x89PNG\r\n\xff\xfe"},
        "sms/x.txt: Byte 0 of the file is not UTF-8. Save it as UTF-8 text.",
    ),
    "NUL": ({"sms/x.txt": "a\0b"}, "sms/x.txt: The file holds NUL characters."),
    "huge": ({"sms/x.txt": "a" * 300_000}, "sms/x.txt: The file is larger than"),
    "a filter that doesn't suit": (
        {"sms/x.txt": "{{ 5 | length }}"},
        "The text can't be made for this lead: TypeError.",
    ),
    "text that hides its sender": ({"sms/x.txt": "Hi"}, "The text doesn't say who it is from (US, CA"),
    "text with a shortened link": ({"sms/x.txt": "Fern & Co: bit.ly/abc"}, "hides where it leads"),
    "text about what carriers refuse": ({"sms/x.txt": "Fern & Co: cheap cigarettes"}, "refuse as tobacco (US, CA)"),
    "last day without a date": ({"email/x.md": email("Hi", subject="Last day!")}, "and the text names no date (US)."),
    "voicemail without a toll-free number": ({"voicemail/x.md": "Fern & Co, (503) 555-0100."}, "the toll-free number"),
    "voicemail without a number": ({"voicemail/x.md": "Fern & Co here."}, "The voicemail gives no number."),
}


@pytest.mark.parametrize("case", CASES)
def test_bad_content_says_where_and_what_to_do(tmp_path: Path, case: str) -> None:
    files, expected = CASES[case]

    problems = check_library(library(tmp_path, files))

    assert [str(p) for p in problems if expected in str(p) and p.severity is Severity.ERROR and p.remedy], problems


WARNINGS: dict[str, tuple[dict[str, str | bytes], str]] = {
    "long text": ({"sms/x.txt": "{{ brand.name }} " + "word " * 120}, "The text takes 5 segments (GSM-7)."),
    "long voicemail": (
        {"voicemail/x.md": "Fern & Co, (503) 555-0100, no calls: (800) 555-0100. " + "word " * 90},
        "The voicemail has 99 words, about 44 seconds.",
    ),
    "no preheader": ({"email/x.md": "---\nsubject: x\n---\nHi"}, "The email has no preheader."),
    "long subject": ({"email/x.md": email("Hi", subject="word " * 20)}, "The subject has more than 70 characters."),
}


@pytest.mark.parametrize("case", WARNINGS)
def test_doubtful_content_is_warned_about_but_compiles(tmp_path: Path, case: str) -> None:
    files, expected = WARNINGS[case]
    found = library(tmp_path, files)

    problems = check_library(found)

    assert [str(problem) for problem in problems if expected in str(problem)], problems
    assert {problem.severity for problem in problems} == {Severity.WARNING}
    assert compile_library(found)


BRANDS = {
    "unknown field": (BRAND + "colours: {}\n", "brand.yaml:13: Unknown field colours. Did you mean colors"),
    "no address": (
        BRAND.replace("postal_address: 1 Example Street, Exampleville\n", ""),
        "The brand has no postal_address.",
    ),
    "no owners": (BRAND.partition("owners:")[0], "The brand has no owners."),
    "owner without a name": (
        BRAND.replace("name: Bo Ruiz", "title: x"),
        "brand.yaml:8: An entry of owners has no name.",
    ),
    "hours nobody can read": (BRAND + "answering: {hours: late}\n", "brand.yaml:13: answering can't be read:"),
    "a clock that does not exist": (BRAND + "answering: {zone: No/Where}\n", "unknown time zone 'No/Where'"),
    "hours in words": (BRAND + "answering: weekdays\n", "answering must say days, hours and zone."),
    "not YAML": ("name: [", "brand.yaml:"),
    "not a mapping": ("- a\n- b\n", "brand.yaml:1: This must be `name: value` lines."),
    "empty": ("", "The brand has no name."),
}


@pytest.mark.parametrize("case", BRANDS)
def test_a_bad_brand_says_what_to_do(tmp_path: Path, case: str) -> None:
    text, expected = BRANDS[case]

    with pytest.raises(ContentErrors) as caught:
        library(tmp_path, {"brand.yaml": text})

    assert expected in str(caught.value)


def test_a_folder_without_a_brand_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContentErrors, match="There is no brand in"):
        load_library(tmp_path)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    found = library(tmp_path, {"sms/a.txt": "{{ lead.x }} {{ lead.y }}", "sms/b.txt": "{{ lead.z }}", "sms/c.md": "Hi"})

    with pytest.raises(ContentErrors) as caught:
        compile_library(found)

    assert [problem.file for problem in caught.value.problems] == ["sms/c.md", "sms/a.txt", "sms/a.txt", "sms/b.txt"]
