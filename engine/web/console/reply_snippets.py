"""The marketer's snippets as words to begin an answer with, filled in for the lead who is answered."""

from fastapi import Request

from engine.content.legal_lines import Line
from engine.content.sandbox import TEMPLATE_FAULTS, TEXT, MissingValue
from engine.content.variables import Links, build_variables
from engine.domain.lead import Lead
from engine.flows.kit import Kit
from engine.flows.shelf import Missing
from engine.store.database import Connection
from engine.web.console.content.desk import desk_of

OURS = frozenset(Line)
"""Lines that the engine adds by itself."""


def snippets_for(request: Request, kit: Kit, connection: Connection, lead: Lead) -> dict[str, str]:
    """Return the snippets that can be said to *lead* as they stand, by name; those in the lead's language first."""
    try:
        brand = kit.shelf.current(connection).brand()
    except Missing:
        return {}
    library = desk_of(request).bench.read().library
    if library is None:
        return {}
    variables = build_variables(lead, brand, Links(), at=kit.database.now(connection))
    found = {}
    for key, source in sorted(library.snippets.items()):
        name, _, locale = key.partition(".")
        if name in OURS or "+" in name or "{%" in source or locale not in {"", lead.language}:
            continue
        try:
            found[name] = TEXT.from_string(source).render(variables).strip()
        except (MissingValue, *TEMPLATE_FAULTS):
            continue  # it has nothing to say to this lead
    return {name: text for name, text in found.items() if text}
