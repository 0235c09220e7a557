"""The Procfile, the systemd units and the compose file start the same parts, and start them again."""

import configparser
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.cli.app import COMMANDS
from tests.shared import REPOSITORY

DEPLOY = REPOSITORY / "deploy"
PARTS = ("web", "worker", "worker-first", "clock")
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))


def procfile() -> dict[str, str]:
    """Return each line's command by its name."""
    lines = (REPOSITORY / "Procfile").read_text().splitlines()
    return {name: command.strip() for name, _, command in (line.partition(":") for line in lines if line)}


def compose() -> Any:
    """Return what the compose file says."""
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def unit(path: Path) -> configparser.ConfigParser:
    """Return what a unit says."""
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(path.read_text())
    return parser


def words_of(command: str) -> list[str]:
    """Return a command without where it is, on which address it listens, and at which port."""
    words = [word for word in shlex.split(command) if not re.fullmatch(r"[\d.]+|\$\{?PORT\}?", word)]
    return [Path(words[0]).name, *words[1:]]


def test_the_procfile_names_every_part() -> None:
    assert set(procfile()) == {"release", *PARTS}


@pytest.mark.parametrize("part", PARTS)
def test_every_part_is_started_the_same_way_everywhere(part: str) -> None:
    (path,) = [path for path in UNITS if path.stem.removesuffix("@") == f"fifthtouch-{part}"]
    expected = words_of(procfile()[part])

    assert words_of(unit(path)["Service"]["ExecStart"]) == expected
    assert words_of(shlex.join(compose()["services"][part]["command"])) == expected


def test_every_command_of_ours_exists() -> None:
    commands = [shlex.split(command) for command in procfile().values()]

    assert {words[1] for words in commands if words[0] == "fifthtouch"} <= set(COMMANDS)


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_a_unit_is_started_again_for_ever_and_may_do_little(path: Path) -> None:
    service = unit(path)["Service"]

    assert (service["Restart"], service["KillSignal"]) == ("always", "SIGTERM")
    assert int(service["TimeoutStopSec"]) > 10
    for wall in ("NoNewPrivileges", "PrivateTmp", "ProtectHome", "ProtectKernelModules", "RestrictNamespaces"):
        assert service[wall] == "yes", wall
    assert service["ProtectSystem"] == "strict"


def test_every_container_is_started_again() -> None:
    services = compose()["services"]

    assert {name for name, one in services.items() if one["restart"] != "always"} == {"release"}


def test_every_image_is_pinned() -> None:
    images = [one["image"] for one in compose()["services"].values() if one["image"] != "fifthtouch"]
    base = re.findall(r"^FROM (\S+)", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)

    assert all(re.search(r":\d+\.\d+", image) for image in [*images, *base])


def test_the_image_holds_every_package() -> None:
    copied = set(re.findall(r"^COPY (\S+)", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE))

    assert {"engine", "channels", "consent", "templates", "requirements.lock", "pyproject.toml"} <= copied
