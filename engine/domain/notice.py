"""What programs elsewhere are told of: the types of notices, what each carries, and when one that fails is sent again.

A notice is thin on purpose: ids and what happened, never an address, a name or a text. Whoever needs more asks the API with
a key whose scopes say what it may read.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b

from engine.domain.retry import GiveUp, TryAgain

VERSION = 1
"""Of the payload's shape: fields may be added within one, none is taken away or changes its meaning."""

ROTATION = timedelta(hours=24)
"""How long a secret that was replaced still signs beside the new one."""

FIRST_WAIT_SECONDS = 10.0
WAIT_SECONDS_MAX = 6 * 3_600.0
DOUBLINGS_MAX = 12  # beyond, the longest wait counts
AGE_MAX = timedelta(days=3)
FAILING_MAX = timedelta(days=5)
"""How long nothing may get through to an endpoint before it is disabled."""


class NoticeType(StrEnum):
    """What happened."""

    LEAD_CREATED = "lead.created"  # a lead came in for the first time
    LEAD_UPDATED = "lead.updated"  # something on record about a lead changed; `changed` names it
    LEAD_STOPPED = "lead.stopped"  # a lead withdrew permission; `channels` says for what
    MESSAGE_ACCEPTED = "message.accepted"  # the provider took a message
    MESSAGE_DELIVERED = "message.delivered"  # the provider says it arrived
    MESSAGE_BOUNCED = "message.bounced"  # the address is dead, or the mailbox refused it
    MESSAGE_FAILED = "message.failed"  # the provider refused it for good
    MESSAGE_UNKNOWN = "message.unknown"  # nobody knows whether it left; a person is asked
    MESSAGE_REPLIED = "message.replied"  # the lead answered it
    ENROLLMENT_FINISHED = "enrollment.finished"  # a lead's walk through a sequence has ended, in whichever way
    TASK_CREATED = "task.created"  # a person has something to do
    TASK_CLOSED = "task.closed"  # it was done, or is not needed any more
    WEBHOOK_TEST = "webhook.test"  # somebody pressed "send a test"; sent whatever types were chosen


CHOOSABLE = tuple(one for one in NoticeType if one is not NoticeType.WEBHOOK_TEST)
"""What an endpoint can be told of."""

_LEAD = {
    "lead_id": "whom it is about",
}
_MESSAGE = {
    **_LEAD,
    "message_id": "the message, as in the log",
    "channel": "email, sms or voicemail",
    "purpose": "marketing, service or confirmation",
    "sequence": "the sequence it belongs to; empty for a message outside of one",
    "stage": "its stage",
    "template": "which text it says",
}
_ENROLLMENT = {
    **_LEAD,
    "enrollment_id": "the walk that ended",
    "sequence": "the sequence's name",
    "status": "finished or stopped",
    "reason": "why, in one word of the log",
}
_TASK = {
    **_LEAD,
    "task_id": "the task",
    "kind": "call, letter, social, answer or review",
    "owner": "user id of whose it is; empty for anyone",
    "sequence": "the sequence that asked for it; empty for none",
    "due_at": "when it should be done",
}
FIELDS: Mapping[NoticeType, Mapping[str, str]] = {
    NoticeType.LEAD_CREATED: {
        **_LEAD,
        "source": "where the lead came from",
        "status": "new, working, qualified, customer or lost",
        "owner": "user id of the salesperson; empty for nobody",
    },
    NoticeType.LEAD_UPDATED: {
        **_LEAD,
        "changed": "names of the fields that changed",
        "status": "new, working, qualified, customer or lost, as it was when the notice was made ready",
        "owner": "user id of the salesperson; empty for nobody",
    },
    NoticeType.LEAD_STOPPED: {
        **_LEAD,
        "channels": "what may not be used any more",
        "purpose": "what the stop is about; null for everything",
        "topic": "the one topic it is about; null for every topic",
    },
    NoticeType.MESSAGE_ACCEPTED: {**_MESSAGE, "provider": "who took it"},
    NoticeType.MESSAGE_DELIVERED: _MESSAGE,
    NoticeType.MESSAGE_BOUNCED: _MESSAGE,
    NoticeType.MESSAGE_FAILED: {**_MESSAGE, "reason": "why, in one word of the log"},
    NoticeType.MESSAGE_UNKNOWN: {**_MESSAGE, "reason": "why, in one word of the log"},
    NoticeType.MESSAGE_REPLIED: _MESSAGE,
    NoticeType.ENROLLMENT_FINISHED: _ENROLLMENT,
    NoticeType.TASK_CREATED: _TASK,
    NoticeType.TASK_CLOSED: {
        **_TASK,
        "state": "done or cancelled",
        "outcome": "how the conversation ended; null where it was cancelled",
    },
    NoticeType.WEBHOOK_TEST: {"endpoint_id": "the endpoint that was tested"},
}
"""What `data` holds for each type, and what it means."""


class DeliveryState(StrEnum):
    """How far one notice has come to one endpoint."""

    WAITING = "waiting"  # it is still to be sent, or sent again
    DELIVERED = "delivered"  # the endpoint answered 2xx
    FAILED = "failed"  # it was given up; it can be replayed


def after_failure(
    *, tries: int, first_tried_at: datetime, now: datetime, key: str, retry_after_seconds: float | None = None
) -> TryAgain | GiveUp:
    """Decide what follows try number *tries* (from 1) that was not taken; *key* seeds the jitter.

    Full jitter, as for messages: up to 10 s after the first try, doubling up to six hours, for three days.
    """
    ceiling = min(WAIT_SECONDS_MAX, FIRST_WAIT_SECONDS * 2.0 ** min(tries - 1, DOUBLINGS_MAX))
    share = int.from_bytes(blake2b(f"{key}:{tries}".encode(), digest_size=8).digest(), "big") / 2**64
    wait = max(1.0, ceiling * share, min(retry_after_seconds or 0.0, WAIT_SECONDS_MAX))
    at = now + timedelta(seconds=wait)
    return GiveUp(reason="too_old") if at - first_tried_at > AGE_MAX else TryAgain(at=at)


def is_hopeless(failing_since: datetime | None, now: datetime) -> bool:
    """Return whether an endpoint that has failed since then is to be disabled."""
    return failing_since is not None and now - failing_since >= FAILING_MAX
