"""A message as the checks read it: its parts as the lead sees or hears them, as plain words, as digits, and its links."""

import re
from dataclasses import dataclass
from functools import lru_cache
from html import unescape

from channels.message import Content, EmailContent, TextContent
from consent.facts import Rendered
from consent.replies.fold import deaccented
from consent.wording.lexicon import lexicon

Finding = str | None
"""What is wrong and what to do, in words for a marketer; None where nothing is."""

_PARTS_KEPT = 256  # a batch under way: several rules look at each of its messages


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a message: *name* begins a sentence about it; *shown* is what the lead reads or hears of it."""

    name: str
    shown: str
    source: str  # the same, for HTML with its tags

    @property
    def words(self) -> str:
        """The words in plain spelling, one space apart and one around them all."""
        return plain_words(self.shown)

    def holds(self, phrase: str) -> bool:
        """Return whether the words of *phrase* stand here next to each other."""
        return plain_words(phrase) in self.words

    def tells(self, number: str) -> bool:
        """Return whether a phone number is said here, however its digits are grouped."""
        core = number_core(number)
        return bool(core) and core in joined_digits(self.shown)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One address that a message leads to; *host* is lower case."""

    address: str
    host: str
    path: str


def parts_of(content: Content) -> tuple[Part, ...]:
    """Return what a lead may get to see or hear of *content*: any one of the parts may be all that they get."""
    if isinstance(content, EmailContent):
        found = [("The HTML part", shown_of(content.html), content.html), ("The text part", content.text, content.text)]
    elif isinstance(content, TextContent):
        found = [("The text", content.body, content.body)]
    else:
        found = [
            ("The voicemail", content.script, content.script),
            ("What a person who answers hears", content.human_script, content.human_script),
        ]
    written = [Part(name=name, shown=shown, source=source) for name, shown, source in found if source.strip()]
    return tuple(written) or (Part(name=found[0][0], shown="", source=""),)


@lru_cache(maxsize=_PARTS_KEPT)
def plain_words(text: str) -> str:
    """Return the words of *text* in lower case without accents or marks, one space apart and one around them all."""
    plain = text.lower() if text.isascii() else deaccented(text)
    return f" {' '.join(_WORD.findall(plain))} "


_WORD = re.compile(r"\w+")


@lru_cache(maxsize=_PARTS_KEPT)
def shown_of(html: str) -> str:
    """Return what a reader sees of *html*: no tags, styles, comments or head."""
    text = _STYLES.sub(" ", _BLOCKS_END.sub("\n", _without_comments(html)))
    return unescape(_TAGS.sub(" ", text))


_BLOCKS_END = re.compile(r"</(?:p|div|td|tr|li|h[1-6])>|<br\s*/?>", re.IGNORECASE)
# Each stops at the next such tag, so that a file of nothing but open ones takes no longer than its length.
_STYLES = re.compile(r"<(style|script|title)\b[^<>]*>(?:[^<]|<(?!/?(?:style|script|title)\b))*</\1\s*>", re.IGNORECASE)
_TAGS = re.compile(r"<[^<>]*>")


def _without_comments(html: str) -> str:
    """Return *html* without comments; as browsers do, what is never closed ends the text, and `<!-->` is a whole one."""
    kept: list[str] = []
    at = 0
    while (begin := html.find("<!--", at)) >= 0:
        kept.append(html[at:begin])
        end = html.find("-->", begin + 2)
        if end < 0:
            return "".join(kept)
        at = end + len("-->")
    return "".join([*kept, html[at:]])


def joined_digits(text: str) -> str:
    """Return *text* with the digits of its numbers run together: "(503) 555-0142" becomes "(5035550142"."""
    return _BETWEEN_DIGITS.sub("", text)


_BETWEEN_DIGITS = re.compile(r"(?<=\d)[^\w+]{1,3}(?=\d)")
_NANP_DIGITS, _CORE_DIGITS = 10, 9


def number_core(number: str) -> str:
    """Return the digits by which a number is recognised, written with its country code or without.

    In North America all ten; elsewhere the last nine, because the zero of the trunk gives way to the country code.
    """
    digits = re.sub(r"\D", "", number)
    if len(digits) == _NANP_DIGITS + 1 and digits.startswith("1"):
        return digits[1:]
    return digits if len(digits) == _NANP_DIGITS else digits[-_CORE_DIGITS:]


def links_of(content: Content) -> tuple[Link, ...]:
    """Return every web address that *content* leads to, those written without https:// included."""
    found: list[str] = []
    for part in parts_of(content):
        if part.source is part.shown or part.source == part.shown:
            found += _addresses_in(part.shown)
        else:
            found += [unescape(quoted).strip() for quoted in _HREF.findall(part.source)]
    return tuple(dict.fromkeys(link for address in found if (link := _link(address)) is not None))


_HREF = re.compile(r"""\bhref\s*=\s*["']([^"'<>]*)""", re.IGNORECASE)
_SCHEME = re.compile(r"https?://[^\s<>\"']+", re.IGNORECASE)


def _addresses_in(text: str) -> list[str]:
    whole = [found.rstrip(_CLOSING_MARKS) for found in _SCHEME.findall(text)]
    rest = _SCHEME.sub(" ", text)
    return whole + [f"https://{found.group().rstrip(_CLOSING_MARKS)}" for found in lexicon().bare_link.finditer(rest)]


_CLOSING_MARKS = ".,;:!?)]}…"


# Scheme, host and path as browsers read them: what stands before an @ is no host, and a backslash begins the path.
_ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?:[^/?#\\\s]*@)?(?P<host>\[[\da-f:.]+\]|[^/?#\\\s:@\[\]]+)(?::\d*)?(?P<path>[^?#]*)",
    re.IGNORECASE,
)


def split_address(address: str) -> tuple[str, Link] | None:
    """Return scheme and link of a web address; None for anything else."""
    found = _ADDRESS.match(address)
    if found is None:
        return None
    host = found["host"].lower().strip("[]").rstrip(".")
    return found["scheme"].lower(), Link(address=address, host=host, path=found["path"])


def _link(address: str) -> Link | None:
    found = split_address(address)
    return found[1] if found else None


def is_within(host: str, domain: str) -> bool:
    """Return whether *host* is *domain* or lies under it; `www.` says nothing."""
    bare = domain.lower().removeprefix("www.")
    return bool(bare) and (host == bare or host.endswith(f".{bare}"))


def is_own(link: Link, rendered: Rendered) -> bool:
    """Return whether *link* leads to one of the seller's own domains."""
    return any(is_within(link.host, domain) for domain in rendered.domains)


_STOP_PATH = re.compile(r"(?:^|/)[up]/[^/]+$")


def is_way_out(link: Link, rendered: Rendered) -> bool:
    """Return whether *link* leads to our page for stopping, or to the one of preferences."""
    return is_own(link, rendered) and _STOP_PATH.search(link.path) is not None
