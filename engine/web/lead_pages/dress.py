"""The seller's colours for the pages leads open, as a style sheet; a colour that can't be read gives way to ours.

One address for everybody and nothing in it about the reader, so that a browser keeps it from page to page.
"""

from collections.abc import Mapping

from fastapi import APIRouter
from fastapi.responses import Response

from engine.content.checking.colours import CONTRAST_MIN, WHITE, Colour, colour_of, contrast
from engine.flows.shelf import Missing
from engine.web.edge import ThisEdge

KEPT_SECONDS = 300
"""How long a browser may show the old colours after a new brand was published."""

OUR_PAPER, OUR_DARK_PAPER = Colour(red=255, green=255, blue=255), Colour(red=27, green=33, blue=32)

router = APIRouter()


@router.api_route("/brand.css", methods=["GET", "HEAD"])
def show_colours(edge: ThisEdge) -> Response:
    """Return the colours."""
    with edge.kit.database.read() as connection:
        try:
            colours = edge.kit.shelf.current(connection).brand().variables["colors"]
        except Missing:
            colours = {}
    css = style_of(colours)
    return Response(css, media_type="text/css", headers={"Cache-Control": f"public, max-age={KEPT_SECONDS}"})


def style_of(colours: Mapping[str, str]) -> str:
    """Return the style sheet for the brand's *colours* by name; what is unreadable or no colour is left out."""
    day, night = _day(colours), _night(colours)
    sheet = _rule(day) if day else ""
    return sheet + (f"@media (prefers-color-scheme: dark) {{ {_rule(night)} }}" if night else "")


def _day(colours: Mapping[str, str]) -> dict[str, Colour]:
    page, paper = colour_of(colours.get("page", "")), colour_of(colours.get("paper", ""))
    ground = [one for one in (page, paper) if one is not None]
    ink = _readable(colours, "text", [*ground, OUR_PAPER])
    found: dict[str, Colour] = {}
    if ink is not None and page is not None and paper is not None:
        # All three or none: our own ink was chosen for our own paper.
        found = {"--page": page, "--paper": paper, "--ink": ink}
        quiet = _readable(colours, "quiet", ground)
        found["--quiet"] = quiet or ink
    grounds = [found["--page"], found["--paper"]] if found else [OUR_PAPER]
    if (accent := _readable(colours, "primary", grounds)) is not None:
        found["--accent"] = accent
    elif found:
        found["--accent"] = found["--ink"]
    if (button := _readable(colours, "button", [WHITE])) is not None:
        found |= {"--button": button, "--on-button": WHITE}
    return found


def _night(colours: Mapping[str, str]) -> dict[str, Colour]:
    page, paper = colour_of(colours.get("dark_page", "")), colour_of(colours.get("dark_paper", ""))
    ground = [one for one in (page, paper) if one is not None]
    ink = _readable(colours, "dark_text", [*ground, OUR_DARK_PAPER])
    found: dict[str, Colour] = {}
    if ink is not None and page is not None and paper is not None:
        found = {"--page": page, "--paper": paper, "--ink": ink}
        found["--quiet"] = _readable(colours, "dark_quiet", ground) or ink
    grounds = [found["--page"], found["--paper"]] if found else [OUR_DARK_PAPER]
    link = _readable(colours, "dark_link", grounds)
    if link is not None:
        found |= {"--accent": link, "--button": link, "--on-button": grounds[0]}
    elif found:
        found |= {"--accent": found["--ink"], "--button": found["--ink"], "--on-button": grounds[0]}
    return found


def _readable(colours: Mapping[str, str], name: str, grounds: list[Colour]) -> Colour | None:
    colour = colour_of(colours.get(name, ""))
    if colour is None or any(contrast(colour, ground) < CONTRAST_MIN for ground in grounds):
        return None
    return colour


def _rule(found: Mapping[str, Colour]) -> str:
    return ":root { " + " ".join(f"{name}: {colour};" for name, colour in found.items()) + " }\n"
