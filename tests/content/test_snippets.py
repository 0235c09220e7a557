"""Snippets by language and interest: who reads which."""

from pathlib import Path

import pytest

from channels.message import EmailContent, TextContent
from engine.content.compile import compile_message
from engine.content.library import locale_wishes
from engine.content.preview import preview
from engine.content.problems import ContentErrors
from engine.content.snippets import variants
from tests.content.builders import BRAND, EMAIL, email, lead, library

INTERESTS = BRAND.replace(
    "interests: {roof: a new roof}", "interests: {roof: a new roof, gutter: new gutters, door: a door}"
)
KEYS = ("answer", "answer.es", "answer+roof", "answer+roof.es", "answer+gutter", "answer+door.es-MX", "else")


@pytest.mark.parametrize(
    ("locale", "interest", "key"),
    [
        (None, "", "answer"),
        (None, "roof", "answer+roof"),
        (None, "gutter", "answer+gutter"),
        (None, "door", "answer"),
        ("es", "", "answer.es"),
        ("es", "roof", "answer+roof.es"),
        ("es", "gutter", "answer.es"),
        ("es-MX", "roof", "answer+roof.es"),
        ("es-MX", "door", "answer+door.es-MX"),
        ("fr", "roof", "answer+roof"),
        ("fr", "door", "answer"),
    ],
)
def test_language_goes_before_interest_and_the_particular_before_the_general(
    locale: str | None, interest: str, key: str
) -> None:
    chosen = variants(KEYS, "answer", locale_wishes(locale))

    assert chosen.get(interest, chosen[""]) == key


def _shown(root: Path, body: str, snippets: dict[str, str], interest: str, *, file: str = "email/x.md") -> str:
    files: dict[str, str | bytes] = {f"snippets/{name}.md": text for name, text in snippets.items()}
    content = email(body) if file.startswith("email") else body
    found = library(root, {"brand.yaml": INTERESTS, file: content, **files})
    assert not found.problems
    shown = preview(compile_message(found, found.messages[0]), lead(interest=interest))
    assert isinstance(shown, EmailContent | TextContent)
    return shown.text if isinstance(shown, EmailContent) else shown.body


WORDS = {"word": "a visit", "word+roof": "a look at the roof", "word+gutter": "a ladder"}


@pytest.mark.parametrize(
    ("interest", "said"), [("roof", "a look at the roof"), ("gutter", "a ladder"), ("", "a visit")]
)
@pytest.mark.parametrize(
    "body",
    ["Would {% include 'word' %} help?", "Would\n{% include 'word' %}\nhelp?", "{% include 'word' %}, perhaps?"],
    ids=["inside a line", "on a line of a paragraph", "first"],
)
def test_a_word_stays_in_its_sentence(tmp_path: Path, body: str, interest: str, said: str) -> None:
    shown = _shown(tmp_path, body, WORDS, interest)

    assert body.replace("{% include 'word' %}", said).replace("\n", " ") in shown


ANSWERS = {
    "answer": "We measure first.\n\nThen we talk.",
    "answer+roof": "A roof lasts.\n\n- Slate: {{ lead.company or 'a hundred' }} years\n- Felt: ten\n\nAsk {{ owner.name }}.",
}


@pytest.mark.parametrize(
    "body",
    [
        "Hello\n\n{% include 'answer' %}\n\nBye",
        "Hello\n\n{% if lead.interest != 'door' %}\n{% include 'answer' %}\n{% endif %}\n\nBye",
        "Hello\n\n{% include 'outer' %}\n\nBye",
    ],
    ids=["a paragraph", "in a condition", "by way of another"],
)
def test_an_answer_of_several_paragraphs_stands_between_others(tmp_path: Path, body: str) -> None:
    snippets = {**ANSWERS, "outer": "{% include 'answer' %}"}

    roof = _shown(tmp_path, body, snippets, "roof")
    other = _shown(tmp_path, body, snippets, "gutter")

    assert roof.startswith("Hello\n\nA roof lasts.\n\n- Slate: a hundred years\n- Felt: ten\n\nAsk Ann Lee.\n\nBye\n")
    assert other.startswith("Hello\n\nWe measure first.\n\nThen we talk.\n\nBye\n")


def test_both_parts_of_an_email_choose_alike(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {f"snippets/{name}.md": text for name, text in {**ANSWERS, **WORDS}.items()}
    message = email("{% include 'answer' %}", subject="\"{% include 'word' %}?\"")
    found = library(tmp_path, {"brand.yaml": INTERESTS, "email/x.md": message, **files})

    shown = preview(compile_message(found, found.messages[0]), lead(interest="roof"))

    assert isinstance(shown, EmailContent)
    assert shown.subject == "a look at the roof?"
    assert "<li>Slate: a hundred years</li>" in shown.html
    assert "We measure first" not in shown.html + shown.text
    assert "<p></p>" not in shown.html


def test_a_text_has_no_gaps_where_the_others_would_stand(tmp_path: Path) -> None:
    shown = _shown(tmp_path, "Hi.\n{% include 'word' %}\nBye.", WORDS, "roof", file="sms/x.txt")

    assert shown == "Hi.\na look at the roof\nBye."


def test_paragraphs_by_interest_cannot_stand_inside_a_line(tmp_path: Path) -> None:
    with pytest.raises(ContentErrors, match=r"email/x\.md:5: .* several paragraphs.* Put an empty line"):
        _shown(tmp_path, "So: {% include 'answer' %}", ANSWERS, "roof")


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("answer+roff.md", "The brand has no interest roff. Did you mean roof?"),
        ("answer+.md", "An interest is small letters, digits and dashes."),
        ("answer+a+b.md", "An interest is small letters, digits and dashes."),
        ("price+roof.md", "There is no price.md for leads with another interest, or none. Write snippets/price.md."),
        ("price+roof.es.md", "There is no price.md for leads with another interest, or none."),
    ],
)
def test_a_variant_that_nobody_could_get_is_a_problem(tmp_path: Path, file: str, told: str) -> None:
    found = library(tmp_path, {"brand.yaml": INTERESTS, "snippets/answer.md": "Yes", f"snippets/{file}": "No"})

    [problem] = found.problems

    assert problem.file == f"snippets/{file}"
    assert told in str(problem)


def test_an_include_never_names_an_interest(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "brand.yaml": INTERESTS, "snippets/answer.md": "Yes", "snippets/answer+roof.md": "No",
        "email/x.md": email("{% include 'answer+roof' %}"),
    }  # fmt: skip
    found = library(tmp_path, files)

    with pytest.raises(ContentErrors, match=r"no snippet answer\+roof. Did you mean answer\?"):
        compile_message(found, found.messages[0])


def test_an_empty_value_in_a_variant_is_told_by_its_file(tmp_path: Path) -> None:
    snippets = {"answer": "Yes", "answer+roof": "Dear\n{{ lead.company }}"}

    with pytest.raises(Exception, match=r"snippets/answer\+roof\.md:2: lead\.company is empty"):
        _shown(tmp_path, "{% include 'answer' %}", snippets, "roof")
    assert "Yes" in _shown(tmp_path, "{% include 'answer' %}", snippets, "")


def test_a_variant_counts_into_the_revision(tmp_path: Path) -> None:
    revisions = set()
    for number, text in enumerate(["No", "Never"]):
        files: dict[str, str | bytes] = {
            "brand.yaml": INTERESTS, "snippets/answer.md": "Yes", "snippets/answer+roof.md": text,
            "email/x.md": email("{% include 'answer' %}"),
        }  # fmt: skip
        found = library(tmp_path / str(number), files)
        revisions.add(compile_message(found, found.need(EMAIL, "x")).revision)

    assert len(revisions) == 2
