"""How the author's words read: their length, how hard they are, how much they ask, what everybody has read before."""

import re
from collections.abc import Iterator

from channels.message import EmailContent
from consent.wording.view import plain_words, shown_of
from engine.content.checking.catalogue import finding
from engine.content.checking.phrases import phrases
from engine.content.checking.places import find_place
from engine.content.checking.reading_ease import judge
from engine.content.checking.sample import Sample
from engine.content.checking.texts import name_of
from engine.content.codes import Code
from engine.content.problems import Problem
from engine.content.render import Script

# Two minutes of reading; what is longer belongs on a page that the message leads to.
EMAIL_WORDS_MAX = 450
QUESTIONS_MAX = 1


def check_wording(sample: Sample) -> Iterator[Problem]:
    """Find what makes the author's words hard to read, or not worth reading."""
    if isinstance(sample.content, Script):
        return  # a person says it in their own words, and asks several things
    yield from _stock_phrases(sample)
    yield from _questions(sample)
    if isinstance(sample.content, EmailContent):
        yield from _length(sample)
        ease = judge(sample.words, sample.language)
        if ease is not None and ease.is_hard:
            yield sample.found(Code.HARD_TO_READ, f"The email asks for {ease.told}.")


def _stock_phrases(sample: Sample) -> Iterator[Problem]:
    subject = sample.content.subject if isinstance(sample.content, EmailContent) else ""
    for text, key in ((sample.words, None), (subject, "subject")):
        for phrase in dict.fromkeys(phrases().stock.findall(plain_words(text))):
            said = phrase.strip()
            yield sample.found(Code.STOCK_PHRASE, f"It says '{said}'.", key=key, near=said)


def _questions(sample: Sample) -> Iterator[Problem]:
    questions = questions_in(sample.words, sample.html)
    if len(questions) > QUESTIONS_MAX:
        message = f"It asks {len(questions)} questions: {' · '.join(_short(one) for one in questions[:4])}"
        yield sample.found(Code.SEVERAL_QUESTIONS, message, near=questions[1].strip("¿?")[-30:])


# Headings, what is quoted or stressed as somebody's words, and the bold words that begin an item or a paragraph.
_ASIDE = re.compile(
    r"<(h[1-6]|blockquote|em)\b[^<>]*>.*?</\1\s*>|<(?:li|p)>\s*<strong>[^<]*</strong>(?=[^<]*\w)",
    re.DOTALL | re.IGNORECASE,
)
_QUOTED = re.compile(r"“[^”]{1,300}”|\"[^\"\n]{1,300}\"|«[^»]{1,300}»|\u2018[^\u2019]{1,300}\u2019")
_ADDRESS = re.compile(r"https?://\S+")
_QUESTION = re.compile(r"[^.!?…\n]{1,400}\?")


def questions_in(words: str, html: str = "") -> list[str]:
    """Return what the lead is asked; headings and what stands in quotes is not asked of anybody."""
    text = shown_of(_ASIDE.sub("\n", html)) if html else words
    plain = _ADDRESS.sub(" ", _QUOTED.sub(" ", text))
    return [" ".join(found.split()) for found in _QUESTION.findall(plain)]


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"…{text[-58:]}"  # noqa: PLR2004 - fits into a line with three others


def _length(sample: Sample) -> Iterator[Problem]:
    words = len(sample.words.split())
    if words > EMAIL_WORDS_MAX:
        yield sample.found(Code.TOO_LONG, f"The email has {words} words, where {EMAIL_WORDS_MAX} are read.")


# Spaces without width, joiners of nothing, marks that turn the direction of what follows, soft hyphens, and tags. The
# zero-width joiner and the selectors of forms stay: emoji and several scripts are spelt with them.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\u3164\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def check_hidden_characters(sample: Sample) -> Iterator[Problem]:
    """Find characters of the author's own that nobody sees."""
    written = "".join((sample.source.body, *sample.source.texts.values(), sample.words))
    for character in dict.fromkeys(_UNSEEN.findall(written)):
        file, line = find_place(sample, character) or (None, None)
        if file is not None:
            yield finding(Code.HIDDEN_CHARACTER, file, line, f"There is a character nobody sees: {name_of(character)}.")
