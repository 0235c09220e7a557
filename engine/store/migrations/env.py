"""What Alembic runs to migrate: on the connection it is handed, inside the transaction that is open there."""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext

from engine.store.tables.metadata import Instant, metadata
from engine.store.undeclared import is_undeclared


def include_object(_object: Any, name: str | None, kind: str, reflected: bool, _declared: Any) -> bool:  # noqa: FBT001
    """Leave out what nothing declares, such as partitions, which come and go with the months."""
    return not (kind == "table" and reflected and is_undeclared(name or ""))


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write our own types as what the database sees, so that a migration never changes with our code."""
    if kind == "type" and isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, sa.Uuid):
        return "ID"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_object=include_object,
    render_item=render_item,
    render_as_batch=True,  # SQLite can't alter most things; a batch copies the table (and loses its triggers!)
)
context.run_migrations()
