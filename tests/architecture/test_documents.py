"""Documents hold together: one title each, links that lead somewhere, generated pages that are current."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGES, files
from tests.shared import REPOSITORY

# Content of messages is Markdown too, but no document.
DOCUMENTS = [
    path
    for path in files()
    if path.suffix == ".md" and path.relative_to(REPOSITORY).parts[0] not in (*PACKAGES, "tests")
]
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)(?: \"[^\"]*\")?\)")
REGISTRY = re.compile(rb"https?://[a-z.-]*(pypi|pythonhosted|npmjs|debian)[a-z]*[.]", re.IGNORECASE)

# Folders so general that naming them says nothing about one machine.
GENERAL_FOLDERS = {"/", "/tmp", "/usr", "/opt", "/srv", "/var", "/home"}  # noqa: S108 - names to ignore, not to write to


def _relative(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


@pytest.mark.parametrize("path", DOCUMENTS, ids=_relative)
def test_a_document_has_one_title(path: Path) -> None:
    titles = re.findall(r"^# .+", FENCE.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)

    assert len(titles) == 1, titles


@pytest.mark.parametrize("path", DOCUMENTS, ids=_relative)
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    targets = [target.split("#")[0] for target in LINK.findall(FENCE.sub("", path.read_text(encoding="utf-8")))]

    dead = [
        target
        for target in targets
        if target and not re.match(r"[a-z]+:", target) and not (path.parent / target).exists()
    ]

    assert dead == []


def test_generated_pages_are_current() -> None:
    done = subprocess.run(
        [sys.executable, REPOSITORY / "scripts" / "generate_docs.py", "--check"],
        check=False, capture_output=True, text=True, cwd=REPOSITORY,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_file_names_a_registry_or_a_machine() -> None:
    """The files must mean the same to everyone, wherever they were written and from wherever packages come."""
    folders = {str(REPOSITORY.parent), str(Path.home())} - GENERAL_FOLDERS
    own = re.compile(b"|".join(re.escape(folder.encode()) + b"/" for folder in sorted(folders)) or b"(?!)")

    named = [
        f"{_relative(path)}: {found[0].decode()}"
        for path in files()
        for found in [REGISTRY.search(path.read_bytes()) or own.search(path.read_bytes())]
        if found
    ]

    assert named == []
