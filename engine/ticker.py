"""The heartbeat: look at the clock, ask the database what is due, ring that many bells and no more."""

from datetime import datetime, timedelta
from threading import Event, Thread

import structlog

from engine import metrics
from engine.flows import reputation, silence, watching
from engine.flows.alerting import tell_staff
from engine.flows.claiming import FIRST, MAIN
from engine.flows.kit import Kit
from engine.flows.matching import hear_unmatched
from engine.flows.once import forget_old_requests
from engine.flows.retaining import retain
from engine.flows.telling import is_anything_to_tell, tell_programs
from engine.jobs import Bells
from engine.store import due, partitions
from engine.store.errors import StoreError

log = structlog.get_logger(__name__)

TICK_SECONDS = 1.0
HOUSEKEEPING_EVERY = timedelta(hours=6)
WATCH_EVERY = timedelta(minutes=1)
TELL_EVERY = timedelta(seconds=15)


class Ticker:
    """One heartbeat. Several may run at once: a bell too many only finds nothing to do."""

    def __init__(self, kit: Kit, bells: Bells) -> None:
        self._kit = kit
        self._bells = bells
        self._cleaned_at: datetime | None = None
        self._watched_at: datetime | None = None
        self._told_at: datetime | None = None
        self._telling: Thread | None = None
        self._posting: Thread | None = None

    def run(self, stop: Event) -> None:
        """Tick once a second until *stop* is set; a tick that fails is logged and the next one tries again."""
        while not stop.is_set():
            self.tick()
            stop.wait(TICK_SECONDS)

    def tick(self) -> list[str]:
        """Ring for what is due now; return the bells rung."""
        try:
            wanted = self._due()
            rung = [name for name in wanted if self._bells.ring(name)]
            self._keep_house()
            self._watch()
            self._tell()
            self._post()
        except Exception as error:
            known = isinstance(error, StoreError)
            log.warning("tick.failed", error=str(error), exc_info=not known)
            metrics.TICKS.labels("failed").inc()
            return []
        metrics.TICKS.labels("ok").inc()
        return rung

    def _due(self) -> list[str]:
        database = self._kit.database
        with database.read() as connection:
            work = due.look(connection, database.now(connection))
        bells = {
            f"deliver.{FIRST}": work.first,
            f"deliver.{MAIN}": work.main,
            "advance": work.enrollments,
            "absorb": work.events,
            "reconcile": work.attempts,
            "tell_sandbox": work.sandbox,
            "seal": work.facts,
            "sync_lists": work.lists and bool(self._kit.lists),
            "fetch_mail": work.mailbox and self._kit.mailbox is not None,
        }
        return [name for name, is_due in bells.items() if is_due]

    def _watch(self) -> None:
        """Look once a minute whether providers still call back, whether leads complain, and what nobody matched.

        A failure is logged, and looked at a minute later.
        """
        now = self._kit.clock.now()
        if self._watched_at is not None and now - self._watched_at < WATCH_EVERY:
            return
        self._watched_at = now
        try:
            silence.watch(self._kit)
            reputation.watch(self._kit)
            hear_unmatched(self._kit)
            watching.watch(self._kit)
        except Exception:
            log.exception("watch.failed")

    def _tell(self) -> None:
        """Let staff be told of incidents, in a thread of its own: places that do not answer must not delay a bell."""
        now = self._kit.clock.now()
        if self._kit.alarm is None or (self._told_at is not None and now - self._told_at < TELL_EVERY):
            return
        if self._telling is None or not self._telling.is_alive():
            self._told_at = now
            self._telling = Thread(target=self._tell_staff, name="alarm", daemon=True)
            self._telling.start()

    def _tell_staff(self) -> None:
        try:
            tell_staff(self._kit)
        except Exception as error:
            log.warning("alert.failed", error=str(error), exc_info=not isinstance(error, StoreError))

    def _post(self) -> None:
        """Let programs elsewhere be told what happened, in a thread of its own: no bell waits for a stranger's server."""
        if self._kit.poster is None or (self._posting is not None and self._posting.is_alive()):
            return
        if is_anything_to_tell(self._kit):
            self._posting = Thread(target=self._tell_programs, name="webhooks", daemon=True)
            self._posting.start()

    def _tell_programs(self) -> None:
        try:
            while not self._kit.is_stopping() and tell_programs(self._kit):
                pass
        except Exception as error:
            log.warning("webhook.failed", error=str(error), exc_info=not isinstance(error, StoreError))

    def _keep_house(self) -> None:
        """Make room for the months to come, and drop what was kept long enough.

        When that fails bells go on ringing, and it is tried again later.
        """
        now = self._kit.clock.now()
        if self._cleaned_at is not None and now - self._cleaned_at < HOUSEKEEPING_EVERY:
            return
        self._cleaned_at = now
        try:
            with self._kit.database.write() as connection:
                partitions.make_partitions(connection, self._kit.database.now(connection))
            forget_old_requests(self._kit)
            retain(self._kit)
        except Exception:
            log.exception("housekeeping.failed")
