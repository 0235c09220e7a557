"""A lead with a mobile: how far a text came is told to its StatusCallback, and the lead may write back, or STOP."""

from collections.abc import Mapping
from typing import Protocol

from channels.address import Channel
from channels.sandbox_words import words
from channels.segments import count_segments
from channels.standin.account import Accepted, Account, Provider
from channels.standin.clock import Now
from channels.standin.leads import Deed, Does
from channels.standin.posts import Posted, Posts, Trick
from channels.standin.twilio_checks import FAILURES
from channels.standin.twilio_resources import API_VERSION, Shelf, Text, new_sid
from channels.standin.twiml import Unreadable, read_twiml

PATH = "/webhooks/twilio/sms"

STATUSES: Mapping[Deed, str] = {
    Deed.PROCESSED: "queued",
    Deed.SENT: "sent",
    Deed.DELIVERED: "delivered",
    Deed.UNDELIVERED: "undelivered",
    Deed.FAILED: "failed",
    Deed.OPENED: "read",
}
"""The deeds that Twilio reports, by the status that a text then has."""

STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
START_WORDS = frozenset({"START", "YES", "UNSTOP"})
"""What Twilio carries out itself, when it is all that a text says."""


class Stopped(Protocol):
    """The numbers that Twilio sends nothing to, since they stopped."""

    def add(self, number: str, /) -> None:
        """Send nothing to *number* any more."""
        ...

    def discard(self, number: str, /) -> None:
        """Send to *number* again."""
        ...


class TextLeads:
    """All mobiles."""

    def __init__(self, posts: Posts, texts: Shelf[Text], stopped: Stopped, account: Account, now: Now) -> None:
        self._account = account
        self._posts = posts
        self._texts = texts
        self._stopped = stopped
        self._now = now

    async def act(self, message: Accepted, deed: Does) -> None:
        """Let *deed* happen."""
        text = self._texts.get(message.provider_id)
        assert text is not None
        if deed.deed in STATUSES:
            await self._report(text, deed)
            return
        said = deed.text or (words(deed.mood, "en", share=0.0, at=self._now()) if deed.mood else "")
        if deed.deed is Deed.STOPPED:
            # Only a messaging service with Advanced Opt-Out names what it understood.
            opt_out = "STOP" if text.service else ""
            await self.write(text.to, text.sender, said or "STOP", opt_out_type=opt_out, service=text.service)
        elif deed.deed is Deed.REPLIED:
            await self.write(text.to, text.sender, said or "Thank you!", service=text.service)

    async def _report(self, text: Text, deed: Does) -> None:
        text.status = STATUSES[deed.deed]
        text.updated_at = self._now()
        if deed.deed in {Deed.UNDELIVERED, Deed.FAILED}:
            text.error_code = int(deed.code or 30008)
            text.error_message = FAILURES.get(text.error_code, "Unknown error")
        if text.callback:
            await self._posts.post_form("status", text.callback, self._status(text))

    def _status(self, text: Text) -> dict[str, str]:
        fields = {
            "AccountSid": text.account_sid,
            "ApiVersion": API_VERSION,
            "From": text.sender,
            "To": text.to,
            "MessageSid": text.sid,
            "SmsSid": text.sid,
            "MessageStatus": text.status,
            "SmsStatus": text.status,
        }
        if text.status in {"delivered", "undelivered"}:
            fields["RawDlrDoneDate"] = f"{text.updated_at:%y%m%d%H%M}"
        if text.service:
            fields["MessagingServiceSid"] = text.service
        if text.error_code:
            fields["ErrorCode"] = str(text.error_code)
        return fields

    async def write(
        self,
        sender: str,
        to: str,
        body: str,
        *,
        opt_out_type: str = "",
        service: str | None = None,
        trick: Trick | None = None,
    ) -> Posted | None:
        """Let *sender* write *body* to our number *to*, and Twilio do itself what it understands of it."""
        word = body.strip().upper()
        if opt_out_type == "STOP" or word in STOP_WORDS:
            self._stopped.add(sender)
        elif opt_out_type == "START" or word in START_WORDS:
            self._stopped.discard(sender)
        sid, at = new_sid("SM"), self._now()
        account = self._posts.account_sid
        segments = count_segments(body).segments
        self._texts.put(
            Text(
                sid=sid, account_sid=account, sender=sender, to=to, body=body, created_at=at, updated_at=at,
                segments=segments, direction="inbound", status="received", service=service,
            )
        )  # fmt: skip
        fields = {
            "ToCountry": "US", "ToState": "", "SmsMessageSid": sid, "NumMedia": "0", "ToCity": "", "FromZip": "",
            "SmsSid": sid, "FromState": "", "SmsStatus": "received", "FromCity": "", "Body": body, "FromCountry": "US",
            "To": to, "ToZip": "", "NumSegments": str(segments), "MessageSid": sid, "AccountSid": account,
            "From": sender, "ApiVersion": API_VERSION,
        }  # fmt: skip
        if opt_out_type:
            fields["OptOutType"] = opt_out_type
        if service:
            fields["MessagingServiceSid"] = service
        done = await self._posts.post_form("text", self._posts.public + PATH, fields, trick=trick)
        if done is not None:
            self._send_answer(done, sender=to, to=sender)
        return done

    def _send_answer(self, done: Posted, *, sender: str, to: str) -> None:
        """Text the lead what the engine answered with, as Twilio does: plain text, or a Message in TwiML."""
        said = answer_in(done)
        if said:
            message = Accepted(
                provider=Provider.TWILIO,
                channel=Channel.SMS,
                provider_id=new_sid("SM"),
                message_id=None,
                to=to,
                sender=sender,
                received_at=self._now(),
                text=said,
                raw={"answer": done.answer.decode("utf-8", "replace")},
            )
            self._account.keep([message])


def answer_in(done: Posted) -> str:
    """Return what an answer to an inbound text makes Twilio say to its writer, empty for nothing."""
    if not done.is_good:
        return ""
    content_type = next((value for key, value in done.answer_headers.items() if key.lower() == "content-type"), "")
    if content_type.startswith("text/plain"):
        return done.answer.decode("utf-8", "replace").strip()
    try:
        verbs = read_twiml(done.answer, content_type)
    except Unreadable:
        return ""
    inner = [one for verb in verbs for one in (verb, *verb.inner)]
    return "\n".join(one.heard.text for one in inner if one.name in {"Message", "Body", "Sms"} and one.heard.text)
