"""Change the gate in a copy, a little and one place at a time, and list the changes that no test notices.

Arguments: patterns of mutmut's names, such as `consent.gate*`, to try only those. `[tool.mutmut]` of pyproject.toml names
what is changed and which tests are asked.
The copy lies in a folder of its own, so that nothing changed ever stands in the working tree.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
# mutmut leaves functions with decorators alone, and a cache filled before the change would hide it.
CACHE = re.compile(r"^@lru_cache\([^\n]*\n(?=def (\w+))", re.MULTILINE)
# Without these two the tests would take hours: reading all rules, and a year of holidays for each day.
KEPT = {"load_rulebook", "_is_holiday"}


def copied(to: Path) -> None:
    """Copy what git would keep, the working tree's version of it, and lay the caches of the gate bare."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    for name in listed.splitlines():
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name)
    for module in (to / "consent").glob("*.py"):
        text = module.read_text(encoding="utf-8")
        bare = CACHE.sub(lambda found: found[0] if found[1] in KEPT else "", text)
        module.write_text(bare, encoding="utf-8")


def mutmut(folder: Path, *words: str, check: bool, shown: bool = False) -> str:
    """Run mutmut in the copy; return what it printed, nothing where that is *shown* at once."""
    command = [sys.executable, "-m", "mutmut", *words]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        command, cwd=folder, env=environment, check=check, text=True, stdout=None if shown else subprocess.PIPE
    )
    return done.stdout or ""


def main() -> None:
    """Copy, change, ask, and list what survived."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as made:
        folder = Path(made)
        copied(folder)
        mutmut(folder, "run", "--max-children", "1", *sys.argv[1:], check=True, shown=True)
        told = mutmut(folder, "results", check=True)
        survived = [line.strip() for line in told.splitlines() if "survived" in line or "no tests" in line]
        for line in survived:
            print(line)
            print(mutmut(folder, "show", line.partition(":")[0], check=False))
        print(f"{len(survived)} changes were noticed by no test.")


if __name__ == "__main__":
    main()
