"""Where a lead in a call is put through: the telephone of whoever looks after them, while it is answered."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from channels.address import InvalidAddress, canonical_phone, phone_region, phone_zones
from engine.content.brand import Brand
from engine.domain.timing import Place, next_open
from engine.flows.kit import Kit
from engine.flows.shelf import Missing
from engine.store import users
from engine.store.database import Connection

NO_ZONE = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLinks:
    """The addresses that a call goes on at; *base* is our own, as providers reach it, without a slash at its end."""

    base: str

    def keypress(self, message_id: str | None, *, again: bool = False) -> str:
        """Return where a pressed key is told; with *again* one that means nothing ends the call."""
        return self._to("keypress", message_id, again="1" if again else "")

    def dialled(self, message_id: str | None) -> str:
        """Return where it is told whether the lead was put through, or that nobody was even dialled."""
        return self._to("dialled", message_id)

    def _to(self, name: str, message_id: str | None, **more: str) -> str:
        said = {"message_id": message_id or "", **more}
        query = urlencode({key: value for key, value in said.items() if value})
        return f"{self.base}/webhooks/twilio/voice/{name}" + (f"?{query}" if query else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The telephone of whoever looks after a lead; *number* is None where nobody told one, *opens_at* when it is answered."""

    number: str | None
    opens_at: datetime

    def is_answered(self, now: datetime) -> bool:
        """Return whether somebody may be expected to answer it at *now*."""
        return self.number is not None and self.opens_at <= now


def seller_of(kit: Kit, connection: Connection) -> Brand | None:
    """Return the published brand; None before anything was published."""
    try:
        return kit.shelf.current(connection).brand()
    except Missing:
        return None


def line_of(kit: Kit, connection: Connection, owner: str, *, us: str, now: datetime) -> Line:
    """Return the telephone of the user *owner*, or of whoever is next to take a lead; *us* is our number in the call.

    A number written the national way is read as one of the country of *us*.
    """
    brand = seller_of(kit, connection)
    user = users.find(connection, owner) if owner else users.waiting_longest(connection)
    written = (user["phone"] if user else None) or (brand.owner(user["id"] if user else owner).phone if brand else "")
    number = _canonical(written or "", phone_region(us))
    if brand is None:
        return Line(number=number, opens_at=now)
    zones = (brand.answering_zone, *phone_zones(number or us), NO_ZONE)
    place = Place(zone=next(zone for zone in zones if zone), country=phone_region(number or us))
    return Line(number=number, opens_at=next_open(now, brand.answering_window, place))


def _canonical(written: str, country: str | None) -> str | None:
    try:
        return canonical_phone(written, country) if written else None
    except InvalidAddress:
        return None
