"""The tree of commands says the same from above and from within, and starts quickly."""

import subprocess
import sys

import pytest
from typer.main import get_command

from engine.cli.app import COMMANDS, app
from tests.cli.conftest import Shell


@pytest.mark.parametrize("name", COMMANDS)
def test_a_commands_one_line_of_help_is_its_own(name: str) -> None:
    command = get_command(app).get_command(None, name)  # type: ignore[attr-defined] # the top level is a group

    assert command.help.splitlines()[0] == COMMANDS[name][1]


def test_help_lists_every_command(bare: Shell) -> None:
    told = bare.good("--help")

    assert [name for name in COMMANDS if f"\n  {name} " not in told] == []


def test_an_unknown_command_is_refused_with_a_hint(bare: Shell) -> None:
    assert "No such command 'leed'" in bare.refusal("leed", "add")


@pytest.mark.parametrize("heavy", ["sqlalchemy", "fastapi", "twilio", "dramatiq", "rich", "holidays"])
def test_a_small_tool_imports_nothing_it_does_not_need(heavy: str) -> None:
    """A check that calls it a hundred times must not wait for a database driver each time."""
    program = f"import sys, engine.cli.segments, engine.cli.app; sys.exit({heavy!r} in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
