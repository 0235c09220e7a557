"""Staff reached by apprise: some hundred services, each by one kind of address (mailto://, slack://, json://...)."""

import logging
from collections.abc import Sequence
from email import charset

import apprise
import structlog
from apprise.manager_plugins import NotificationManager

from channels.alarm import Alert
from channels.errors import Misconfigured, Unavailable

log = structlog.get_logger(__name__)

SECONDS_MAX = 10.0
"""How long a place may take to connect, and again to answer: whoever tells holds a lease meanwhile."""

logging.getLogger("apprise").disabled = True  # its lines hold whole addresses, which hold secrets; ours say what failed

VARIABLE = "FIFTHTOUCH_ALERT_URLS"


def _load_services() -> None:
    """Load all of apprise's services now: one of them changes how this process encodes every mail, so that is undone."""
    before = dict(charset.CHARSETS)
    NotificationManager().load_modules()  # type: ignore[no-untyped-call] # its types stop short of its managers
    charset.CHARSETS.clear()
    charset.CHARSETS.update(before)


_load_services()


class AppriseAlarm:
    """Says everything at each of *urls*, addresses as apprise reads them; they hold secrets and are never shown."""

    def __init__(self, urls: Sequence[str]) -> None:
        self._urls = tuple(urls)

    def tell(self, said: Alert) -> Sequence[str]:
        """Say it at every place; see `Alarm`."""
        places = self._places()
        deaf = [name for name, place in places if not _told(name, place, said)]
        if len(deaf) == len(places):
            raise Unavailable(f"no place took it: {', '.join(deaf)}")
        return deaf

    def names(self) -> Sequence[str]:
        """Return what each place is, in words without secrets; raises `Misconfigured` for one that cannot be read."""
        return [name for name, _ in self._places()]

    def _places(self) -> list[tuple[str, apprise.NotifyBase]]:
        found = []
        for number, url in enumerate(self._urls, start=1):
            place = apprise.Apprise.instantiate(url, suppress_exceptions=True)
            if not isinstance(place, apprise.NotifyBase):
                raise Misconfigured(
                    f"{VARIABLE}: address {number} of {len(self._urls)} is not one that apprise knows, such as "
                    "mailto://USER:PASSWORD@HOST or slack://TOKEN; a comma inside one is written %2C"
                )
            place.socket_connect_timeout = min(place.socket_connect_timeout or SECONDS_MAX, SECONDS_MAX)
            place.socket_read_timeout = min(place.socket_read_timeout or SECONDS_MAX, SECONDS_MAX)
            found.append((f"{place.service_name} (address {number})", place))
        return found


def _told(name: str, place: apprise.NotifyBase, said: Alert) -> bool:
    try:
        answer = place.notify(body=said.body, title=said.title, notify_type=apprise.NotifyType.WARNING)
    except Exception as error:  # noqa: BLE001 - a hundred services, each with errors of its own; one must not hide the others
        # Its text may hold the address.
        log.warning("alarm.failed", place=name, error=type(error).__name__)
        return False
    return bool(answer)


def read_alert_urls(text: str) -> tuple[str, ...]:
    """Return the addresses in *text*, which commas stand between."""
    return tuple(url for one in text.split(",") if (url := one.strip()))
