"""The rulebook: every rule by place, with its source, since when it counts, and which of them the business added."""

from fastapi import APIRouter, Request, Response

from channels.address import Channel
from consent.rule import EVERYWHERE, Rule
from consent.rulebook import Rulebook, load_rulebook
from consent.telling import asks_of, in_force
from engine.web.console.consent.room import ROOM, show_tab
from engine.web.console.frame import READS
from engine.web.edge import ThisEdge
from engine.web.listing import json_rows, wanted, wants_json

TAB = f"{ROOM}/rules"

router = APIRouter(prefix=TAB)


@router.api_route("", methods=READS)
def show_rules(request: Request, edge: ThisEdge) -> Response:
    """Show the rules that bind the gate."""
    book = edge.kit.rulebook
    places = sorted(book.jurisdictions - {EVERYWHERE})
    asked = {
        "place": wanted(request, "place", {*places, EVERYWHERE}) or "",
        "channel": wanted(request, "channel", Channel) or "",
        "words": (wanted(request, "words") or "")[:100],
    }
    rows = [row for row in _rows(book) if _is_wanted(row, asked)]
    if wants_json(request):
        return json_rows(rows, None)
    with edge.kit.database.read() as connection:
        return show_tab(
            request,
            connection,
            "consent_rules.html",
            tab=TAB,
            rows=rows,
            asked=asked,
            choices={"place": [EVERYWHERE, *places], "channel": list(Channel)},
            version=book.version,
            count=len(book.rules),
            unverified=sum(not rule.verified for rule in book.rules),
        )


def _rows(book: Rulebook) -> list[dict[str, object]]:
    """Return *book* by place, what holds everywhere first."""
    packaged = {rule.id for rule in load_rulebook().rules}
    rows = [_row(rule, is_own=rule.id not in packaged) for rule in book.rules]
    return sorted(rows, key=lambda row: (str(row["places"]), str(row["id"])))


def _row(rule: Rule, *, is_own: bool) -> dict[str, object]:
    return {
        "id": rule.id,
        "places": sorted(rule.jurisdictions),
        "channels": sorted(rule.channels),
        "kind": rule.kind.value,
        "asks": asks_of(rule),
        "in_force": in_force(rule),
        "verified": rule.verified,
        "citation": rule.citation,
        "note": rule.note,
        "waived_by": rule.waived_by,
        "is_own": is_own,
    }


def _is_wanted(row: dict[str, object], asked: dict[str, str]) -> bool:
    places, channels = row["places"], row["channels"]
    assert isinstance(places, list)
    assert isinstance(channels, list)
    if asked["place"] and asked["place"] not in places:
        return False
    if asked["channel"] and asked["channel"] not in channels:
        return False
    text = " ".join(str(value) for value in row.values()).casefold()
    return all(word in text for word in asked["words"].casefold().split())
