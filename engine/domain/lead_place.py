"""Where a lead's clock and calendar are, from whatever is known of the lead."""

from engine.domain.lead import Lead
from engine.domain.timing import Place, TimingError, default_zone

FALLBACK_ZONE = "UTC"
"""For a lead of whom nothing tells the zone; quiet hours are the gate's affair, in every zone the lead may be in."""


def place_of(lead: Lead) -> Place:
    """Return the lead's place: the zone on record, else the one most people of the region or country live in."""
    for zone in (lead.zone, default_zone(lead.country, lead.region) if lead.country else None):
        if not zone:
            continue
        try:
            return Place(zone=zone, country=lead.country, region=lead.region)
        except TimingError:
            continue  # an old record; the next guess is better than no follow-up
    return Place(zone=FALLBACK_ZONE, country=lead.country, region=lead.region)
