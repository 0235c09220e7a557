"""Colours as style sheets write them, and how well one is read on another."""

import re
from dataclasses import dataclass
from typing import Final

CONTRAST_MIN = 4.5
"""What WCAG 2.2 asks of text (1.4.3)."""

CONTRAST_MIN_LARGE = 3.0
"""The same for text from 24 pixels on, or 18.66 where it is bold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Colour:
    """An opaque colour; each part from 0 to 255."""

    red: int
    green: int
    blue: int

    def __str__(self) -> str:
        return f"#{self.red:02x}{self.green:02x}{self.blue:02x}"


BLACK: Final = Colour(red=0, green=0, blue=0)
WHITE: Final = Colour(red=255, green=255, blue=255)
# The names that mail really uses; a colour of another name is left unjudged.
_NAMED: Final = {
    "white": WHITE,
    "black": BLACK,
    "gray": Colour(red=128, green=128, blue=128),
    "grey": Colour(red=128, green=128, blue=128),
    "silver": Colour(red=192, green=192, blue=192),
    "red": Colour(red=255, green=0, blue=0),
    "yellow": Colour(red=255, green=255, blue=0),
    "green": Colour(red=0, green=128, blue=0),
    "blue": Colour(red=0, green=0, blue=255),
    "navy": Colour(red=0, green=0, blue=128),
}
_HEX = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})")
_RGB = re.compile(r"rgb\(\s*(\d{1,3})\s*[, ]\s*(\d{1,3})\s*[, ]\s*(\d{1,3})\s*\)")


def colour_of(text: str) -> Colour | None:
    """Return the colour that *text* names; None for one that is transparent or in a notation not read here."""
    plain = text.strip().lower()
    if plain in _NAMED:
        return _NAMED[plain]
    if (found := _HEX.fullmatch(plain)) is not None:
        digits = found[1] if len(found[1]) == 6 else "".join(one * 2 for one in found[1])  # noqa: PLR2004 - two a part
        red, green, blue = (int(digits[at : at + 2], 16) for at in (0, 2, 4))
        return Colour(red=red, green=green, blue=blue)
    if (found := _RGB.fullmatch(plain)) is not None:
        red, green, blue = (min(255, int(part)) for part in found.groups())
        return Colour(red=red, green=green, blue=blue)
    return None


def colour_in(background: str) -> Colour | None:
    """Return the first colour of a `background` that may name an image and its place, too."""
    if (whole := colour_of(background)) is not None:
        return whole
    return next((found for word in background.split() if (found := colour_of(word)) is not None), None)


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast ratio of two colours, from 1 to 21 (WCAG 2.2, relative luminance)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Colour) -> float:
    red, green, blue = (_linear(part / 255) for part in (colour.red, colour.green, colour.blue))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - constants of sRGB
