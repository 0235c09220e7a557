"""Write the reference pages that are taken from the code, or with --check fail if one is out of date.

A page is a function that returns Markdown; add it to PAGES.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from pydantic_core import PydanticUndefined

from engine.settings import PREFIX, Settings

REPOSITORY = Path(__file__).resolve().parent.parent
NOTE = "<!-- Written by `make docs` from the code; changes made here are lost. -->"


def main() -> None:
    """Write every page, or compare every page."""
    outdated = [name for name, page in PAGES.items() if not _is_current(name, page())]
    if "--check" not in sys.argv:
        for name in outdated:
            path = REPOSITORY / "docs" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_finished(PAGES[name]()), encoding="utf-8")
            print(f"wrote docs/{name}")
    elif outdated:
        sys.exit(f"Out of date: {', '.join(outdated)}. Run `make docs`.")


def settings_page() -> str:
    """Return what the environment decides, as a table."""
    rows = [
        f"| {_variables(name, field.validation_alias)} | {_default(field.default)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join([
        "# Settings",
        "",
        "Environment variables, or lines of a file `.env` in the working directory; all optional, all read once.",
        "",
        "| variable | default | what it decides |",
        "|---|---|---|",
        *rows,
    ])  # fmt: skip


def _variables(name: str, alias: object) -> str:
    names = [str(choice) for choice in alias.choices] if hasattr(alias, "choices") else [PREFIX + name.upper()]
    return " or ".join(f"`{name}`" for name in names)


def _default(default: object) -> str:
    return "none" if default in (None, PydanticUndefined) else f"`{default}`"


def _is_current(name: str, text: str) -> bool:
    path = REPOSITORY / "docs" / name
    return path.exists() and path.read_text(encoding="utf-8") == _finished(text)


def _finished(text: str) -> str:
    return f"{NOTE}\n\n{text.rstrip()}\n"


PAGES: dict[str, Callable[[], str]] = {
    "reference/settings.md": settings_page,
}

if __name__ == "__main__":
    main()
