"""What the checks measure by: contrast, syllables and hardness, spoken seconds, what to type instead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.content.checking.catalogue import CHAPTERS, KINDS
from engine.content.checking.colours import Colour, colour_in, colour_of, contrast
from engine.content.checking.page import read_page
from engine.content.checking.reading_ease import count_spanish_syllables, count_syllables, judge
from engine.content.checking.texts import instead_of
from engine.content.checking.voicemails import spoken_seconds
from engine.content.checking.wording import questions_in
from engine.content.codes import Code


def _colour(text: str) -> Colour:
    found = colour_of(text)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("front", "back", "ratio"),
    [
        ("#000", "#fff", 21.0),
        ("#777777", "white", 4.48),
        ("rgb(118, 118, 118)", "#FFFFFF", 4.54),
        ("#abc", "#abc", 1.0),
    ],
)
def test_contrast_is_as_wcag_counts_it(front: str, back: str, ratio: float) -> None:
    assert contrast(_colour(front), _colour(back)) == pytest.approx(ratio, abs=0.005)


@pytest.mark.parametrize("text", ["transparent", "#12", "#12345g", "rgb(1,2)", "var(--ink)", ""])
def test_a_colour_in_another_notation_is_left_unjudged(text: str) -> None:
    assert colour_of(text) is None


def test_a_background_may_name_more_than_a_colour() -> None:
    assert colour_in("#ffffff url(a.png) top center / cover") == _colour("white")


@pytest.mark.parametrize(
    ("word", "syllables"),
    [("roof", 1), ("made", 1), ("table", 2), ("little", 2), ("cleaned", 1), ("wanted", 2), ("furnace", 2), ("notes", 1),
     ("water", 2), ("appointment", 3), ("thermostat", 3), ("don't", 1), ("2026", 1), ("boxes", 2)],
)  # fmt: skip
def test_english_syllables(word: str, syllables: int) -> None:
    assert count_syllables(word) == syllables


@pytest.mark.parametrize(
    ("word", "syllables"),
    [("casa", 2), ("aire", 2), ("bien", 1), ("día", 2), ("queremos", 3), ("guía", 2), ("león", 2), ("ciudad", 2),
     ("calefacción", 4), ("y", 1), ("muy", 1), ("hoy", 1)],
)  # fmt: skip
def test_spanish_syllables(word: str, syllables: int) -> None:
    assert count_spanish_syllables(word) == syllables


def test_a_short_text_and_another_language_are_not_judged() -> None:
    assert judge("The roof is old.", "en") is None
    assert judge("Das Dach ist alt. " * 30, "de") is None


@pytest.mark.parametrize(
    ("text", "language", "is_hard"),
    [
        ("The roof is old. It can wait a year. " * 10, "en", False),
        ("Comprehensive refurbishment necessitates extraordinarily meticulous preparation " * 10, "en", True),
        ("El techo es viejo. Puede esperar un año. " * 10, "es", False),
        ("La rehabilitación integral requiere una planificación extraordinariamente meticulosa " * 10, "es", True),
    ],
)
def test_long_sentences_of_long_words_are_hard(text: str, language: str, *, is_hard: bool) -> None:
    ease = judge(text, language)

    assert ease is not None
    assert ease.is_hard is is_hard


def test_numbers_take_their_time() -> None:
    assert spoken_seconds("word " * 50) == pytest.approx(20)
    assert spoken_seconds("Ring (503) 555-0100.") == pytest.approx(1 / 2.5 + 10 / 3)


@pytest.mark.parametrize(
    ("character", "instead"), [("a", "a"), ("\u2019", "'"), ("ú", "u"), ("\u00a0", " "), ("\u200b", ""), ("👩", "")]
)
def test_what_to_type_instead(character: str, instead: str) -> None:
    assert instead_of(character) == instead


def test_only_what_the_lead_is_asked_is_a_question() -> None:
    html = "<h2>How old?</h2><p>Ask <em>is it firm?</em></p><ul><li><strong>Too dry?</strong> Open it.</li></ul><p>When?</p>"

    assert questions_in("", html) == ["When?"]
    assert questions_in('See https://a.example/?x=1 and "why?". When? Where?') == ["When?", "Where?"]


def test_every_code_has_its_meaning_and_stands_in_one_chapter() -> None:
    assert set(KINDS) == set(Code)
    assert sum(map(len, CHAPTERS.values())) == len(Code)
    assert all(kind.why.endswith(".") and kind.remedy.endswith(".") for kind in KINDS.values())


@given(st.text(max_size=300) | st.lists(st.sampled_from(
    ["<a href='x'>", "</a>", "<p style='color:#fff;font-size:0'>", "<table>", "<th>", "<img>", "<!--", "-->", "<![CDATA[",
     "<html lang='", "<h3>", "</h1>", "&#x0;", "&lt;", "<script>", "<", ">", "'", '"', "x", "</", "<?", "<!"]
), max_size=40).map("".join))  # fmt: skip
def test_any_html_is_read_as_far_as_it_goes(html: str) -> None:
    page = read_page(html)

    assert len(page.shown) <= len(html)
