"""Whether a request comes straight from this machine, and whether a change comes from a page of ours.

The first is asked of previews, which show no installation, and of /metrics: a request is refused unless its client is
on the loopback interface, no proxy has forwarded it, and its Host names this machine. The last of these stops DNS
rebinding, where a foreign page reaches us under a name of its own.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from fastapi import HTTPException, Request

FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
HOW_TO = (
    "This shows itself only on the machine it runs on. Open it there, at http://127.0.0.1:PORT, or bring its port to "
    "yours: ssh -L 8000:127.0.0.1:8000 HOST."
)


def require_this_machine(request: Request) -> None:
    """Refuse a request that did not come straight from a browser on this machine."""
    client = request.client.host if request.client else ""
    if not is_loopback(client) or any(name in request.headers for name in FORWARDED):
        raise HTTPException(403, HOW_TO)
    if not is_loopback(host_name(request.headers.get("host", ""))):
        raise HTTPException(403, HOW_TO)


def require_own_form(request: Request) -> None:
    """Refuse a change that another site's page asked for.

    A browser says where a form stood: by Sec-Fetch-Site, and by Origin with every POST. Whoever sends neither is no
    browser and must name the Origin itself.
    """
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    is_own_site = site in {None, "same-origin"}
    is_own_origin = origin is None or _authority(origin) == request.headers.get("host", "").lower()
    if not (is_own_site and is_own_origin) or (site is None and origin is None):
        raise HTTPException(403, "This change did not come from a page of this console, so nothing was done.")


def is_loopback(host: str) -> bool:
    """Return whether *host*, an address or a name, can only be this machine."""
    if host.lower() == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def host_name(host: str) -> str:
    """Return the name in a Host header without its port; empty when it cannot be read."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _authority(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower() or None
    except ValueError:
        return None
