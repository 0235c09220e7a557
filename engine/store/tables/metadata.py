"""The metadata all tables hang on, and the column types both databases share."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, DateTime, Index, MetaData, String, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime; SQLite keeps it as sortable text without zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive datetimes at the door."""
        if value is None:
            return None
        assert value.tzinfo is not None
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give every instant its zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# SQLite keeps the text as it is: packing and unpacking every id there cost a tenth of a dispatch.
Id = String(36).with_variant(Uuid(as_uuid=False), "postgresql")
Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def id_column(comment: str = "UUIDv7, minted by us") -> Column[str]:
    """Return the usual primary key."""
    return Column("id", Id, primary_key=True, comment=comment)


def text(name: str, comment: str, *, nullable: bool = False, **options: Any) -> Column[str]:
    """Return a text column."""
    return Column(name, Text, nullable=nullable, comment=comment, **options)


def instant(name: str, comment: str, *, nullable: bool = False) -> Column[datetime]:
    """Return a column for an instant."""
    return Column(name, Instant, nullable=nullable, comment=comment)


def listed(members: Iterable[str]) -> str:
    """Return *members* as SQL's list for IN, in an order that does not change between runs."""
    return "(" + ", ".join(f"'{member}'" for member in sorted(members)) + ")"


def one_of(column: str, members: Iterable[str]) -> CheckConstraint:
    """Return the promise that *column* holds one of *members*, or null where it may be null."""
    return CheckConstraint(f"{column} IN {listed(members)}", name=column)


def promise(name: str, condition: str) -> CheckConstraint:
    """Return the promise that *condition* holds for every row."""
    return CheckConstraint(condition, name=name)


def partial_index(name: str, *columns: Any, where: Any, unique: bool = False) -> Index:
    """Return an index over the rows that match *where*, on both databases."""
    return Index(name, *columns, unique=unique, postgresql_where=where, sqlite_where=where)
