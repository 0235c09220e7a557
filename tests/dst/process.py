"""A process of the installation: its kit, its clock, its journal, its door to the database."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from engine.flows.kit import Kit
from engine.ids import Ids
from engine.journal import FileJournal
from engine.store.database import Database
from engine.store.notices import Subscriptions
from tests.databases import START
from tests.dst.world import World, short


class ProcessClock:
    """The clock of a process: whoever sleeps lets others act."""

    is_virtual = True

    def __init__(self, world: World) -> None:
        self._world = world

    def now(self) -> datetime:
        """Return the present instant."""
        return self._world.now

    def monotonic(self) -> float:
        """Return seconds that no jump of a wall clock touches."""
        return (self._world.now - START).total_seconds()

    def sleep(self, seconds: float) -> None:
        """Let *seconds* pass, if whoever waits for an answer can wait so long."""
        self._world.waits(seconds)
        self._world.rest(seconds)


class ProcessDatabase(Database):
    """The database as a process reaches it: with seams before and after each transaction.

    SQLite has one writer, so nobody can stand inside a transaction that writes while others work; it can be cut off
    there. PostgreSQL's row locks have races of their own: `tests/flows/test_concurrency.py`.
    """

    def __init__(self, shared: Database, world: World) -> None:
        self.clock = ProcessClock(world)
        self.engine = shared.engine
        self.subscriptions = Subscriptions(self.clock)  # what one process remembers is its own
        self._writer = shared._writer
        self._world = world

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction that may write, if the world lets it; others may act before and after."""
        self._world.point("before a transaction", needs_database=True)
        self._world.begin_transaction()
        with super().write() as connection:
            yield connection
            self._world.before_commit()
        self._world.committed()
        self._world.after_commit()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that only reads; others may act before it."""
        self._world.point("before a look", needs_database=True)
        with super().read() as connection:
            yield connection

    def now(self, connection: Connection) -> datetime:  # noqa: ARG002 - a virtual clock overrules it
        """Return the database's instant, which may jump."""
        return self._world.database_now()


class ProcessJournal:
    """The journal of one life of a process, in a real file."""

    def __init__(self, folder: Path, unique: str, world: World) -> None:
        self._file = FileJournal(folder, unique)
        self._path = folder / self._file.name
        self._world = world
        self.name = self._file.name
        self.noted: set[str] = set()
        self.is_damaged = False

    def note(self, attempt_id: str) -> None:
        """Note a call; the process may stand or fall before and after."""
        self._world.point("before its note")
        self._file.note(attempt_id)
        self.noted.add(attempt_id)
        self._world.point("between its note and the call")

    def close(self) -> None:
        """End the journal in order."""
        self._file.close()

    def break_off(self) -> None:
        """Leave the journal as a dead process does: whole, torn or lost."""
        os.close(self._file._file)
        if not self._world.chance(self._world.weather.damaged_journal):
            return
        self.is_damaged = True
        if self._world.random.random() < 0.5:
            self._world.say("its journal is lost")
            self._path.unlink()
        else:
            self._world.say("its journal is torn")
            with self._path.open("ab") as file:
                file.write(b"019c")


class Process:
    """One process; it dies and starts again as another life of the same name."""

    def __init__(
        self,
        name: str,
        world: World,
        base: Kit,
        shared: Database,
        ids: Ids,
        folder: Path,
        refit: Callable[[Kit, str], Kit],
    ) -> None:
        self.name = name
        self.life = 0
        self.starts_at = world.now
        self.journals: list[ProcessJournal] = []
        self._world = world
        self._folder = folder
        self._base = replace(
            base, database=ProcessDatabase(shared, world), clock=ProcessClock(world), ids=ids, journals=folder
        )
        self._refit = refit
        self.kit = self._base
        self.start()

    def start(self) -> None:
        """Begin a life, with a journal of its own."""
        journal = ProcessJournal(self._folder, f"{self.name}-{self.life}", self._world)
        self.journals.append(journal)
        self.kit = self._refit(replace(self._base, journal=journal), self.name)

    def die(self, where: str) -> None:
        """End this life here; everything it had under way ends with it."""
        self._world.say(f"{self.name} dies {where} ({short(self.life)})")
        self.life += 1
        self.journals[-1].break_off()
        self.start()

    def close(self) -> None:
        """Give back what is open."""
        self.journals[-1].close()
