"""What a text costs: how many segments, for whom more, and which characters of the author's own make it dearer."""

import unicodedata
from collections.abc import Iterator

from channels.message import TextContent
from channels.segments import Encoding, Segments, count_segments, replace_smart
from consent.rule import Check
from engine.content.checking.catalogue import finding
from engine.content.checking.places import find_place
from engine.content.checking.sample import Sample
from engine.content.codes import Code
from engine.content.judging import laid_before
from engine.content.legal_lines import Line, mended
from engine.content.preview import PREVIEW_LINKS
from engine.content.problems import Problem
from engine.content.render import render_lines
from engine.content.variables import build_variables

# A text of more segments costs as much as several, and reads like an email.
SEGMENTS_MAX = 2
# For a lead whose name is in another alphabet; a full pair of segments in the GSM alphabet are five in the other.
SEGMENTS_MAX_FOR_SOME = 4


def check_text(sample: Sample, text: TextContent) -> Iterator[Problem]:
    """Find what makes *text* dear, with the line about stopping that the engine adds where it is missing."""
    whole = with_stop_line(sample, text)
    counted = count_segments(whole)
    if not sample.is_typical:
        if counted.segments > SEGMENTS_MAX_FOR_SOME:
            message = (
                f"The text takes {counted.segments} segments ({counted.encoding}) for a lead like '{sample.case}'."
            )
            yield sample.found(Code.COSTLY_FOR_SOME, message)
        return
    costly = list(_costly_characters(sample, whole, counted))
    yield from costly
    if counted.segments > SEGMENTS_MAX and not costly:
        message = f"The text takes {counted.segments} segments ({counted.encoding})."
        odd = " ".join(dict.fromkeys(counted.non_gsm))
        remedy = f"Replace {odd}, which double its price." if odd else ""
        yield sample.found(Code.MANY_SEGMENTS, message, remedy)


def with_stop_line(sample: Sample, text: TextContent) -> str:
    """Return the words of *text* with the engine's line on how to stop, where they say nothing of it."""
    lines = render_lines(sample.compiled, build_variables(sample.lead, sample.compiled.brand, PREVIEW_LINKS))
    said = laid_before(text, sample.compiled.brand, PREVIEW_LINKS)
    found = mended(said, [Check.OPT_OUT], {Line.STOP: lines[Line.STOP]}).content if Line.STOP in lines else text
    return found.body if isinstance(found, TextContent) else text.body


def _costly_characters(sample: Sample, whole: str, counted: Segments) -> Iterator[Problem]:
    """Find each character of the author's that costs segments, on its line, with what to type instead."""
    if counted.encoding is Encoding.GSM_7:
        return
    plain = "".join(instead_of(one) for one in whole)
    saved = count_segments(plain)
    if saved.segments >= counted.segments:
        return
    for character in dict.fromkeys(one for odd in counted.non_gsm for one in odd):
        where = find_place(sample, character)
        if where is None:
            continue
        file, line = where
        message = (
            f"{name_of(character)} makes the text travel as {counted.encoding}: "
            f"{counted.segments} segments instead of {saved.segments}."
        )
        instead = instead_of(character)
        remedy = f"Write {instead!r} instead." if instead else "Delete it."
        yield finding(Code.COSTLY_CHARACTER, file, line, message, remedy)


def instead_of(character: str) -> str:
    """Return what to type for *character* so that a text stays in the GSM alphabet; nothing where nothing will do."""
    if count_segments(character).encoding is Encoding.GSM_7:
        return character
    smart = replace_smart(character)
    if unicodedata.category(character) == "Zs":
        return " "
    if count_segments(smart).encoding is Encoding.GSM_7:
        return smart
    bare = "".join(one for one in unicodedata.normalize("NFKD", character) if not unicodedata.combining(one))
    return bare if bare and count_segments(bare).encoding is Encoding.GSM_7 else ""


def name_of(character: str) -> str:
    """Return how to tell *character* to a person: itself where it can be seen, its name, its number."""
    name = unicodedata.name(character, "an unnamed character").lower()
    seen = f"{character} " if character.isprintable() and not character.isspace() else ""
    return f"{seen}({name}, U+{ord(character):04X})"
