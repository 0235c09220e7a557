"""Read the mailbox that answers and bounces come to, as providers without callbacks deliver them.

Each mail is committed before its place is noted, and noted before it is marked: whoever dies in between reads it once
more, and its event has the same id.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from channels.errors import ChannelError, Misconfigured
from channels.events import ProviderEvent
from channels.imap import Fetched, Folder, Mailbox, Place
from channels.webhooks.unreadable import Unreadable
from engine import metrics
from engine.flows.absorb import receive
from engine.flows.callbacks import read_callback
from engine.flows.kit import Kit
from engine.flows.raw import Raw, keep_raw
from engine.store import errands, installation
from engine.store.errors import StoreError

log = structlog.get_logger(__name__)

PROVIDER, CALLBACK = "imap", "mail"

BATCH_MAX = 50
SECONDS_MAX = 60.0
"""After which no further mail of a batch is begun: the next batch follows at once."""

LEASE = timedelta(minutes=10)
"""One reads at a time. Each step of the server's is bounded to less, and each mail renews it."""

LOOK_BACK = timedelta(days=30)
"""How old mail may be when a mailbox is read for the first time: older answers are no news to anybody."""

ZONES = timedelta(days=1)
"""IMAP seeks by the server's own date, in a time zone that it tells nobody."""

REFUSED_FOR = timedelta(minutes=5)
"""How long a login that was refused is not tried again: servers lock out whoever keeps trying."""

TRIES_MAX = 3
"""How often a mail is taken in that we fail over, before it is set aside so that those behind it are heard."""


@dataclass(slots=True)
class _Reading:
    """A mailbox being read, and what is noted of it: its name, the place, tries at the next mail, trouble."""

    kit: Kit
    mailbox: Mailbox
    noted: dict[str, Any] = field(default_factory=dict)

    def place(self) -> Place | None:
        validity, uid = self.noted.get("validity"), self.noted.get("uid")
        if self.noted.get("mailbox") != self.mailbox.name or not (isinstance(validity, int) and isinstance(uid, int)):
            return None
        return Place(validity=validity, uid=uid)

    def note(self, *, again_at: datetime | None = None, **what: Any) -> None:
        """Note *what*; the next look is due at *again_at*, else our lease is renewed."""
        self.noted |= {"mailbox": self.mailbox.name, **what}
        with self.kit.database.write() as connection:
            now = self.kit.database.now(connection)
            due_at = again_at or now + LEASE
            errands.end(connection, errands.MAILBOX, self.noted, done_at=due_at - errands.EVERY_MINUTE)


def fetch_mail(kit: Kit) -> int:
    """Take in what is new in the mailbox, if that is due; return how many mails.

    A mailbox that cannot be read is said once, and tried again; nothing in it is deleted or marked as read.
    """
    if kit.mailbox is None:
        return 0
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        noted = errands.take(connection, errands.MAILBOX, now, every=errands.EVERY_MINUTE, lease=LEASE)
        since = max(installation.read(connection).created_at, now - LOOK_BACK) - ZONES
    if noted is None:
        return 0
    reading = _Reading(kit, kit.mailbox, noted)
    try:
        with kit.mailbox.open() as folder:
            count, is_more = _read(reading, folder, since)
    except ChannelError as error:
        _tell_trouble(reading, error)
        return 0
    if reading.noted.get("trouble"):
        log.info("mailbox.read_again", mailbox=reading.mailbox.name)
    now = _now(kit)
    again_at = now if is_more else now + errands.EVERY_MINUTE
    reading.note(again_at=again_at, trouble=None, read_at=now.isoformat())
    return count


def _read(reading: _Reading, folder: Folder, since: datetime) -> tuple[int, bool]:
    """Take in up to a batch; return how many mails, and whether more wait."""
    kit = reading.kit
    place = reading.place()
    if place is not None and place.validity != folder.validity:
        log.warning("mailbox.numbered_anew", mailbox=reading.mailbox.name)
    uids = folder.uids_after(place, since.date())
    begun_at = kit.clock.now()
    for count, uid in enumerate(uids[:BATCH_MAX]):
        if kit.is_stopping() or (kit.clock.now() - begun_at).total_seconds() > SECONDS_MAX:
            return count, True
        if not _take(reading, folder, uid):
            return count, False
        reading.note(validity=folder.validity, uid=uid, tries=0)
        folder.mark(uid)
    return min(len(uids), BATCH_MAX), len(uids) > BATCH_MAX


def _take(reading: _Reading, folder: Folder, uid: int) -> bool:
    """Keep the mail *uid*, and act on it; return False where it is to be tried again later."""
    fetched = folder.fetch(uid)
    if fetched is None:
        return True
    try:
        _keep(reading.kit, fetched, _raw(folder, uid, fetched))
    except StoreError:
        raise
    except Exception as error:
        tries = int(reading.noted.get("tries") or 0) + 1
        log.exception("mail.failed", uid=uid, tries=tries)
        reading.note(tries=tries)
        if tries < TRIES_MAX:
            return False
        keep_raw(reading.kit, _raw(folder, uid, fetched, problem=f"It could not be taken in: {error!r}"))
        metrics.CALLBACKS.labels(PROVIDER, CALLBACK, "set aside").inc()
    return True


def _keep(kit: Kit, fetched: Fetched, raw: Raw) -> None:
    now = _now(kit)
    received_at = min(fetched.arrived_at or now, now)  # a server's clock may be ahead
    found = read_callback(kit, raw, received_at=received_at, domain=None)
    problems = [one.problem for one in found if isinstance(one, Unreadable)]
    if fetched.size_bytes > len(fetched.raw):
        problems.append(f"The mail is too large: {fetched.size_bytes} bytes, of which {len(fetched.raw)} are kept.")
    if problems:
        raw = replace(raw, problem="\n".join(dict.fromkeys(problems)))
        log.warning("mail.unreadable", problem=problems[0])
    receive(kit, [one for one in found if isinstance(one, ProviderEvent)], raw=raw)
    metrics.CALLBACKS.labels(PROVIDER, CALLBACK, "kept").inc()


def _raw(folder: Folder, uid: int, fetched: Fetched, *, problem: str | None = None) -> Raw:
    """Return the mail as it is kept, with where it lies."""
    where = f"{folder.validity};UID={uid}"
    return Raw(provider=PROVIDER, callback=CALLBACK, target=where, headers={}, body=fetched.raw, problem=problem)


def _tell_trouble(reading: _Reading, error: ChannelError) -> None:
    """Say once what keeps us from reading, and try again: soon, or later where trying may do harm."""
    trouble = str(error)
    if reading.noted.get("trouble") != trouble:
        log.error("mailbox.unread", mailbox=reading.mailbox.name, error=trouble, remedy="see `fifthtouch doctor`")
    wait = REFUSED_FOR if isinstance(error, Misconfigured) else errands.EVERY_MINUTE
    reading.note(again_at=_now(reading.kit) + wait, trouble=trouble)


def _now(kit: Kit) -> datetime:
    with kit.database.read() as connection:
        return kit.database.now(connection)
