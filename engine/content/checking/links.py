"""Where a message leads: links that work, that are filled in, that lead to the seller and say so."""

import re
from collections.abc import Iterable, Iterator

from channels.message import EmailContent
from consent.wording.lexicon import lexicon
from consent.wording.view import is_within, links_of, plain_words, split_address
from engine.content.brand import Brand
from engine.content.checking.catalogue import finding
from engine.content.checking.page import Link, Page
from engine.content.checking.phrases import phrases
from engine.content.checking.places import place_of
from engine.content.checking.sample import Sample
from engine.content.codes import Code
from engine.content.judging import host_of
from engine.content.preview import PREVIEW_LINKS
from engine.content.problems import Problem
from engine.content.render import Script

_OURS = frozenset({PREVIEW_LINKS.unsubscribe, PREVIEW_LINKS.preferences, PREVIEW_LINKS.confirm})
_RESERVED = (".example", ".test", ".invalid", ".localhost")  # RFC 2606: names that never lead anywhere
_EXAMPLES = frozenset({"example.com", "example.org", "example.net"})
_MAILBOX = re.compile(r"[^\s@,;<>]+@[^\s@.,;<>]+(?:\.[^\s@.,;<>]+)+")
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{2,59})")
_PHONE_DIGITS_MIN, _PHONE_DIGITS_MAX = 7, 15
_ADDRESS_LIKE = re.compile(r"(?:https?://)?((?:[\w-]{1,63}\.)+[a-z]{2,24})(?:[/?#]\S*)?", re.IGNORECASE)


def check_links(sample: Sample, page: Page | None) -> Iterator[Problem]:
    """Find the links of a message that lead nowhere, elsewhere, or to another place than they say."""
    links = page.links if page is not None else _bare_links(sample)
    for link in dict.fromkeys(links):
        if link.address in _OURS:
            continue
        faults = list(_faults(link, sample))
        for code, message in faults[:1]:  # a link that leads nowhere needs no second word
            file, line = place_of(sample, link.address)
            yield finding(code, file, line, message)


def _bare_links(sample: Sample) -> list[Link]:
    content = sample.content
    if isinstance(content, EmailContent | Script):
        return []
    return [Link(address=link.address, words="") for link in links_of(content)]


def _faults(link: Link, sample: Sample) -> Iterator[tuple[Code, str]]:
    address = link.address
    shown = address[:80] or "nothing"
    scheme = address.partition(":")[0].lower() if ":" in address else ""
    own = own_domains(sample.compiled.brand)
    if _is_unfilled(address, own):
        yield Code.LINK_PLACEHOLDER, f"The link to {shown} is a stand-in."
    elif (scheme == "mailto" and not _is_mailbox(address)) or (scheme == "tel" and not _is_phone(address)):
        yield Code.LINK_MALFORMED, f"The link to {shown} reaches nobody."
    elif scheme in {"http", "https"}:
        yield from _web_faults(link, own, is_email=isinstance(sample.content, EmailContent))
    elif scheme not in {"mailto", "tel"}:
        yield Code.LINK_MALFORMED, f"The link to {shown} is no address of a page."


def _web_faults(link: Link, own: Iterable[str], *, is_email: bool) -> Iterator[tuple[Code, str]]:
    shown = link.address[:80]
    found = split_address(link.address)
    if found is None or " " in link.address or not _HOST.fullmatch(_ascii(found[1].host)):
        yield Code.LINK_MALFORMED, f"The link to {shown} can't be opened."
        return
    scheme, target = found
    said = _ADDRESS_LIKE.fullmatch(link.words)
    if said is not None and not _is_same(said[1].lower(), target.host):
        yield Code.LINK_MISLEADING, f"The words show {said[1]}, and the link leads to {target.host}."
    # Of texts the rules of the gate ask the same, and say which country does.
    if is_email and any(is_within(target.host, shortener) for shortener in lexicon().shorteners):
        yield Code.LINK_SHORTENED, f"The link to {target.host} hides where it leads."
    elif is_email and not any(is_within(target.host, domain) for domain in own):
        yield Code.LINK_ELSEWHERE, f"The link leads to {target.host}, which is none of your domains."
    if scheme == "http":
        yield Code.LINK_NOT_ENCRYPTED, f"The link to {shown} has no https."


def own_domains(brand: Brand) -> frozenset[str]:
    """Return the domains that *brand* says are its own."""
    pages = (str(brand.variables.get(name) or "") for name in ("website", "booking_url", "privacy_url", "review_url"))
    return frozenset(host for host in (*map(host_of, pages), *brand.domains) if host)


def _is_unfilled(address: str, own: Iterable[str]) -> bool:
    if address in {"", "#"} or phrases().placeholder_words.search(plain_words(address)):
        return True
    host = host_of(address)
    if address.lower().startswith("mailto:"):
        host = address.partition("?")[0].rpartition("@")[2].lower()
    if not host or any(is_within(host, domain) for domain in own):
        return False
    return host in _EXAMPLES or host in phrases().placeholder_hosts or host.endswith(_RESERVED)


def _is_mailbox(address: str) -> bool:
    return _MAILBOX.fullmatch(address[len("mailto:") :].partition("?")[0]) is not None


def _is_phone(address: str) -> bool:
    number = address[len("tel:") :].partition(";")[0]
    digits = sum(one.isdigit() for one in number)
    return _PHONE_DIGITS_MIN <= digits <= _PHONE_DIGITS_MAX and re.fullmatch(r"[+\d().\s-]+", number) is not None


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return ""


def _is_same(said: str, host: str) -> bool:
    return is_within(host, said) or is_within(said.removeprefix("www."), host.removeprefix("www."))
