"""How hard a text is to read, by the measures made for English and Spanish.

Nothing here is fetched or looked up: of the libraries there are, one loads its word list from the network, and those for
hyphenation count fewer syllables than people speak. Counting vowels that stand together comes within one in a hundred of
the CMU Pronouncing Dictionary over the 25,000 English words of our own messages.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

WORDS_MIN = 60
"""Below this a single long word decides, so that nothing is said."""

GRADE_MAX = 9.0
"""School years (US) that an English text may ask for; half of all adults read with ease what eight can read."""

SPANISH_EASE_MIN = 55.0
"""What the INFLESZ scale calls normal, from 0 to 100, for a Spanish text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ease:
    """How hard a text is: *told* says it in words, *is_hard* whether it is too hard for a message."""

    told: str
    is_hard: bool


def judge(text: str, language: str) -> Ease | None:
    """Return how hard *text* is; None for a short one, and for a language without a measure."""
    if language not in _MEASURES:
        return None
    plain = _ADDRESS.sub(" ", text)
    sentences = [found for part in _SENTENCE_END.split(plain) if (found := _WORD.findall(part))]
    words = [word for sentence in sentences for word in sentence]
    if len(words) < WORDS_MIN:
        return None
    count = count_syllables if language == "en" else count_spanish_syllables
    syllables = sum(map(count, words))
    return _MEASURES[language](len(words) / len(sentences), syllables / len(words))


def _english(words_a_sentence: float, syllables_a_word: float) -> Ease:
    """Judge by Flesch and Kincaid's grade (Kincaid and others 1975)."""
    grade = 0.39 * words_a_sentence + 11.8 * syllables_a_word - 15.59
    told = f"about {max(grade, 1):.0f} years of school, {words_a_sentence:.0f} words a sentence"
    return Ease(told=told, is_hard=grade > GRADE_MAX)


def _spanish(words_a_sentence: float, syllables_a_word: float) -> Ease:
    """Judge by Szigriszt's perspicuity (1993) on Barrio's INFLESZ scale (2008)."""
    ease = 206.835 - 62.3 * syllables_a_word - words_a_sentence
    told = f"{max(ease, 0):.0f} of 100 on the INFLESZ scale, {words_a_sentence:.0f} words a sentence"
    return Ease(told=told, is_hard=ease < SPANISH_EASE_MIN)


_MEASURES: Mapping[str, Callable[[float, float], Ease]] = {"en": _english, "es": _spanish}

_ADDRESS = re.compile(r"https?://\S+|\S+@\S+")
# A line that ends is a sentence that ends: items of a list and headings have no full stop.
_SENTENCE_END = re.compile(r"[.!?…]+(?=\s|$)|\n+|:(?=\s)")
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*|\d[\d.,]*")
_VOWELS = re.compile(r"[aeiouyàâäéèêëíîïóôöúùûüáñ]+")


def count_syllables(word: str) -> int:
    """Return about how many syllables an English word has; a number counts as one."""
    plain = re.sub(r"['\u2019]s$|['\u2019]", "", word.lower())
    groups = len(_VOWELS.findall(plain))
    if re.search(r"[^aeiouyl]e$|[aeiouy]le$|[^aeioutdy]ed$|[^aeiouyszxhcgr]es$", plain):
        groups -= 1  # the silent e of "made", "while", "cleaned" and "notes"
    groups += len(re.findall(r"i[ao](?!us)|[^q]ua|uo|eo|io(?=$)|ism$|[aeiou]ing$", plain)) - len(
        re.findall(r"[ctsg]i[ao]|eou|eo[np]", plain)
    )
    return max(1, groups)


_STRONG = "aeoáéíóú"  # an accent on a weak vowel parts it from its neighbour
_SPANISH_PART = re.compile(
    rf"[{_STRONG}]|(?<![{_STRONG}iuü])[iuü]+(?![{_STRONG}])|y(?=$)|(?<=[^{_STRONG}iuü])y(?![{_STRONG}])"
)


def count_spanish_syllables(word: str) -> int:
    """Return about how many syllables a Spanish word has: one for each strong vowel, and for a weak one that stands alone."""
    plain = re.sub(r"(?<=[gq])u(?=[eéií])|(?<=[aeou])y$", "", word.lower())
    plain = re.sub(rf"(?<=[{_STRONG}])[iuüy](?![{_STRONG}])", "", plain)  # the end of a diphthong, as in "aire"
    plain = re.sub(rf"[iuü](?=[{_STRONG}])", "", plain)  # its beginning, as in "bien"
    return max(1, len(_SPANISH_PART.findall(plain)))
