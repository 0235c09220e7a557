"""Read an HTML mail as plain text, so that a reply without a text part can be understood.

Not a browser: one pass over the tags, in time that grows with the length of the text alone. Quotations keep their
brackets, because `quotes.unquoted` looks for them.
"""

import re
from html import unescape

HTML_CHARACTERS_MAX = 1_000_000

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,15}|[!?])([^<>]*)>")
_SILENT = frozenset({"style", "script", "title", "template", "xml"})
_BREAKS = frozenset(
    {"p", "div", "br", "tr", "li", "ul", "ol", "table", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre"}
)
_SPACES = re.compile(r"[ \t\r\n\f\v\u00a0]+")
_BLANK_LINES = re.compile(r"\n{3,}")


def html_to_text(html: str) -> str:
    """Return the words of *html*, a line for each block, quoted blocks with `> ` before their lines."""
    html = _without_comments(html[:HTML_CHARACTERS_MAX])
    lines: list[str] = []
    words: list[str] = []
    quoted = 0
    silent, silent_from = "", 0
    end = 0

    def close_line() -> None:
        line = _SPACES.sub(" ", unescape("".join(words))).strip()
        words.clear()
        lines.append(f"{'> ' * min(quoted, 5)}{line}" if quoted and line else line)

    for tag in _TAG.finditer(html):
        closes, name = bool(tag[1]), tag[2].lower()
        if not silent:
            words.append(html[end : tag.start()])
        end = tag.end()
        if silent:
            silent = "" if closes and name == silent else silent
            continue
        if name in _SILENT:
            silent, silent_from = ("" if closes or tag[3].endswith("/") else name), end
        elif name in _BREAKS:
            close_line()
            if name == "blockquote":
                quoted = max(0, quoted - 1) if closes else quoted + 1
    # What is opened and never closed was not meant to hide the rest: a stop may stand there.
    words.append(_TAG.sub(" ", html[silent_from:]) if silent else html[end:])
    close_line()
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def _without_comments(html: str) -> str:
    kept = []
    at = 0
    while (start := html.find("<!--", at)) >= 0:
        kept.append(html[at:start])
        end = html.find("-->", start)
        if end < 0:
            return "".join(kept)
        at = end + 3
    return "".join([*kept, html[at:]])
