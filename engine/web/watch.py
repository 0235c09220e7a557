"""Who waits for changes, and one thread that looks for them: a look asks the same, however many listen.

The thread lives only while somebody listens. A listener keeps a set of topics that changed since it last asked, so that
one who is slow to read gets one word for many changes, and costs no memory.
"""

import asyncio
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Event, Lock, Thread

import structlog

from engine.store import changes
from engine.store.changes import Marks, Topic
from engine.store.database import Database
from engine.store.errors import StoreError

log = structlog.get_logger(__name__)

LOOK_EVERY_SECONDS = 0.4  # with what a page takes to be read again, well within the second that people wait for
LISTENERS_MAX = 200  # open pages a process; each is a connection that stays
AFTER_TROUBLE_SECONDS = 5.0

UNSETTLED = 0
"""Stands for the number of a topic that may yet be committed as it was seen: on coming back, it counts as changed."""


class Sight:
    """What one page has seen, and what may still be about to be committed."""

    def __init__(self, seen: Mapping[Topic, int] | None = None) -> None:
        self._seen = seen
        self._unsettled: dict[Topic, frozenset[str]] = {}

    def look(self, now: Marks) -> frozenset[Topic]:
        """Return what changed since the last look: at the first one nothing, unless it was told what had been seen.

        A topic whose number moved is told at once, and once more when whoever was writing then has ended: what moved
        it may have been committed only after the page was read again.
        """
        settled = {topic for topic, writers in self._unsettled.items() if not writers & now.writers}
        for topic in settled:
            del self._unsettled[topic]
        is_first = self._seen is None
        moved = {topic for topic, number in now.numbers.items() if is_first or (self._seen or {}).get(topic) != number}
        self._unsettled |= dict.fromkeys(moved, now.writers) if now.writers else {}
        self._seen = now.numbers
        return frozenset(settled if is_first else settled | moved)

    @property
    def settled(self) -> dict[Topic, int]:
        """How far each topic was seen for certain; empty before the first look."""
        return {topic: UNSETTLED if topic in self._unsettled else at for topic, at in (self._seen or {}).items()}


class Listener:
    """One open page: the topics it asked for, and those that changed meanwhile."""

    def __init__(self, topics: frozenset[Topic], seen: Mapping[Topic, int] | None) -> None:
        self._topics = topics
        self._sight = Sight(seen)
        self._changed: set[Topic] = set()
        self._has_looked = False
        self._loop = asyncio.get_running_loop()
        self._woken = asyncio.Event()
        self._lock = Lock()
        self.is_over = False

    async def changed(self, within_seconds: float) -> tuple[frozenset[Topic], dict[Topic, int]]:
        """Return the topics that changed, as soon as there was a look that tells, and how far each was seen.

        None have changed after *within_seconds*, after the very first look, or when it is over.
        """
        try:
            async with asyncio.timeout(within_seconds):
                await self._woken.wait()
        except TimeoutError:
            pass
        with self._lock:
            self._woken.clear()
            found = frozenset(self._changed)
            self._changed.clear()
            return found, self._sight.settled

    def look(self, now: Marks) -> None:
        """Compare with what was seen before; from any thread."""
        with self._lock:
            self._changed |= self._sight.look(now) & self._topics
            if self._changed or not self._has_looked:
                self._wake()
            self._has_looked = True

    def end(self) -> None:
        """Let the page go; from any thread."""
        self.is_over = True
        self._wake()

    def _wake(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._woken.set)


class Watch:
    """Tells every listener of a process what changed in the database, whoever changed it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: set[Listener] = set()
        self._lock = Lock()
        self._thread: Thread | None = None
        self._pause = Event()  # never set: to wait by

    @property
    def has_room(self) -> bool:
        """Whether one more may listen."""
        return len(self._listeners) < LISTENERS_MAX

    @contextmanager
    def listener(self, topics: frozenset[Topic], seen: Mapping[Topic, int] | None = None) -> Iterator[Listener]:
        """Listen until the block ends, from where each topic was *seen* last, or from now on."""
        listener = Listener(topics, seen)
        with self._lock:
            self._listeners.add(listener)
            if self._thread is None:
                self._thread = Thread(target=self._run, name="watch", daemon=True)
                self._thread.start()
        try:
            yield listener
        finally:
            with self._lock:
                self._listeners.discard(listener)

    def _run(self) -> None:
        while listeners := self._who_listens():
            seconds = LOOK_EVERY_SECONDS
            try:
                with self._database.read() as connection:
                    now = changes.read(connection)
            except StoreError as error:
                log.warning("watch.failed", error=str(error))
                seconds = AFTER_TROUBLE_SECONDS
            else:
                for listener in listeners:
                    listener.look(now)
            self._pause.wait(seconds)

    def _who_listens(self) -> list[Listener]:
        """Return everybody who listens; nobody ends the thread, and so does a server that leaves."""
        with self._lock:
            if server_is_leaving():
                for listener in self._listeners:
                    listener.end()
                self._listeners.clear()
            if not self._listeners:
                self._thread = None
            return list(self._listeners)


def server_is_leaving() -> bool:
    """Return whether the web server of this process was told to stop.

    uvicorn waits for open answers before it says so to the app, and a page that listens never ends by itself. Its
    server stands behind the handler of the signal, which is where everybody finds it who needs to know.
    """
    server = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    return bool(getattr(server, "should_exit", False))
