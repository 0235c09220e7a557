"""Turns Markdown into the HTML and the plain text of a message; placeholders pass through as marks."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

# Raw HTML is off: what an author pastes is shown, not run, and layouts decide how things look.
_MARKDOWN = MarkdownIt("commonmark", {"html": False, "xhtmlOut": True, "maxNesting": 12})


def to_html(text: str, *, block_mark: str) -> str:
    """Return *text* as HTML; a line with nothing but block marks makes no paragraph of its own.

    A link titled "button" becomes one: `[Pick a time](https://... "button")`.
    """
    html: str = _MARKDOWN.render(_apart(text, block_mark))
    html = re.sub(rf"<p>((?:{block_mark}\s*)+)</p>", r"\1", html)
    return html.replace(' title="button"', ' class="button"')


def to_text(text: str, *, block_mark: str) -> str:
    """Return *text* as a person would type it: no markup, links as `label: address`."""
    blocks = _blocks(_MARKDOWN.parse(_apart(text, block_mark)))
    return "\n\n".join(block for block in blocks if block).strip()


def _apart(text: str, block_mark: str) -> str:
    """Return *text* with block marks that stand alone on a line set apart from the paragraphs around them."""
    return re.sub(rf"^[ \t]*((?:{block_mark}[ \t]*)+)$", r"\n\1\n", text, flags=re.MULTILINE)


def _blocks(tokens: Sequence[Token]) -> Iterator[str]:
    """Yield each paragraph, heading or list of *tokens*."""
    lists: list[int | None] = []  # the number of the next item, None where items have dashes
    item: list[str] = []
    quoted = 0
    for token in tokens:
        if token.type in {"bullet_list_open", "ordered_list_open"}:
            start = int(token.attrs.get("start", 1)) if token.type.startswith("ordered") else None
            lists.append(start)
        elif token.type in {"bullet_list_close", "ordered_list_close"}:
            lists.pop()
            if not lists:
                yield "\n".join(item)
                item = []
        elif token.type == "list_item_open":
            number = lists[-1]
            lists[-1] = None if number is None else number + 1
            item.append("  " * (len(lists) - 1) + ("- " if number is None else f"{number}. "))
        elif token.type in {"blockquote_open", "blockquote_close"}:
            quoted += 1 if token.type.endswith("open") else -1
        elif said := _said(token):
            if lists:
                item[-1] += said if item[-1].endswith((". ", "- ")) else f"\n{'  ' * len(lists)}{said}"
            else:
                yield "\n".join("> " * quoted + line for line in said.split("\n")) if quoted else said


def _said(token: Token) -> str:
    if token.type == "inline":
        return _inline(token.children or [])
    if token.type in {"fence", "code_block"}:
        return str(token.content).rstrip()
    return "* * *" if token.type == "hr" else ""


def _inline(tokens: Sequence[Token]) -> str:
    said: list[str] = []
    links: list[tuple[str, int]] = []
    for token in tokens:
        if token.type == "link_open":
            links.append((_attribute(token.attrs, "href"), len(said)))
        elif token.type == "link_close":
            address, begun = links.pop()
            label = "".join(said[begun:])
            bare = address.removeprefix("mailto:").removeprefix("tel:")
            said[begun:] = [label if bare == label or not address else f"{label}: {bare}"]
        elif token.type == "softbreak":
            said.append(" ")
        elif token.type == "hardbreak":
            said.append("\n")
        else:
            said.append(token.content)
    return "".join(said)


def _attribute(attributes: dict[str, Any], name: str) -> str:
    return str(attributes.get(name, ""))
