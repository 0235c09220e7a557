"""What comes of an HTTP call for one message: the rules that hold for every provider, before its own tables.

A status in the 4xx says that the request was not carried out; anything that is neither that nor a known success leaves
the outcome unknown (RFC 9110, 15).
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from math import isfinite

from channels.adapter import Deadline
from channels.message import AttemptId, Fault, MessageId, Outbound, Receipt
from channels.storable import storable_text
from channels.transport import Answer, MayStart, NoAnswer, NotStarted, Outcome, Transport

DETAIL_CHARACTERS_MAX = 500
PROVIDER_ID_CHARACTERS_MAX = 200
RETRY_AFTER_SECONDS_MAX = 86_400.0  # a wish for longer is a mistake

STATUS_FAULTS: dict[int, Fault] = {
    401: Fault.CONFIGURATION,  # our key
    402: Fault.CONFIGURATION,  # our plan
    403: Fault.CONFIGURATION,  # our rights, or our sender
    404: Fault.CONFIGURATION,  # our account, or the provider's address
    405: Fault.CONFIGURATION,  # the provider's address
    407: Fault.CONFIGURATION,  # a proxy of ours
    408: Fault.TRANSIENT,  # the provider did not get the whole request
    410: Fault.CONFIGURATION,  # the provider's address
    413: Fault.CONTENT,  # too large
    415: Fault.CONFIGURATION,  # not what speaks to this provider
    421: Fault.CONFIGURATION,  # the provider's address
    425: Fault.TRANSIENT,  # asked too early
    429: Fault.THROTTLED,
}
"""What a refusal means where nothing more is known of it (RFC 9110, RFC 6585, RFC 8470)."""

MOVED = frozenset({301, 307, 308})
"""The request was not carried out here, and would be elsewhere (RFC 9110, 15.4). 302 and 303 also end what was done."""

ReadAnswer = Callable[[Answer], Receipt]
SendOne = Callable[[Outbound, MayStart], Awaitable[Receipt]]


class _Start:
    """The deadline of one message: asked once, and never for a second start."""

    def __init__(self, deadline: Deadline, attempt_id: AttemptId) -> None:
        self._deadline = deadline
        self._attempt_id = attempt_id
        self.is_begun = False

    def __call__(self) -> bool:
        """Return whether the call may start now."""
        if self.is_begun:
            return False
        self.is_begun = self._deadline.may_start(self._attempt_id)
        return self.is_begun


def send_over(
    transport: Transport, batch: Sequence[Outbound], deadline: Deadline, send_one: SendOne
) -> Iterator[tuple[MessageId, Receipt]]:
    """Send all of *batch* together; yield exactly one receipt for each message, as soon as it is known."""
    starts = {message.id: _Start(deadline, message.attempt_id) for message in batch}
    jobs = {message.id: partial(send_one, message, starts[message.id]) for message in batch}
    for message_id, told in transport.stream(jobs):
        yield message_id, told if isinstance(told, Receipt) else _lost(told, is_begun=starts[message_id].is_begun)


def _lost(error: BaseException, *, is_begun: bool) -> Receipt:
    """Return what is true of a message whose sending failed in our own code, for which the others must not suffer."""
    detail = clean(f"{type(error).__name__}: {error}")
    return Receipt.unknown(detail) if is_begun else replace(Receipt.never_started(detail), is_ours=True)


def read_outcome(outcome: Outcome, *, accepted: ReadAnswer, refused: ReadAnswer) -> Receipt:
    """Return the receipt for *outcome*; the provider's tables read answers of 2xx and of 4xx."""
    match outcome:
        case NotStarted():
            return replace(Receipt.never_started(clean(outcome.detail)), is_ours=outcome.is_ours)
        case NoAnswer():
            return Receipt.unknown(clean(outcome.detail))
        case Answer() if 200 <= outcome.status < 300:  # noqa: PLR2004 - as RFC 9110 draws it
            return accepted(outcome)
        case Answer() if 400 <= outcome.status < 500:  # noqa: PLR2004 - same
            return refused(outcome)
        case Answer() if outcome.status in MOVED:
            detail = f"status {outcome.status}: the provider's address has moved; correct its URL in the settings"
            return Receipt.refused(Fault.CONFIGURATION, detail)
    return Receipt.unknown(clean(f"status {outcome.status}: {told(outcome)}"))


def refuse(fault: Fault, detail: str, answer: Answer) -> Receipt:
    """Return the receipt of a refusal, with the wish that the provider may have put into its head."""
    return Receipt.refused(fault, clean(detail), retry_after_seconds=retry_after(answer))


def told(answer: Answer) -> str:
    """Return the beginning of what *answer* says, for a person to read."""
    return answer.body[: DETAIL_CHARACTERS_MAX * 4].decode("utf-8", "replace")


def clean(detail: str) -> str:
    """Return *detail* on one line, short, and such that every database takes it."""
    return storable_text(" ".join(detail.split()), DETAIL_CHARACTERS_MAX)


def accepted_as(provider_id: str, answer: Answer) -> Receipt:
    """Return the receipt of a message taken under *provider_id*; without one, *answer* is not the provider's own word."""
    provider_id = storable_text(provider_id.strip(), PROVIDER_ID_CHARACTERS_MAX)
    if not provider_id:
        return Receipt.unknown(clean(f"status {answer.status} without an id: {told(answer)}"))
    return Receipt.accepted(provider_id)


def retry_after(answer: Answer) -> float | None:
    """Return after how many seconds the provider wishes to be asked again, None where it says nothing that counts.

    A date is counted from the answer's own, so that our clock need not agree with the provider's (RFC 9110, 10.2.3).
    SendGrid says when its limit is lifted in `X-RateLimit-Reset` instead, in seconds of Unix time.
    """
    wish = answer.headers.get("Retry-After", "").strip()
    if wish:
        seconds = _number(wish)
        return _bounded(seconds if seconds is not None else _seconds_until(_instant(wish), answer))
    lifted = _number(answer.headers.get("X-RateLimit-Reset", "")) if answer.status == 429 else None  # noqa: PLR2004
    if lifted is None:
        return None
    try:
        return _bounded(_seconds_until(datetime.fromtimestamp(lifted, UTC), answer))
    except (ValueError, OverflowError, OSError):
        return None


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) else None


def _instant(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _seconds_until(at: datetime | None, answer: Answer) -> float | None:
    answered_at = _instant(answer.headers.get("Date", ""))
    return (at - answered_at).total_seconds() if at is not None and answered_at is not None else None


def _bounded(seconds: float | None) -> float | None:
    return min(seconds, RETRY_AFTER_SECONDS_MAX) if seconds is not None and seconds >= 0 else None
