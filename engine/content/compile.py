"""Compiles a message once per revision: Markdown and MJML are done with before the first lead is known."""

import json
import re
from collections.abc import Callable, Iterable
from hashlib import sha256
from html import escape

from channels.address import Channel
from engine.content import layout, prose
from engine.content.compiled import Compiled, assemble
from engine.content.legal_lines import Line
from engine.content.library import Library, locale_wishes
from engine.content.placeholders import Piece, PieceKind, Placeholders, expand, split
from engine.content.problems import ContentErrors, Problem, did_you_mean
from engine.content.snippets import INCLUDED, read_snippets, snippet_file, snippet_names, split_snippets
from engine.content.source import Source
from engine.content.syntax import check_syntax


def compile_message(library: Library, source: Source) -> Compiled:
    """Return *source* compiled with the layout, snippets and brand of *library*; raises `ContentErrors`."""
    if problems := _syntax_problems(library, source):
        raise ContentErrors(problems)
    bench = _Bench(library, source)
    if source.channel is Channel.EMAIL:
        parts = _email_parts(bench)
    elif source.channel in _SPOKEN:
        parts = _plain_parts(bench)
    else:
        parts = _script_parts(bench)
    locale = source.locale or library.brand.locale
    return assemble(
        channel=source.channel,
        name=source.name,
        locale=locale,
        purpose=source.purpose,
        file=source.file,
        revision=_revision(library, source, parts),
        parts=parts,
        brand=library.brand,
    )


_SPOKEN = frozenset({Channel.SMS, Channel.VOICEMAIL})


def compile_library(library: Library) -> tuple[Compiled, ...]:
    """Return every message compiled; raises `ContentErrors` with all that is wrong in all of them."""
    compiled: list[Compiled] = []
    problems = list(library.problems)
    for source in library.messages:
        try:
            compiled.append(compile_message(library, source))
        except ContentErrors as error:
            problems += error.problems
    if problems:
        raise ContentErrors(dict.fromkeys(problems))
    return tuple(compiled)


def _syntax_problems(library: Library, source: Source) -> list[Problem]:
    names = snippet_names(library.snippets)
    found = check_syntax(source.body, source.file, first_line=source.body_line, snippets=names)
    for key, text in source.texts.items():
        found += check_syntax(text, source.file, first_line=source.lines.get(key, 1), snippets=names)
    used, _ = read_snippets(_including(library, source), library.snippets, locale_wishes(source.locale))
    for key in sorted(used):
        found += check_syntax(library.snippets[key], library.file(snippet_file(key)), snippets=names)
    return found


# What the engine adds to a text that lacks it is compiled with the text, in its language.
_LINES_OF = {Channel.SMS: tuple(f'{{% include "{line}" %}}' for line in Line)}


def _including(library: Library, source: Source) -> list[str]:
    """Return every text of *source* that may include a snippet."""
    layouts = [text for name, text in library.layouts.items() if name.partition(".")[0] == source.layout]
    return [source.body, *source.texts.values(), *layouts, *_LINES_OF.get(source.channel, ())]


class _Bench:
    """What is at hand while one message is compiled."""

    def __init__(self, library: Library, source: Source) -> None:
        self.library = library
        self.source = source
        self.hidden = Placeholders(source.file + source.body, library.brand.constants)
        wishes = locale_wishes(source.locale)
        used = read_snippets(_including(library, source), library.snippets, wishes)[1]
        self.snippets = split_snippets(used, library.snippets, library.files)

    def pieces(self, text: str, *, first_line: int) -> list[Piece]:
        """Return *text* as pieces, snippets filled in."""
        return expand(split(text, self.source.file, first_line=first_line), self.snippets)

    def body(self) -> list[Piece]:
        return self.pieces(self.source.body, first_line=self.source.body_line)

    def text(self, key: str, fallback: str = "") -> list[Piece]:
        """Return a field of the front matter as pieces."""
        return self.pieces(self.source.texts.get(key, fallback), first_line=self.source.lines.get(key, 1))

    def html(self, text: str) -> str:
        """Return hidden Markdown as HTML."""
        return prose.to_html(text, block_mark=self.hidden.block_pattern)

    def plain(self, text: str) -> str:
        """Return hidden Markdown as a person would type it."""
        return prose.to_text(text, block_mark=self.hidden.block_pattern)

    def template(self, pieces: Iterable[Piece]) -> str:
        """Return *pieces* as the template of a plain part: a line of nothing but tags leaves no empty line."""
        mark = self.hidden.block_pattern
        text = re.sub(rf"^[ \t]*((?:{mark}[ \t]*)+)\n", r"\1", self.hidden.hide(pieces), flags=re.MULTILINE)
        return self.hidden.show(text.strip())


def _plain_parts(bench: _Bench) -> dict[str, str]:
    if bench.source.channel is Channel.SMS:
        lines = [line for line in Line if line in bench.snippets]
        own = {line.value: bench.template(bench.pieces(f'{{% include "{line}" %}}', first_line=1)) for line in lines}
        return {"text": bench.template(bench.body()), **own}
    parts = {"script": bench.template(bench.body()), "human": bench.template(bench.text("human"))}
    if "audio" in bench.source.texts:
        parts["audio"] = bench.template(bench.text("audio"))
    return parts


def _script_parts(bench: _Bench) -> dict[str, str]:
    body = bench.hidden.hide(bench.body())
    return {
        "title": bench.template(bench.text("title", bench.source.name.replace("-", " ").capitalize())),
        "html": bench.hidden.show(bench.html(body), escape),
        "text": bench.hidden.show(bench.plain(body)),
    }


def _email_parts(bench: _Bench) -> dict[str, str]:
    html, text = _mjml_email(bench) if bench.source.is_mjml else _markdown_email(bench)
    parts = {
        "subject": bench.template(bench.text("subject")),
        "preheader": bench.template(bench.text("preheader")),
        "html": bench.hidden.show(html, escape),
        "text": bench.hidden.show(text),
    }
    if "from_name" in bench.source.texts:
        parts["from_name"] = bench.template(bench.text("from_name"))
    return parts


def _markdown_email(bench: _Bench) -> tuple[str, str]:
    hidden = bench.hidden
    body = hidden.hide(bench.body())
    content = bench.html(body)
    _check_links(bench, content)
    brand = bench.library.brand.constants
    name = f"{bench.source.layout}.mjml"
    pieces = _layout(bench, name)
    slots = {**_slots(bench), "content": content, **_included(bench, pieces, bench.html)}
    html = layout.to_html(layout.fill(pieces, slots, brand, hidden), bench.library.file(f"layouts/{name}"))
    if hidden.blocks_in(content) != _only(hidden.blocks_in(html), hidden.blocks_in(content)):
        _refuse(bench, "Conditions around parts of a list or a link get out of order.", "Put each tag on its own line.")
    pieces = _layout(bench, f"{bench.source.layout}.txt")
    slots = {"content": bench.plain(body), **_included(bench, pieces, bench.plain)}
    return html, layout.fill_plain(pieces, slots, brand, hidden)


def _included(bench: _Bench, pieces: list[Piece], form: Callable[[str], str]) -> dict[str, str]:
    """Return each snippet that a layout includes, in the form its part needs."""
    includes = [piece for piece in pieces if piece.kind is PieceKind.BLOCK and INCLUDED.fullmatch(piece.text)]
    return {piece.text: form(bench.hidden.hide(expand([piece], bench.snippets))).strip() for piece in includes}


def _mjml_email(bench: _Bench) -> tuple[str, str]:
    content = "\n" * (bench.source.body_line - 1) + bench.source.body
    pieces = bench.pieces(content, first_line=1)
    brand = bench.library.brand.constants
    html = layout.to_html(layout.fill(pieces, _slots(bench), brand, bench.hidden), bench.source.file)
    _check_links(bench, html)
    return html, bench.hidden.hide(bench.text("text"))


def _slots(bench: _Bench) -> dict[str, str]:
    """Return what a layout may ask for besides variables and the content."""
    return {
        "subject": bench.hidden.hide(bench.text("subject"), escape),
        "preheader": bench.hidden.hide(bench.text("preheader"), escape),
        "language": bench.source.locale or bench.library.brand.locale,
    }


def _layout(bench: _Bench, name: str) -> list[Piece]:
    layouts = bench.library.layouts
    if name not in layouts:
        line = bench.source.lines.get("layout")
        message, remedy = f"There is no layout {name}.", did_you_mean(name, layouts)
        raise ContentErrors((Problem(file=bench.source.file, line=line, message=message, remedy=remedy),))
    file = bench.library.file(f"layouts/{name}")
    pieces = split(layouts[name], file)
    if not any(piece.kind is PieceKind.VALUE and piece.text == "content" for piece in pieces):
        problem = Problem(file=file, message="The layout has no {{ content }}.", remedy="Say where it goes.")
        raise ContentErrors((problem,))
    rest = "".join(
        _braced(piece) for piece in pieces if piece.text not in {"content", "subject", "preheader", "language"}
    )
    if problems := check_syntax(rest, file, snippets=snippet_names(bench.library.snippets)):
        raise ContentErrors(problems)
    return pieces


def _braced(piece: Piece) -> str:
    if piece.kind is PieceKind.LITERAL:
        return "\n" * piece.text.count("\n")
    return f"{{{{ {piece.text} }}}}" if piece.kind is PieceKind.VALUE else f"{{% {piece.text} %}}"


_HREF = re.compile(r'(?:href|src)="([^"]*)"')
_SAFE_LINK = re.compile(r"(?:https?://|mailto:|tel:|#)", re.IGNORECASE)
_OUR_LINKS = ("links.", "brand.", "owner.")


def _check_links(bench: _Bench, html: str) -> None:
    """Refuse a link whose beginning could come from the lead: it could lead anywhere, or run a script."""
    for address in _HREF.findall(html):
        values = bench.hidden.values_in(address)
        begins_with_ours = bool(values) and values[0].text.startswith(_OUR_LINKS) and not _SAFE_LINK.match(address)
        if address and not begins_with_ours and not _SAFE_LINK.match(address):
            where = values[0].line if values else bench.source.body_line
            said = values[0].text if values else address[:60]
            remedy = "Begin it with https://, mailto:, tel: or one of {{ links... }} and {{ brand... }}."
            problem = Problem(file=bench.source.file, line=where, message=f"A link can't be {said}.", remedy=remedy)
            raise ContentErrors((problem,))


def _only(numbers: list[int], wanted: list[int]) -> list[int]:
    return [number for number in numbers if number in set(wanted)]


def _refuse(bench: _Bench, message: str, remedy: str) -> None:
    problem = Problem(file=bench.source.file, line=bench.source.body_line, message=message, remedy=remedy)
    raise ContentErrors((problem,))


def _revision(library: Library, source: Source, parts: dict[str, str]) -> str:
    """Return the hash of everything that decides how the message reads: what the files came to, and the brand."""
    brand = library.brand.to_json()
    told = [source.channel.value, source.name, source.locale, source.purpose.value, parts, brand]
    return sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode(errors="replace")).hexdigest()
