"""Record that an emergency was declared, and that it is over."""

from datetime import datetime

from consent.places import places
from consent.rule import EmergencyTerms
from consent.rulebook import Rulebook
from engine.flows.kit import Kit
from engine.store import audit, emergencies


class NoSuchPlace(ValueError):
    """There is no country or state of that name."""


def place_named(text: str) -> str:
    """Return the place that *text* names, as `US-NY` or `US`; raises `NoSuchPlace`."""
    place = text.strip().upper()
    if place in places().region_zones or place in places().country_zones:
        return place
    raise NoSuchPlace(f"there is no place {text!r}: write a country as US, or a state as US-NY")


def rules_for(rulebook: Rulebook, place: str) -> list[str]:
    """Return the rules that look at emergencies in *place*: without one, recording it changes nothing."""
    return sorted(
        {rule.id for rule in rulebook.rules if isinstance(rule.terms, EmergencyTerms) and place in rule.jurisdictions}
    )


def declare(kit: Kit, place: str, *, starts_at: datetime, ends_at: datetime | None, note: str, by: str) -> str:
    """Put an emergency in *place* on record; return its id."""
    with kit.database.write() as connection:
        now, emergency_id = kit.database.now(connection), kit.ids.new()
        row = {"id": emergency_id, "place": place, "starts_at": starts_at, "ends_at": ends_at, "note": note}
        emergencies.add(connection, row | {"recorded_at": now, "recorded_by": by})
        told = {"place": place, "starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat() if ends_at else None}
        audit.note(
            connection,
            row_id=kit.ids.new(),
            at=now,
            actor=by,
            action="emergency.declared",
            subject=emergency_id,
            after={**told, "note": note},
        )
    return emergency_id


def end(kit: Kit, emergency_id: str, *, by: str) -> bool:
    """End an emergency now; return whether it lasted."""
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        if not emergencies.end(connection, emergency_id, now):
            return False
        told = {"ends_at": now.isoformat()}
        audit.note(
            connection,
            row_id=kit.ids.new(),
            at=now,
            actor=by,
            action="emergency.ended",
            subject=emergency_id,
            after=told,
        )
    return True
