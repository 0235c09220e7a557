"""Keeps placeholders whole while Markdown and MJML do their work on the text around them.

Each `{{ ... }}` and `{% ... %}` is replaced by a word that neither would touch, and put back at the end. So a lead's
values never pass through Markdown, and a template is compiled once for all leads.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from jinja2 import TemplateSyntaxError

from engine.content.problems import ContentErrors, Problem
from engine.content.sandbox import TEXT, required_call


class PieceKind(StrEnum):
    """What a stretch of a template is."""

    LITERAL = "literal"  # the author's own words
    VALUE = "value"  # {{ ... }}
    BLOCK = "block"  # {% ... %}


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of a template and where it stands; *text* of a value or block is what is inside the braces."""

    kind: PieceKind
    text: str
    file: str
    line: int


def split(source: str, file: str, *, first_line: int = 1) -> list[Piece]:
    """Return *source* as its pieces, comments left out; raises `ContentErrors`."""
    pieces: list[Piece] = []
    inside: list[str] = []
    try:
        for line, lexeme, value in TEXT.lex(source):
            at = first_line + line - 1
            if lexeme.endswith("_begin"):
                inside = []
            elif lexeme in _ENDS:
                if (kind := _ENDS[lexeme]) is not None:
                    pieces.append(Piece(kind=kind, text="".join(inside).strip(), file=file, line=at))
            elif lexeme == "data":
                pieces.append(Piece(kind=PieceKind.LITERAL, text=value, file=file, line=at))
            else:
                inside.append(value)
    except TemplateSyntaxError as error:
        problem = Problem(file=file, line=first_line + error.lineno - 1, message=str(error.message), remedy=_CLOSE)
        raise ContentErrors((problem,)) from error
    return pieces


_CLOSE = "Close every {{ with }} and every {% with %}."
_ENDS = {
    "variable_end": PieceKind.VALUE,
    "block_end": PieceKind.BLOCK,
    "comment_end": None,
    "raw_end": None,
}

_INCLUDE = re.compile(r"""include\s+(["'])([^"']*)\1\s*""")
# A snippet may hold a snippet; beyond this it is a circle.
INCLUDES_DEEP_MAX = 4
# A message has a dozen or two; snippets that include others several times over multiply.
PIECES_MAX = 2_000


EVERYBODY = ""
"""The key of a snippet's variant for leads whose interest has none of its own."""

Snippets = Mapping[str, Mapping[str, Sequence[Piece]]]
"""The pieces of each snippet by its name, and then by the interest of the lead."""

_GAP_BEFORE = re.compile(r"\n[ \t]*\n[ \t]*\Z")
_GAP_AFTER = re.compile(r"\A[ \t]*\n[ \t]*\n")
_PARAGRAPHS = re.compile(r"\n[ \t]*\n")


def expand(pieces: Iterable[Piece], snippets: Snippets) -> list[Piece]:
    """Return *pieces* with every include replaced by its snippet's; raises `ContentErrors`.

    Where a snippet has variants by interest, all of them stand there, with a choice by `lead.interest` around them.
    """
    return _Expansion(snippets).of(list(pieces), 0, alone=True)


class _Expansion:
    """Fills in includes; *done* keeps what each snippet came to, so that none is worked out twice."""

    def __init__(self, snippets: Snippets) -> None:
        self._snippets = snippets
        self._done: dict[tuple[str, bool], list[Piece]] = {}

    def of(self, pieces: Sequence[Piece], depth: int, *, alone: bool) -> list[Piece]:
        """Return *pieces* expanded; *alone* says whether what is around them are empty lines."""
        whole: list[Piece] = []
        for index, piece in enumerate(pieces):
            found = _INCLUDE.fullmatch(piece.text) if piece.kind is PieceKind.BLOCK else None
            if found is None:
                whole.append(piece)
            elif depth == INCLUDES_DEEP_MAX:
                raise _error(piece, "Snippets include each other in a circle.", "Take one of the includes out.")
            else:
                whole += self._snippet(piece, found.group(2), depth, alone=_is_paragraph(pieces, index, outside=alone))
            if len(whole) > PIECES_MAX:
                raise _error(piece, "The text has too many placeholders.", "Include fewer snippets, or shorten it.")
        return whole

    def _snippet(self, include: Piece, name: str, depth: int, *, alone: bool) -> list[Piece]:
        if name not in self._snippets:
            raise _error(include, f"There is no snippet {name}.", "Add it to snippets/.")
        key = (name, alone)
        if key not in self._done:
            self._done[key] = self._choice(include, self._snippets[name], depth, alone=alone)
        return self._done[key]

    def _choice(
        self, include: Piece, variants: Mapping[str, Sequence[Piece]], depth: int, *, alone: bool
    ) -> list[Piece]:
        """Return the variants with a condition before each; as paragraphs where the include is one."""
        said = {interest: self.of(pieces, depth + 1, alone=alone) for interest, pieces in variants.items()}
        everybody = said.pop(EVERYBODY)
        if not said:
            return everybody
        gap = [_like(include, PieceKind.LITERAL, "\n")] if alone else []
        whole: list[Piece] = []
        for number, (interest, pieces) in enumerate(sorted(said.items())):
            condition = f'{"elif" if number else "if"} lead.interest == "{interest}"'
            whole += [_like(include, PieceKind.BLOCK, condition), *gap, *pieces, *gap]
        whole += [_like(include, PieceKind.BLOCK, "else"), *gap, *everybody, *gap]
        whole.append(_like(include, PieceKind.BLOCK, "endif"))
        if not alone and any(_PARAGRAPHS.search(piece.text) for piece in whole if piece.kind is PieceKind.LITERAL):
            message = "A snippet that is chosen by interest has several paragraphs, and stands inside a line."
            raise _error(include, message, "Put an empty line before and after the include.")
        return whole


def _is_paragraph(pieces: Sequence[Piece], index: int, *, outside: bool) -> bool:
    """Return whether the piece at *index* is a paragraph of its own; *outside* answers at both ends."""
    before = list(reversed(pieces[:index]))[:2]
    return _ends_there(before, _GAP_BEFORE, outside=outside) and _ends_there(
        pieces[index + 1 : index + 3], _GAP_AFTER, outside=outside
    )


def _ends_there(neighbours: Sequence[Piece], gap: re.Pattern[str], *, outside: bool) -> bool:
    """Return whether a paragraph ends towards *neighbours*, the nearest first: at an empty line, a tag or the end."""
    if not neighbours:
        return outside
    nearest, *farther = neighbours
    if nearest.kind is not PieceKind.LITERAL:
        return False
    if nearest.text.isspace() and "\n" in nearest.text and (not farther or farther[0].kind is PieceKind.BLOCK):
        return True
    return gap.search(nearest.text) is not None


def _like(piece: Piece, kind: PieceKind, text: str) -> Piece:
    return Piece(kind=kind, text=text, file=piece.file, line=piece.line)


def _error(piece: Piece, message: str, remedy: str) -> ContentErrors:
    return ContentErrors((Problem(file=piece.file, line=piece.line, message=message, remedy=remedy),))


class Placeholders:
    """The placeholders of one message while they are hidden.

    *constants* are those whose value is known already, such as `brand.name`: they come back as that value.
    """

    def __init__(self, salt: str, constants: Mapping[str, str]) -> None:
        self._constants = constants
        # Letters and digits only, so that Markdown, links, MJML and HTML all leave it alone; nobody writes it by chance.
        self._mark = "q" + sha256(salt.encode(errors="replace")).hexdigest()[:10]
        self._pieces: list[Piece] = []
        self._shown = re.compile(rf"{self._mark}([vb])(\d+)x")
        self._stray_brace = re.compile(rf"\{{(?=[{{%#]|{self._mark})")

    def hide(self, pieces: Iterable[Piece], literal: Callable[[str], str] = str) -> str:
        """Return the text of *pieces* with marks for placeholders; *literal* treats the author's words."""
        return "".join(self.mark(p) if p.kind is not PieceKind.LITERAL else literal(p.text) for p in pieces)

    def mark(self, piece: Piece) -> str:
        """Return the word that stands for *piece*."""
        self._pieces.append(piece)
        letter = "v" if piece.kind is PieceKind.VALUE else "b"
        return f"{self._mark}{letter}{len(self._pieces) - 1}x"

    def show(self, text: str, literal: Callable[[str], str] = str) -> str:
        """Return *text* as a template: every mark replaced by its placeholder, which must say something."""
        settled = self._shown.sub(lambda found: self._settled(found, literal), text)
        settled = self._stray_brace.sub("{{ '{' }}", settled)
        return self._shown.sub(lambda found: self._source(self._pieces[int(found.group(2))]), settled)

    def blocks_in(self, text: str) -> list[int]:
        """Return the blocks marked in *text*, in order."""
        return [int(number) for letter, number in self._shown.findall(text) if letter == "b"]

    def values_in(self, text: str) -> list[Piece]:
        """Return the placeholders marked in *text*, in order."""
        return [self._pieces[int(number)] for letter, number in self._shown.findall(text) if letter == "v"]

    @property
    def block_pattern(self) -> str:
        """A regular expression for the mark of a block."""
        return rf"{self._mark}b\d+x"

    def _settled(self, found: re.Match[str], literal: Callable[[str], str]) -> str:
        """Return the constant that a mark stands for, treated by *literal*; else the mark."""
        constant = self._constants.get(self._pieces[int(found.group(2))].text)
        return found.group() if constant is None else literal(constant)

    def _source(self, piece: Piece) -> str:
        if piece.kind is PieceKind.BLOCK:
            return f"{{% {piece.text} %}}"
        return required_call(piece.text, piece.file, piece.line)
