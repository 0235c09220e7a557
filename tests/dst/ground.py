"""What all seeds stand on: a prepared database to copy, and one engine whose compiled statements are kept."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import event, update

from engine.bootstrap import open_kit, prepare
from engine.clock import VirtualClock
from engine.flows.kit import Kit
from engine.store import tables as t
from engine.store.database import Database
from tests.content.builders import library
from tests.databases import START
from tests.dst.world import World
from tests.flows.conftest import settings_for, world_at
from tests.flows.content import FILES

DAILY_MAX = 2  # of each sender: few enough to be reached

SEQUENCES = {
    "sequences/start.yaml": """\
name: start
enter: {when: lead.created}
stages:
  - {id: hello, email: hello, window: any}
  - {id: text, sms: hi, after: 10 minutes}
  - {id: ring, call: ring, after: 1 hour, wait: no}
  - {id: news, email: news, after: 1 day}
""",
    "sequences/beside.yaml": """\
name: beside
exclusive: no
enter: {when: lead.created}
stages:
  - {id: news, email: news}
  - {id: tip, voicemail: tip, otherwise: text}
  - {id: text, sms: hi, after: 1 hour}
""",
}


@dataclass(kw_only=True)
class Ground:
    """A prepared database, *path* to copy it to, and a kit on that."""

    template: Path
    path: Path
    base: Kit
    world: World | None = None

    @property
    def shared(self) -> Database:
        """The database that all processes reach through doors of their own."""
        return self.base.database

    def clear_for(self, world: World) -> None:
        """Begin anew, in *world*, with a fresh copy."""
        self.world = None
        self.shared.engine.dispose()
        for suffix in ("-wal", "-shm"):
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)
        shutil.copyfile(self.template, self.path)
        self.world = world


@contextmanager
def prepared_ground(folder: Path) -> Iterator[Ground]:
    """Yield a ground in *folder*, with the product's log silent meanwhile."""
    before = structlog.get_config()
    structlog.configure(processors=[_drop])
    template, path = folder / "template.db", folder / "seed.db"
    try:
        _prepare(template, folder / "templates")
        shutil.copyfile(template, path)
        kit = open_kit(settings_for(f"sqlite:///{path}"), world_at(VirtualClock(START)), adapters={})
        ground = Ground(template=template, path=path, base=kit)

        @event.listens_for(kit.database.engine, "before_cursor_execute")
        def _statement(*_given: Any) -> None:
            if ground.world is not None:
                ground.world.statement()

        yield ground
        kit.database.close()
    finally:
        structlog.configure(**before)


def _prepare(template: Path, texts: Path) -> None:
    files: dict[str, str | bytes] = {**FILES, **SEQUENCES}
    kit = prepare(settings_for(f"sqlite:///{template}"), world_at(VirtualClock(START)), library=library(texts, files))
    with kit.database.write() as connection:
        connection.execute(update(t.senders).values(daily_max=DAILY_MAX))
    kit.database.close()


def _drop(_logger: Any, _name: str, _event: Any) -> Any:
    raise structlog.DropEvent
