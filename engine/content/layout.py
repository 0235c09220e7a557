"""Puts a message's text into its layout: MJML becomes HTML that mail clients show as meant."""

import re
from collections.abc import Mapping
from html import escape

import mrml
from css_inline import CSSInliner, InlineError

from engine.content.placeholders import Piece, PieceKind, Placeholders
from engine.content.problems import ContentErrors, Problem, did_you_mean

# Comments are for the author; mail clients would only carry them. A mail loads no font from anywhere: whoever serves it
# would learn who reads.
_OPTIONS = mrml.RenderOptions(disable_comments=True, fonts={})
# Nothing is fetched while compiling, and media queries (dark mode, small screens) must stay in the head.
_INLINER = CSSInliner(keep_at_rules=True, load_remote_stylesheets=False, minify_css=True)


def fill(pieces: list[Piece], slots: Mapping[str, str], brand: Mapping[str, str], hidden: Placeholders) -> str:
    """Return a layout's text with `{{ content }}` and its like replaced by *slots*; *hidden* keeps other placeholders.

    A slot is named by what stands inside the braces; an include is one too.

    What the brand says is written in at once, because colours and widths must stand when MJML is read.
    """
    return "".join(_filled(piece, slots, brand, hidden, escaped=True) for piece in pieces)


def fill_plain(pieces: list[Piece], slots: Mapping[str, str], brand: Mapping[str, str], hidden: Placeholders) -> str:
    """Return `fill` for the text part, where nothing is escaped."""
    return "".join(_filled(piece, slots, brand, hidden, escaped=False) for piece in pieces)


def _filled(
    piece: Piece, slots: Mapping[str, str], brand: Mapping[str, str], hidden: Placeholders, *, escaped: bool
) -> str:
    if piece.kind is PieceKind.LITERAL:
        return piece.text
    if piece.text in slots:
        return slots[piece.text]
    if piece.kind is PieceKind.VALUE and _BRAND.fullmatch(piece.text):
        said = _brand_value(piece, brand)
        return escape(said) if escaped else said
    return hidden.mark(piece)


_BRAND = re.compile(r"brand(\.\w+)+")


def _brand_value(piece: Piece, brand: Mapping[str, str]) -> str:
    if piece.text in brand:
        return brand[piece.text]
    remedy = f"{did_you_mean(piece.text, brand)} Or fill it in brand.yaml."
    message = f"The brand says nothing for {piece.text}."
    raise ContentErrors((Problem(file=piece.file, line=piece.line, message=message, remedy=remedy),))


def to_html(mjml: str, file: str) -> str:
    """Return *mjml* as HTML with its styles on the elements; raises `ContentErrors`."""
    try:
        html: str = mrml.to_html(mjml, render_options=_OPTIONS).content
        return _INLINER.inline(html)
    except (OSError, ValueError, InlineError) as error:
        line, said = _place(mjml, str(error))
        remedy = "Compare it with layouts/personal.mjml: every element closed, attributes in quotes, & as &amp;."
        problem = Problem(file=file, line=line, message=f"The MJML can't be read: {said}.", remedy=remedy)
        raise ContentErrors((problem,)) from error


_POSITION = re.compile(r" in root template(?: at position (\d+):\d+)?")


def _place(mjml: str, said: str) -> tuple[int | None, str]:
    """Return the line in *mjml* that the library means, and what it says without its own way of counting."""
    found = _POSITION.search(said)
    offset = int(found.group(1)) if found and found.group(1) else None
    line = None if offset is None else mjml.encode()[:offset].count(b"\n") + 1
    return line, _POSITION.sub("", said)
