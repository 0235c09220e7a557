"""How the lead stops us: in words, by one click, by a number, by a key; and what is said where answers reach nobody."""

import re

from channels.message import EmailContent, TextContent, VoicemailContent
from consent.facts import Rendered
from consent.wording.identity import reaches_seller
from consent.wording.lexicon import lexicon
from consent.wording.view import Finding, Part, is_way_out, links_of, number_core, parts_of, split_address

ONE_CLICK_HEADER = "list-unsubscribe-post"
LIST_HEADER = "list-unsubscribe"
ONE_CLICK_VALUE = "List-Unsubscribe=One-Click"


def opt_out(rendered: Rendered) -> Finding:
    """Find a part that doesn't say how to stop, in words or by a link to our stop page."""
    content = rendered.content
    if any(is_way_out(link, rendered) for link in links_of(content)) and not isinstance(content, EmailContent):
        return None
    for part in parts_of(content):
        if not _tells_way_out(part, rendered):
            if isinstance(content, EmailContent):
                return f"{part.name} doesn't say how to stop: link to {{{{ links.unsubscribe }}}}."
            if isinstance(content, TextContent):
                return f'{part.name} doesn\'t say how to stop: add "Reply STOP to stop".'
            return f"{part.name} doesn't say how to stop the calls: say it."
    return None


def _tells_way_out(part: Part, rendered: Rendered) -> bool:
    words = lexicon()
    if isinstance(rendered.content, TextContent):
        return words.text_stop.search(part.words) is not None
    if isinstance(rendered.content, VoicemailContent):
        return words.spoken_opt_out.search(part.words) is not None
    alone = EmailContent(subject="", html=part.source if part.source != part.shown else "", text=part.shown)
    by_link = any(is_way_out(link, rendered) for link in links_of(alone))
    return by_link or words.opt_out.search(part.words) is not None


def one_click(rendered: Rendered) -> Finding:
    """Find an email without the two headers of RFC 8058, section 3.1, or with other than one https address in them."""
    if not isinstance(rendered.content, EmailContent):
        return None
    headers = {name.lower(): value for name, value in rendered.content.headers.items()}
    if headers.get(ONE_CLICK_HEADER, "").strip() != ONE_CLICK_VALUE:
        return (
            f"The header List-Unsubscribe-Post must be exactly {ONE_CLICK_VALUE!r}: "
            "send it with purpose marketing, and the engine adds it."
        )
    addresses = _BRACKETED.findall(headers.get(LIST_HEADER, ""))
    web = [address for address in addresses if not address.lower().startswith("mailto:")]
    if len(web) != 1 or not _is_secure(web[0]):
        return (
            f"The header List-Unsubscribe must hold exactly one https:// address, and holds {len(web)}: "
            "set FIFTHTOUCH_PUBLIC_URL to an https:// address."
        )
    return None


_BRACKETED = re.compile(r"<\s*([^<>]*?)\s*>")
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


def _is_secure(address: str) -> bool:
    """Return whether *address* goes by https; one on this machine reaches nobody, and is as good for trying things."""
    found = split_address(address)
    if found is None:
        return False
    scheme, link = found
    return scheme == "https" or link.host in _THIS_MACHINE


def no_reply_told(rendered: Rendered) -> Finding:
    """Find a message that can't be answered and doesn't say so, or names no other way to stop."""
    if rendered.takes_replies:
        return None
    for part in parts_of(rendered.content):
        if not lexicon().no_reply.search(part.words):
            return f'{part.name} doesn\'t say that answers reach nobody: add "Replies are not read".'
        by_link = any(is_way_out(link, rendered) for link in links_of(rendered.content))
        if not by_link and not reaches_seller(part, rendered):
            return f"{part.name} names no way to stop but an answer: add a link to your stop page, or a number."
    return None


_TOLL_FREE = ("800", "833", "844", "855", "866", "877", "888")
_NANP_DIGITS = 10


def opt_out_number(rendered: Rendered) -> Finding:
    """Find a voicemail that doesn't say at which toll-free number a machine takes the opt-out."""
    if not isinstance(rendered.content, VoicemailContent):
        return None
    core = number_core(rendered.opt_out_phone)
    if not core:
        return "The seller has no number that takes opt-outs by machine: write `opt_out_phone` in brand.yaml."
    if len(core) == _NANP_DIGITS and not core.startswith(_TOLL_FREE):
        return "The number for opt-outs is not toll-free: write one that begins with 800, 888 or the like as `opt_out_phone`."
    part = parts_of(rendered.content)[0]
    if not part.tells(rendered.opt_out_phone):
        return f"{part.name} doesn't say the toll-free number that stops the calls: add {{{{ brand.opt_out_phone }}}}."
    return None


def keypress(rendered: Rendered) -> Finding:
    """Find a recorded call that doesn't tell a person who answers which key stops the calls."""
    content = rendered.content
    if not isinstance(content, VoicemailContent):
        return None
    heard = parts_of(VoicemailContent(script=content.human_script))[0].words
    words = lexicon()
    if not words.press_a_key.search(heard) or not words.spoken_opt_out.search(heard):
        return 'What a person who answers hears doesn\'t say which key stops the calls: add "To get no more calls, press 9".'
    return None
