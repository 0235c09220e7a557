"""The folder tree is the architecture: four packages, from here, that import in one direction."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGES
from tests.shared import REPOSITORY


def test_imports_point_the_way_the_design_says() -> None:
    linter = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-logo"],
        check=False, capture_output=True, text=True, cwd=REPOSITORY,
    )  # fmt: skip
    assert linter.returncode == 0, linter.stdout + linter.stderr


@pytest.mark.parametrize("name", PACKAGES)
def test_each_package_is_ours(name: str) -> None:
    """Another distribution installs a top-level `channels` too, and would silently take the place of ours."""
    package = importlib.import_module(name)

    assert Path(str(package.__file__)).parent == REPOSITORY / name


def test_there_is_no_fifth_package() -> None:
    """A new top-level package works here and is missing from the wheel."""
    roots = {path.parent.name for path in REPOSITORY.glob("*/__init__.py")}

    assert roots == {*PACKAGES, "tests"}
