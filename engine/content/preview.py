"""Shows a message as a lead would get it, before anybody does."""

from collections.abc import Mapping
from datetime import UTC, datetime

from engine.content.compiled import Compiled
from engine.content.render import Rendered, render
from engine.content.variables import Links, build_variables
from engine.domain.lead import Lead, LeadId

PREVIEW_LINKS = Links(
    unsubscribe="https://www.example.com/u/preview",
    preferences="https://www.example.com/p/preview",
    booking="",
    confirm="https://www.example.com/confirm/preview",
)
"""Links as long as the real ones are short; they lead nowhere."""


def preview(compiled: Compiled, lead: Lead, links: Links = PREVIEW_LINKS, *, at: datetime | None = None) -> Rendered:
    """Return *compiled* as *lead* would get it at the instant *at*; raises what `render` raises."""
    return render(compiled, build_variables(lead, compiled.brand, links, at=at))


def _lead(case: str, **known: str) -> Lead:
    return Lead(id=LeadId(f"preview-{case}"), created_at=datetime(2026, 1, 5, 17, 0, tzinfo=UTC), **known)  # type: ignore[arg-type] # every given field is text


HARD_CASES: Mapping[str, Lead] = {
    "typical": _lead("typical", first_name="Dana", last_name="Okafor", interest="heat-pump", email="dana@example.com"),
    "nothing known": _lead("nothing-known"),
    "long name": _lead(
        "long-name", first_name="Wolfeschlegelsteinhausenbergerdorff" * 4, last_name="Featherstonehaugh"
    ),
    "right to left": _lead("right-to-left", first_name="שירה", last_name="אל-חדאד", company="شركة النور"),
    "emoji": _lead("emoji", first_name="Zoë 🌿👩🏽‍🔧", interest="tune-up"),
    "hostile": _lead(
        "hostile",
        first_name="{{ 7*7 }}{% for x in y %}<script>alert(1)</script>",
        last_name="x\r\nBcc: everyone@example.com\x00\x1b[2J",
        company='"><img src=x onerror=alert(1)>',
        interest="{% raw %}",
    ),
}
"""Leads that break messages: every message must read well for each of them."""
