"""Every command that a page names exists, with the options it is named with, whether or not it can be typed here."""

import re
import shlex
from typing import Any

import pytest
from typer.main import get_command

from engine.cli.app import app
from engine.cli.attest import GIVE, NameFirst
from tests.documents.desk import OURS
from tests.documents.pages import PAGES, spans, typed

PLACEHOLDER = re.compile(r"[A-Z][A-Z-]+|\.\.\.")
ENDS = {"|", ">", "&&", "&", ";", "<"}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_names_commands_that_exist(name: str) -> None:
    named = [*spans(PAGES[name]), *(one.command for one in typed(PAGES[name]) if one.words()[0] in OURS)]

    assert {command: wrong for command in named if (wrong := _wrong_with(command))} == {}


@pytest.mark.parametrize(
    ("command", "wrong"),
    [
        ("fifthtouch lead show ann@example.com --json", None),
        ("fifthtouch lead shew ann@example.com", "no command lead shew"),
        ("fifthtouch lead show --loud", "no option --loud"),
    ],
)
def test_a_command_that_does_not_exist_is_noticed(command: str, wrong: str | None) -> None:
    assert _wrong_with(command) == wrong


def _wrong_with(command: str) -> str | None:
    words = shlex.split(re.sub(r"[\[\]]", " ", command.replace("\\\n", " ")), comments=True)[1:]
    if end := next((at for at, word in enumerate(words) if word in ENDS), None):
        words = words[:end]
    found: Any = get_command(app)
    path: list[str] = []
    while words and hasattr(found, "commands" if path else "get_command") and not words[0].startswith("-"):
        if PLACEHOLDER.fullmatch(words[0]):
            return None
        if isinstance(found, NameFirst) and words[0] not in found.commands:
            found = found.commands[GIVE]
            break
        path.append(words.pop(0))
        found = found.get_command(None, path[-1])
        if found is None:
            return f"no command {' '.join(path)}"
    options = {flag for option in found.params for flag in (*option.opts, *option.secondary_opts)} | {"--help"}
    unknown = [word for word in words if re.match(r"--?[a-z]", word) and word.split("=")[0] not in options]
    return f"no option {unknown[0]}" if unknown else None
