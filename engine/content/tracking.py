"""Let an email's links and its opening report to us, and take that out again for whoever only looks at it here.

A link's token carries its target, signed: it works as long as the mail is kept, and leads nowhere that we did not write.
Only the HTML part is changed. A link that stops messages, and whatever is no web page, stays as it is; so does the text
part, where a person sees the addresses.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from html import escape, unescape

from channels.message import EmailContent, MessageId
from consent.tokens import TokenKind, mint, read

CLICKS, OPENS = "/c/", "/o/"
OWN_PAGES = ("/u/", "/p/", CLICKS, OPENS)
"""Pages of ours that a lead's links lead to already: none of them is followed by us."""

# What css-inline and our layouts write: attributes in double quotes.
_LINK = re.compile(r'(<a\b[^>]*?\shref=")([^"]*)(")', re.IGNORECASE)
_BODY_END = re.compile(r"</body\s*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracker:
    """Where reports go, what they are signed with, and which of the two are wanted."""

    base_url: str
    secret: bytes
    clicks: bool = True
    opens: bool = True

    def track(self, message_id: MessageId, content: EmailContent) -> EmailContent:
        """Return *content* with links and an image that report about *message_id*."""
        html = content.html
        if self.clicks:
            html = _LINK.sub(lambda found: found[1] + self._through_us(message_id, found[2]) + found[3], html)
        if self.opens:
            html = _with_image(html, f"{self.base_url}{OPENS}{mint(TokenKind.OPEN, message_id, self.secret)}")
        return replace(content, html=html)

    def _through_us(self, message_id: MessageId, written: str) -> str:
        target = unescape(written).strip()
        if not _is_page(target) or any(target.startswith(self.base_url + page) for page in OWN_PAGES):
            return written
        token = mint(TokenKind.CLICK, f"{message_id} {target}", self.secret)
        return _quoted(f"{self.base_url}{CLICKS}{token}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A link that was followed: of which message, and where to."""

    message_id: MessageId
    target: str


def read_click(token: str, secrets: Iterable[bytes]) -> Followed | None:
    """Return what a click's *token* says, None for one that we did not make."""
    message_id, _, target = (read(token, TokenKind.CLICK, secrets) or "").partition(" ")
    return Followed(message_id=MessageId(message_id), target=target) if _is_page(target) else None


def read_open(token: str, secrets: Iterable[bytes]) -> MessageId | None:
    """Return whose image *token* asks for, None for one that we did not make."""
    found = read(token, TokenKind.OPEN, secrets)
    return MessageId(found) if found else None


def untracked(html: str, base_url: str, secrets: tuple[bytes, ...]) -> str:
    """Return *html* as it was before `Tracker.track`: looking at it here must not count as the lead's doing."""

    def restore(found: re.Match[str]) -> str:
        token = unescape(found[2]).removeprefix(base_url + CLICKS)
        followed = read_click(token, secrets) if token != unescape(found[2]) else None
        return found[1] + _quoted(followed.target) + found[3] if followed else found[0]

    image = re.compile(rf'<img src="{re.escape(base_url + OPENS)}[^"]*"[^>]*>')
    return _LINK.sub(restore, image.sub("", html))


def _is_page(target: str) -> bool:
    return target.lower().startswith(("https://", "http://"))


def _quoted(address: str) -> str:
    """Return *address* as our layouts write it between double quotes."""
    return escape(address, quote=False).replace('"', "&quot;")


def _with_image(html: str, address: str) -> str:
    image = f'<img src="{_quoted(address)}" width="1" height="1" alt="" style="display:block;border:0">'
    end = _BODY_END.search(html)
    at = end.start() if end else len(html)
    return html[:at] + image + html[at:]
