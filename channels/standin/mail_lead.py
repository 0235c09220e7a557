"""A lead with a mailbox: what happens to an email is reported, opened, clicked, answered, or stopped with one click."""

import html
import re
from collections.abc import Sequence
from email.utils import format_datetime

from channels.sandbox_words import words
from channels.standin.account import Accepted, Provider
from channels.standin.clock import Now
from channels.standin.inbound_mail import Mail, bounce_of, post_mail
from channels.standin.leads import Deed, Does
from channels.standin.posts import Posts
from channels.standin.sendgrid_events import BROWSER, NAMES, PICTURE_PROXY, SCANNER, Outbox, event_of, smtp_id
from channels.standin.sendgrid_lists import Lists

LISTED = {
    Deed.BOUNCED: "bounces",
    Deed.BLOCKED: "blocks",
    Deed.COMPLAINED: "spam_reports",
    Deed.UNSUBSCRIBED: "unsubscribes",
}
"""The list of SendGrid's that a deed puts the address on."""

TRACKED = {Deed.OPENED: "open_tracking", Deed.CLICKED: "click_tracking"}
"""What SendGrid reports only where its own tracking was not turned off in the request."""


class MailLeads:
    """All mailboxes."""

    def __init__(self, posts: Posts, outbox: Outbox, lists: Lists, now: Now) -> None:
        self._posts = posts
        self._outbox = outbox
        self._lists = lists
        self._now = now

    def plan(self, message: Accepted, deeds: Sequence[Does]) -> Sequence[Does]:
        """Return what really happens: SendGrid drops what goes to an address on one of its lists."""
        if message.provider is not Provider.SENDGRID:
            return deeds
        if any(one.deed is Deed.REFUSED for one in deeds):
            self._lists.add("invalid_emails", message.to, self._now())
        reason = self._lists.drop_reason(message.to)
        return deeds if reason is None else (Does(deed=Deed.DROPPED, text=reason),)

    async def act(self, message: Accepted, deed: Does) -> None:
        """Let *deed* happen."""
        match deed.deed:
            case Deed.OPENED:
                await self._open(message, deed)
            case Deed.CLICKED:
                await self._click(message, deed)
            case Deed.ONE_CLICK:
                await self._stop_with_one_click(message, deed)
            case Deed.REPLIED | Deed.AUTO_REPLIED:
                await self._reply(message, deed)
            case Deed.BOUNCED if message.provider is Provider.SMTP:
                await self._return(message, deed)
            case _:
                self._report(message, deed)

    def _report(self, message: Accepted, deed: Does) -> None:
        if message.provider is not Provider.SENDGRID or deed.deed not in NAMES:
            return
        if deed.deed in LISTED:
            self._lists.add(LISTED[deed.deed], message.to, self._now())
        tracking = (message.raw.get("tracking_settings") or {}).get(TRACKED.get(deed.deed, ""), {})
        if tracking.get("enable", True):
            self._outbox.add(event_of(message, deed, self._now()))

    async def _open(self, message: Accepted, deed: Does) -> None:
        agent = PICTURE_PROXY if deed.machine else BROWSER
        for url in pictures_of(message):
            await self._posts.request("picture", "GET", url, headers={"User-Agent": agent, "Accept": "image/*"})
        self._report(message, deed)

    async def _click(self, message: Accepted, deed: Does) -> None:
        link = next((one for one in links_of(message) if deed.text in one), None)
        if link is None:
            return
        agent = SCANNER if deed.machine else BROWSER
        await self._posts.request("link", "GET", link, headers={"User-Agent": agent, "Accept": "text/html"})
        self._report(message, Does(deed=deed.deed, text=link, machine=deed.machine))

    async def _stop_with_one_click(self, message: Accepted, deed: Does) -> None:
        """Do as a mailbox's button does (RFC 8058), in the encoding that *deed* names; only where the mail offers it."""
        url = one_click_of(message)
        if url is None:
            return
        kind, body = "application/x-www-form-urlencoded", b"List-Unsubscribe=One-Click"
        if deed.text == "multipart":
            kind = "multipart/form-data; boundary=oneclick"
            body = (
                b"--oneclick\r\n"
                b'Content-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--oneclick--\r\n'
            )
        headers = {"Content-Type": kind, "User-Agent": "GoogleImageProxy-unsubscribe"}
        await self._posts.request("one_click", "POST", url, body=body, headers=headers)

    async def _reply(self, message: Accepted, deed: Does) -> None:
        is_machine = deed.deed is Deed.AUTO_REPLIED
        at = self._now()
        said = deed.text or (words(deed.mood, "en", share=0.0, at=at) if deed.mood else "Thank you!")
        quoted = "\n".join(f"> {line}" for line in message.text.splitlines())
        original = smtp_id(message) if message.provider is Provider.SENDGRID else message.header("Message-ID")
        headers = {"In-Reply-To": original, "References": original}
        if is_machine:
            headers |= {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"}
        written = f"{said}\n\nOn {format_datetime(message.received_at)}, {message.sender} wrote:\n{quoted}\n"
        subject = f"{'Automatic reply' if is_machine else 'Re'}: {message.subject}"
        to = message.header("Reply-To") or message.sender
        mail = Mail(
            author=message.to,
            to=to,
            subject=subject,
            text=f"{said}\n" if is_machine else written,
            at=at,
            headers=headers,
            envelope_from="" if is_machine else None,
        )
        await post_mail(self._posts, mail)

    async def _return(self, message: Accepted, deed: Does) -> None:
        mail = bounce_of(
            to=message.to,
            returned_to=message.sender,
            message_id=message.header("Message-ID"),
            at=self._now(),
            status=deed.code or "5.1.1",
            reason=deed.text or "550 5.1.1 The email account that you tried to reach does not exist.",
        )
        await post_mail(self._posts, mail)


def pictures_of(message: Accepted) -> list[str]:
    """Return the addresses of all pictures in *message*."""
    return [html.unescape(url) for url in re.findall(r"<img\b[^>]*?\bsrc=[\"'](https?://[^\"']+)", message.html)]


def links_of(message: Accepted) -> list[str]:
    """Return the links in *message*, those that a reader would want first and those that stop something last."""
    if message.html:
        found = re.findall(r"<a\b[^>]*?\bhref=[\"'](https?://[^\"']+)", message.html)
    else:
        found = re.findall(r"https?://[^\s)>\]]+", message.text)
    return sorted(dict.fromkeys(map(html.unescape, found)), key=lambda url: bool(re.search(r"/[up]/", url)))


def one_click_of(message: Accepted) -> str | None:
    """Return where RFC 8058's POST goes, None where *message* does not offer it."""
    offers = message.header("List-Unsubscribe-Post").strip().lower() == "list-unsubscribe=one-click"
    found = re.search(r"<(https?://[^>]+)>", re.sub(r"\s", "", message.header("List-Unsubscribe")))
    return found[1] if offers and found else None
