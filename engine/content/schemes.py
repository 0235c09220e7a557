"""Shows an email as a reader sees it whose device is set to light or to dark, whatever this one is set to.

What the author wrote for one scheme stands behind a media feature. Here the feature is answered once and for all, so that
both schemes can be looked at side by side.
"""

import re
from enum import StrEnum


class Scheme(StrEnum):
    """How a reader's device shows pages."""

    LIGHT = "light"
    DARK = "dark"


_FEATURE = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)", re.IGNORECASE)
_META = re.compile(
    r"""(<meta\b[^>]*\bname=["'](?:supported-)?color-schemes?["'][^>]*\bcontent=["'])[^"']*(["'])""", re.IGNORECASE
)
_PROPERTY = re.compile(r"(?<![\w-])((?:supported-)?color-schemes?\s*:\s*)light\s+dark", re.IGNORECASE)
_ALWAYS, _NEVER = "(min-width: 0)", "(max-width: 0)"


def in_scheme(html: str, scheme: Scheme) -> str:
    """Return *html* as a device set to *scheme* shows it."""
    html = _FEATURE.sub(lambda found: _ALWAYS if found[1].lower() == scheme else _NEVER, html)
    html = _META.sub(lambda found: f"{found[1]}{scheme}{found[2]}", html)
    return _PROPERTY.sub(lambda found: f"{found[1]}{scheme}", html)
