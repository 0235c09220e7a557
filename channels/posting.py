"""What is posted to programs elsewhere and what comes of it, signed as Standard Webhooks has it. Values only.

The specification: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Protocol
from urllib.parse import urlsplit

from standardwebhooks import Webhook

Network = IPv4Network | IPv6Network

URL_CHARACTERS_MAX = 2_000
OK = range(200, 300)
GONE = 410


class BadEndpoint(ValueError):
    """An address that notices can't be posted to; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One notice to one endpoint; *secrets* sign it, the present one first."""

    id: str
    url: str
    body: bytes = field(repr=False)
    secrets: Sequence[str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What came of one try: the HTTP *status*, or None and the *problem* in words; *duration_ms* is how long it took."""

    status: int | None
    duration_ms: int
    text: str = ""
    problem: str = ""
    retry_after_seconds: float | None = None

    @property
    def is_taken(self) -> bool:
        """Whether the endpoint took it."""
        return self.status in OK

    @property
    def is_gone(self) -> bool:
        """Whether the endpoint says that it wants no more, ever."""
        return self.status == GONE


class Poster(Protocol):
    """The door to endpoints."""

    @property
    def reaches_inward(self) -> bool:
        """Whether some networks may be reached though they are not public, by plain http too."""

    def post(self, posts: Sequence[Post], at: datetime) -> Mapping[str, Answered]:
        """Post all of *posts*, signed at *at*; return what came of each, by its id. Never raises for the far side."""


def headers_of(post: Post, at: datetime) -> Mapping[str, str]:
    """Return the headers that *post* carries when it is sent at *at*: one signature for each secret."""
    text = post.body.decode()
    signed = [Webhook(secret).sign(msg_id=post.id, timestamp=at, data=text) for secret in post.secrets]
    return {
        "Content-Type": "application/json",
        "User-Agent": "FifthTouch-Webhooks/1",
        "webhook-id": post.id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signed),
    }


def networks_in(text: str) -> tuple[Network, ...]:
    """Return the networks that *text* lists with commas; raises `ValueError` for what is none."""
    return tuple(ip_network(one.strip()) for one in text.split(",") if one.strip())


def check_url(url: str, *, may_be_plain: bool) -> str:
    """Return *url* as notices may be posted to it; raises `BadEndpoint`. Where it leads is asked again at each call.

    With *may_be_plain* it may be http: then it reaches nothing but the networks that were allowed by name.
    """
    tidy = url.strip()
    try:
        parts = urlsplit(tidy)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise BadEndpoint("This is no web address: write it as in https://example.com/hooks.") from error
    if parts.scheme not in {"http", "https"} or not host or not tidy.isascii() or not tidy.isprintable() or " " in tidy:
        raise BadEndpoint("This is no web address: write it as in https://example.com/hooks.")
    if len(tidy) > URL_CHARACTERS_MAX:
        raise BadEndpoint(f"This address has more than {URL_CHARACTERS_MAX:,} characters: choose a shorter one.")
    if parts.username is not None or parts.password is not None:
        raise BadEndpoint("An address can't hold a name or a password here: the signature proves who posts.")
    if parts.fragment:
        raise BadEndpoint("Leave out what follows the #: it is never sent.")
    if parts.scheme == "http" and not may_be_plain:
        raise BadEndpoint(
            "This must begin with https://. On a machine of yours, list its network in FIFTHTOUCH_WEBHOOK_NETWORKS."
        )
    return tidy


@dataclass(slots=True, kw_only=True)
class MemoryPoster:
    """A door to nowhere: keeps what was posted, and answers every post as it is told to."""

    status: int | None = 200
    posted: list[tuple[Post, Mapping[str, str]]] = field(default_factory=list)
    reaches_inward: bool = True

    def post(self, posts: Sequence[Post], at: datetime) -> Mapping[str, Answered]:
        """Keep *posts* with the headers they would have had."""
        self.posted += [(one, headers_of(one, at)) for one in posts]
        problem = "" if self.status in OK else "no answer"
        return {one.id: Answered(status=self.status, duration_ms=5, text="said", problem=problem) for one in posts}
