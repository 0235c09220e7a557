"""What the leads there are come to: whose message would be held, and for whom there are no words of their own."""

from pathlib import Path

from engine.content.checking.audience import Reader, check_audience
from engine.content.checking.sequences import look_over_sequence
from engine.content.codes import Code
from engine.content.problems import Problem
from tests.content.builders import BRAND, email, lead, library

ANN = Reader(lead=lead(first_name="Ann", email="ann@example.com", phone="+15035550101"), may_text=True)
NAMELESS = Reader(lead=lead(email="x@example.com"))
BY_PHONE = Reader(lead=lead(phone="+15035550102"))
SPANISH = Reader(lead=lead(first_name="Eva", email="eva@example.com", language="es-MX", interest="roof"))
BOILER = Reader(lead=lead(first_name="Bo", email="bo@example.com", interest="boiler", custom={"size": "big"}))
READERS = (ANN, NAMELESS, BY_PHONE, SPANISH, BOILER)


def _told(root: Path, files: dict[str, str | bytes], code: Code) -> list[Problem]:
    return [one for one in check_audience(library(root, files), READERS) if one.code is code]


def test_leads_without_a_name_are_counted_among_those_the_channel_reaches(tmp_path: Path) -> None:
    [found] = _told(tmp_path, {"email/x.md": email("Hi\n\n{{ lead.first_name }}")}, Code.MANY_HELD)

    assert (found.file, found.line) == ("email/x.md", 7)
    assert found.message == "1 of 4 leads have no first name, and the message would be held for them."


def test_each_field_is_counted_by_itself_and_conditions_are_followed(tmp_path: Path) -> None:
    body = "{% if lead.interest == 'boiler' %}{{ lead.company }}{% endif %}{{ lead.custom.size or 'any' }}{{ lead.custom.age }}"

    found = _told(tmp_path, {"email/x.md": email(body)}, Code.MANY_HELD)

    assert sorted(one.message for one in found) == [
        "1 of 4 leads have no company, and the message would be held for them.",
        "3 of 4 leads have no age, and the message would be held for them.",
    ]


def test_a_fallback_holds_nobody(tmp_path: Path) -> None:
    assert _told(tmp_path, {"email/x.md": email('{{ lead.first_name or "you" }}')}, Code.MANY_HELD) == []


def test_what_would_be_held_can_be_accepted(tmp_path: Path) -> None:
    text = email("{{ lead.first_name }}", accept="{many-held: We ask for the name.}")

    [found] = _told(tmp_path, {"email/x.md": text}, Code.MANY_HELD)

    assert found.accepted == "We ask for the name."


def test_an_interest_without_words_is_told(tmp_path: Path) -> None:
    [found] = _told(tmp_path, {"email/x.md": email("Hi")}, Code.UNKNOWN_INTEREST)

    assert found.message == "1 of 5 leads have the interest 'boiler', for which the brand has no words."


def test_a_snippet_that_speaks_to_other_interests_only_is_told(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "brand.yaml": BRAND.replace("interests: {", "interests: {boiler: a boiler, "),
        "email/x.md": email('{% include "answer" %}'),
        "snippets/answer.md": "It depends.",
        "snippets/answer+roof.md": "A roof lasts.",
    }

    [found] = _told(tmp_path, files, Code.NO_INTEREST_VARIANT)

    assert found.file == "snippets/answer.md"
    assert found.message == "1 of 5 leads get the general words, having asked about boiler (1)."


def test_a_language_without_variants_is_told_once(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "email/x.md": email("Hi"), "email/x.es.md": email("Hola"), "email/y.md": email("Hi")
    }  # fmt: skip

    [found] = _told(tmp_path, files, Code.NO_LANGUAGE_VARIANT)

    assert found.message == "1 of 5 leads read 'es', and 1 of 2 messages are not there in it: email y."


def test_leads_who_may_not_be_texted_are_counted_where_a_sequence_texts(tmp_path: Path) -> None:
    shelf = library(tmp_path, {"sms/x.txt": "Fern & Co: hi. Reply STOP to stop", "email/x.md": email("Hi")})
    plan = "name: plan\nstages:\n  - {id: a, sms: x, otherwise: b}\n  - {id: b, email: x}\n"

    mixed = look_over_sequence(shelf, plan, "sequences/plan.yaml", READERS)[1]
    only = look_over_sequence(shelf, plan.replace("email: x", "sms: x"), "sequences/plan.yaml", READERS)[1]

    assert [str(one.message) for one in mixed] == ["4 of 5 leads gave no consent to texts, and pass by a."]
    assert "4 of 5 leads gave no consent to texts, and get nothing here." in {one.message for one in only}


def test_without_leads_there_is_nothing_to_tell(tmp_path: Path) -> None:
    assert check_audience(library(tmp_path, {"email/x.md": email("{{ lead.company }}")}), ()) == ()
