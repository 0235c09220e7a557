"""Every page there is, read off the app itself, so that a new one is opened without anybody's thinking of it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from starlette.routing import BaseRoute

NO_PAGES = {
    "/console/live": "a stream without an end",
    "/console/content/files": "the installation's own templates; nobody else's words reach them",
    "/console/content/pulse": "a number",
    "/console/content/sequences/{name}": "templates",
    "/console/content/sequences/{name}/rehearsal": "templates",
    "/console/content/voicemail/{name}/{part}.wav": "a sound",
    "/console/content/{channel}/{name}": "templates",
    "/console/content/{channel}/{name}/email": "templates",
    "/console/sandbox/messages/{number}/voicemail.wav": "a sound",
    "/console/leads/{lead_id}/merge": "names a second lead; its words are those of both leads' own pages",
    "/c/{token}": "leads on to the seller's site",
    "/o/{token}": "a picture of one dot",
}
"""What is not opened, and why."""

DOORS = ("/console", "/p/", "/u/", "/confirm/", "/forms/")
"""How the addresses of the pages begin that people open."""


def pages_of(routes: Sequence[BaseRoute], prefix: str = "", doors: tuple[str, ...] = DOORS) -> Iterator[str]:
    """Yield the path of every page that answers GET and begins with one of *doors*, with its parameters in braces."""
    for route in routes:
        included: Any = getattr(route, "original_router", None)
        if included is not None:
            within: Any = getattr(route, "include_context", None)
            yield from pages_of(included.routes, prefix + (within.prefix if within is not None else ""), doors)
            continue
        path = prefix + str(getattr(route, "path", ""))
        if mounted := getattr(route, "routes", None):
            yield from pages_of(mounted, path, doors)
            continue
        if "GET" in (getattr(route, "methods", None) or ()) and path.startswith(doors) and path not in NO_PAGES:
            yield path


def filled(path: str, samples: Mapping[str, Sequence[str]]) -> list[str]:
    """Return *path* once with each sample of its parameter; raises KeyError for one that nobody has named."""
    if "{" not in path:
        return [path]
    before, _, rest = path.partition("{")
    name, _, after = rest.partition("}")
    key = f"{before}{{{name}}}" if f"{before}{{{name}}}" in samples else name
    return [one for value in samples[key] for one in filled(f"{before}{value}{after}", samples)]
