"""Posts notices to programs elsewhere: many at once, ten seconds each, and never to where only we can reach.

Whoever may add an endpoint could otherwise have this machine ask its neighbours. So each connection is judged by the
address it is opened to, after the name was looked up: that leaves no time for a name to change its mind. No redirect is
followed, no proxy of the environment is used, and little of an answer is read.
"""

import asyncio
import socket
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from ssl import SSLContext
from typing import Any

import aiohttp

from channels.posting import OK, Answered, Network, Post, headers_of

TOTAL_SECONDS = 10.0
CONNECT_SECONDS = 5.0
ANSWER_BYTES_MAX = 1_000  # enough to tell an error page by
TOGETHER_MAX = 100
PROBLEM_CHARACTERS_MAX = 200
_TRANSLATED = IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address by another name
_GLOBAL_UNICAST = IPv6Network(
    "2000::/3"
)  # all that is given out; what lies beyond is local, or IPv4 by yet another name
_PROTOCOLS = IPv4Network("192.0.0.0/24")  # RFC 6890: some of it counts as public, and clouds keep their secrets there


class _NotPublic(OSError):
    """The endpoint's name leads to an address that is not public."""


class HttpPoster:
    """The door to endpoints; *allowed* are networks that may be reached though they are not public."""

    def __init__(self, *, allowed: Sequence[Network] = (), trust: SSLContext | None = None) -> None:
        self._allowed = tuple(allowed)
        self._trust = trust  # whose certificates are believed; None: whom this machine believes

    @property
    def reaches_inward(self) -> bool:
        """Whether some networks may be reached though they are not public, by plain http too."""
        return bool(self._allowed)

    def post(self, posts: Sequence[Post], at: datetime) -> Mapping[str, Answered]:
        """Post all of *posts*, signed at *at*; return what came of each, by its id. Never raises for the far side."""
        return asyncio.run(self._post_all(posts, at)) if posts else {}

    async def _post_all(self, posts: Sequence[Post], at: datetime) -> Mapping[str, Answered]:
        async with self._session(is_plain=False) as safe, self._session(is_plain=True) as plain:
            calls = [_post(plain if one.url.lower().startswith("http:") else safe, one, at) for one in posts]
            answers = await asyncio.gather(*calls)
        await asyncio.sleep(0)  # what was closed lets go of its sockets in the loop's next round
        return {one.id: answer for one, answer in zip(posts, answers, strict=True)}

    def _session(self, *, is_plain: bool) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=TOGETHER_MAX,
            ssl=self._trust or True,
            use_dns_cache=False,
            socket_factory=partial(_open, self._allowed, is_plain),
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            timeout=aiohttp.ClientTimeout(total=TOTAL_SECONDS, sock_connect=CONNECT_SECONDS),
        )


def may_reach(address: IPv4Address | IPv6Address, allowed: Sequence[Network], *, is_plain: bool) -> bool:
    """Return whether a connection to *address* may be opened: to the public, but plain http only to what is *allowed*."""
    plain = _unwrapped(address)
    if any(plain in network for network in allowed if network.version == plain.version):
        return True
    return not is_plain and plain.is_global and not plain.is_multicast and not _is_odd(plain)


def _is_odd(address: IPv4Address | IPv6Address) -> bool:
    """Return whether *address* leads nowhere that is public, though the library's list does not say so."""
    return address in _PROTOCOLS if isinstance(address, IPv4Address) else address not in _GLOBAL_UNICAST


def _unwrapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address that an IPv6 one stands for, by whichever of the ways there are."""
    if not isinstance(address, IPv6Address):
        return address
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or teredo or address


def _open(allowed: Sequence[Network], is_plain: bool, info: Any) -> socket.socket:  # noqa: FBT001 - bound by partial
    """Return a socket for the address in *info*, as the system resolved it; raises where it leads inward."""
    family, kind, protocol, _, where = info
    if not may_reach(ip_address(str(where[0]).partition("%")[0]), allowed, is_plain=is_plain):
        raise _NotPublic(
            "its name leads to an address that is not public; list the network in FIFTHTOUCH_WEBHOOK_NETWORKS "
            "if it is yours"
        )
    return socket.socket(family, kind, protocol)


async def _post(session: aiohttp.ClientSession, post: Post, at: datetime) -> Answered:
    began = time.monotonic()
    try:
        async with session.post(
            post.url, data=post.body, headers=headers_of(post, at), allow_redirects=False
        ) as response:
            text = await response.content.read(ANSWER_BYTES_MAX)
            return Answered(
                status=response.status,
                duration_ms=_since(began),
                text=_readable(text),
                problem="" if response.status in OK else _told_status(response.status),
                retry_after_seconds=_seconds(response.headers.get("Retry-After", "")),
            )
    except TimeoutError:
        problem = f"no answer within {TOTAL_SECONDS:.0f} seconds"
    except (aiohttp.ClientError, OSError, ValueError) as error:
        problem = _reason(error)
    return Answered(status=None, duration_ms=_since(began), problem=problem[:PROBLEM_CHARACTERS_MAX])


def _told_status(status: int) -> str:
    return "it redirects, and redirects are not followed" if 300 <= status < 400 else f"it answered {status}"  # noqa: PLR2004


def _reason(error: BaseException) -> str:
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, _NotPublic):
            return str(inner)
        inner = inner.__cause__ or inner.__context__
    return str(error) or type(error).__name__


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


def _readable(body: bytes) -> str:
    text = body.decode("utf-8", "replace").replace("\x00", "")
    return "".join(one if one.isprintable() or one in "\n\t" else "\ufffd" for one in text)


def _seconds(text: str) -> float | None:
    return float(text) if text.isascii() and text.isdecimal() and len(text) < 7 else None  # noqa: PLR2004
