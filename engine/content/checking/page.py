"""An email's HTML as a browser builds it: its links, images, headings and tables, and each text with its colours."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser

from engine.content.checking.colours import BLACK, WHITE, Colour, colour_in, colour_of

_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
_UNSEEN = frozenset({"head", "style", "script", "title", "template"})
_HEADING = re.compile(r"h([1-6])")
LARGE_PIXELS = 24.0
LARGE_BOLD_PIXELS = 18.66
BOLD = 700
DEEP_MAX = 400  # deeper than any layout; what lies below counts as part of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link with the words that stand for it."""

    address: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A stretch of text with the colours it has."""

    text: str
    colour: Colour
    behind: Colour
    is_large: bool
    is_hidden: bool


@dataclass(slots=True)
class Page:
    """What was found in an HTML text."""

    language: str | None = None
    links: list[Link] = field(default_factory=list)
    images_without_alt: list[str] = field(default_factory=list)
    images: int = 0
    headings: list[int] = field(default_factory=list)
    bare_tables: int = 0
    shown: list[Shown] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """How the text inside an element looks."""

    tag: str
    colour: Colour = BLACK
    behind: Colour = WHITE
    pixels: float = 16.0
    is_bold: bool = False
    is_hidden: bool = False


def read_page(html: str) -> Page:
    """Return what stands in *html*; broken HTML is read as far as it goes."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.page


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self._looks = [_Look(tag="")]
        self._links: list[tuple[str, list[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in reversed(attrs)}
        self._note(tag, attributes, {name for name, _ in attrs})
        if tag not in _VOID and len(self._looks) < DEEP_MAX:
            self._looks.append(_looks_like(self._looks[-1], tag, attributes))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._note(tag, {name: value or "" for name, value in reversed(attrs)}, {name for name, _ in attrs})

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._links:
            address, words = self._links.pop()
            self.page.links.append(Link(address=address, words=" ".join("".join(words).split())))
        open_tags = [look.tag for look in self._looks]
        if tag in open_tags[1:]:
            del self._looks[len(open_tags) - 1 - open_tags[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        look = self._looks[-1]
        for _, words in self._links:
            words.append(data)
        text = " ".join(data.split())
        if text and not any(one.tag in _UNSEEN for one in self._looks):
            is_large = look.pixels >= (LARGE_BOLD_PIXELS if look.is_bold else LARGE_PIXELS)
            # Layouts give a box no size of letters and its text one of its own, so only the last word counts.
            is_hidden = look.is_hidden or look.pixels == 0
            self.page.shown.append(
                Shown(text=text, colour=look.colour, behind=look.behind, is_large=is_large, is_hidden=is_hidden)
            )

    def _note(self, tag: str, attributes: Mapping[str, str], named: set[str]) -> None:
        page = self.page
        if tag == "html" and page.language is None:
            page.language = attributes.get("lang", "")
        elif tag == "a" and "href" in named:
            self._links.append((attributes["href"].strip(), []))
        elif tag == "img":
            page.images += 1
            if "alt" not in named:
                page.images_without_alt.append(attributes.get("src", "")[:80])
        elif tag == "table" and attributes.get("role", "") not in {"presentation", "none"}:
            page.bare_tables += 1
        elif tag == "th":
            page.bare_tables = max(0, page.bare_tables - 1)  # a table with headings of columns is a real one
        elif heading := _HEADING.fullmatch(tag):
            page.headings.append(int(heading[1]))


def _looks_like(around: _Look, tag: str, attributes: Mapping[str, str]) -> _Look:
    style = _declarations(attributes.get("style", ""))
    behind = (
        colour_in(style.get("background-color", ""))
        or colour_in(style.get("background", ""))
        or colour_of(attributes.get("bgcolor", ""))
    )
    opacity = style.get("opacity", "1")
    is_hidden = (
        style.get("display") == "none"
        or style.get("visibility") == "hidden"
        or re.fullmatch(r"0?\.?0*", opacity) is not None
        or "hidden" in attributes
    )
    return replace(
        around,
        tag=tag,
        colour=colour_of(style.get("color", "")) or around.colour,
        behind=behind or around.behind,
        pixels=_pixels(style.get("font-size", ""), around.pixels),
        is_bold=_is_bold(style.get("font-weight", ""), around, tag),
        is_hidden=around.is_hidden or is_hidden,
    )


def _declarations(style: str) -> dict[str, str]:
    pairs = (one.partition(":") for one in style.split(";"))
    return {name.strip().lower(): value.replace("!important", "").strip().lower() for name, _, value in pairs if value}


def _pixels(size: str, otherwise: float) -> float:
    found = re.fullmatch(r"(\d{1,4}(?:\.\d{1,4})?)(?:px)?", size)
    return float(found[1]) if found else otherwise


def _is_bold(weight: str, around: _Look, tag: str) -> bool:
    if not weight:
        return around.is_bold or tag in {"b", "strong", "h1", "h2", "h3", "h4", "h5", "h6"}
    return weight in {"bold", "bolder"} or (weight.isascii() and weight.isdigit() and int(weight[:4]) >= BOLD)
