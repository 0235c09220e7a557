"""What a raw callback says: one reader for each address that providers call, asked as it comes and again after a mend."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from channels.events import ProviderEvent
from channels.inbound.raw_mail import read_mail
from channels.message import MessageId
from channels.webhooks import sendgrid_events, sendgrid_inbound, twilio_sms, twilio_status, twilio_voice
from channels.webhooks.mail_events import read_mail_event
from channels.webhooks.twilio_fields import PROVIDER as TWILIO
from channels.webhooks.unreadable import Unreadable
from engine.flows import calls
from engine.flows.answering import answering
from engine.flows.kit import Kit
from engine.flows.raw import Raw

SENDGRID, IMAP = sendgrid_events.PROVIDER, "imap"

MESSAGE_PARAMETER = "message_id"
"""The query parameter of a callback's URL that brings our message id back."""

Found = list[ProviderEvent | Unreadable]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A callback that is read: when it came, and the *domain* of the addresses that answers to our mail go to."""

    kit: Kit
    raw: Raw
    received_at: datetime
    domain: str | None

    @property
    def message_id(self) -> MessageId | None:
        """Our id of the message that the callback is about, from its own signed URL."""
        told = parse_qs(urlsplit(self.raw.target).query).get(MESSAGE_PARAMETER, [""])[-1].strip()
        return MessageId(told[:64]) if told else None


def read_callback(kit: Kit, raw: Raw, *, received_at: datetime, domain: str | None) -> Found:
    """Return what *raw* says, and beside it what could not be read; raises KeyError for one that nobody reads."""
    return READERS[raw.provider, raw.callback](Reading(kit=kit, raw=raw, received_at=received_at, domain=domain))


def _events(one: Reading) -> Found:
    return sendgrid_events.parse(one.raw.body, received_at=one.received_at)


def _posted_mail(one: Reading) -> Found:
    headers = {name.lower(): value for name, value in one.raw.headers.items()}
    mail = sendgrid_inbound.parse(headers.get("content-type", ""), one.raw.body)
    if isinstance(mail, Unreadable):
        return [mail]
    event = read_mail_event(mail, provider=SENDGRID, received_at=one.received_at, domain=one.domain)
    return [answering(one.kit, event), *_unread(SENDGRID, mail.problems)]


def _fetched_mail(one: Reading) -> Found:
    mail = read_mail(one.raw.body)
    event = read_mail_event(mail, provider=IMAP, received_at=one.received_at)
    return [answering(one.kit, event), *_unread(IMAP, mail.problems)]


def _text(one: Reading) -> Found:
    return twilio_sms.parse(one.raw.body, received_at=one.received_at)


def _text_status(one: Reading) -> Found:
    return twilio_status.parse(one.raw.body, received_at=one.received_at, message_id=one.message_id)


def _answered(one: Reading) -> Found:
    return twilio_voice.parse_answer(one.raw.body, received_at=one.received_at, message_id=one.message_id)


def _key(one: Reading) -> Found:
    return twilio_voice.parse_keypress(one.raw.body, received_at=one.received_at, message_id=one.message_id)


def _call_in(one: Reading) -> Found:
    return twilio_voice.parse_inbound(one.raw.body, received_at=one.received_at)


def _dialled(one: Reading) -> Found:
    return twilio_voice.parse_dialled(one.raw.body, received_at=one.received_at, message_id=one.message_id)


def _call_status(one: Reading) -> Found:
    found = twilio_voice.parse_status(one.raw.body, received_at=one.received_at, message_id=one.message_id)
    return calls.with_missed(one.kit, found)


def _unread(provider: str, problems: Sequence[str]) -> Found:
    return [Unreadable.of(provider, problem, "") for problem in problems]


READERS: Mapping[tuple[str, str], Callable[[Reading], Found]] = {
    (SENDGRID, "events"): _events,
    (SENDGRID, "inbound"): _posted_mail,
    (IMAP, "mail"): _fetched_mail,
    (TWILIO, "sms"): _text,
    (TWILIO, "status"): _text_status,
    (TWILIO, "voice/answer"): _answered,
    (TWILIO, "voice/keypress"): _key,
    (TWILIO, "voice/inbound"): _call_in,
    (TWILIO, "voice/dialled"): _dialled,
    (TWILIO, "voice/status"): _call_status,
}
"""By provider, and by the address it called."""
