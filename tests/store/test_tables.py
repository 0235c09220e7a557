"""The tables explain themselves, and their words are the domain's."""

import pytest
from sqlalchemy import CheckConstraint, Table, Text

from engine.store import tables as t

TABLES = [t.metadata.tables[name] for name in sorted(t.metadata.tables)]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_table_and_each_of_its_columns_say_what_they_are(table: Table) -> None:
    silent = [column.name for column in table.columns if not column.comment]

    assert table.comment
    assert silent == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_column_with_a_state_takes_only_its_closed_set(table: Table) -> None:
    closed = {str(one.name) for one in table.constraints if isinstance(one, CheckConstraint)}
    words = {"state", "status", "delivery", "outcome", "lane", "purpose", "fault", "basis"}
    states = {
        f"ck_{table.name}_{one.name}" for one in table.columns if one.name in words and isinstance(one.type, Text)
    }

    assert states <= closed
