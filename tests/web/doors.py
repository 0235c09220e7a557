"""Every route of the app and the rights that it asks for, read off the app itself."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from starlette.routing import BaseRoute

from engine.domain.access import Right
from engine.web.person import Needs


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One route: where it is, how it is asked, and the rights that this takes."""

    path: str
    methods: frozenset[str]
    rights: frozenset[Right]

    def address(self, something: str) -> str:
        """Return a path to ask for, with *something* in place of its parameters."""
        return re.sub(r"\{[^}]+\}", something, self.path)

    def is_at(self, path: str) -> bool:
        """Return whether *path*, without its query, leads here."""
        pattern = "[^/]+".join(re.escape(part) for part in re.split(r"\{[^}]+\}", self.path))
        return re.fullmatch(pattern, path) is not None


def doors_of(
    routes: Iterable[BaseRoute], inherited: frozenset[Right] = frozenset(), prefix: str = ""
) -> Iterator[Door]:
    """Yield every route, those of included routers among them, with the rights that they ask for as well."""
    for route in routes:
        included: Any = getattr(route, "original_router", None)
        if included is not None:
            context: Any = getattr(route, "include_context", None)
            yield from doors_of(included.routes, inherited | _rights(context), prefix + context.prefix)
        elif (path := getattr(route, "path", None)) is not None:
            methods = frozenset(getattr(route, "methods", None) or {"GET"})
            yield Door(path=prefix + path or "/", methods=methods, rights=inherited | _rights(route))


def _rights(asks: Any) -> frozenset[Right]:
    found = (one.dependency for one in getattr(asks, "dependencies", ()))
    return frozenset(each.right for each in found if isinstance(each, Needs))
