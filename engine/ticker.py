"""The heartbeat: look at the clock, ask the database what is due, ring that many bells and no more."""

from datetime import datetime, timedelta
from threading import Event

import structlog

from engine import metrics
from engine.flows.kit import Kit
from engine.jobs import Bells
from engine.store import due, partitions
from engine.store.errors import StoreError

log = structlog.get_logger(__name__)

TICK_SECONDS = 1.0
HOUSEKEEPING_EVERY = timedelta(hours=6)


class Ticker:
    """One heartbeat. Several may run at once: a bell too many only finds nothing to do."""

    def __init__(self, kit: Kit, bells: Bells) -> None:
        self._kit = kit
        self._bells = bells
        self._cleaned_at: datetime | None = None

    def run(self, stop: Event) -> None:
        """Tick once a second until *stop* is set; a tick that fails is logged and the next one tries again."""
        while not stop.is_set():
            self.tick()
            stop.wait(TICK_SECONDS)

    def tick(self) -> list[str]:
        """Ring for what is due now; return the bells rung."""
        try:
            wanted = self._due()
            rung = [name for name in wanted if self._bells.has_room(name) and self._bells.ring(name)]
            self._keep_house()
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
            now = database.now(connection)
            checks = {
                "advance": due.has_due_enrollments(connection, now),
                "absorb": due.has_unapplied_events(connection),
                "reconcile": due.has_abandoned_attempts(connection, now),
                "tell_sandbox": due.has_sandbox_events(connection, now),
                "seal": due.has_unsealed_facts(connection),
            }
            lanes = due.lanes_due(connection, now)
        return [f"deliver.{lane}" for lane in lanes] + [name for name, is_due in checks.items() if is_due]

    def _keep_house(self) -> None:
        """Make room for the months to come; when that fails, bells go on ringing and it is tried again later."""
        now = self._kit.clock.now()
        if self._cleaned_at is not None and now - self._cleaned_at < HOUSEKEEPING_EVERY:
            return
        self._cleaned_at = now
        try:
            with self._kit.database.write() as connection:
                partitions.make_partitions(connection, self._kit.database.now(connection))
        except Exception:
            log.exception("housekeeping.failed")
