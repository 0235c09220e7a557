"""Post callbacks and visit links as providers, mailboxes and browsers do, on this machine only; keep a record of each."""

import asyncio
import threading
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp
from yarl import URL

from channels.standin.account import Provider
from channels.standin.clock import Now
from channels.standin.keys import Keys, SigningKey, sign_twilio

TIMEOUT_SECONDS = 15.0  # Twilio's own
STALE_SECONDS = 26 * 3600  # SendGrid posts again for 24 hours
HELD_SECONDS = 1.0
TRIES_MAX = 5

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Trick(StrEnum):
    """How a callback comes otherwise than it should."""

    FORGED = "forged"  # signed with another key
    UNSIGNED = "unsigned"  # without any signature
    STALE = "stale"  # rightly signed, and 26 hours old; Twilio signs no time
    DOUBLED = "doubled"  # posted twice
    REORDERED = "reordered"  # a batch backwards; a status after the one that follows it
    CUT_OFF = "cut_off"  # only the first half of the body


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """One request that the stand-in made; *status* is None where nobody answered, *problem* says why."""

    what: str  # events, inbound, status, text, voice, one_click, picture, link
    method: str
    url: str
    status: int | None
    at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    answer: bytes = b""
    answer_headers: Mapping[str, str] = field(default_factory=dict)
    trick: Trick | None = None
    problem: str = ""

    @property
    def is_good(self) -> bool:
        """Whether it was answered with a 2xx."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - the 2xx


@dataclass(slots=True)
class _Played:
    trick: Trick
    provider: Provider | None
    left: int | None


class Posts:
    """All requests of one stand-in, and the tricks it plays with them."""

    def __init__(self, keys: Keys, base: str | None, public_url: str | None, now: Now, *, bodies: bool = True) -> None:
        self.base = base
        self.public = (public_url or base or "").rstrip("/")
        self.account_sid = keys.twilio_sid
        self._keys = keys
        self._now = now
        self._bodies = bodies
        self._lock = threading.Lock()
        self._made: list[Posted] = []
        self._tricks: list[_Played] = []
        self._held: list[asyncio.Event] = []
        self._holding: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Get ready, on the loop that all requests are made on."""
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS), connector=aiohttp.TCPConnector(limit=64)
        )

    async def close(self) -> None:
        """Let the connections go."""
        for task in self._holding:
            task.cancel()
        await asyncio.gather(*self._holding, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is held back."""
        return not self._holding

    @property
    def made(self) -> Sequence[Posted]:
        """Every request so far, as it ended."""
        with self._lock:
            return tuple(self._made)

    def of(self, what: str) -> Sequence[Posted]:
        """Return the requests of one sort."""
        return tuple(one for one in self.made if one.what == what)

    def play(self, trick: Trick | str, *, provider: Provider | str | None = None, times: int | None = None) -> None:
        """Let the next *times* callbacks (None: all) of *provider* (None: of any) come with *trick*."""
        with self._lock:
            self._tricks.append(_Played(Trick(trick), Provider(provider) if provider else None, times))

    def play_fair(self) -> None:
        """Play no tricks any more."""
        with self._lock:
            self._tricks.clear()

    async def post_signed(
        self, what: str, path: str, body: bytes, content_type: str, *, trick: Trick | None = None
    ) -> Posted | None:
        """Post *body* to *path* of the engine with SendGrid's signature, again while it fails; None without an engine.

        A refused mail (4xx) is lost at once, as at SendGrid; everything else is posted again, the same and no longer
        than the stand-in lives.
        """
        if self.base is None:
            return None
        key = self._keys.forged if trick is Trick.FORGED else self._key(what)
        headers = {"Content-Type": content_type, **self._signature(key, body, trick)}
        sent = body[: len(body) // 2] if trick is Trick.CUT_OFF else body
        done = await self._again(what, path, sent, headers, trick)
        if trick is Trick.DOUBLED:
            done = await self._again(what, path, sent, headers, trick)
        return done

    async def _again(
        self, what: str, path: str, body: bytes, headers: Mapping[str, str], trick: Trick | None
    ) -> Posted:
        number = 0
        while True:
            done = await self.request(what, "POST", self.public + path, body=body, headers=headers, trick=trick)
            number += 1
            is_lost = what == "inbound" and done.status is not None and 400 <= done.status < 500  # noqa: PLR2004 - 4xx
            if done.is_good or is_lost or trick in _NOT_AGAIN or number == TRIES_MAX:
                return done
            await asyncio.sleep(0.1 * 2**number)

    def _key(self, what: str) -> SigningKey:
        return self._keys.inbound if what == "inbound" else self._keys.events

    def _signature(self, key: SigningKey, body: bytes, trick: Trick | None) -> dict[str, str]:
        if trick is Trick.UNSIGNED:
            return {}
        seconds = int(self._now().timestamp()) - (STALE_SECONDS if trick is Trick.STALE else 0)
        return {
            "X-Twilio-Email-Event-Webhook-Signature": key.sign(str(seconds), body),
            "X-Twilio-Email-Event-Webhook-Timestamp": str(seconds),
        }

    async def post_form(
        self, what: str, url: str, fields: Mapping[str, str], *, method: str = "POST", trick: Trick | None = None
    ) -> Posted | None:
        """Post *fields* to *url* with Twilio's signature, once more where nobody answers; None without an engine, or when it is held back."""
        if self.base is None:
            return None
        trick = trick or self.next_trick(Provider.TWILIO)
        if method.upper() == "GET":
            url = f"{url}{'&' if '?' in url else '?'}{urlencode(fields)}"
            fields = {}
        body = urlencode(fields).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8", "User-Agent": "TwilioProxy/1.1"}
        if trick is not Trick.UNSIGNED:
            token = self._keys.twilio_token if trick is not Trick.FORGED else self._keys.twilio_token[::-1]
            headers["X-Twilio-Signature"] = sign_twilio(token, url, fields.items())
        sent = body[: len(body) // 2] if trick is Trick.CUT_OFF else body
        first = self._twice(what, method, url, sent, headers, trick)
        if trick is Trick.REORDERED and what == "status":
            task = asyncio.create_task(self._hold(first))
            self._holding.add(task)
            task.add_done_callback(self._holding.discard)
            return None
        done = await first
        for held in self._held:
            held.set()
        if trick is Trick.DOUBLED:
            done = await self._twice(what, method, url, sent, headers, trick)
        return done

    async def _hold(self, post: Coroutine[Any, Any, Posted]) -> None:
        """Make *post* after the next one of Twilio's, or when none comes."""
        held = asyncio.Event()
        self._held.append(held)
        try:
            await asyncio.wait_for(held.wait(), HELD_SECONDS)
        except TimeoutError:
            pass  # it was the last
        except asyncio.CancelledError:
            post.close()
            raise
        finally:
            self._held.remove(held)
        await post

    async def _twice(
        self, what: str, method: str, url: str, body: bytes, headers: Mapping[str, str], trick: Trick | None
    ) -> Posted:
        # Twilio tries once more where no connection was had, and never after an answer.
        done = await self.request(what, method, url, body=body, headers=headers, trick=trick)
        if done.status is None and not done.problem.startswith(_ELSEWHERE):
            done = await self.request(what, method, url, body=body, headers=headers, trick=trick)
        return done

    async def request(
        self,
        what: str,
        method: str,
        url: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        trick: Trick | None = None,
    ) -> Posted:
        """Make one request to *url*, exactly as it is written, and keep a record; never leaves this machine."""
        headers = dict(headers or {})
        at = self._now()
        status, answer, answered, problem = None, b"", {}, ""
        target = self._target(url)
        if target is None:
            problem = f"{_ELSEWHERE}: {urlsplit(url).hostname}"
        else:
            assert self._session is not None
            try:
                async with self._session.request(
                    method,
                    URL(target, encoded=True),
                    data=body or None,
                    headers={**headers, **self._as_by_proxy(url, target)},
                    allow_redirects=False,
                ) as response:
                    status, answered = response.status, dict(response.headers)
                    answer = await response.read()
            except (aiohttp.ClientError, TimeoutError, ValueError) as error:
                problem = f"{type(error).__name__}: {error}"
        posted = Posted(
            what=what, method=method, url=url, status=status, at=at, headers=headers, body=body, answer=answer,
            answer_headers=answered, trick=trick, problem=problem,
        )  # fmt: skip
        with self._lock:
            self._made.append(posted if self._bodies else replace(posted, headers={}, body=b"", answer=b""))
        return posted

    def _target(self, url: str) -> str | None:
        """Return where *url* is on this machine, None where it is elsewhere."""
        if self.base is not None and self.public and (url + "/").startswith(f"{self.public}/"):
            return self.base + url.removeprefix(self.public)
        try:
            return url if urlsplit(url).hostname in _LOOPBACK else None
        except ValueError:
            return None

    def _as_by_proxy(self, url: str, target: str) -> dict[str, str]:
        if url == target:
            return {}
        parts = urlsplit(url)
        return {"Host": parts.netloc, "X-Forwarded-Proto": parts.scheme, "X-Forwarded-Host": parts.netloc}

    def next_trick(self, provider: Provider) -> Trick | None:
        """Return the trick that the next callback of *provider* comes with."""
        with self._lock:
            for played in self._tricks:
                if played.provider in (None, provider) and played.left != 0:
                    if played.left is not None:
                        played.left -= 1
                    return played.trick
        return None


_ELSEWHERE = "not on this machine"
_NOT_AGAIN = frozenset({Trick.FORGED, Trick.UNSIGNED, Trick.STALE, Trick.CUT_OFF})
"""What is refused rightly, so that trying again would only take time."""
