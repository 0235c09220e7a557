"""Fail unless a wheel holds every file git knows in the four packages, and nothing of the tests."""

import subprocess
import sys
import zipfile

PACKAGES = ("engine", "channels", "consent", "templates")


def main(wheel: str) -> None:
    """Compare *wheel* with the checkout in the working directory."""
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    tracked = set(_tracked_files())
    if missing := sorted(tracked - packed):
        sys.exit("The wheel lacks: " + ", ".join(missing))
    if strange := sorted({name.split("/")[0] for name in packed} - set(PACKAGES)):
        sys.exit("The wheel also holds: " + ", ".join(strange))
    print(f"The wheel holds all {len(tracked)} files of {', '.join(PACKAGES)}.")


def _tracked_files() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--", *PACKAGES], check=True, capture_output=True, text=True
    )
    return [name for name in listed.stdout.split("\0") if name]


if __name__ == "__main__":
    main(sys.argv[1])
