"""Tell people from machines that open mail and follow its links: scanners, prefetchers, previewers.

A machine's opening must not count as interest, and its click must not turn a lead's sequence. When in doubt it is said to
be a machine: a touch too many does less harm than a salesperson who is told of interest that nobody has.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from channels.webhooks.headers import header

SCAN_WITHIN = timedelta(seconds=10)
"""Gateways follow every link before they hand a mail on; nobody reads one so soon after it was taken."""

# They fetch an image when a person looks at the mail, in that person's stead.
_READERS_PROXIES = re.compile(r"GoogleImageProxy|YahooMailProxy|YahooMobileMail|DuckDuckGo-Mail", re.IGNORECASE)

# Apple's privacy protection loads every image in advance, under this name and no more of it.
_PRIVACY_PREFETCH = re.compile(r"Mozilla/5\.0\s*")

# Gateways that give a name; most borrow a browser's.
_GATEWAYS = re.compile(
    r"Barracuda|Proofpoint|Mimecast|FireEye|Cisco.?IronPort|Symantec|MessageLabs|TrendMicro|Sophos|SafeLinks|"
    r"BingPreview|Outlook-?LinkPreview|urlscan|VirusTotal",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Somebody asked for a link or an image of a mail; *age* is how long ago the provider took that mail."""

    method: str
    headers: Mapping[str, str]
    age: timedelta | None


def is_machine_click(visit: Visit) -> bool:
    """Return whether a link was followed by a machine."""
    return _is_machine(visit) or bool(_READERS_PROXIES.search(header(visit.headers, "User-Agent")))


def is_machine_open(visit: Visit) -> bool:
    """Return whether an image was loaded by a machine on its own, not in a reader's stead."""
    agent = header(visit.headers, "User-Agent")
    if _READERS_PROXIES.search(agent) and visit.method == "GET":
        return _is_early(visit)
    return _is_machine(visit)


def _is_machine(visit: Visit) -> bool:
    agent = header(visit.headers, "User-Agent").strip()
    if visit.method != "GET" or _is_prefetch(visit.headers) or _is_early(visit):
        return True
    if not agent or _PRIVACY_PREFETCH.fullmatch(agent) or _GATEWAYS.search(agent):
        return True
    return _is_crawler(agent)


def _is_early(visit: Visit) -> bool:
    return visit.age is None or visit.age < SCAN_WITHIN


def _is_prefetch(headers: Mapping[str, str]) -> bool:
    """Return whether a browser says that nobody has asked for this yet."""
    said = " ".join(header(headers, name) for name in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"))
    return "prefetch" in said.lower() or "preview" in said.lower()


def _is_crawler(agent: str) -> bool:
    from crawleruseragents import is_crawler  # its patterns take a while to read

    return bool(is_crawler(agent[:500]))
