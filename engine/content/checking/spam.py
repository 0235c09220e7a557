"""What filters and people take for spam: a short list of well-known signals, each of them explained."""

import re
from collections.abc import Iterator

from channels.message import EmailContent
from consent.wording.view import plain_words
from engine.content.checking.page import Page
from engine.content.checking.phrases import phrases
from engine.content.checking.sample import Sample
from engine.content.codes import Code
from engine.content.problems import Problem
from engine.content.render import Script

# A word in capitals may be an abbreviation or a keyword such as STOP, and two the name of a standard; in a subject two,
# and elsewhere three, are a raised voice.
_CAPITALS_MAX = {"subject": 1, None: 2}
_CAPITAL_LETTERS_MIN = 3
EXCLAMATIONS_MAX = 2
WORDS_BESIDE_IMAGES_MIN = 20
# Shorter stretches are the space that a preheader is padded with.
_HIDDEN_LETTERS_MIN = 3


def check_spam(sample: Sample, page: Page | None) -> Iterator[Problem]:
    """Find what a message has in common with spam."""
    if isinstance(sample.content, Script):
        return
    subject = sample.content.subject if isinstance(sample.content, EmailContent) else ""
    yield from _shouting(sample, subject)
    yield from _exclamations(sample, subject)
    yield from _pressure(sample, subject)
    if page is not None:
        yield from _images(sample, page)
        yield from _hidden(sample, page)


def _shouting(sample: Sample, subject: str) -> Iterator[Problem]:
    own_words = _capital_words_of(sample)
    for text, key in ((subject, "subject"), (sample.words, None)):
        for run in _capital_runs(text, _CAPITALS_MAX[key]):
            if not set(run.split()) <= own_words:
                yield sample.found(Code.SHOUTING, f"It says '{run[:60]}' in capitals.", key=key, near=run)
                break


def _capital_runs(text: str, most: int) -> Iterator[str]:
    """Yield each stretch of more than *most* words in capitals, one of them of at least four letters."""
    run: list[str] = []
    for word in [*re.findall(r"[^\W\d_]+|[^\w\s]+|\n", text), "\n"]:
        if word.isalpha() and word.isupper() and len(word) > 1:
            run.append(word)
            continue
        if len(run) > most and max(map(len, run)) > _CAPITAL_LETTERS_MIN:
            yield " ".join(run)
        run = []


def _capital_words_of(sample: Sample) -> set[str]:
    """Return what the brand writes in capitals itself, such as the letters of a state in its address."""
    said = " ".join(sample.compiled.brand.constants.values())
    return {word for word in re.findall(r"[^\W\d_]+", said) if word.isupper()} | {
        "STOP",
        "HELP",
        "AYUDA",
        "ALTO",
        "HVAC",
    }


def _exclamations(sample: Sample, subject: str) -> Iterator[Problem]:
    if "!" in subject:
        yield sample.found(Code.EXCLAMATION_MARKS, "The subject has an exclamation mark.", key="subject")
    if re.search(r"![\s!¡]*!", sample.words):
        yield sample.found(Code.EXCLAMATION_MARKS, "There are exclamation marks in a row.", near="!!")
    elif sample.words.count("!") > EXCLAMATIONS_MAX:
        yield sample.found(Code.EXCLAMATION_MARKS, f"There are {sample.words.count('!')} exclamation marks.")


def _pressure(sample: Sample, subject: str) -> Iterator[Problem]:
    for text, key in ((subject, "subject"), (sample.words, None)):
        for phrase in dict.fromkeys(phrases().pressure.findall(plain_words(text))):
            said = phrase.strip()
            yield sample.found(Code.PRESSURE_WORDS, f"It says '{said}'.", key=key, near=said)


def _images(sample: Sample, page: Page) -> Iterator[Problem]:
    words = len(sample.words.split())
    if page.images and words < WORDS_BESIDE_IMAGES_MIN:
        yield sample.found(Code.ONLY_IMAGES, f"The email shows {page.images} images and {words} words.")


def _hidden(sample: Sample, page: Page) -> Iterator[Problem]:
    preheader = sample.content.preheader if isinstance(sample.content, EmailContent) else ""
    for shown in page.shown:
        letters = sum(one.isalpha() for one in shown.text)
        is_hidden = shown.is_hidden or shown.colour == shown.behind
        if is_hidden and letters >= _HIDDEN_LETTERS_MIN and shown.text not in " ".join(preheader.split()):
            yield sample.found(Code.HIDDEN_TEXT, f"Nobody sees '{shown.text[:60]}'.", near=shown.text)
