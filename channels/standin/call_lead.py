"""A lead with a telephone, and Twilio in between: it rings, somebody answers or not, and TwiML is followed to its end."""

import asyncio
from collections.abc import Mapping, Sequence
from email.utils import format_datetime
from urllib.parse import urljoin

from channels.standin.clock import Now
from channels.standin.leads import Deed, Does
from channels.standin.posts import Posts
from channels.standin.twilio_resources import API_VERSION, Call, Heard, Shelf, new_sid
from channels.standin.twiml import Unreadable, Verb, read_twiml

INBOUND_PATH = "/webhooks/twilio/voice/inbound"
STATUS_PATH = "/webhooks/twilio/voice/status"

DOCUMENTS_MAX = 30  # a document that redirects to itself must end
SIP_CODES: Mapping[str, str] = {"busy": "486", "no-answer": "487", "canceled": "487", "failed": "503"}
"""What a call that nobody answered ends with; a deed's code overrules it."""

_SECONDS_A_WORD = 0.4


class Conversation:
    """One call, from ringing to its end."""

    def __init__(self, call: Call, deeds: Sequence[Does], posts: Posts, *, now: Now, pace_seconds: float) -> None:
        self.call = call
        self._posts = posts
        self._now = now
        self._pace_seconds = pace_seconds
        self._keys = [one.text for one in deeds if one.deed is Deed.PRESSED]
        self._dialled = [one.text for one in deeds if one.deed is Deed.DIALLED]
        self._speaks = next((one for one in deeds if one.deed is Deed.SPOKE), None)
        self._hangs_up = any(one.deed is Deed.HUNG_UP for one in deeds)
        self._missed = next((one for one in deeds if one.deed is Deed.MISSED), None)
        self._answered = next((one for one in deeds if one.deed is Deed.ANSWERED), None)
        self._told = 0
        self._documents = 0

    async def run(self) -> None:
        """Let the phone ring, and do what follows."""
        await self._tell("initiated", "queued" if self.call.direction == "outbound-api" else "ringing")
        await self._tell("ringing", "ringing")
        await self._wait(self._answered or self._missed)
        if self._is_over():
            await self._end(self.call.status, "487")
        elif self._missed is not None or self._answered is None:
            status = self._missed.text or "no-answer" if self._missed else "no-answer"
            code = self._missed.code if self._missed else ""
            await self._end(status, code or SIP_CODES.get(status, "487"))
        else:
            await self._talk(self._answered)

    async def _talk(self, answered: Does) -> None:
        asked = self.call.asked
        self.call.started_at = self._now()
        detects, is_async = bool(asked.get("MachineDetection")), asked.get("AsyncAmd") == "true"
        if detects:
            self.call.answered_by = _as_detected(answered.text, asked["MachineDetection"])
        await self._tell("answered", "in-progress")
        detected = {"AnsweredBy": str(self.call.answered_by), "MachineDetectionDuration": "3200"} if detects else {}
        if is_async and asked.get("AsyncAmdStatusCallback"):
            told = {"AccountSid": self.call.account_sid, "CallSid": self.call.sid, **detected}
            await self._posts.post_form("status", asked["AsyncAmdStatusCallback"], told)
        if asked.get("Twiml"):
            await self._follow(asked["Twiml"].encode(), "text/xml", self._posts.public)
        elif asked.get("Url"):
            method = asked.get("Method", "POST")
            await self._fetch(asked["Url"], {} if is_async else detected, method=method)
        await self._end("completed" if self.call.status == "in-progress" else self.call.status, "200")

    async def _fetch(self, url: str, extra: Mapping[str, str], *, method: str = "POST") -> None:
        """Ask the engine what to do next, and do it."""
        self._documents += 1
        if self._documents > DOCUMENTS_MAX:
            self._note("Error", "too many documents")
            return
        fields = {**self._fields(), **extra}
        done = await self._posts.post_form("voice", url, fields, method=method)
        if done is None:
            return
        if not done.is_good:
            self._note("Error", f"11200 HTTP retrieval failure: {done.status or done.problem}", url=url)
            fallback = self.call.asked.get("FallbackUrl")
            if fallback and fallback != url:
                await self._fetch(fallback, {"ErrorCode": "11200", "ErrorUrl": url})
            return
        content_type = next((value for key, value in done.answer_headers.items() if key.lower() == "content-type"), "")
        await self._follow(done.answer, content_type, url)

    async def _follow(self, body: bytes, content_type: str, url: str) -> None:
        try:
            verbs = read_twiml(body, content_type)
        except Unreadable as error:
            self._note("Error", str(error), url=url)
            return
        for verb in verbs:
            if self._is_over():
                return
            if self.call.redirected:
                target, self.call.redirected = self.call.redirected, None
                await self._fetch(target, {})
                return
            self.call.heard.append(verb.heard)
            if await self._obey(verb, url):
                return

    async def _obey(self, verb: Verb, url: str) -> bool:
        """Do what *verb* says; return whether the rest of its document is left out."""
        match verb.name:
            case "Say" | "Pause":
                return False
            case "Play":
                await self._play(verb, url)
                return False
            case "Hangup":
                return True
            case "Reject":
                self.call.status = "busy"
                return True
            case "Redirect":
                await self._fetch(urljoin(url, verb.heard.text), {}, method=verb.get("method", "POST"))
                return True
            case "Gather":
                return await self._gather(verb, url)
            case "Dial":
                return await self._dial(verb, url)
            case "Record":
                return await self._record(verb, url)
        self._note("Error", f"12200 Schema validation warning: {verb.name}", url=url)
        return False

    async def _gather(self, verb: Verb, url: str) -> bool:
        for one in verb.inner:
            self.call.heard.append(one.heard)
            if one.name == "Play":
                await self._play(one, url)
        if self._hangs_up:
            return True
        action = urljoin(url, verb.get("action") or url)
        if self._keys:
            await asyncio.sleep(self._pace_seconds)
            keys = self._keys.pop(0)
            room = verb.get("numDigits")
            digits = keys[: int(room)] if room.isdigit() else keys
            self._note("Pressed", digits)
            await self._fetch(action, {"Digits": digits, "msg": "Gather End"}, method=verb.get("method", "POST"))
            return True
        if verb.get("actionOnEmptyResult") == "true":
            await self._fetch(action, {"Digits": ""}, method=verb.get("method", "POST"))
            return True
        return False

    async def _dial(self, verb: Verb, url: str) -> bool:
        for one in verb.inner:
            self.call.heard.append(one.heard)
        if self._hangs_up:
            return True
        status = self._dialled.pop(0) if self._dialled else "completed"
        self._note("Dialled", status)
        if not verb.get("action"):
            return False
        told = {"DialCallStatus": status, "DialCallSid": new_sid("CA"), "DialCallDuration": "30"}
        if status != "completed":
            del told["DialCallDuration"]
        await self._fetch(urljoin(url, verb.get("action")), told, method=verb.get("method", "POST"))
        return True

    async def _record(self, verb: Verb, url: str) -> bool:
        if self._speaks is None:
            return self._hangs_up  # nothing was said: Twilio goes on with the next verb
        sid = new_sid("RE")
        self._note("Spoke", self._speaks.text)
        told = {
            "RecordingSid": sid,
            "RecordingUrl": f"https://api.twilio.com/{API_VERSION}/Accounts/{self.call.account_sid}/Recordings/{sid}",
            "RecordingDuration": "8",
        }
        done = {**told, "AccountSid": self.call.account_sid, "CallSid": self.call.sid, "RecordingStatus": "completed"}
        if verb.get("recordingStatusCallback"):
            await self._posts.post_form("status", urljoin(url, verb.get("recordingStatusCallback")), done)
        action = urljoin(url, verb.get("action") or url)
        await self._fetch(action, {**told, "Digits": "hangup"}, method=verb.get("method", "POST"))
        return True

    async def _play(self, verb: Verb, url: str) -> None:
        await self._posts.request("audio", "GET", urljoin(url, verb.heard.text))

    async def _end(self, status: str, sip: str) -> None:
        self.call.ended_at = self._now()
        extra = {"SipResponseCode": sip, "CallDuration": "0"}
        if status == "completed" and self.call.started_at is not None:
            self.call.seconds = 2 + int(len(self.call.said().split()) * _SECONDS_A_WORD)
            extra |= {"CallDuration": str(self.call.seconds), "Duration": str(-(-self.call.seconds // 60))}
        if self.call.answered_by:
            extra["AnsweredBy"] = self.call.answered_by
        await self._tell("completed", status, extra)

    async def _tell(self, event: str, status: str, extra: Mapping[str, str] | None = None) -> None:
        """Report how far the call has come, where that was asked for."""
        self.call.status = status
        self.call.updated_at = self._now()
        number, self._told = self._told, self._told + 1
        asked = self.call.asked
        wanted = asked.get("StatusCallbackEvent") or "completed"
        events = wanted if isinstance(wanted, list) else wanted.split()
        if not asked.get("StatusCallback") or event not in events:
            return
        fields = {
            **self._fields(),
            **({"CallStatus": "initiated"} if event == "initiated" else {}),
            "Timestamp": format_datetime(self.call.updated_at),
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(number),
            **(extra or {}),
        }
        method = asked.get("StatusCallbackMethod", "POST")
        await self._posts.post_form("status", asked["StatusCallback"], fields, method=method)

    def _fields(self) -> dict[str, str]:
        call = self.call
        return {
            "AccountSid": call.account_sid, "ApiVersion": API_VERSION, "CallSid": call.sid, "CallStatus": call.status,
            "Called": call.to, "Caller": call.sender, "Direction": call.direction, "From": call.sender, "To": call.to,
        }  # fmt: skip

    def _note(self, verb: str, text: str, **attributes: str) -> None:
        self.call.heard.append(Heard(verb=verb, text=text, attributes=attributes))

    def _is_over(self) -> bool:
        return self.call.status in {"completed", "canceled"}

    async def _wait(self, deed: Does | None) -> None:
        await asyncio.sleep(self._pace_seconds * (deed.steps if deed else 1))


def _as_detected(who: str, mode: str) -> str:
    """Return what Twilio tells of *who* in the *mode* that was asked for: without waiting, only that it is a machine."""
    return "machine_start" if who.startswith("machine") and mode == "Enable" else who or "unknown"


def new_call_in(posts: Posts, calls: Shelf[Call], sender: str, to: str, now: Now) -> Call:
    """Return a call that *sender* makes to our number *to*, which is set up to ask the engine what to do."""
    at = now()
    call = Call(
        sid=new_sid("CA"),
        account_sid=posts.account_sid,
        sender=sender,
        to=to,
        created_at=at,
        updated_at=at,
        direction="inbound",
        status="ringing",
        asked={"Url": posts.public + INBOUND_PATH, "StatusCallback": posts.public + STATUS_PATH},
    )
    calls.put(call)
    return call
