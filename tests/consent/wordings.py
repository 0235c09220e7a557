"""Messages with everything in them that any check asks for, so that a test takes one thing out or puts one in."""

from dataclasses import replace

from channels.message import Content, EmailContent, TextContent, VoicemailContent
from consent.facts import Rendered

SELLER = "Alder & Finch"
ADDRESS = "214 Mill Race Road, Alder Falls, OR 97099, USA"
PHONE, FREE_PHONE = "(503) 555-0142", "+18005550142"
STOP_PAGE = "https://hello.alder.example.com/u/AbC-123"
ONE_CLICK = {"List-Unsubscribe": f"<{STOP_PAGE}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}

EMAIL = EmailContent(
    subject="How old is your furnace?",
    html="<html><head><title>Hi</title><style>p {color: red}</style></head><body><p>Hello, this is Alder &amp; Finch.</p>"
    f'<p>214 Mill Race Road,<br>Alder Falls, OR&nbsp;97099, USA</p><p>{PHONE}</p><p><a href="{STOP_PAGE}">Stop</a></p></body></html>',
    text=f"Hello, this is Alder & Finch.\n\n{ADDRESS}\n{PHONE}\nStop: {STOP_PAGE}\n",
    headers=ONE_CLICK,
)
TEXT = TextContent(
    body="Alder & Finch: how old is your furnace? More at alder.example.com/about. Up to 4 texts a month. "
    "Msg & data rates may apply. Reply STOP to stop, HELP for help."
)
VOICEMAIL = VoicemailContent(
    script="Hello Dana, this is a recorded message from Alder and Finch, at 214 Mill Race Road, Alder Falls, OR 97099, USA. "
    "Ring me at 503 555 0142. To get no more calls, ring 800 555 0142.",
    human_script="Hello, this is Alder & Finch, 214 Mill Race Road, Alder Falls, OR 97099 USA. Ring us at (503) 555-0142. "
    "To get no more calls, press 9.",
)
WHOLE: tuple[Content, ...] = (EMAIL, TEXT, VOICEMAIL)


def rendered(content: Content = EMAIL, **changes: object) -> Rendered:
    """Return *content* as the seller of these tests would send it."""
    whole = Rendered(
        content=content,
        seller=SELLER,
        postal_address=ADDRESS,
        phone=PHONE,
        domains=frozenset({"alder.example.com"}),
        opt_out_phone=FREE_PHONE,
    )
    return replace(whole, **changes)  # type: ignore[arg-type] # the names are those of Rendered


def text(body: str, **changes: object) -> Rendered:
    """Return a text message."""
    return rendered(TextContent(body=body), **changes)


def email(
    subject: str = EMAIL.subject, body: str | None = None, html: str | None = None, **changes: object
) -> Rendered:
    """Return an email with another subject, text part or HTML part."""
    content = replace(
        EMAIL, subject=subject, text=EMAIL.text if body is None else body, html=EMAIL.html if html is None else html
    )
    return rendered(content, **changes)


def voicemail(script: str = VOICEMAIL.script, human: str = VOICEMAIL.human_script, **changes: object) -> Rendered:
    """Return a voicemail with another script."""
    return rendered(VoicemailContent(script=script, human_script=human), **changes)
