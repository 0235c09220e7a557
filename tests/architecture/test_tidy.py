"""Keep files short, functions whole to the eye, and every outside thing behind its one door."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pytest

from tests.architecture.source import Module, modules, used_names

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60

MIGRATIONS = "engine/store/migrations/versions/"  # a table is one long statement, and never edited afterwards

# Larger than the limits today, with the size they must not outgrow. Entries only ever shrink or leave.
FILE_ALLOWANCES: dict[str, int] = {}
FUNCTION_ALLOWANCES: dict[str, int] = {}

EMPTY_MODULE_NAMES = {
    "util",
    "utils",
    "helper",
    "helpers",
    "common",
    "misc",
    "base",
    "manager",
    "service",
    "shared_code",
}
EMPTY_CLASS_ENDINGS = ("Manager", "Helper", "Util", "Utils", "Service", "Base")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ban:
    """A name that has one door, and where else it may be used."""

    name: str
    instead: str
    allowed: tuple[str, ...]
    tests_too: bool = True


WALL_CLOCK = "take the instant as an argument; at the edge ask engine.clock"
CLOCK_DOOR = ("engine/clock.py", "channels/standin/clock.py")  # the stand-in plays other companies, with their clocks
BANS = [
    Ban(name="datetime.datetime.now", instead=WALL_CLOCK, allowed=CLOCK_DOOR),
    Ban(name="datetime.datetime.utcnow", instead=WALL_CLOCK, allowed=CLOCK_DOOR),
    Ban(name="datetime.datetime.today", instead=WALL_CLOCK, allowed=CLOCK_DOOR),
    Ban(name="datetime.date.today", instead=WALL_CLOCK, allowed=CLOCK_DOOR),
    Ban(name="time.time", instead=WALL_CLOCK, allowed=CLOCK_DOOR),
    Ban(name="time.sleep", instead="wait through engine.clock; in tests for another process, tests.servers.eventually",
        allowed=(*CLOCK_DOOR, "tests/servers.py")),
    Ban(name="os.environ", instead="add a field to engine.settings", allowed=("engine/settings.py",), tests_too=False),
    Ban(name="os.getenv", instead="add a field to engine.settings", allowed=("engine/settings.py",), tests_too=False),
    Ban(name="print", instead="return a value to engine.cli, or log an event",
        allowed=("engine/cli.py", "engine/cli/"), tests_too=False),
    Ban(name="uuid.uuid4", instead="ask engine.ids", allowed=("engine/ids.py",), tests_too=False),
    Ban(name="unittest.mock", instead="pass the thing in", allowed=()),
]  # fmt: skip

# What the module `random` offers without a seed; random.Random(seed) is fine where randomness is allowed at all.
UNSEEDED = ("random", "randint", "randrange", "choice", "choices", "shuffle", "sample", "uniform", "seed", "gauss")
BANS += [
    Ban(name=f"random.{name}", instead="random.Random(seed), with the seed as an argument", allowed=())
    for name in UNSEEDED
]

PURE_ROOMS = ("engine/domain/", "consent/")
IMPURE = ("random", "secrets", "time", "os", "uuid.uuid1", "uuid.uuid4", "uuid_utils", "threading", "logging")


def test_no_file_outgrows_a_sitting() -> None:
    too_long = [
        f"{module.path} has {lines} lines; at most {limit}: perhaps two ideas share a room"
        for module in modules()
        if (lines := len(module.text.splitlines())) > (limit := FILE_ALLOWANCES.get(module.path, FILE_LINES_MAX))
    ]
    assert too_long == []


def test_no_function_outgrows_a_screen() -> None:
    too_long = [
        f"{module.path}:{function.lineno} {function.name} has {lines} lines; at most {limit}"
        for module in modules()
        if not module.path.startswith(MIGRATIONS)
        for function in _functions(module)
        if (lines := _lines_without_docstring(function))
        > (limit := FUNCTION_ALLOWANCES.get(f"{module.path}:{function.name}", FUNCTION_LINES_MAX))
    ]
    assert too_long == []


@pytest.mark.parametrize("ban", BANS, ids=lambda ban: ban.name)
def test_every_outside_thing_has_one_door(ban: Ban) -> None:
    around = [
        f"{module.path}:{line} uses {name}: {ban.instead}"
        for module in modules()
        if (module.is_product or (ban.tests_too and module.path.startswith("tests/")))
        and not module.path.startswith(ban.allowed)
        for line, name in _names(module.path)
        if _is_part_of(name, ban.name)
    ]
    assert around == []


def test_rules_and_decisions_use_no_clock_no_chance_and_no_machine() -> None:
    impure = [
        f"{module.path}:{line} uses {name}"
        for module in modules()
        if module.path.startswith(PURE_ROOMS)
        for line, name in _names(module.path)
        if _is_part_of(name, *IMPURE)
    ]
    assert impure == []


def test_every_module_says_in_a_sentence_what_is_here() -> None:
    silent = [module.path for module in modules() if not (ast.get_docstring(module.tree) or "").split("\n")[0]]
    assert silent == []


def test_names_say_what_is_inside() -> None:
    empty_modules = [module.path for module in modules() if module.path.split("/")[-1][:-3] in EMPTY_MODULE_NAMES]
    empty_classes = [
        f"{module.path}:{node.lineno} {node.name}"
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef) and node.name.endswith(EMPTY_CLASS_ENDINGS)
    ]
    assert empty_modules + empty_classes == []


def test_a_ban_sees_through_an_import_under_another_name() -> None:
    tree = ast.parse("from datetime import datetime as d\nimport os as o\nd.now()\no.environ['X']")

    names = [name for _, name in used_names(tree)]

    assert "datetime.datetime.now" in names
    assert "os.environ" in names


@cache
def _names(path: str) -> list[tuple[int, str]]:
    [module] = [module for module in modules() if module.path == path]
    return list(used_names(module.tree))


def _is_part_of(name: str, *owners: str) -> bool:
    return any(name == owner or name.startswith(owner + ".") for owner in owners)


def _functions(module: Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _lines_without_docstring(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    if ast.get_docstring(function) is None:
        return lines
    docstring = function.body[0]
    return lines - ((docstring.end_lineno or docstring.lineno) - docstring.lineno + 1)
