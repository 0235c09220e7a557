"""Who writes or calls: the seller's name, postal address, and where a person is reached."""

import re

from channels.message import TextContent, VoicemailContent
from consent.facts import Rendered
from consent.wording.view import (
    Finding,
    Part,
    is_own,
    is_way_out,
    joined_digits,
    links_of,
    number_core,
    parts_of,
    plain_words,
)

_NO_NAME = "The seller has no name: write `name` in brand.yaml."


def seller_named(rendered: Rendered) -> Finding:
    """Find a part that doesn't say who writes."""
    if not rendered.seller.strip():
        return _NO_NAME
    for part in parts_of(rendered.content):
        if not names_seller(part.shown, rendered):
            return f"{part.name} doesn't say who it is from: name {rendered.seller} in it."
    return None


def seller_named_first(rendered: Rendered) -> Finding:
    """Find a part that begins without saying who speaks."""
    if not rendered.seller.strip():
        return _NO_NAME
    for part in parts_of(rendered.content):
        if not names_seller(_beginning(part.shown), rendered):
            return f"{part.name} doesn't say at once who speaks: name {rendered.seller} in its first sentence."
    return None


def names_seller(text: str, rendered: Rendered) -> bool:
    """Return whether *text* names the seller, however "&" and accents are written."""
    name = _without_and(rendered.seller)
    if not name.strip():  # a name of nothing but marks
        return rendered.seller.strip().lower() in text.lower()
    return name in _without_and(text)


def _without_and(text: str) -> str:
    return f" {' '.join(word for word in plain_words(text).split() if word != 'and')} "


_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")
_SHORT = re.compile(r"(?:^|[\s(])[^\W\d_]{1,3}\.$|\.[^\W\d_]\.$")  # "St." and "U.S." end no sentence
_GREETING_WORDS_MAX = 4  # "Good morning, Dana." comes before anybody says who speaks


def _beginning(text: str) -> str:
    """Return the first sentence of *text*, behind a greeting the second as well."""
    sentences: list[str] = []
    for piece in _SENTENCE_END.split(text.strip()):
        if sentences and _SHORT.search(sentences[-1]):
            sentences[-1] += f" {piece}"
        else:
            sentences.append(piece)
    is_greeting = len(sentences[0].split()) <= _GREETING_WORDS_MAX
    return " ".join(sentences[: 2 if is_greeting else 1])


def postal_address(rendered: Rendered) -> Finding:
    """Find a part without the seller's postal address; a text may lead to a page of the seller's that has it."""
    if not plain_words(rendered.postal_address).strip():
        return "The seller has no postal address: write `postal_address` in brand.yaml."
    if isinstance(rendered.content, TextContent) and _page(rendered):
        return None
    for part in parts_of(rendered.content):
        if not part.holds(rendered.postal_address):
            is_text = isinstance(rendered.content, TextContent)
            way = " or lead to a page of yours that has it" if is_text else ""
            return f"{part.name} lacks the postal address: add {{{{ brand.postal_address }}}}{way}."
    return None


_MAILBOX = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]")


def contact(rendered: Rendered) -> Finding:
    """Find a part that tells no phone number, email address or page where the seller is reached."""
    if _page(rendered):
        return None
    for part in parts_of(rendered.content):
        if not reaches_seller(part, rendered):
            return (
                f"{part.name} doesn't tell where you are reached: "
                "add {{ brand.phone }}, an email address or a page of yours."
            )
    return None


def reaches_seller(part: Part, rendered: Rendered) -> bool:
    """Return whether *part* tells the seller's phone number or an email address."""
    return (
        part.tells(rendered.phone)
        or _WHOLE_NUMBER.search(joined_digits(part.shown)) is not None
        or (_MAILBOX.search(part.shown) is not None)
    )


def _page(rendered: Rendered) -> bool:
    links = links_of(rendered.content)
    return any(is_own(link, rendered) and not is_way_out(link, rendered) for link in links)


_WHOLE_NUMBER = re.compile(r"\d{10,}|\+\d{8,}")
_DEAR_NUMBER = re.compile(r"(?<!\d)1?900\d{7}(?!\d)")


def call_back_number(rendered: Rendered) -> Finding:
    """Find a recorded message that tells no number to call back, or one that costs the caller."""
    content = rendered.content
    if not isinstance(content, VoicemailContent):
        return None
    for part in parts_of(content):
        digits = joined_digits(part.shown)
        if _DEAR_NUMBER.search(digits):
            return f"{part.name} tells a 900 number, which costs whoever calls it: tell an ordinary one."
        if part.tells(rendered.phone):
            continue
        out = number_core(rendered.opt_out_phone)
        if not _WHOLE_NUMBER.search(digits.replace(out, " ") if out else digits):
            return f"{part.name} tells no number to call back: add {{{{ brand.phone }}}}."
    return None
