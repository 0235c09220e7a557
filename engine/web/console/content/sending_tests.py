"""Send a test of what is shown to an address that somebody types, by the door that every message leaves by."""

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse

from channels.address import Channel
from channels.message import EmailContent, TextContent, VoicemailContent
from engine.flows.sending_tests import NotSent, send_test
from engine.web.bodies import Form
from engine.web.console.content.desk import ROOM, ThisDesk
from engine.web.console.content.messages import look_at
from engine.web.console.content.pieces import USUAL_COUNTRY
from engine.web.console.frame import back_to
from engine.web.person import WRITE, ThisPerson

router = APIRouter(prefix=ROOM)


@router.post("/{channel}/{name}/test", dependencies=[WRITE])
def send(
    request: Request, channel: Channel, name: str, desk: ThisDesk, person: ThisPerson, form: Form
) -> RedirectResponse:
    """Send the message as the page shows it."""
    if desk.kit is None:
        raise HTTPException(409, "Nothing can be sent from here: no database is open.")
    look = look_at(request, desk, channel, name)
    if not isinstance(look.content, EmailContent | TextContent | VoicemailContent):
        raise HTTPException(409, "This can't be sent: it is a person's to say, or it can't be written for this lead.")
    address = form.get("address", "")
    if not address:
        raise HTTPException(400, "Type the address that the test goes to.")
    country = look.reader.lead.country or USUAL_COUNTRY
    try:
        sent = send_test(
            desk.kit, look.content, channel=channel, template=name, to=address, country=country, by=person.id
        )
    except NotSent as error:
        raise HTTPException(409, str(error)) from None
    said = "the test is in the sandbox's inbox" if sent.is_sandboxed else f"the test went out by {sent.provider}"
    path = look.wishes.link(f"{ROOM}/{channel}/{name}")
    return back_to(f"{path}{'&' if '?' in path else '?'}said={said.replace(' ', '+')}")
