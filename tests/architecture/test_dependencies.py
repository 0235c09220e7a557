"""Every dependency and every exception from a rule says why it is there, and the lock files know them all."""

import re
import tomllib

import pytest

from tests.shared import REPOSITORY

PYPROJECT = REPOSITORY / "pyproject.toml"


@pytest.mark.parametrize("section", ["dependencies", "dev", "ignore", '"tests/\\*\\*"'])
def test_every_entry_has_a_reason(section: str) -> None:
    block = re.search(rf"^{section} = \[\n(.*?)^\]", PYPROJECT.read_text(), re.MULTILINE | re.DOTALL)
    assert block is not None

    silent = [line.strip() for line in block[1].splitlines() if not re.search(r"# [\w`].{7,}", line)]

    assert silent == []


@pytest.mark.parametrize(
    ("lock", "groups"),
    [("requirements.lock", []), ("requirements-dev.lock", ["dev"])],
    ids=["production", "development"],
)
def test_the_lock_knows_every_dependency(lock: str, groups: list[str]) -> None:
    pyproject = tomllib.loads(PYPROJECT.read_text())
    wanted = pyproject["project"]["dependencies"] + [
        entry for group in groups for entry in pyproject["dependency-groups"][group]
    ]
    locked = set(re.findall(r"^([a-z0-9.-]+)(?:\[[a-z,]+\])?==", (REPOSITORY / lock).read_text(), re.MULTILINE))

    missing = {_name(entry) for entry in wanted} - locked

    assert missing == set(), "run `make lock`"


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_every_locked_package_has_a_hash(lock: str) -> None:
    entries = re.findall(r"^\S+==.*\\\n(?:    .*\n?)+", (REPOSITORY / lock).read_text(), re.MULTILINE)

    assert entries
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def _name(requirement: str) -> str:
    return re.split(r"[\[<>=!~; ]", requirement)[0].lower().replace("_", "-")
