"""Write the reference pages that are taken from the code, or with --check fail if one is out of date.

A page is a function that returns Markdown; add it to PAGES.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from api_reference import api_page
from command_reference import cli_page
from finding_reference import findings_page
from pydantic_core import PydanticUndefined
from rule_reference import rules_page
from sqlalchemy import CheckConstraint, Column, Index, Table, UniqueConstraint
from webhook_reference import webhooks_page
from word_reference import words_page

from engine.settings import PREFIX, Settings
from engine.store.tables import metadata

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


def tables_page() -> str:
    """Return every table with its columns, and what the database itself refuses."""
    tables = [metadata.tables[name] for name in sorted(metadata.tables)]
    return "\n".join([
        "# Tables",
        "",
        "Ids are UUIDv7, instants are UTC. A column takes null only where it says so. The promises below each table are",
        "constraints of the database: no code of ours can break them.",
        *(line for table in tables for line in _table(table)),
    ])  # fmt: skip


def _table(table: Table) -> list[str]:
    columns = [f"| `{one.name}` | {_column_type(one)} | {one.comment} |" for one in table.columns]
    checks = sorted(str(one.sqltext) for one in table.constraints if isinstance(one, CheckConstraint))
    constraints = [one for one in table.constraints if isinstance(one, UniqueConstraint)]
    indexes = [one for one in table.indexes if one.unique]
    kept: list[UniqueConstraint | Index] = [*constraints, *indexes]
    uniques = sorted(map(_unique, kept))
    promises = [*uniques, *(f"`{check}`" for check in checks)]
    return [
        "", f"## {table.name}", "", f"{table.comment}.", "", "| column | type | meaning |", "|---|---|---|", *columns,
        *(["", "Promises:", "", *(f"- {promise}" for promise in promises)] if promises else []),
    ]  # fmt: skip


def _column_type(column: Column[Any]) -> str:
    name = type(column.type).__name__.lower()
    name = {"uuid": "id", "largebinary": "bytes"}.get(name, name)
    target = "".join(f" of `{key.column.table.name}`" for key in column.foreign_keys)
    return f"{name}{target}{' or null' if column.nullable else ''}"


def _unique(unique: UniqueConstraint | Index) -> str:
    where = unique.dialect_options["postgresql"].get("where")
    condition = "" if where is None else f" where `{where}`"
    return f"unique: `{', '.join(column.name for column in unique.columns)}`{condition}"


def _is_current(name: str, text: str) -> bool:
    path = REPOSITORY / "docs" / name
    return path.exists() and path.read_text(encoding="utf-8") == _finished(text)


def _finished(text: str) -> str:
    return f"{NOTE}\n\n{text.rstrip()}\n"


PAGES: dict[str, Callable[[], str]] = {
    "reference/api.md": api_page,
    "reference/cli.md": cli_page,
    "reference/findings.md": findings_page,
    "reference/rules.md": rules_page,
    "reference/settings.md": settings_page,
    "reference/tables.md": tables_page,
    "reference/webhooks.md": webhooks_page,
    "reference/words.md": words_page,
}

if __name__ == "__main__":
    main()
