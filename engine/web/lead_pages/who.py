"""The page "is this really you?": who writes, how they got the address, what they have sent; looking changes nothing.

The link may have been passed on, so nothing here tells who the lead is: no name, no address, no contents.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from babel.dates import format_date
from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from consent.facts import FactKind
from consent.tokens import TokenKind
from engine.flows.kit import Kit
from engine.store import lead_list, sent_counts
from engine.store.pages import Row
from engine.web.edge import ThisEdge
from engine.web.lead_pages.speaking import Words, counted, words_in
from engine.web.lead_pages.tokens import lead_of, writer_to
from engine.web.rendering import render

SAID = {FactKind.GRANTED: "allowed", FactKind.REQUESTED: "asked", FactKind.WITHDRAWN: "stopped"}
"""What a lead is told of a fact of the ledger."""

DOORS = (("form:", "form"), ("import", "import"), ("api", "api"))
"""How an address came, by how the name of whoever recorded it begins."""

router = APIRouter()


@router.api_route("/p/{token}/who", methods=["GET", "HEAD"])
def show_who(token: str, edge: ThisEdge) -> HTMLResponse:
    """Show the facts."""
    lead_id = lead_of(edge, token, TokenKind.PREFERENCES)
    writer = writer_to(edge.kit, lead_id)
    language, words = words_in(writer.language)
    with edge.kit.database.read() as connection:
        lead = lead_list.find_lead(connection, lead_id)
        ledger = lead_list.consents_of(connection, lead_id)
        sent = sent_counts.sent_to(connection, lead_id)
    answer = render(
        "who.html",
        seller=writer.seller,
        writer=writer,
        words=words,
        really=words["really"],
        language=language,
        choices=f"/p/{token}",
        came=_came(words, language, lead, ledger),
        told=_told(words, language, ledger),
        sent=[_count(words, language, row) for row in sent],
    )
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def who_path(kit: Kit, lead_id: str) -> str:
    """Return where the facts about who writes to the lead are shown."""
    return f"{urlsplit(kit.links(lead_id).preferences).path}/who"


def _came(words: Words, language: str, lead: Row | None, ledger: Sequence[Row]) -> str:
    """Return the sentence about how the address came to us."""
    if lead is None:
        return ""
    recorded_by = str(ledger[0]["recorded_by"]) if ledger else str(lead["source"])
    door = next((name for beginning, name in DOORS if recorded_by.startswith(beginning)), "other")
    return str(words["really"]["came"][door]).replace("{date}", _date(lead["created_at"], language))


def _told(words: Words, language: str, ledger: Sequence[Row]) -> list[dict[str, str]]:
    """Return what was allowed, asked for and stopped, in order; one line for all channels of one moment."""
    really = words["really"]
    found: dict[tuple[str, str, str], list[str]] = {}
    for fact in ledger:
        kind = SAID.get(FactKind(fact["kind"]))
        if kind is not None:
            wording = str((fact["personal"] or {}).get("wording", ""))
            channels = found.setdefault((kind, _date(fact["at"], language), wording), [])
            channel = str(really["channels"].get(fact["channel"], fact["channel"]))
            if channel not in channels:
                channels.append(channel)
    return [
        {
            "said": str(really[kind]).replace("{date}", date).replace("{channels}", ", ".join(channels)),
            "wording": wording,
        }
        for (kind, date, wording), channels in found.items()
    ]


def _count(words: Words, language: str, row: Row) -> str:
    really: dict[str, Any] = words["really"]
    said = counted(really["count"], row["count"])
    said = said.replace("{channel}", str(really["channels"].get(row["channel"], row["channel"])))
    return said.replace("{first}", _date(row["first_at"], language)).replace("{last}", _date(row["last_at"], language))


def _date(instant: datetime, language: str) -> str:
    return str(format_date(instant.astimezone(UTC), format="long", locale=language))
