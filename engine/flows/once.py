"""Carry a request out once, however often it is sent (the Idempotency-Key header of the IETF's draft).

First a claim is committed, so that the same request sent beside it is told to wait. The work and its answer are then
one transaction: whoever dies in the middle did nothing, and whoever comes after the claim's time may take it over.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.flows.again import again_if_changed
from engine.flows.kit import Kit
from engine.store import requests
from engine.store.database import Connection

KEPT_FOR = timedelta(hours=24)  # after that a key may be used for another request
CLAIM = timedelta(minutes=1)  # longer than any request takes: a statement of ours ends after 30 s


class AnotherRequest(Exception):
    """The key was used for another request."""


class AnswerErased(Exception):
    """The request was carried out, and its answer named somebody who was erased since."""


class UnderWay(Exception):
    """The same request is being carried out at this moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request that wants to be carried out once: whose, under which key, and a hash of all it says."""

    api_key_id: str
    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What was answered; *is_replay* when the work had been done before."""

    status: int
    body: bytes
    is_replay: bool = False


Work = Callable[[Connection, datetime], Answered]


@again_if_changed
def carry_out(kit: Kit, asked: Asked | None, work: Work) -> Answered:
    """Return what *work* answers, or answered when it was asked before; without *asked* it is simply done.

    Work that raises did nothing and leaves no trace, so that it may be asked again. Raises `AnotherRequest`,
    `UnderWay` and `AnswerErased`.
    """
    if asked is None:
        with kit.database.write() as connection:
            return work(connection, kit.database.now(connection))
    claim = _claim(kit, asked)
    if isinstance(claim, Answered):
        return claim
    try:
        return _do(kit, asked, claim, work)
    except Exception:
        with kit.database.write() as connection:
            requests.let_go(connection, api_key_id=asked.api_key_id, key=asked.key, claimed_at=claim)
        raise


def carry_out_apart(kit: Kit, asked: Asked | None, work: Callable[[], Answered]) -> Answered:
    """Return what *work* answers, which has transactions of its own, or answered when it was asked before.

    For what must wait after its commit, such as a stop. Whoever died between the work and its answer is succeeded: the
    work must find by itself that it was done. Raises `AnotherRequest`,
    `UnderWay` and `AnswerErased`.
    """
    if asked is None:
        return work()
    claim = _claim(kit, asked)
    if isinstance(claim, Answered):
        return claim
    try:
        done = work()
    except Exception:
        with kit.database.write() as connection:
            requests.let_go(connection, api_key_id=asked.api_key_id, key=asked.key, claimed_at=claim)
        raise
    with kit.database.write() as connection:
        requests.keep_answer(
            connection,
            api_key_id=asked.api_key_id,
            key=asked.key,
            claimed_at=claim,
            status=done.status,
            body=done.body,
        )
    return done


def _do(kit: Kit, asked: Asked, claimed_at: datetime, work: Work) -> Answered:
    with kit.database.write() as connection:
        done = work(connection, kit.database.now(connection))
        is_ours = requests.keep_answer(
            connection,
            api_key_id=asked.api_key_id,
            key=asked.key,
            claimed_at=claimed_at,
            status=done.status,
            body=done.body,
        )
        if not is_ours:  # it took so long that somebody else does it now: our own work rolls back
            raise UnderWay
        return done


def forget_old_requests(kit: Kit) -> int:
    """Forget what was answered too long ago; return how many answers."""
    with kit.database.write() as connection:
        return requests.forget_before(connection, kit.database.now(connection) - KEPT_FOR)


def _claim(kit: Kit, asked: Asked) -> datetime | Answered:
    """Return since when the request is ours, or what was answered before."""
    names = {"api_key_id": asked.api_key_id, "key": asked.key, "fingerprint": asked.fingerprint}
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        if requests.insert_claim(connection, **names, now=now):
            return now
        row = requests.lock(connection, asked.api_key_id, asked.key)
        if row is None:
            raise UnderWay
        is_free = now - row["created_at"] >= KEPT_FOR
        if not is_free and row["fingerprint"] != asked.fingerprint:
            raise AnotherRequest
        if not is_free and row["status"] is not None and not row["body"]:
            raise AnswerErased
        if not is_free and row["status"] is not None:
            return Answered(status=row["status"], body=bytes(row["body"]), is_replay=True)
        if not is_free and now - row["created_at"] < CLAIM:
            raise UnderWay
        requests.claim_again(connection, **names, now=now)
        return now
