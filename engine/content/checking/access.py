"""Whether everybody can read an email: contrast, alt texts, headings, the language, tables; and colours of the brand."""

from collections.abc import Iterator
from itertools import pairwise

from engine.content.brand import BRAND_FILE, Brand
from engine.content.checking.catalogue import finding
from engine.content.checking.colours import CONTRAST_MIN, CONTRAST_MIN_LARGE, colour_of, contrast
from engine.content.checking.page import Page
from engine.content.checking.sample import Sample
from engine.content.codes import Code
from engine.content.problems import Problem

_ON = {
    "text": ("paper", "page"),
    "quiet": ("paper", "page"),
    "primary": ("paper",),
    "dark_text": ("dark_paper", "dark_page"),
    "dark_quiet": ("dark_paper", "dark_page"),
    "dark_link": ("dark_paper",),
}
"""Which colours of the brand stand on which, by the layouts that came with the program."""


def check_brand(brand: Brand, file: str = BRAND_FILE) -> Iterator[Problem]:
    """Find colours of *brand* that can't be read on each other, or read at all."""
    colors = {name: str(text) for name, text in brand.variables["colors"].items()}
    pairs = [(front, back) for front, backs in _ON.items() for back in backs if {front, back} <= colors.keys()]
    told = [(f"{front} on {back}", colors[front], colors[back]) for front, back in pairs]
    if "button" in colors:
        told.append(("white on button", "#ffffff", colors["button"]))
    for what, front, back in told:
        ink, paper = colour_of(front), colour_of(back)
        if ink is None or paper is None:
            continue
        if (ratio := contrast(ink, paper)) < CONTRAST_MIN:
            message = f"The colours {what} ({ink} on {paper}) have a contrast of {ratio:.1f} to 1."
            yield finding(Code.LOW_CONTRAST, file, None, message)


def check_access(sample: Sample, page: Page) -> Iterator[Problem]:
    """Find what keeps people from reading *page*, the whole email with its layout."""
    layout = _layout(sample)
    for image in dict.fromkeys(page.images_without_alt):
        yield sample.found(Code.NO_ALT_TEXT, f"The image {image} has no alt text.", near=image)
    for upper, lower in pairwise([1, *page.headings]):
        if lower > upper + 1:
            yield sample.found(Code.HEADING_ORDER, f"A heading of level {lower} follows one of level {upper}.")
            break
    language = (page.language or "").partition("-")[0].lower()
    if language != sample.language:
        said = f"says '{language}'" if language else "doesn't say its language"
        yield finding(
            Code.NO_LANGUAGE, layout, None, f"The HTML part {said} where it is written in '{sample.language}'."
        )
    if page.bare_tables:
        message = f"{page.bare_tables} of the tables have no role and no headings of columns."
        yield finding(Code.TABLE_ROLE, layout, None, message)
    yield from _contrasts(layout, page)


def _contrasts(layout: str, page: Page) -> Iterator[Problem]:
    told = set()
    for shown in page.shown:
        wanted = CONTRAST_MIN_LARGE if shown.is_large else CONTRAST_MIN
        pair = (shown.colour, shown.behind)
        if shown.is_hidden or pair in told or (ratio := contrast(*pair)) >= wanted:
            continue
        told.add(pair)
        message = f"Text in {shown.colour} stands on {shown.behind}, a contrast of {ratio:.1f} to 1."
        yield finding(Code.LOW_CONTRAST, layout, None, message)


def _layout(sample: Sample) -> str:
    name = sample.source.layout
    return sample.library.file(f"layouts/{name}.mjml") if name else sample.source.file
