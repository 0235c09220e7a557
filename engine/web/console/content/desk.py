"""What the pages about content work on: a templates folder, what was looked over in it, and an installation if there is one.

The folder is read again whenever a file in it changes. What takes long, looking a message over for every hard case, is done
once for each text and by one thread in the background, so that a page never waits for a hundred messages.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.resources.abc import Traversable
from pathlib import Path
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Annotated, Any

import structlog
from fastapi import Depends, Request
from fastapi.responses import HTMLResponse

from engine.clock import Clock, SystemClock
from engine.content.checking.sequences import look_over_sequence
from engine.content.checks import check_message
from engine.content.compile import compile_message
from engine.content.compiled import Compiled
from engine.content.folder import find_place, trades_in
from engine.content.library import Library, load_library
from engine.content.problems import ContentErrors, Problem
from engine.content.source import Source
from engine.content.speech import Speaker
from engine.domain.sequence import Sequence
from engine.flows.kit import Kit
from engine.web.console import saying
from engine.web.console.frame import ROOMS, show
from engine.web.rendering import render

log = structlog.get_logger(__name__)

ROOM = "/console/content"
KEPT_MAX = 2_000  # messages looked over; a folder has some hundred, and each edit adds one


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The folder as it was read: *pulse* changes with any file; *library* is None where it can't be used at all."""

    pulse: str
    library: Library | None = field(repr=False)
    problems: tuple[Problem, ...] = ()
    place: str = ""
    trades: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What there is to say about one message, and what it compiles to; None where it doesn't."""

    compiled: Compiled | None
    problems: tuple[Problem, ...]


class Bench:
    """Reads the folder again whenever it was changed, and keeps what it read; several requests may ask at once."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self._lock = Lock()
        self._readings: dict[str | None, Reading] = {}

    def pulse(self) -> str:
        """Return a short text that changes whenever a file of the folder does."""
        place = find_place(self.folder)
        return sha256("\n".join(sorted(_marks(place))).encode(errors="replace")).hexdigest()[:16]

    def read(self, trade: str | None = None) -> Reading:
        """Return the folder as *trade* has it, as it is now."""
        pulse = self.pulse()
        with self._lock:
            known = self._readings.get(trade)
        if known is not None and known.pulse == pulse:
            return known
        place = find_place(self.folder)
        try:
            library: Library | None = load_library(self.folder, trade=trade)
            problems = library.problems if library else ()
        except ContentErrors as error:
            library, problems = None, error.problems
        reading = Reading(pulse=pulse, library=library, problems=problems, place=str(place), trades=trades_in(place))
        with self._lock:
            self._readings[trade] = reading
        return reading

    def compiled(self, library: Library, source: Source) -> Looked:
        """Return *source* compiled, or what keeps it from that."""
        return _KEPT.compiled(library, source)

    def look_over(self, library: Library, source: Source, *, wait: bool) -> tuple[Problem, ...] | None:
        """Return what is to be said about *source*; without *wait* None until the background has looked."""
        return _KEPT.look_over(library, source, wait=wait)

    def plan(self, library: Library, name: str) -> tuple[Sequence | None, tuple[Problem, ...]]:
        """Return the sequence in the file *name*, None where it can't be used, and what is to be said about it."""
        return _KEPT.plan(library, name)


class _Kept:
    """What is known of each text of each message, for all benches of this process: the same text says the same."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._compiled: dict[str, Looked] = {}
        self._findings: dict[str, tuple[Problem, ...]] = {}
        self._plans: dict[str, tuple[Sequence | None, tuple[Problem, ...]]] = {}
        self._asked: set[str] = set()
        self._line: SimpleQueue[tuple[str, Library, Source]] = SimpleQueue()
        self._worker: Thread | None = None

    def compiled(self, library: Library, source: Source) -> Looked:
        key = _key(library, source)
        with self._lock:
            known = self._compiled.get(key)
        if known is None:
            try:
                known = Looked(compiled=compile_message(library, source), problems=())
            except ContentErrors as error:
                known = Looked(compiled=None, problems=error.problems)
            with self._lock:
                _keep(self._compiled, key, known)
        return known

    def look_over(self, library: Library, source: Source, *, wait: bool) -> tuple[Problem, ...] | None:
        key = _key(library, source)
        with self._lock:
            known = self._findings.get(key)
            if known is None and not wait and key not in self._asked:
                self._asked.add(key)
                self._line.put((key, library, source))
                self._begin()
        # Whoever looks at one message does not stand in line behind all the others.
        return self._look(key, library, source) if known is None and wait else known

    def plan(self, library: Library, name: str) -> tuple[Sequence | None, tuple[Problem, ...]]:
        text, file = library.sequences[name], library.file(f"sequences/{name}.yaml")
        key = _hash([text, file, sorted(library.touches), sorted(library.sequences)])
        with self._lock:
            known = self._plans.get(key)
        if known is None:
            known = look_over_sequence(library, text, file)
            with self._lock:
                _keep(self._plans, key, known)
        return known

    def _begin(self) -> None:
        if self._worker is None:  # a daemon, so that a process that is told to stop does not finish the line first
            self._worker = Thread(target=self._work, name="look-over", daemon=True)
            self._worker.start()

    def _work(self) -> None:
        while True:
            key, library, source = self._line.get()
            try:
                self._look(key, library, source)
            except Exception:
                log.exception("content.not_looked_over", file=source.file)  # the others go on; its page shows the error

    def _look(self, key: str, library: Library, source: Source) -> tuple[Problem, ...]:
        with self._lock:
            known = self._findings.get(key)
        if known is None:
            known = check_message(library, source)
            with self._lock:
                _keep(self._findings, key, known)
                self._asked.discard(key)
        return known


_KEPT = _Kept()


def _keep(kept: dict[str, Any], key: str, value: object) -> None:
    kept[key] = value
    while len(kept) > KEPT_MAX:
        del kept[next(iter(kept))]


def _key(library: Library, source: Source) -> str:
    """Return the hash of all that decides how *source* reads: its own text, layouts, snippets and brand."""
    told = [repr(source), sorted(library.layouts.items()), sorted(library.snippets.items()), library.brand.to_json()]
    return _hash(told)


def _hash(told: object) -> str:
    return sha256(json.dumps(told, sort_keys=True, default=str).encode(errors="replace")).hexdigest()


def _marks(place: Path | Traversable, depth: int = 4) -> Iterable[str]:
    """Yield a line for each file under *place* that says when it was changed and how long it is."""
    if not isinstance(place, Path) or not place.is_dir():
        return
    for entry in place.iterdir():
        if entry.name.startswith((".", "__")):
            continue
        try:
            if entry.is_dir():
                if depth:
                    yield from _marks(entry, depth - 1)
            else:
                told = entry.stat()
                yield f"{entry} {told.st_mtime_ns} {told.st_size}"
        except OSError:  # it went away between the two looks
            continue


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The bench, a voice, and the installation; *kit* is None where only a folder is looked at."""

    bench: Bench
    speaker: Speaker = field(default_factory=Speaker)
    kit: Kit | None = None

    @property
    def clock(self) -> Clock:
        """The clock that greetings go by."""
        return self.kit.clock if self.kit else SystemClock()


def desk_of(request: Request) -> Desk:
    """Return the desk of the app that serves *request*."""
    desk: Desk = request.app.state.desk
    return desk


ThisDesk = Annotated[Desk, Depends(desk_of)]


def show_page(
    request: Request, desk: Desk, name: str, /, *, headers: Mapping[str, str] | None = None, **context: Any
) -> HTMLResponse:
    """Return the page *name* in the console's frame, or in a plain one where there is no installation."""
    if desk.kit is not None:
        with desk.kit.database.read() as connection:
            answer = show(request, connection, name, room=ROOM, **context)
    else:
        rooms = [one for one in ROOMS if one[0] == ROOM]
        frame: dict[str, Any] = {
            "rooms": rooms,
            "room": ROOM,
            "path": request.url.path,
            "said": saying.read(request),
            "is_demonstration": False,
            "person": None,
        }
        answer = render(name, **frame, **context)
        saying.let_go(request, answer)
    answer.headers.update(headers or {})
    return answer
