"""What leads text us, as Twilio posts it: a reply, or a stop or start that Twilio has already carried out."""

from dataclasses import replace
from datetime import datetime

from channels.address import Channel
from channels.events import EventKind, ProviderEvent
from channels.webhooks.twilio_fields import PROVIDER, number, phone, read
from channels.webhooks.unreadable import Unreadable

OPT_OUT_TYPES: dict[str, EventKind] = {
    "STOP": EventKind.UNSUBSCRIBED,
    "START": EventKind.RESUBSCRIBED,
}
"""What Advanced Opt-Out recognised, and answered itself; HELP is answered too and stays a reply."""


def parse(body: bytes, *, received_at: datetime) -> list[ProviderEvent | Unreadable]:
    """Return what an inbound text says; never raises.

    A stop in more than one word ("stop everything") is told twice, as Twilio understood it and as a reply: the lead's
    own words may end more than the channel.
    """
    form = read(body, ("MessageSid|SmsSid|SmsMessageSid", "From"))
    if isinstance(form, Unreadable):
        return [form]
    sid = form.first("MessageSid", "SmsSid", "SmsMessageSid")
    opt_out_type = form.first("OptOutType").upper()
    text = form.first("Body")
    reply = ProviderEvent(
        provider=PROVIDER,
        event_id=f"{sid}.received",
        kind=EventKind.REPLIED,
        channel=Channel.SMS,
        at=received_at,
        provider_message_id=None,  # the id is the inbound text's own, of no message of ours
        address=phone(form.first("From")),
        text=text,
        extra={
            "sid": sid,
            "to": phone(form.first("To")) or form.first("To"),
            "media": number(form.first("NumMedia")),
            "answered_by_provider": bool(opt_out_type),
            "opt_out_type": opt_out_type,
            "raw": form.raw(),
        },
    )
    kind = OPT_OUT_TYPES.get(opt_out_type)
    if kind is None:
        return [reply]
    told = replace(reply, event_id=f"{sid}.{kind}", kind=kind)
    return [told, reply] if len(text.split()) > 1 else [told]
