"""Signing in, as rules: how long a visit lasts, how guessing is slowed down, and where a browser may be sent after it."""

from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

IDLE = timedelta(hours=12)  # a working day with a long lunch; a browser left behind overnight asks again
VISIT = timedelta(days=7)  # whatever happens, a stolen cookie is worth no more than a week
CODE_WITHIN = timedelta(minutes=10)  # between the password and the second factor
NOTED_EVERY = timedelta(minutes=1)  # a busy browser must not cost a write with each request

WELCOME_FOR = timedelta(hours=48)  # a weekend, for somebody new
FIRST_ADMIN_FOR = timedelta(hours=24)  # each start of the web server tells a new one
LOOK_AROUND_FOR = timedelta(hours=24)

FREE_TRIES = 5  # a person mistypes; nobody guesses a password of this length in five
FREE_TRIES_OF_NETWORK = 20  # an office behind one address
FIRST_WAIT = timedelta(seconds=30)
WAIT_MAX = timedelta(minutes=15)  # about a hundred tries a day, against which twelve characters stand for ever
CODE_WAIT_MAX = timedelta(hours=1)  # a code is six digits: at 24 tries a day one in 14,000 a day
FORGIVEN_AFTER = timedelta(days=1)  # of quiet

HOME = "/console"
_DOUBLINGS_MAX = 16  # by then the longest wait counts anyway


def wait_after(failures: int, *, free: int = FREE_TRIES, longest: timedelta = WAIT_MAX) -> timedelta:
    """Return how long the next try waits after so many *failures*: nothing for the first *free*, then ever longer."""
    if failures < free:
        return timedelta(0)
    return min(longest, FIRST_WAIT * (1 << min(failures - free, _DOUBLINGS_MAX)))


def is_over(*, seen_at: datetime, expires_at: datetime, now: datetime) -> bool:
    """Return whether a visit has ended: by its age, or because nobody was there for too long."""
    return now >= expires_at or now - seen_at >= IDLE


def network_of(client: str) -> str:
    """Return what guesses from *client* are counted by: an IPv4 address, or the /64 that an IPv6 host can roam in.

    What is no address is counted under its own name, so that all who can't be told apart share one count.
    """
    try:
        address = ip_address(client.partition("%")[0])
    except ValueError:
        return client
    mapped = getattr(address, "ipv4_mapped", None) or address
    return str(mapped) if mapped.version == 4 else str(ip_network(f"{mapped}/64", strict=False))  # noqa: PLR2004


def safe_next(wanted: str) -> str:
    """Return *wanted* if it is a place in this console, else the console's first page.

    A browser reads backslashes as slashes and drops controls, so that either could lead to another site.
    """
    is_plain = wanted.isascii() and wanted.isprintable() and "\\" not in wanted
    is_ours = wanted == HOME or wanted.startswith((f"{HOME}/", f"{HOME}?"))
    return wanted if is_plain and is_ours else HOME
