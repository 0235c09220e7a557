"""Twilio's official client over our own transport: the library builds requests and reads answers, we hold the wire.

The library knows no deadline and drops what an answer says in its head, so each call leaves both in a context of its own.
"""

from base64 import b64encode
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, replace
from logging import getLogger
from typing import Any
from urllib.parse import urlencode

from twilio.base.exceptions import TwilioException
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from channels.accounts import TwilioAccount
from channels.answers import accepted_as, read_outcome, refuse, told
from channels.message import Outbound, Receipt
from channels.transport import Answer, MayStart, NoAnswer, Outcome, Request, Transport
from channels.twilio_refusals import read_refusal

# A client that is told no environment reads the real one, where a stray TWILIO_REGION would change its address.
_NO_ENVIRONMENT = {"TWILIO": ""}


@dataclass(slots=True)
class _Call:
    """What one call needs beside what the library hands through."""

    may_start: MayStart
    outcome: Outcome | None = None


_CALL: ContextVar[_Call] = ContextVar("twilio_call")


class _Unanswered(Exception):
    """There is no answer for the library to read."""


class PooledClient(AsyncHttpClient):  # type: ignore[misc] # the library has no types
    """The library's way to the wire, over ours."""

    def __init__(self, transport: Transport) -> None:
        super().__init__(getLogger("twilio.http"), is_async=True)
        self._transport = transport

    async def request(  # noqa: PLR0913, PLR0917 - the library's own signature
        self,
        method: str,
        uri: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 - ours holds for every call
        allow_redirects: bool = False,  # noqa: ARG002, FBT001, FBT002 - never
    ) -> Response:
        """Make the call under the deadline of the message that is being sent, and keep its outcome."""
        call = _CALL.get()
        request = Request(
            method=method,
            url=f"{uri}?{urlencode(params, doseq=True)}" if params else uri,
            headers={**(headers or {}), **({"Authorization": _basic(*auth)} if auth else {})},
            body=urlencode(data, doseq=True).encode() if data else b"",
        )
        call.outcome = await self._transport.exchange(request, call.may_start)
        if not isinstance(call.outcome, Answer):
            raise _Unanswered
        answer = call.outcome
        return Response(answer.status, answer.body.decode("utf-8", "replace"), dict(answer.headers))


def _basic(user: str, password: str) -> str:
    """Return the credentials as they stand in a header (RFC 7617)."""
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"


def make_client(transport: Transport, account: TwilioAccount) -> Any:
    """Return the library's client for *account*."""
    client = Client(
        account.sid, account.auth_token, http_client=PooledClient(transport), environment=dict(_NO_ENVIRONMENT)
    )
    client.api.base_url = account.url.rstrip("/")
    return client


def callback(account: TwilioAccount, path: str, message: Outbound) -> str:
    """Return the address under `/webhooks/twilio/` where Twilio tells about *message*, which it names."""
    return f"{account.public_url.rstrip('/')}/webhooks/twilio/{path}?{urlencode({'message_id': message.id})}"


async def create(make: Callable[[], Awaitable[Any]], may_start: MayStart) -> Receipt:
    """Create what *make* asks the library for; return the receipt, by what was answered."""
    call = _Call(may_start)
    token = _CALL.set(call)
    sid, code = "", ""
    try:
        sid = str((await make()).sid or "")
    except TwilioException as error:
        # Of its two families of errors only this much is common, and either is raised for some refusals.
        code = str(getattr(error, "code", None) or "")
    except _Unanswered:
        pass
    except (ValueError, TypeError, AttributeError) as error:
        if not isinstance(call.outcome, Answer):
            raise
        detail = f"status {call.outcome.status} with an answer that cannot be read: {type(error).__name__}"
        call.outcome = call.outcome if call.outcome.status >= 300 else NoAnswer(detail=detail)  # noqa: PLR2004
    finally:
        _CALL.reset(token)
    assert call.outcome is not None
    return read_outcome(
        call.outcome, accepted=lambda answer: accepted_as(sid, answer), refused=lambda answer: _refused(answer, code)
    )


def _refused(answer: Answer, code: str) -> Receipt:
    refusal = read_refusal(code, answer.status)
    receipt = refuse(refusal.fault, f"status {answer.status}, {refusal.reason}: {told(answer)}", answer)
    return replace(receipt, only_this_channel=refusal.only_this_channel)
